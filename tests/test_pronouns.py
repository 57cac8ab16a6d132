"""Pronouns that point before their question, and what they are filled with."""

import pytest

from chatbot.antecedents import Told
from chatbot.names import Names
from chatbot.pronouns import fill_pronouns, find_pronouns

WRITTEN = ("Lind", "Hasan", "Oslo", "met", "pledged", "cranes", "visit")
TEXT = "Mayor Lind met Captain Hasan in Oslo."
NAMES = Names(
    {word.casefold(): (word, 1) for word in WRITTEN}, {"lind": 1, "hasan": 1, "oslo": 1}, lambda _: [TEXT]
)


def fill(question: str, earlier: str, answer: str = "") -> str:
    return fill_pronouns(question, [Told(1, earlier, earlier, lambda: answer)], NAMES)[0]


@pytest.mark.parametrize(
    "question",
    [
        *("When did he come", "Who likes her", "What are they", "Where is it", "What happened there"),
        *(
            "Did Lind thank him",
            "Who said that",
            "Is that a loan",
            "Will that cost much",
            "What did he do then",
        ),
        *("Who is her deputy", "Which of her cranes came", "What broke her leg", "Whose crane hit her house"),
        *("Which minister has been there", "When did the Norwegian one come", "Did Lind meet them"),
    ],
)
def test_pronoun_points_back(question: str) -> None:
    assert find_pronouns(question, NAMES)


@pytest.mark.parametrize(
    "question",
    [
        *("Did Lind say when she came", "What did Lind say about her visit", "Is there a crane"),
        *("Who broke her leg", "Which player has lost his title", "How many people lost their homes"),
        *("Is that visit over", "Did Lind say that Hasan came", "What time is it in Oslo", "Is it true"),
        *(
            "Did the company sell its ships",
            "Did the crews say what they need",
            "Which one came",
            "Who came",
            "Who is the woman that will become mayor",
            "What are the cranes that were pledged",
            "Will there be talks",
            "Have there been visits",
            "Was the visit one of the first",
            "Did more than one crane come",
            "Which IT cranes came",
            "",
        ),
    ],
)
def test_pronoun_that_the_question_explains_does_not(question: str) -> None:
    assert find_pronouns(question, NAMES) == []


@pytest.mark.parametrize(
    ("earlier", "answer", "question", "filled"),
    [
        ("Who met Hasan", "Mayor Lind", "When did she come", "When did Lind come"),
        ("Which mayor met Hasan", "Mayor Lind", "When did she come", "When did Lind come"),
        ("How was the new visit", "", "What of the old one", "What of the old visit"),
        ("What was the name of the visit", "", "When did it end", "When did the visit end"),
        ("When did the visit begin", "", "Who reported that", "Who reported the visit"),
        ("Whom did Lind meet", "Captain Hasan", "Where did she go", "Where did Lind go"),
        ("Who met Hasan", "Mayor Lind", "Did they talk", "Did Lind and Hasan talk"),
        ("Who met Hasan", "Mayor Lind", "Who is her deputy", "Who is Lind's deputy"),
        ("What did the mayor say", "", "When did she come", "When did the mayor come"),
        ("Who is the king of Peru", "", "When did he come", "When did the king of Peru come"),
        ("How many cranes did Lind pledge", "24", "When will they come", "When will the cranes come"),
        ("What did Lind pledge", "24 cranes", "When will they come", "When will 24 cranes come"),
        ("Who is it dedicated to", "the victims of war", "When were they shot", "When were the victims shot"),
        ("When was the photo taken", "May", "Who is in it", "Who is in the photo"),
        ("Where is Oslo", "Norway", "What happened there", "What happened in Oslo"),
        ("Where is Oslo", "Norway", "Who has been there", "Who has been to Oslo"),
        (
            "Who is the foreign minister",
            "",
            "Who is the Brazilian one",
            "Who is the Brazilian foreign minister",
        ),
        ("Who is Hasan", "Captain Lind", "When did he come", "When did Hasan come"),
        ("How old is Lind", "52", "Where did she go", "Where did Lind go"),
        ("Whom did the mayor meet", "Captain Hasan", "When did he come", "When did Hasan come"),
        ("Whom did the mayor thank", "Italy", "When did she come", "When did the mayor come"),
        ("Whom did the mayor meet", "", "When did he come", "When did the mayor come"),
        ("When does the night train leave Oslo", "", "What does it cost", "What does the night train cost"),
        ("How big is the telescopes mirror", "", "When was it made", "When was the telescopes mirror made"),
        ("What did Lind say", "I’m glad that he came", "Who heard that", "Who heard that"),
    ],
)
def test_pronoun_is_filled(earlier: str, answer: str, question: str, filled: str) -> None:
    assert fill(question, earlier, answer) == filled


def test_latest_turn_that_has_one_fills_the_pronoun() -> None:
    earlier = [Told(1, "", "Did Lind come"), Told(2, "", "Did Hasan come"), Told(3, "", "How do I bake bread")]

    text, meant = fill_pronouns("When did he leave", earlier, NAMES)

    assert text == "When did Hasan leave"
    assert meant["man"].turn == 2


def test_he_is_not_who_was_she() -> None:
    _, meant = fill_pronouns(
        "When did she come", [Told(1, "", "Did Hasan come"), Told(2, "", "Did Lind come")], NAMES
    )
    earlier = [Told(1, "", "Did Hasan come"), Told(2, "", "When did Lind come", meant=meant)]

    assert fill_pronouns("When did he leave", earlier, NAMES)[0] == "When did Hasan leave"


def test_answer_is_looked_for_only_where_it_can_tell() -> None:
    def fail() -> str:
        raise AssertionError("no answer is needed")

    told = [Told(1, "", "When was the photo taken", fail)]

    assert fill_pronouns("Who is in it", told, NAMES)[0] == "Who is in the photo"
    assert fill_pronouns("Who came", told, NAMES)[0] == "Who came"


def test_it_is_nobody() -> None:
    earlier = [
        Told(1, "", "How big is the crane"),
        Told(2, "", "Who came", lambda: "Mayor Helena Brandt"),
        Told(3, "", "Who left", lambda: "Helena Brandt"),
    ]

    assert fill_pronouns("What did it cost", earlier, NAMES)[0] == "What did the crane cost"


def test_it_may_be_what_answered_who() -> None:
    earlier = [Told(1, "", "Who pays for cranes", lambda: "the European Union")]

    assert fill_pronouns("Where is it", earlier, NAMES)[0] == "Where is the European Union"


def test_name_that_ends_in_s_is_not_several() -> None:
    earlier = [Told(1, "", "How old is Katrin Solms", lambda: "52")]

    text, meant = fill_pronouns("What did they say", earlier, NAMES)

    assert text == "What did they say"
    assert not meant["people"].replaces
