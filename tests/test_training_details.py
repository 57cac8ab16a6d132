import re

import pytest

from chatbot.training.details import PURPOSES, THINGS, TOWNS, drills

PASSAGES = [passage for document in drills(40) for passage in document.passages]
ASKED = [(passage, question) for passage in PASSAGES for question in passage.questions]


def test_drills_are_the_same_for_the_same_seed() -> None:
    assert drills(5) == drills(5)
    assert drills(5) != drills(5, seed=1)


def test_about_two_questions_in_five_have_no_answer() -> None:
    assert 0.3 < sum(not question.answers for _, question in ASKED) / len(ASKED) < 0.5


def test_a_number_of_things_stands_before_these_things() -> None:
    counted = 0
    for passage, question in ASKED:
        thing = next((t for t in THINGS if re.search(rf"how many {t}|{t} how many", question.text, re.I)), None)
        for _, end in question.answers if thing else ():
            assert passage.text[end + 1 :].startswith(thing or "")
            counted += 1
    assert counted > 50


@pytest.mark.parametrize("known", [THINGS, TOWNS, PURPOSES], ids=["things", "towns", "purposes"])
def test_what_the_passage_does_not_name_is_not_answered(known: tuple[str, ...]) -> None:
    absent = 0
    for passage, question in ASKED:
        named = [name for name in known if re.search(rf"\b{name}\b", question.text)]
        if any(name not in passage.text for name in named):
            assert question.answers == ()
            absent += 1
    assert absent > 10


def test_yes_or_no_is_settled_by_a_whole_sentence() -> None:
    settled = 0
    for passage, question in ASKED:
        if re.match(r"did|has|was|does|will", question.text, re.I) and question.answers:
            start, end = question.answers[0]
            assert re.fullmatch(r"\w[^.]+\.", passage.text[start:end])
            assert passage.text[max(0, start - 2) : start] in {"", ". "}
            settled += 1
    assert settled > 20


def test_no_question_is_asked_of_two_passages_of_a_document() -> None:
    for document in drills(40):
        asked = [question.text for passage in document.passages for question in passage.questions]
        assert len(asked) == len(set(asked))


def test_sentences_are_set_apart_by_one_space() -> None:
    assert not [passage for passage in PASSAGES if re.search(r"  |^\s|\s$", passage.text)]
