import json
from pathlib import Path

import pytest

from eval.collection import EvaluationError
from eval.figures import Figure
from eval.recorded import moves, record

COMMAND = "python -m eval --split test"
FIGURES = {
    "reader": {
        "success_1": Figure(2 / 3, 3, 2),
        "auroc": Figure(0.87654321, 9),
        "p50_ms": Figure(12.0, 9),
    }
}


def changed(**figures: Figure) -> dict[str, dict[str, Figure]]:
    return {"reader": FIGURES["reader"] | figures}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    record(COMMAND, FIGURES, tmp_path / "recorded.json")
    return tmp_path / "recorded.json"


def test_the_same_figures_have_not_moved(path: Path) -> None:
    assert moves(COMMAND, FIGURES, path) == []


def test_times_are_neither_recorded_nor_compared(path: Path) -> None:
    assert "p50_ms" not in path.read_text()
    assert moves(COMMAND, changed(p50_ms=Figure(99.0, 9)), path) == []


@pytest.mark.parametrize(
    "figure", [Figure(1.0, 3, 3), Figure(1 / 3, 3, 1), Figure(4 / 6, 6, 4)], ids=["up", "down", "of-more"]
)
def test_a_count_that_moved_either_way_is_a_move(path: Path, figure: Figure) -> None:
    (move,) = moves(COMMAND, changed(success_1=figure), path)

    assert str(move).startswith("reader, success_1: expected 0.6667 (2/3), got ")


@pytest.mark.parametrize("value", [0.8768, 0.8763])
def test_a_value_that_moved_in_its_fourth_digit_is_a_move(path: Path, value: float) -> None:
    assert len(moves(COMMAND, changed(auroc=Figure(value, 9)), path)) == 1


def test_a_value_that_differs_by_less_has_not_moved(path: Path) -> None:
    assert moves(COMMAND, changed(auroc=Figure(0.87654331, 9)), path) == []


def test_a_measure_that_came_or_went_is_a_move(path: Path) -> None:
    fewer = {"reader": {"auroc": FIGURES["reader"]["auroc"]}}

    assert [str(move) for move in moves(COMMAND, fewer, path)] == [
        "reader, success_1: expected 0.6667 (2/3), got no figure"
    ]
    assert len(moves(COMMAND, changed(f1=Figure(0.5, 3)), path)) == 1


def test_a_system_that_is_not_recorded_has_moved(path: Path) -> None:
    assert len(moves(COMMAND, {"other": {"f1": Figure(0.5, 3)}}, path)) == 1


def test_a_system_that_did_not_run_is_not_compared(path: Path) -> None:
    record(COMMAND, {"other": {"f1": Figure(0.5, 3)}}, path)

    assert moves(COMMAND, FIGURES, path) == []


def test_recording_one_command_keeps_the_others(path: Path) -> None:
    record("python -m eval --split dev", {"reader": {"f1": Figure(0.5, 3)}}, path)

    assert list(json.loads(path.read_text())) == [COMMAND, "python -m eval --split dev"]
    assert moves(COMMAND, FIGURES, path) == []


def test_a_command_that_is_not_recorded_is_an_error(path: Path) -> None:
    with pytest.raises(EvaluationError, match="run it with --record"):
        moves("python -m eval --split dev", FIGURES, path)


@pytest.mark.parametrize("content", ["", "[]", '{"a": {"b": {"c": {"value": "0.5", "total": 1}}}}'])
def test_a_broken_file_is_an_error(tmp_path: Path, content: str) -> None:
    path = tmp_path / "recorded.json"
    path.write_text(content)

    with pytest.raises(EvaluationError, match=r"recorded\.json: "):
        moves(COMMAND, FIGURES, path)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="expected recorded figures at"):
        moves(COMMAND, FIGURES, tmp_path / "recorded.json")
