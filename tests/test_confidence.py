import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes import CALIBRATION, logistic, make_candidate, make_passage

from chatbot.confidence import (
    BASELINE_FEATURES,
    BODY_EDGE,
    CONFIDENCE_FEATURES,
    RANKING_FEATURES,
    Calibration,
    Candidate,
    Judge,
    Judged,
    doubted,
    load_calibration,
    sigmoid,
)
from chatbot.errors import ModelError
from chatbot.passages import Kind

# Of ten passages: a rare name, a rarer word, and one that half of them hold.
COUNTS = {"ana": 2, "crew": 1, "met": 5, "left": 1}
NAMES = frozenset({"ana", "omar"})
TEXT = "Ana met crews. They left."


def judge(calibration: Calibration = CALIBRATION) -> Judge:
    return Judge(calibration, COUNTS, total=10, names=NAMES)


def features(question: str, *candidates: Candidate) -> list[dict[str, float]]:
    return judge().features(question, candidates or [candidate()])


def candidate(
    text: str = TEXT, *, number: int = 1, kind: Kind = "body", reader: float = 0.0, **hit: float
) -> Candidate:
    passage = make_passage(text, 100, kind, number)
    return make_candidate(passage, 100, 103, reader=reader, rank=number, **hit)


def idf(count: int) -> float:
    return math.log(1 + (10 - count + 0.5) / (count + 0.5))


def test_features_are_those_that_the_models_weigh() -> None:
    (row,) = features("Who met Ana?")

    assert {*row, "score"} == {*RANKING_FEATURES, *BASELINE_FEATURES, *CONFIDENCE_FEATURES, "body"}


def test_coverage_weighs_words_by_their_rarity() -> None:
    (row,) = features("Did Ana sink?")

    assert row["coverage"] == pytest.approx(idf(2) / (idf(2) + idf(0)))


def test_sentence_coverage_looks_at_the_quotation_alone() -> None:
    (row,) = features("Who left?")

    assert (row["coverage"], row["sentence_coverage"]) == (1, 0)


def test_unknown_is_the_share_that_no_passage_holds() -> None:
    (row,) = features("Did Ana sink?")

    assert row["unknown"] == pytest.approx(idf(0) / (idf(2) + idf(0)))


@pytest.mark.parametrize(
    ("question", "share"),
    [("Did Ana meet Omar?", 0.5), ("did ana meet omar", 0.5), ("Did Ana?", 1), ("What left?", 1)],
)
def test_name_coverage_counts_the_names_that_the_passage_holds(question: str, share: float) -> None:
    row, _ = features(question, candidate(), candidate("Omar came.", number=2))

    assert row["name_coverage"] == share


def test_retrieval_scores_are_shares_of_the_best() -> None:
    first, second = features("Who?", candidate(lexical=4, score=0.8), candidate(number=2, lexical=1, score=0.2))

    assert (first["lexical"], second["lexical"]) == (1, 0.25)
    assert (first["fused"], second["fused"]) == (1, 0.25)


def test_retrieval_scores_are_nought_when_nothing_was_shared() -> None:
    (row,) = features("Who?")

    assert (row["lexical"], row["fused"]) == (0, 0)


def test_scores_of_passages_read_together_are_against_the_best() -> None:
    scores = (2.0, -1.5, None)
    candidates = [replace(candidate(number=at), together=score) for at, score in enumerate(scores, start=1)]

    assert [row["together"] for row in features("who?", *candidates)] == [0.0, -3.5, -3.5]
    assert [row["together"] for row in features("who?", candidates[2])] == [0.0]


def test_question_without_content_words_has_features() -> None:
    (row,) = features("who?")

    assert all(math.isfinite(value) for value in row.values())
    assert row["coverage"] == 0


def test_no_candidates_are_judged_to_none() -> None:
    assert judge().judge("Who met Ana?", []) == ()


def test_better_score_ranks_first() -> None:
    judged = judge().judge("Who?", [candidate(reader=1), candidate(number=2, reader=2)])

    assert [item.candidate.hit.passage.number for item in judged] == [2, 1]


@pytest.mark.parametrize("kind", ["headline", "caption", "related_link", "notice"])
def test_body_passage_wins_where_both_answer_equally_well(kind: Kind) -> None:
    judged = judge().judge("Who?", [candidate(kind=kind, reader=1), candidate(number=2, reader=1)])

    assert [item.candidate.hit.passage.kind for item in judged] == ["body", kind]


def test_headline_wins_where_it_answers_clearly_better() -> None:
    judged = judge().judge(
        "Who?", [candidate(kind="headline", reader=1 + 2 * BODY_EDGE), candidate(number=2, reader=1)]
    )

    assert judged[0].candidate.hit.passage.kind == "headline"


def test_tie_goes_to_the_better_hit() -> None:
    candidates = [candidate(number=2), candidate(number=1), candidate(number=3)]

    assert [item.candidate.hit.rank for item in judge().judge("Who?", candidates)] == [1, 2, 3]


def test_a_passage_that_was_quoted_last_is_trusted_more() -> None:
    candidates = [candidate(number=1, reader=2), candidate(number=2, reader=1)]
    ids = [item.span.passage.id for item in candidates]
    plain, *_ = judge().judge("When did she leave?", candidates)

    told, *_ = judge().judge("When did she leave?", candidates, {ids[0]})
    other, *_ = judge().judge("When did she leave?", candidates, {ids[1]})

    assert (told.candidate, told.score) == (plain.candidate, plain.score)
    assert told.confidence > plain.confidence
    assert other.confidence == plain.confidence


def test_no_candidate_is_more_confident_than_one_ranked_before_it() -> None:
    calibration = Calibration("x", logistic(reader=1.0), logistic(reader=-1.0), 0.5)

    judged = judge(calibration).judge("Who?", [candidate(number=at, reader=at) for at in range(1, 4)])

    assert [item.candidate.span.score for item in judged] == [3, 2, 1]
    assert [item.confidence for item in judged] == [pytest.approx(sigmoid(-3))] * 3


def test_judgement_does_not_depend_on_the_candidates_order() -> None:
    candidates = [candidate(number=at, reader=at % 3, lexical=at) for at in range(1, 7)]

    def key(item: Judged) -> Any:
        return item.candidate.hit.passage.number, item.score, item.confidence

    assert list(map(key, judge().judge("Did Ana leave?", candidates))) == list(
        map(key, judge().judge("Did Ana leave?", candidates[::-1]))
    )


def test_confidence_is_the_logistic_of_the_standardised_features() -> None:
    model = logistic(0.5, reader=2.0)
    model = type(model)(model.weights, {"reader": 1.0}, {"reader": 4.0}, model.intercept)

    assert model.log_odds({"reader": 3.0}) == 0.5 + 2.0 * (3.0 - 1.0) / 4.0


@pytest.mark.parametrize(("log_odds", "probability"), [(0, 0.5), (math.log(3), 0.75), (1e9, 1), (-1e9, 0)])
def test_sigmoid_turns_log_odds_into_a_probability(log_odds: float, probability: float) -> None:
    assert sigmoid(log_odds) == pytest.approx(probability)


def test_packaged_calibration_weighs_features_that_there_are() -> None:
    calibration = load_calibration("sentence")

    assert set(calibration.ranking.weights) <= set(BASELINE_FEATURES)
    assert set(calibration.confidence.weights) <= {*CONFIDENCE_FEATURES, *BASELINE_FEATURES}
    assert 0 < calibration.threshold < 1


WHOLE: dict[str, Any] = {
    "reader": "x",
    "ranking": {
        "weights": {"reader": 1.0},
        "means": {"reader": 0.0},
        "scales": {"reader": 1.0},
        "intercept": 0.0,
    },
    "confidence": {"weights": {}, "means": {}, "scales": {}, "intercept": 0.0},
    "threshold": 0.5,
}


def test_calibration_is_read_from_the_file_that_is_given(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text(json.dumps(WHOLE))

    assert load_calibration("sentence", tmp_path / "c.json").threshold == 0.5


@pytest.mark.parametrize(
    "changes",
    [
        {"threshold": None},
        {"threshold": 1.5},
        {"threshold": math.nan},
        {"ranking": None},
        {"ranking": {**WHOLE["ranking"], "weights": {"color": 1.0}}},
        {"ranking": {**WHOLE["ranking"], "means": {}}},
        {"ranking": {**WHOLE["ranking"], "scales": {"reader": 0.0}}},
    ],
    ids=[
        "no threshold",
        "threshold of 1.5",
        "threshold of nan",
        "no model",
        "unknown feature",
        "no mean",
        "scale of 0",
    ],
)
def test_calibration_that_cannot_work_is_refused_at_load(tmp_path: Path, changes: dict[str, Any]) -> None:
    (tmp_path / "c.json").write_text(json.dumps({**WHOLE, **changes}))

    with pytest.raises(ModelError, match=r"expected a calibration at .*c\.json"):
        load_calibration("sentence", tmp_path / "c.json")


@pytest.mark.parametrize("content", ["", "[]", "{"])
def test_calibration_that_cannot_be_read_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "c.json").write_text(content)

    with pytest.raises(ModelError, match="expected a calibration at"):
        load_calibration("sentence", tmp_path / "c.json")


def test_calibration_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="expected a calibration at"):
        load_calibration("sentence", tmp_path / "nowhere.json")


def test_a_missing_name_leaves_less_of_every_confidence_and_keeps_their_order() -> None:
    left = [doubted(confidence, is_strange=False) for confidence in (0.0, 0.3, 0.66, 0.99, 1.0)]

    assert left == sorted(left)
    assert left[0] == 0
    assert left[2] < 0.3  # two to one is not enough
    assert 0.9 < left[3] < 0.99
    assert doubted(0.99, is_strange=True) == pytest.approx(0.05)
