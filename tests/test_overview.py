from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import make_chatbot, make_passages

from chatbot.chatbot import Chatbot, Cited, Turn
from chatbot.overview import CERTAIN, asks_overview, overview

TEXTS = {
    "bridge": "Bridge opens\n\nThe bridge, 2020\n\nAna Ruiz opened the bridge. It rained.\n\nShe left.",
    "storm": "Storm passes\n\nThe storm passed Oslo on Monday.",
}


@pytest.fixture
def chatbot(tmp_path: Path) -> Iterator[Chatbot]:
    with make_chatbot(TEXTS, tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    "question",
    [
        "What is this article about?",
        "what's the article about",
        "what does the story say?",
        "Summarize this article for me",
        "give me a short summary of the text",
        "what is the main point of this article",
        "tl;dr",
        "whats the headline",
        "What is the title of the story?",
        "what is it about",
    ],
)
def test_question_on_the_article_as_a_whole_is_told(question: str) -> None:
    assert asks_overview(question)


@pytest.mark.parametrize(
    "question",
    [
        "What is the agreement about?",
        "What does the article say about cranes?",
        "What is the title of the minister?",
        "What is the point of the visit?",
        "Who wrote the article?",
        "What was the talk about?",
        "What is the idea?",
        "What is the main idea of the plan?",
        "Which story did she tell?",
        "",
    ],
)
def test_question_on_something_in_the_article_is_not(question: str) -> None:
    assert not asks_overview(question)


def test_after_a_question_it_may_be_what_was_spoken_of() -> None:
    assert not asks_overview("What is it about?", is_first=False)
    assert asks_overview("What is this article about?", is_first=False)


def test_headline_and_first_sentence_are_quoted(chatbot: Chatbot) -> None:
    answer = chatbot.answer("What is this article about?", article_id="bridge")

    assert [one.quote for one in answer.answers] == ["Bridge opens", "Ana Ruiz opened the bridge."]
    assert answer.answers[0].confidence == CERTAIN
    assert chatbot.read("What is it about?", article_id="bridge")[0].quote == "Bridge opens"


def test_headline_alone_is_quoted_where_it_is_asked_for(chatbot: Chatbot) -> None:
    answer = chatbot.answer("What's the headline?", article_id="storm")

    assert [one.quote for one in answer.answers] == ["Storm passes"]


def test_of_several_articles_the_last_quoted_is_meant(chatbot: Chatbot) -> None:
    history = [Turn("Who left?", (Cited("storm", 14, 20),))]

    answer = chatbot.answer("What is the article about?", history=history)

    assert answer.answers[0].quote == "Storm passes"


def test_of_several_articles_none_is_meant_by_itself(chatbot: Chatbot) -> None:
    assert "Bridge opens" not in [one.quote for one in chatbot.answer("What is the article about?").answers]


def test_article_without_a_headline_gives_its_first_sentence() -> None:
    passages = make_passages("Ana Ruiz opened the bridge. It rained.")

    assert [one.candidate.span.end for one in overview("What's the headline?", passages)] == [27]
