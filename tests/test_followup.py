"""Follow-ups: a question as it stands alone after the turns before it."""

from functools import partial

import pytest

from chatbot.antecedents import Told
from chatbot.followup import Resolved, resolve
from chatbot.names import Names

ARTICLE = """Mayor Ana Lind met Captain Omar Hasan in Oslo. Lind pledged 40 new ferries to Norway.
Hasan visited the memorial in Bergen. The talks ended in May."""
VOCABULARY = {
    **{name.casefold(): (name, 1) for name in "Ana Lind Omar Hasan Oslo Norway Bergen".split()},
    **{word: (word, 1) for word in "met pledged new ferries visited memorial talks ended".split()},
}
COUNTS = {"lind": 2, "hasan": 2, "ana": 1, "omar": 1, "oslo": 1, "norway": 1, "bergen": 1, "ferri": 1}


@pytest.fixture
def names() -> Names:
    return Names(VOCABULARY, COUNTS, lambda _: [ARTICLE])


def rarity(term: str) -> float:
    return 1 / (1 + COUNTS.get(term, 0))


def ask(names: Names, *asked: tuple[str, str]) -> Resolved:
    """Resolve the last of some questions; each comes with what answered it."""
    told: list[Told] = []
    for turn, (question, answer) in enumerate(asked, start=1):
        resolved = resolve(question, told, names, rarity)
        told.append(Told(turn, question, resolved.question, partial(str, answer), resolved.meant))
    return resolved


FIRST = ("Who met Hasan", "Mayor Ana Lind")


@pytest.mark.parametrize(
    ("question", "alone"),
    [
        ("When did she arrive", "When did Lind arrive"),
        ("Where did they meet", "Where did Lind and Hasan meet"),
        ("What is her plan", "What is Lind's plan"),
        ("Who likes her", "Who likes Lind"),
        ("Where", "Where was it that Lind met Hasan"),
        ("And Putin", "Who met Putin"),
    ],
)
def test_question_takes_what_it_lacks_from_the_turn_before(names: Names, question: str, alone: str) -> None:
    assert ask(names, FIRST, (question, "")).question == alone


def test_added_words_and_turns_are_named(names: Names) -> None:
    assert ask(names, FIRST, ("When did they meet", "")).added_terms == ("Lind", "Hasan")
    assert ask(names, FIRST, ("When did they meet", "")).turns == (1,)


@pytest.mark.parametrize(
    "question",
    ["What is the capital of Peru", "Did Hasan say why he came", "Is there a ferry to Oslo", "What time is it"],
)
def test_question_that_stands_alone_takes_nothing(names: Names, question: str) -> None:
    assert ask(names, FIRST, (question, "")) == Resolved(question)


@pytest.mark.parametrize("question", ["When did he arrive", "And when", "Where", "And Lind"])
def test_question_without_history_takes_nothing(names: Names, question: str) -> None:
    assert resolve(question, [], names, rarity) == Resolved(question)


def test_pronoun_keeps_its_meaning_over_turns(names: Names) -> None:
    resolved = ask(names, FIRST, ("When did she arrive", "May"), ("Where", "Oslo"), ("Was she late", ""))

    assert resolved.question == "Was Lind late"
    assert resolved.turns == (1,)


def test_pronoun_looks_back_over_another_topic(names: Names) -> None:
    resolved = ask(names, FIRST, ("How do I bake bread", ""), ("When did she arrive", ""))

    assert resolved.question == "When did Lind arrive"
    assert resolved.turns == (1,)


def test_pronoun_after_a_refused_question_means_who_was_asked_for(names: Names) -> None:
    resolved = ask(names, FIRST, ("Who is the king of Peru", ""), ("When did he arrive", ""))

    assert resolved.question == "When did the king of Peru arrive"


def test_words_without_a_place_are_added_in_their_order(names: Names) -> None:
    resolved = ask(names, ("Can Lind swim", "yes, she can"), ("Who saw that", ""))

    assert resolved.question == "Who saw that"
    assert resolved.loose == resolved.added_terms == ("Lind", "swim")


def test_count_of_something_else_is_asked_with_the_words_of_the_last_question(names: Names) -> None:
    resolved = ask(names, ("What was the name of the ferries to Norway", ""), ("how many dead", ""))

    assert resolved.question == "how many dead"
    assert {"ferries", "Norway"} <= set(resolved.loose)
    assert resolved.turns == (1,)
