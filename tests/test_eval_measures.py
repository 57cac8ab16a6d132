import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.measures import (
    Judged,
    auroc,
    calibration_bins,
    calibration_error,
    coverage_at,
    exact_match,
    normalise_answer,
    operating_points,
    percentile,
    rankings,
    token_f1,
    wilson,
)

RIGHT = {"q1": {"a"}, "q2": {"b", "c"}, "q3": {"d"}}
RANKED = {"q1": ["a", "b"], "q2": ["x", "c", "b"], "q3": []}


def judged(*pairs: tuple[float, bool]) -> list[Judged]:
    return [Judged(confidence, right) for confidence, right in pairs]


def test_wilson_gives_the_interval_computed_by_hand() -> None:
    z, share, total = 1.959964, 0.9, 50
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    reach = z / (1 + z * z / total) * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))

    assert wilson(45, 50) == pytest.approx((middle - reach, middle + reach), abs=1e-6)


def test_wilson_stays_within_zero_and_one_at_the_ends() -> None:
    assert wilson(0, 10)[0] == 0
    assert wilson(10, 10)[1] == 1
    assert wilson(10, 10)[0] < 0.75


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("The Foreign-Minister, a man.", "foreignminister man"),
        ("  an\u00a0Answer\n", "answer"),
        ("Sept. 9, 2023", "sept 9 2023"),
        ("theatre", "theatre"),
        ("The", ""),
    ],
)
def test_normalise_answer_follows_squad(text: str, normalised: str) -> None:
    assert normalise_answer(text) == normalised


def test_exact_match_takes_any_gold_answer() -> None:
    assert exact_match("the minister", ["Hayashi", "Minister."])
    assert not exact_match("the ministers", ["Hayashi", "Minister."])


def test_token_f1_counts_shared_words_as_often_as_both_have_them() -> None:
    # shared: red, red, tram of 4 and of 3 words: precision 3/4, recall 1
    assert token_f1("red red tram line", ["red tram red"]) == pytest.approx(6 / 7)


def test_token_f1_takes_the_best_gold_answer() -> None:
    assert token_f1("Bo", ["Ann and Bo", "Bo"]) == 1
    assert token_f1("Bo", ["Ann"]) == 0
    assert token_f1("Bo", []) == 0


def test_token_f1_of_answers_without_words_is_one_only_when_both_are() -> None:
    assert token_f1("the", ["a"]) == 1
    assert token_f1("the", ["tram"]) == 0


def test_rankings_are_as_computed_by_hand_and_a_silent_query_counts_zero() -> None:
    values = rankings(RIGHT, RANKED)

    assert values["success_1"] == {"q1": 1, "q2": 0, "q3": 0}
    assert values["success_3"] == {"q1": 1, "q2": 1, "q3": 0}
    assert values["rr_10"] == {"q1": 1, "q2": 0.5, "q3": 0}


@given(st.permutations([f"p {number}" for number in range(12)]), st.sets(st.integers(0, 11), min_size=1))
def test_rankings_are_what_their_definitions_say(ranked: list[str], chosen: set[int]) -> None:
    right = {f"p {number}" for number in chosen}
    first = next(rank for rank, passage in enumerate(ranked, start=1) if passage in right)

    values = rankings({"q": right}, {"q": ranked})

    assert values["success_1"]["q"] == (first == 1)
    assert values["success_3"]["q"] == (first <= 3)
    assert values["rr_10"]["q"] == pytest.approx(1 / first if first <= 10 else 0)


def test_rankings_keep_the_order_whatever_the_names_of_passages() -> None:
    # trec_eval breaks ties by name; ranks must not tie
    assert rankings({"q": {"a"}}, {"q": ["z", "a", "m"]})["rr_10"] == {"q": 0.5}
    assert rankings({"q": {"z"}}, {"q": ["a", "z", "m"]})["rr_10"] == {"q": 0.5}


def test_rr_10_is_zero_after_the_tenth() -> None:
    passages = [f"p{number}" for number in range(11)]

    assert rankings({"q": {"p10"}}, {"q": passages})["rr_10"] == {"q": 0}
    assert rankings({"q": {"p9"}}, {"q": passages})["rr_10"] == {"q": pytest.approx(0.1)}


def test_auroc_counts_ties_half() -> None:
    # pairs: 0.9 wins twice; 0.5 wins once and ties once
    assert auroc([0.9, 0.5], [0.5, 0.1]) == pytest.approx(3.5 / 4)


def test_auroc_without_both_kinds_says_nothing() -> None:
    assert auroc([0.9], []) is None
    assert auroc([], [0.9]) is None


def test_operating_points_answer_equal_confidences_together() -> None:
    points = operating_points(judged((0.9, True), (0.5, True), (0.5, False), (0.1, False)))

    assert [(point.threshold, point.answered, point.right) for point in points] == [
        (0.9, 1, 1),
        (0.5, 3, 2),
        (0.1, 4, 2),
    ]


def test_coverage_is_the_largest_share_that_is_accurate_enough() -> None:
    # accuracies as the threshold falls: 1, 1/2, 2/3, 3/4, 3/5
    every = judged((0.9, True), (0.8, False), (0.7, True), (0.6, True), (0.5, False))

    point = coverage_at(0.75, every)

    assert point is not None
    assert (point.answered, point.coverage, point.accuracy) == (4, 0.8, 0.75)


def test_coverage_is_none_when_the_most_confident_is_wrong() -> None:
    assert coverage_at(0.9, judged((0.9, False), (0.1, True))) is None


def test_coverage_does_not_split_a_tie_to_reach_its_accuracy() -> None:
    assert coverage_at(0.9, judged((0.9, True), (0.9, False))) is None


def test_calibration_error_is_as_computed_by_hand() -> None:
    # bin 0.9: two at 0.95, one right: |0.95 - 0.5| = 0.45; bin 0.2: one at 0.2, wrong: 0.2
    every = judged((0.95, True), (0.95, False), (0.2, False))

    assert calibration_error(every) == pytest.approx((2 * 0.45 + 1 * 0.2) / 3)


def test_calibration_bins_put_one_into_the_last_bin() -> None:
    (last,) = calibration_bins(judged((1.0, True), (0.9, True)))

    assert (last.low, last.high, last.count) == (0.9, 1.0, 2)


def test_calibration_refuses_what_is_no_probability() -> None:
    with pytest.raises(ValueError, match="from 0 to 1, got 3"):
        calibration_error(judged((3.0, True)))


def test_calibration_of_nothing_says_nothing() -> None:
    assert calibration_error([]) is None


def test_percentile_interpolates() -> None:
    assert percentile([1.0, 2.0, 3.0, 4.0], 50) == 2.5


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1))
def test_coverage_keeps_its_promise(pairs: list[tuple[float, bool]]) -> None:
    point = coverage_at(0.9, judged(*pairs))

    if point is not None:
        answered = [right for confidence, right in pairs if confidence >= point.threshold]
        assert len(answered) == point.answered
        assert sum(answered) / len(answered) >= 0.9


@given(st.lists(st.floats(0, 1), min_size=1), st.lists(st.floats(0, 1), min_size=1))
def test_auroc_is_the_share_of_pairs_in_order(answerable: list[float], others: list[float]) -> None:
    pairs = [(mine > theirs) + (mine == theirs) / 2 for mine in answerable for theirs in others]

    assert auroc(answerable, others) == pytest.approx(sum(pairs) / len(pairs))
