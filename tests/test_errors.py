import pytest

from chatbot.errors import (
    ArticleError,
    ChatbotError,
    ModelError,
    QuestionError,
    StoreError,
    UnknownArticleError,
)


@pytest.mark.parametrize("kind", [ArticleError, ModelError, StoreError])
def test_error_is_a_chatbot_error_when_the_world_is_at_fault(kind: type[ChatbotError]) -> None:
    assert issubclass(kind, ChatbotError)
    assert not issubclass(kind, ValueError)


@pytest.mark.parametrize("kind", [QuestionError, UnknownArticleError])
def test_error_is_a_value_error_when_the_caller_is_at_fault(kind: type[Exception]) -> None:
    assert issubclass(kind, ValueError)
    assert not issubclass(kind, ChatbotError)


def test_question_error_names_the_field() -> None:
    assert QuestionError("limit", "too many").field == "limit"


def test_unknown_article_error_says_what_came_and_where_to_look() -> None:
    message = str(UnknownArticleError("nowhere", 3))

    assert "'nowhere'" in message
    assert "3 articles" in message
    assert "list of articles" in message
