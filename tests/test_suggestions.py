from chatbot.article import make_article
from chatbot.suggestions import MOST, suggested_questions


def test_own_questions_of_the_article_are_suggested() -> None:
    article = make_article("a", "Ana Lind came. Ana Lind left.", questions=("Who came?", "Who left?"))

    assert suggested_questions(article) == ("Who came?", "Who left?")


def test_people_who_are_named_most_are_asked_after() -> None:
    article = make_article("a", "Omar Hasan came.\n\nAna Lind came. We saw Ana Lind. Oslo slept.")

    assert suggested_questions(article) == ("Who is Ana Lind?", "Who is Omar Hasan?")


def test_article_without_names_suggests_nothing() -> None:
    assert suggested_questions(make_article("a", "the ferries came.")) == ()


def test_name_that_is_too_long_to_ask_after_is_passed_over() -> None:
    article = make_article("a", f"A{'a' * 300} B{'b' * 300} came. Ana Lind left.")

    assert suggested_questions(article) == ("Who is Ana Lind?",)


def test_no_more_than_a_handful_is_suggested() -> None:
    names = (f"{first} {last} came." for first in ("Ana", "Bea", "Cleo") for last in ("Lind", "Moe", "Nash"))

    assert len(suggested_questions(make_article("a", " ".join(names)))) == MOST
