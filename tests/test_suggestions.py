import pytest

from chatbot.article import make_article
from chatbot.suggestions import MOST, suggested_questions, take_turns


def test_own_questions_of_the_article_are_suggested() -> None:
    article = make_article("a", "Ana Lind came. Ana Lind left.", questions=("Who came?", "Who left?"))

    assert suggested_questions(article) == ("Who came?", "Who left?")


def test_people_who_are_named_most_are_asked_after() -> None:
    article = make_article("a", "Mayor Omar Hasan came.\n\nAna Lind said so. We saw Ana Lind. Oslo slept.")

    assert suggested_questions(article) == ("Who is Ana Lind?", "Who is Omar Hasan?")


def test_article_without_names_suggests_nothing() -> None:
    assert suggested_questions(make_article("a", "the ferries came.")) == ()


def test_name_that_is_too_long_to_ask_after_is_passed_over() -> None:
    article = make_article("a", f"A{'a' * 300} B{'b' * 300} said so. Ana Lind told us.")

    assert suggested_questions(article) == ("Who is Ana Lind?",)


def test_no_more_than_a_handful_is_suggested() -> None:
    names = (f"{first} {last} said so." for first in ("Ana", "Bea", "Cleo") for last in ("Lind", "Moe", "Nash"))

    assert len(suggested_questions(make_article("a", " ".join(names)))) == MOST


@pytest.mark.parametrize(
    "text",
    [
        "Foreign Minister Ana Lind came.",
        "The council leader Ana Lind came.",
        "The council’s leader, Ana Lind, came.",
        "Its director is Ana Lind.",
        "We met Ana Lind, the new head of the school.",
        "Ana Lind became mayor.",
        "We met Ana Lind, 34, there.",
        "We met Ana Lind (34).",
        "The 34-year-old Ana Lind came.",
        "“No,” said Ana Lind.",
        "Ana Lind, of Oslo, told us.",
        "We met Ana Lind, who sings.",
        "Ana Lind took her boat.",
        "It rained. Ana Lind came. She left.",
        "We met Ana Lind. “No,” Lind said.",
    ],
)
def test_who_is_shown_to_be_a_person_is_asked_after(text: str) -> None:
    assert suggested_questions(make_article("a", f"A day\n\n{text}")) == ("Who is Ana Lind?",)


@pytest.mark.parametrize(
    "text",
    [
        "Alder Green and Little Marsh lose their schools.",
        "Alder Green, where the mayor lives, has 12 pupils. It has a shop.",
        "Little Marsh, 12 miles away, keeps its own. The mayor said so.",
        "Little Marsh is near. Ana Marsh came.",
        "Alder Green lost Mayor Hasan, who took his books.",
        "At a meeting in Alder Green, the mayor spoke.",
    ],
)
def test_what_may_be_a_place_is_not_asked_after(text: str) -> None:
    assert suggested_questions(make_article("a", f"County to close four village schools\n\n{text}")) == ()


def test_several_articles_take_turns_and_no_question_comes_twice() -> None:
    assert take_turns([("a?", "b?", "c?"), (), ("d?", "a?")]) == ("a?", "d?", "b?", "c?")
