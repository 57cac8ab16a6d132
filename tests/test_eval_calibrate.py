"""What a calibration is fitted to."""

import pytest

from chatbot.confidence import RANKING_FEATURES, Logistic, with_score
from eval.calibrate import Case, First, choose_threshold, first_of, fit_ranking

CERTAIN = Logistic({"score": 1.0}, {"score": 0.0}, {"score": 1.0}, 0.0)


def row(reader: float, fused: float = 0.0) -> dict[str, float]:
    return {**dict.fromkeys(RANKING_FEATURES, 0.0), "reader": reader, "fused": fused, "body": 0.0}


def case(*readers: float, right: int) -> Case:
    rows = tuple(row(reader, fused=number) for number, reader in enumerate(readers))
    return Case(True, 1.0, rows, tuple(number == right for number in range(len(readers))))


def test_ranking_compares_the_candidates_of_one_question_alone() -> None:
    cases = [case(-9, -8, right=1), case(5, 4, right=0), case(0, 1, right=1), case(-3, -4, right=0)]

    ranking = fit_ranking(RANKING_FEATURES, cases)

    firsts = [first_of(one, ranking) for one in cases]
    assert [first.right for first in firsts if first] == [True] * 4
    assert ranking.weights["reader"] > 0
    assert ranking.weights["fused"] == pytest.approx(0, abs=0.01)  # tells as often the wrong one
    assert ranking.weights["alone"] == 0  # tells nothing


def test_ranking_is_content_with_any_of_several_right_candidates() -> None:
    cases = [Case(True, 1.0, (row(3), row(-1), row(0)), (True, True, False))] * 5

    ranking = fit_ranking(RANKING_FEATURES, cases)

    assert with_score(ranking, row(3))["score"] > with_score(ranking, row(0))["score"]


def test_threshold_parts_what_can_be_answered_from_what_cannot() -> None:
    scores = {True: (1.0, 2.0, 3.0), False: (-3.0, -2.0, 0.0)}
    firsts = [
        First(answerable, 1.0, {"score": score}, answerable)
        for answerable in scores
        for score in scores[answerable]
    ]

    assert 0.5 < choose_threshold(CERTAIN, firsts) <= 0.731


def test_of_thresholds_that_lose_as_little_the_highest_is_chosen() -> None:
    right, wrong = (
        First(answerable, 1.0, {"score": score}, answerable)
        for answerable, score in ((True, 1.0), (False, -1.0))
    )

    assert choose_threshold(CERTAIN, [right, wrong]) == 0.73  # the right one has 0.731
