"""Questions without a clause, put into the last one."""

import pytest

from chatbot.antecedents import Antecedent, Told
from chatbot.fragments import asks, is_fragment, put_fragment
from chatbot.names import Names

WRITTEN = ("Lind", "Hasan", "Oslo", "Bergen", "Bride", "met", "pledged", "cranes", "visit", "mayor")
TEXT = "Mayor Lind met Captain Hasan in Oslo and in Bergen."
COUNTS = {"lind": 1, "hasan": 1, "oslo": 1, "bergen": 1}
NAMES = Names({word.casefold(): (word, 1) for word in WRITTEN}, COUNTS, lambda _: [TEXT])


@pytest.mark.parametrize(
    "question",
    [
        *(
            "When?",
            "And where?",
            "To whom?",
            "In which city?",
            "How many?",
            "Why so late?",
            "Who did?",
            "Why did he?",
        ),
        *("And Hasan?", "What about Oslo?", "and in Bergen", "And the prime minister?", "When was that?"),
        *("How come?", "Where exactly?", "Who else?", "To do what?", "How many hundred?", "How much aid?"),
    ],
)
def test_fragment_lacks_its_clause(question: str) -> None:
    assert is_fragment(question)


@pytest.mark.parametrize(
    "question",
    [
        *("Hasan", "Who met Hasan?", "And who met Hasan?", "When did she come?", "Who is he?", "Where is it?"),
        *(
            "And did Hasan come?",
            "And the mayor, was she there?",
            "How many of them?",
            "How many died?",
            "And how many attended?",
            "Who said so?",
            "Which cranes?",
            "What did he do?",
            "And?",
            "",
        ),
    ],
)
def test_question_with_a_clause_or_nothing_is_no_fragment(question: str) -> None:
    assert not is_fragment(question)


@pytest.mark.parametrize("earlier", ["Did?", "Is", "' ? is '"])
def test_fragment_after_a_question_without_words_is_put_behind_it(earlier: str) -> None:
    assert put_fragment("And the prime?", Told(1, earlier, earlier), NAMES) == f"{earlier} the prime?"


def test_which_with_a_noun_may_be_a_fragment() -> None:
    assert is_fragment("Which cranes?", beside=2)
    assert not is_fragment("Which cranes did Lind pledge?", beside=2)


def test_fragment_asks_or_names() -> None:
    assert asks("And to whom?")
    assert not asks("And Hasan?")


@pytest.mark.parametrize(
    ("earlier", "answer", "fragment", "whole"),
    [
        ("Whom did Lind meet", "Captain Hasan", "Where", "Where did Lind meet Hasan"),
        ("Who met Hasan", "Mayor Lind", "When", "When was it that Lind met Hasan"),
        ("Who met Hasan", "", "When", "When met Hasan"),
        ("How many cranes did Lind pledge", "24", "To whom", "To whom did Lind pledge cranes"),
        ("What did Lind pledge", "24 cranes", "How many", "How many cranes did Lind pledge"),
        ("What did Lind agree on", "", "Where", "Where did Lind agree"),
        ("What did Lind agree on", "two ferries", "Where", "Where did Lind agree on two ferries"),
        ("What did Lind agree to do", "", "When", "When did Lind agree to do"),
        ("Did Lind come", "", "When", "When did Lind come"),
        ("Did Lind come", "", "Who did", "Who did come"),
        ("Did Lind come", "", "And where exactly", "where did Lind come"),
        ("Did Lind come", "", "How come", "why did Lind come"),
        ("Did Lind come", "", "To do what", "Did Lind come To do what"),
        ("Did Lind come", "", "When was that", "When did Lind come"),
        ("Whom did Lind meet", "", "And Hasan", "Whom did Hasan meet"),
        ("Did Lind come to Oslo", "", "And Hasan", "Did Hasan come to Oslo"),
        ("Did Lind come to Oslo", "", "And to Bergen", "Did Lind come to Bergen"),
        ("Did Lind come to Oslo", "", "What about in Peru", "Did Lind come to Peru"),
        ("Who is Peru's prime minister", "", "And Chile's", "Who is Chile's prime minister"),
        ("Who is the mayor of Oslo", "", "And the president", "Who is the president of Oslo"),
        ("What did Mayor Lind say", "", "And the president", "What did the president say"),
        ("How many cranes did Lind pledge", "", "And tanks", "How many tanks did Lind pledge"),
        ("Was demining discussed", "", "And food security", "was food security discussed"),
        ("Did Lind ask for ships", "", "And for money", "Did Lind ask for money"),
        ("How many jobs will be cut", "90", "And how many branches", "how many branches will be cut"),
        ("How many branches will be cut", "85", "When", "When will branches be cut"),
        ("How many jobs were cut", "90", "How many branches", "How many branches were cut"),
        ("Which schools will close", "Old School", "Why", "Why will the schools close"),
        ("Which schools will close", "", "How many", "How many schools will close"),
        ("Which schools closed", "", "How many", "How many schools closed"),
        ("Which ambassador did not come", "", "Why", "Why did the ambassador not come"),
        ("Who was shot", "Captain Hasan", "Where", "Where was Hasan shot"),
        ("How many people left", "300", "When", "When was it that 300 people left"),
        ("Which two cities came", "Oslo and Bergen", "When", "When was it that Oslo and Bergen came"),
        ("How many cranes did Lind pledge", "24", "How much aid", "How much aid did Lind pledge"),
        ("How many cranes did Lind pledge", "24", "Which year", "Which year did Lind pledge cranes"),
        ("What did the mayor of St Bride's say", "", "And of Oslo", "What did the mayor of Oslo say"),
        ("What did the mayor of Oslo say", "", "And of New Bank", "What did the mayor of New Bank say"),
    ],
)
def test_fragment_takes_its_place(earlier: str, answer: str, fragment: str, whole: str) -> None:
    assert put_fragment(fragment, Told(1, earlier, earlier, lambda: answer), NAMES) == whole


def test_count_of_something_else_has_no_place_in_a_question_of_what_something_is() -> None:
    named = Told(1, "What was the visit called", "What was the visit called")

    assert put_fragment("How many cranes", named, NAMES) is None
    assert put_fragment("How much", named, NAMES) == "How much was the visit called"


def test_of_a_fragment_takes_up_what_somebody_was_asked_for_as() -> None:
    she = Antecedent("Lind", 1, described="the mayor of Oslo")
    told = Told(2, "What did she say", "What did Lind say", meant={"woman": she})

    assert put_fragment("And of Bergen", told, NAMES) == "What did the mayor of Bergen say"
    assert put_fragment("And in Bergen", told, NAMES) == "What did Lind say in Bergen"
