"""What counts as speaking of a follow-up's own words."""

import pytest
from fakes import make_candidate, make_passage

from chatbot.confidence import Judged
from chatbot.evidence import Evidence
from chatbot.names import Names

NAMES = Names({word.casefold(): (word, 1) for word in ("Lind", "Oslo", "civilians")}, {"lind": 1, "oslo": 1})
TEXT = "Soldiers murdered civilians in Oslo in May 2022."
WHEN, WHO = "May 2022", "civilians"


def item(span: str, confidence: float = 0.6) -> Judged:
    start = TEXT.index(span)
    candidate = make_candidate(make_passage(TEXT), start, start + len(span))
    return Judged(candidate, 0.0, confidence)


def holds(question: str, span: str, confidence: float = 0.6) -> bool:
    return Evidence(question, NAMES, threshold=0.5).holds(item(span, confidence))


def test_passage_with_an_own_word_is_evidence() -> None:
    assert holds("When were the soldiers told", WHEN)
    assert holds("Which murders", WHO)


def test_passage_without_own_words_is_none() -> None:
    assert not holds("What did they cost", WHO)
    assert not holds("And ships", WHO, 0.99)


@pytest.mark.parametrize("question", ["When", "And since when", "In which year", "When did they come"])
def test_question_without_own_words_takes_what_is_of_its_type(question: str) -> None:
    assert holds(question, WHEN)
    assert not holds(question, WHO)


def test_person_may_have_no_name() -> None:
    assert holds("Who", WHO)
    assert not holds("Who", WHEN)


@pytest.mark.parametrize("question", ["Where", "From where"])
def test_place_may_have_no_name(question: str) -> None:
    assert holds(question, "civilians in Oslo")
    assert holds(question, WHO)
    assert not holds(question, WHEN)


def test_other_words_for_it_need_the_type_and_more_confidence() -> None:
    assert holds("When were they killed", WHEN, 0.75)
    assert not holds("When were they killed", WHEN, 0.74)
    assert not holds("When were they killed", WHO, 0.99)
    assert not holds("What did they wear", WHO, 0.99)


def test_nothing_speaks_of_a_name_that_the_library_lacks() -> None:
    assert not holds("When did Putin murder civilians", WHEN, 0.99)
    assert not Evidence("When did Putin murder civilians", NAMES, 0.5).holds_all(item(WHEN))


def test_fragment_that_names_something_asks_for_what_the_question_before_it_did() -> None:
    when = Evidence("And Oslo", NAMES, 0.5, "When did soldiers come to Oslo")
    who = Evidence("And Oslo", NAMES, 0.5, "Who came to Oslo")

    assert (when.holds(item(WHEN)), when.holds(item(WHO, 0.99))) == (True, False)
    assert (who.holds(item(WHEN, 0.99)), who.holds(item(WHO))) == (False, True)


def test_fragment_after_a_refusal_needs_the_person_it_takes_over() -> None:
    names = Names({"lind": ("Lind", 1)}, {"lind": 1}, lambda _: ["Mayor Lind came."])
    here = item("Oslo")

    assert not Evidence("Where", names, 0.5, "Where did Lind go", refused=True).holds(here)
    assert Evidence("Where", names, 0.5, "Where did Lind go").holds(here)
    assert Evidence("Where", names, 0.5, "Where did it happen", refused=True).holds(here)
    assert Evidence("Where were soldiers", names, 0.5, "Where were soldiers of Lind", refused=True).holds(here)


def test_all_words_are_held_or_not() -> None:
    assert Evidence("Which civilians in Oslo", NAMES, 0.5).holds_all(item(WHO))
    assert not Evidence("Which civilians in ships", NAMES, 0.5).holds_all(item(WHO))
