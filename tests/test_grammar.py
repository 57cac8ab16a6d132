"""The parts of a question."""

import pytest

from chatbot.grammar import Clause, asks_for_subject, head, is_plural, noun_phrases, parse


@pytest.mark.parametrize(
    ("question", "clause"),
    [
        ("Who met Ana", Clause("Who", "", "met Ana")),
        ("Whom did Ana meet", Clause("Whom", "did", "Ana meet")),
        ("With whom did Ana meet", Clause("With whom", "did", "Ana meet")),
        ("How many cranes did Japan pledge", Clause("How many cranes", "did", "Japan pledge")),
        ("What kind of visit was it", Clause("What kind of visit", "was", "it")),
        ("Who said that Ana had come", Clause("Who", "", "said that Ana had come")),
        ("Which city hosts it", Clause("Which city", "", "hosts it")),
        ("How many people came", Clause("How many people", "", "came")),
        ("How many came", Clause("How many", "", "came")),
        ("Which two cities signed it", Clause("Which two cities", "", "signed it")),
        ("Did Ana come", Clause("", "did", "Ana come")),
        ("Ana's visit", Clause("", "", "Ana's visit")),
        ("When", Clause("When", "", "")),
        ("", Clause("", "", "")),
        ("?", Clause("", "", "?")),
    ],
)
def test_question_is_cut_in_parts(question: str, clause: Clause) -> None:
    assert parse(question) == clause


@pytest.mark.parametrize(
    ("question", "thing"),
    [
        ("How many cranes did Japan pledge", "cranes"),
        ("Which detection system will come", "detection system"),
        ("What kind of visit was it", "visit"),
        ("Which two cities signed it", "cities"),
        ("Who came", ""),
        ("How did it work", ""),
    ],
)
def test_thing_is_what_is_asked_about(question: str, thing: str) -> None:
    assert parse(question).thing == thing


@pytest.mark.parametrize(
    "question",
    [
        *("Who broke her leg", "Which player has lost her title", "How many people lost their homes"),
        *("How many jobs will be cut", "Which schools will close", "Which schools will close in July"),
        *("Which village was cut off", "Which cranes are coming", "How many people were in the hall"),
        *("Which ambassador did not come", "What was discussed", "Who will close the school"),
    ],
)
def test_subject_is_asked_for(question: str) -> None:
    assert asks_for_subject(parse(question))


@pytest.mark.parametrize(
    "question",
    [
        *("How many jobs will the bank cut", "Which schools did Ana close", "Which schools will Ana close"),
        *("Who is her deputy", "What did they say", "What will parliament decide", "When will it close"),
        *("How old is Ana", "Which schools will parents choose", "Did Ana come", "When", ""),
    ],
)
def test_other_than_the_subject_is_asked_for_or_it_cannot_be_told(question: str) -> None:
    assert not asks_for_subject(parse(question))


def test_name_behind_the_auxiliary_is_the_subject() -> None:
    assert not asks_for_subject(parse("Which schools will lind close in July"), name_follows=True)


@pytest.mark.parametrize(
    ("question", "phrases"),
    [
        ("When was the photo taken", ["the photo"]),
        ("When did the visit begin", ["the visit"]),
        ("Who is the foreign minister", ["the foreign minister"]),
        ("When was Hayashi's visit announced", ["Hayashi's visit"]),
        ("Are the Kyiv talks called historic", ["the Kyiv talks"]),
        ("Where did the talks take place", ["the talks"]),
        ("Who gave a book to his sister", ["the book", "the sister"]),
        ("Who is the", []),
        ("When does the night train leave Oslo", ["the night train"]),
        ("When does the night train from Oslo arrive", ["the night train"]),
        ("What does the new school in lumeka have", ["the new school"]),
        ("When did the council close the school", ["the council", "the school"]),
        ("When did the city council close schools", ["the city council"]),
        ("What did the council vote on", ["the council"]),
        ("What does the opposition leader say", ["the opposition leader"]),
        ("What did the deputy foreign secretary apologise for", ["the deputy foreign secretary"]),
        ("Does the foreign minister of Japan agree", ["the foreign minister"]),
        ("Did Ana visit the old town", ["the old town"]),
        ("When was the photo taken in Oslo", ["the photo"]),
        ("How big is the telescopes mirror", ["the telescopes mirror"]),
    ],
)
def test_noun_phrases_leave_the_verb_out(question: str, phrases: list[str]) -> None:
    assert [phrase.text for phrase in noun_phrases(question)] == phrases


def test_noun_phrase_stands_where_its_offsets_say() -> None:
    question = "Who gave a book to Ana's sister"

    assert [question[one.start : one.end] for one in noun_phrases(question)] == ["a book", "Ana's sister"]


def test_head_is_what_stands_before_a_preposition() -> None:
    assert head("the victims of the army") == "the victims"
    assert head("of note") == "of note"
    assert head("") == ""


@pytest.mark.parametrize("phrase", ["the cranes", "Ana and Omar", "two women", "the people"])
def test_several_are_plural(phrase: str) -> None:
    assert is_plural(phrase)


@pytest.mark.parametrize("phrase", ["the crane", "the press", "this", "the virus", ""])
def test_one_is_not_plural(phrase: str) -> None:
    assert not is_plural(phrase)
