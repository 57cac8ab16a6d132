"""Several wordings of one question, and what all of them found."""

import math

import pytest
from fakes import make_candidate, make_passage

from chatbot.confidence import Judged
from chatbot.readings import fuse

TEXTS = {number: f"Passage {number} says something." for number in (1, 2, 3)}


def item(number: int, probability: float, confidence: float, words: tuple[int, int] = (0, 7)) -> Judged:
    candidate = make_candidate(make_passage(TEXTS[number], number=number), *words)
    return Judged(candidate, math.log(probability / (1 - probability)), confidence)


def numbers(fused: tuple[Judged, ...]) -> list[int]:
    return [one.candidate.span.passage.number for one in fused]


def test_passage_that_both_wordings_find_goes_before_one_that_only_one_finds() -> None:
    fused = fuse([[item(1, 0.9, 0.9), item(2, 0.6, 0.6)], [item(2, 0.6, 0.6), item(3, 0.5, 0.5)]])

    assert numbers(fused) == [2, 1, 3]  # 0.6, 0.45 and 0.25 of two


def test_span_is_that_of_the_surest_wording() -> None:
    fused = fuse([[item(1, 0.9, 0.4, (0, 3))], [item(1, 0.2, 0.8, (3, 7))]])

    assert (fused[0].candidate.span.start, fused[0].candidate.span.end) == (3, 7)


def test_confidence_leans_to_the_surest_wording() -> None:
    both, one = fuse([[item(1, 0.9, 0.8), item(2, 0.3, 0.4)], [item(1, 0.9, 0.6)]])

    assert both.confidence == pytest.approx(0.7 * 0.8 + 0.3 * 0.6)
    assert one.confidence == pytest.approx(0.7 * 0.4)


def test_no_passage_is_more_confident_than_one_ranked_before_it() -> None:
    fused = fuse([[item(1, 0.9, 0.3), item(2, 0.5, 0.9)]])

    assert [one.confidence for one in fused] == pytest.approx([0.3, 0.3])


def test_one_wording_keeps_its_order_and_nothing_gives_nothing() -> None:
    assert numbers(fuse([[item(2, 0.5, 0.5), item(1, 0.5, 0.5)], []])) == [2, 1]
    assert fuse([[], []]) == ()
