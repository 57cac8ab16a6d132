import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from eval_fakes import FakeChatbot, collection, question

from eval.evaluation import Evaluation, Means, evaluate
from eval.figures import MEASURES, Figure
from eval.plots import calibration_curves, coverage_curves
from eval.report import as_json, as_page, beside, heading, notes, pieces, shown, table, verdict
from eval.systems import System

SYSTEMS = (System("ranking", "a ranking alone", mode="fusion"), System("reader", "a reader"))
QUESTIONS = collection(
    question("met", "Who met Bo?", "Ann", "met Bo"),
    question("tram", "Which <script>alert(1)</script> & colour?", "red"),
    question("cat", "Who met the cat?", near_miss=True),
    question("snow", "Did it snow?"),
    question("dogs", "How many?", "Two dogs"),
)
TABLE = {
    "Who met Bo?": [(1, "Ann", 0.9)],
    "Which <script>alert(1)</script> & colour?": [(3, "Two dogs", 0.8), (2, "red", 0.1)],
    "Who met the cat?": [(1, "Bo", 0.6)],
    "How many?": [(3, "Two", 0.4)],
}
BY_KEY = {measure.key: measure for measure in MEASURES}


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    means = Means(
        lambda _: FakeChatbot(TABLE), lambda *_: ["met: differs"], None, lambda questions, _: questions
    )
    return evaluate(QUESTIONS, SYSTEMS, means)


class Page(HTMLParser):
    """Notes elements, what they refer to, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.references: list[str] = []
        self.paths: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        values: dict[str, Any] = dict(attributes)
        self.references += [
            values[name] for name in ("src", "href", "action", "data", "poster") if name in values
        ]
        self.paths += [values["d"]] if "d" in values else []

    def handle_data(self, data: str) -> None:
        self.text += data


def test_shares_are_shown_with_count_and_interval() -> None:
    assert shown(Figure(0.9, 50, 45), BY_KEY["success_1"]) == "90.0%"
    assert beside(Figure(0.9, 50, 45)) == "45/50; 79 to 96"


def test_means_are_shown_with_their_number() -> None:
    assert shown(Figure(0.6374, 105), BY_KEY["f1"]) == "0.637"
    assert shown(Figure(12.34, 105), BY_KEY["p50_ms"]) == "12.3 ms"
    assert beside(Figure(0.6374, 105)) == "n = 105"


def test_the_table_has_a_row_for_each_measure_and_is_aligned(evaluation: Evaluation) -> None:
    lines = table(evaluation).splitlines()

    assert [line.split("|")[1].strip() for line in lines[2:]] == [measure.title for measure in MEASURES]
    assert len({len(line) for line in lines}) == 1
    assert "| 66.7% (2/3; 21 to 94)" in lines[2]


def test_the_heading_counts_the_questions(evaluation: Evaluation) -> None:
    assert (
        heading(evaluation) == "a story: 5 questions, 3 answerable, 2 not (1 marked as near misses); 1 article"
    )


def test_the_notes_say_what_was_compared(evaluation: Evaluation) -> None:
    assert list(notes(evaluation)) == ["reader: function and endpoint gave the same bytes for 4 of 5"]


def test_each_outcome_has_its_verdict(evaluation: Evaluation) -> None:
    verdicts = [verdict(outcome) for outcome in evaluation.systems[1].results.outcomes]

    assert verdicts == ["right", "wrong", "false-answer", "right-refusal", "false-refusal"]


def test_pieces_mark_gold_and_join_to_the_text(evaluation: Evaluation) -> None:
    outcome = evaluation.systems[1].results.outcomes[0]
    assert outcome.top is not None

    assert pieces(outcome.top, outcome) == (("Ann", True), (" ", False), ("met Bo", True), (".", False))


def test_json_has_figures_and_what_became_of_each_question(evaluation: Evaluation) -> None:
    content = json.loads(as_json(evaluation))

    reader = content["systems"][1]
    assert reader["figures"]["success_1"]["count"] == 2
    assert len(reader["figures"]["success_1"]["interval"]) == 2
    assert [outcome["verdict"] for outcome in reader["outcomes"]][:2] == ["right", "wrong"]
    assert content["collection"]["questions"][0]["answers"][0]["text"] == "Ann"
    assert content["collection"]["articles"].keys() == {"story"}


def test_the_page_needs_nothing_beside_it(evaluation: Evaluation) -> None:
    page = as_page(evaluation)
    parsed = Page(page)

    assert set(parsed.references) <= {"data:,"}
    assert not {"script", "iframe", "img", "object"} & set(parsed.elements)
    assert "@import" not in page
    assert not re.search(r"url\(|//\w", page)


def test_the_page_shows_every_question_and_quotation_as_text(evaluation: Evaluation) -> None:
    text = re.sub(r"\s+", " ", Page(as_page(evaluation)).text)

    for asked in QUESTIONS.questions:
        assert asked.text in text
    for found in (
        "Ann met Bo.",
        "held back: Two dogs sleep.",
        "The article does not say.",
        "right passage at rank 2",
    ):
        assert found in text


def test_the_page_draws_a_curve_for_each_system(evaluation: Evaluation) -> None:
    paths = Page(as_page(evaluation)).paths

    for curve in (*coverage_curves(evaluation.systems), *calibration_curves(evaluation.systems)):
        assert curve.path in paths


def test_the_coverage_curve_ends_with_all_questions(evaluation: Evaluation) -> None:
    _, reader = coverage_curves(evaluation.systems)

    first, last = reader.points[0], reader.points[-1]
    assert (first.x, first.y) == (0.2, 1)  # the most confident alone: right
    assert (last.x, last.y, last.count) == (1, 0.4, 5)  # met and dogs of five
    assert reader.path.startswith("M20.00,0.00 L")


def test_only_readers_have_a_calibration_curve(evaluation: Evaluation) -> None:
    (curve,) = calibration_curves(evaluation.systems)

    assert (curve.name, curve.number) == ("reader", 1)
    assert [(point.x, point.y) for point in curve.points] == [(0, 0), (0.4, 1), (0.6, 0), (0.8, 0), (0.9, 1)]
