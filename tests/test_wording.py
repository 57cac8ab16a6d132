"""What of a question only says how it is asked."""

import pytest

from chatbot.wording import plain_question, read_question


@pytest.mark.parametrize(
    "asked",
    [
        "who met Zelenskyy",
        "who met Zelenskyy ???",
        "Hey, could you please tell me: who met Zelenskyy?",
        "hello there, can you tell me who met Zelenskyy?",
        "I'd like to know who met Zelenskyy, please",
        "I am just wondering who met Zelenskyy...",
        "does the article say who met Zelenskyy",
        "According to the article, who met Zelenskyy?",
        "do you know who met Zelenskyy in this article? thanks!",
    ],
)
def test_filler_is_taken_away(asked: str) -> None:
    assert plain_question(asked) == "who met Zelenskyy"


@pytest.mark.parametrize(
    "asked",
    [
        "What does the article say about Bucha",
        "Could Japan send tanks",
        "Where can I donate",
        "Who wants to know more about cranes",
        "Can you donate",
        "What is in the article of association",
    ],
)
def test_what_is_asked_stays(asked: str) -> None:
    assert plain_question(asked + "?") == asked


@pytest.mark.parametrize("asked", ["please", "hello!", "??", "please tell me", "🙂"])
def test_question_of_filler_alone_keeps_something(asked: str) -> None:
    assert plain_question(asked)


def test_earlier_words_stand_before_the_question_mark() -> None:
    assert read_question("And when did they meet", ("Zelenskyy",)) == "when did they meet Zelenskyy?"


def test_question_mark_is_added_once() -> None:
    assert read_question(plain_question("who met Zelenskyy?")) == "who met Zelenskyy?"
