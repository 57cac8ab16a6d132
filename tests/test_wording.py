"""What of a question only says how it is asked."""

import pytest

from chatbot.wording import is_small_talk, plain_question, read_question


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
        "who met Zelenskyy thanks a lot",
        "who met Zelenskyy? Many thanks.",
        "Question 2: who met Zelenskyy?",
        "q: who met Zelenskyy?",
        "Quiz: who met Zelenskyy?",
        "true or false: who met Zelenskyy",
        "who met Zelenskyy (homework)",
        "who met Zelenskyy? (It's for school)",
        "I have to write an essay about it for school, who met Zelenskyy?",
        "hi, we need this for our class: who met Zelenskyy",
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
        "Who got thanks",
        "Why did Lind say thank you",
        "What were his thanks for",
        "Quiz night: who came",
        "Q&A: who came",
        "What is a quiz: a game",
        "homework: who wants to ban it",
        "who wrote the report (test)",
        "I have to write about the memorial for school, what is it for",
        "We wrote a poem for school. who sang it",
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


@pytest.mark.parametrize(
    "said",
    [
        *("hello", "Hi!", "HELLO!!!", "hellooo", "hey there", "good morning everyone", "Good evening."),
        *("thanks", "Thanks.", "thx", "ok thanks", "Great, thanks a lot!", "thank you so much for your help"),
        *("HELP", "help me please", "can you help me?", "Could you please help?", "How can you help me?"),
        *("what can you do?", "What can I ask you?", "How does this work?", "who are you", "What's your name?"),
        *("bye", "OK", "hello, what can you do?", "How are you today?", "Are you a robot?"),
    ],
)
def test_greeting_thanks_and_call_for_help_are_small_talk(said: str) -> None:
    assert is_small_talk(said)


@pytest.mark.parametrize(
    "asked",
    [
        *(
            "hello, who met Zelenskyy?",
            "who helped?",
            "what can Japan do?",
            "test results",
            "How does it work?",
        ),
        *("help for Ukraine?", "Who said hello?", "Thanks to whom?", "help with demining", "no tanks", "there"),
        *("Who are you referring to?", "Good morning America", "What did he give thanks for?", "", "?", "🙂"),
        *("What should I do?", "What can I do against heat?"),
    ],
)
def test_question_about_the_article_is_no_small_talk(asked: str) -> None:
    assert not is_small_talk(asked)


def test_small_talk_without_end_is_told_at_once() -> None:
    assert not is_small_talk("good bye " * 50 + "Japan")
