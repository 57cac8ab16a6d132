import pytest

from chatbot.followup import Context, Turn, is_small_talk, leans_back, resolve

NAMES = {"zelenskyy", "hayashi", "kyiv", "japan", "bucha"}


def turns(*questions: str) -> list[Turn]:
    return [Turn(question) for question in questions]


@pytest.mark.parametrize(
    "question", ["hello", "Hi!", "HELP", "Thanks.", "what can you do?", "How does this work?"]
)
def test_greeting_is_small_talk(question: str) -> None:
    assert is_small_talk(question)


@pytest.mark.parametrize(
    "question",
    ["hello, who met Zelenskyy?", "who helped?", "what can Japan do?", "", "?", "🙂", "test results"],
)
def test_question_is_no_small_talk(question: str) -> None:
    assert not is_small_talk(question)


@pytest.mark.parametrize(
    "question",
    ["And when did they meet?", "Where?", "What did he say?", "and in Kyiv?", "why", "What about Japan?"],
)
def test_question_leans_back_when_it_leaves_something_out(question: str) -> None:
    assert leans_back(question, NAMES)


@pytest.mark.parametrize(
    "question",
    [
        "Who met Zelenskyy?",
        "What did Hayashi say about his visit?",
        "When did the visit of the minister begin?",
        "?",
        "",
    ],
)
def test_question_stands_alone_when_it_names_its_topic(question: str) -> None:
    assert not leans_back(question, NAMES)


def test_follow_up_takes_the_names_of_the_last_turn() -> None:
    context = resolve("And when did they meet?", turns("Who met Zelenskyy in the capital?"), NAMES)

    assert context == Context(("Zelenskyy",), (1,))


def test_question_without_a_topic_takes_every_topic_of_the_last_turn() -> None:
    assert resolve("Why?", turns("Who met Zelenskyy?"), NAMES) == Context(("met", "Zelenskyy"), (1,))


def test_follow_up_takes_every_topic_when_the_turn_has_no_name() -> None:
    context = resolve("And where?", turns("When was the agreement signed?"), NAMES)

    assert context == Context(("agreement", "signed"), (1,))


def test_follow_up_takes_the_latest_turn_with_a_topic() -> None:
    history = turns("Who is Hayashi?", "Who met Zelenskyy?", "And where?")

    assert resolve("And when?", history, NAMES) == Context(("met", "Zelenskyy"), (2,))


def test_follow_up_does_not_reach_behind_a_question_that_stands_alone() -> None:
    history = turns("Who met Zelenskyy?", "What did Japan pledge?")

    assert resolve("And when?", history, NAMES).turns == (2,)


def test_follow_up_adds_no_word_twice() -> None:
    context = resolve("And did he visit Kyiv?", turns("Did Hayashi visit Kyiv or Kyiv?"), NAMES)

    assert context == Context(("Hayashi",), (1,))


def test_question_that_stands_alone_takes_nothing() -> None:
    assert resolve("Who met Zelenskyy?", turns("What did Japan pledge?"), NAMES) == Context()


def test_follow_up_without_history_takes_nothing() -> None:
    assert resolve("And when did they meet?", [], NAMES) == Context()
