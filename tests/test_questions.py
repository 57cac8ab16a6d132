"""The fixed questions themselves: what the evaluation promises about them."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from chatbot.passages import split_article
from eval.collection import Collection, Gold, overlaps
from eval.questions import fixed_questions

SEEDS = Path(__file__).parent.parent / "seeds"


@pytest.fixture(scope="module")
def every() -> Collection:
    return fixed_questions(SEEDS, None)


def test_there_are_enough_of_each_kind(every: Collection) -> None:
    answerable = [question for question in every.questions if question.answerable]
    near_misses = [question for question in every.questions if question.near_miss]

    assert len(answerable) >= 90
    assert len(every.questions) - len(answerable) >= 50
    assert len(near_misses) >= 35


def test_answerable_questions_cover_every_passage(every: Collection) -> None:
    golds = [gold for question in every.questions for gold in question.answers]
    for article in every.articles:
        passages = split_article(article, lambda text: len(text.split()), 10_000)
        missed = [passage.text for passage in passages if not any(overlaps(gold, passage) for gold in golds)]
        assert missed == []


def test_answerable_questions_are_of_every_type(every: Collection) -> None:
    types = {question.type for question in every.questions if question.answerable}

    assert types >= set("who whom what when where why how_many yes_no terse paraphrase misspelt".split())


def test_some_questions_have_several_right_passages(every: Collection) -> None:
    (article,) = every.articles
    passages = split_article(article, lambda text: len(text.split()), 10_000)

    def right(answers: Sequence[Gold]) -> int:
        return sum(any(overlaps(gold, passage) for gold in answers) for passage in passages)

    assert sum(right(question.answers) > 1 for question in every.questions) >= 10


def test_halves_share_nothing_and_are_alike(every: Collection) -> None:
    dev, test = (fixed_questions(SEEDS, split) for split in ("dev", "test"))

    assert {one.id for one in dev.questions} | {one.id for one in test.questions} == {
        one.id for one in every.questions
    }
    assert not {one.id for one in dev.questions} & {one.id for one in test.questions}
    for kind in ("answerable", "near_miss"):
        counts = [sum(getattr(one, kind) for one in half.questions) for half in (dev, test)]
        assert abs(counts[0] - counts[1]) <= 2


def test_no_question_of_the_test_half_is_one_of_the_dev_half(every: Collection) -> None:
    def plain(text: str) -> str:
        return " ".join("".join(letter if letter.isalnum() else " " for letter in text.lower()).split())

    halves = {
        split: {plain(one.text) for one in every.questions if one.split == split} for split in ("dev", "test")
    }

    assert halves["dev"] & halves["test"] == set()
