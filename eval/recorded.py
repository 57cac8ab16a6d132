"""Recorded figures: each command with the figures it gave, to notice when one moves."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from eval.collection import EvaluationError, refuse, validation_problems
from eval.figures import MEASURES, Figures

RECORDED = Path(__file__).parent / "recorded.json"
DIGITS = 4
TIMES = frozenset(measure.key for measure in MEASURES if measure.unit == "ms")


class Expected(BaseModel):
    """A recorded figure: its value at four digits and, for a share, its exact count."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    value: float
    total: int
    count: int | None = None


Condition = dict[str, dict[str, Expected]]  # system, measure
CONDITIONS = TypeAdapter(dict[str, Condition])  # command


@dataclass(frozen=True)
class Move:
    """A figure that is not as recorded; None where there is none."""

    system: str
    measure: str
    expected: Expected | None
    got: Expected | None

    def __str__(self) -> str:
        """Say what moved, from what to what."""
        return f"{self.system}, {self.measure}: expected {_shown(self.expected)}, got {_shown(self.got)}"


def require(command: str, path: Path = RECORDED) -> Condition:
    """Give what is recorded for a command.

    Raises:
        EvaluationError: nothing is, or the file is broken.
    """
    known = _load(path)
    if command not in known:
        raise EvaluationError(
            f"expected figures recorded for `{command}` in {path.name}, got figures for "
            f"{', '.join(f'`{one}`' for one in known) or 'nothing'}; run it with --record"
        )
    return known[command]


def moves(command: str, got: Mapping[str, Figures], path: Path = RECORDED) -> list[Move]:
    """Compare with what is recorded for the command: counts exactly, values at four digits.

    Times are not compared. Only systems that ran are; one that is not recorded has moved.

    Raises:
        EvaluationError: nothing is recorded for the command, or the file is broken.
    """
    known = require(command, path)
    return [
        move
        for system, figures in got.items()
        for move in _moves_of(system, known.get(system, {}), _rounded(figures))
    ]


def record(command: str, got: Mapping[str, Figures], path: Path = RECORDED) -> None:
    """Write the figures under their command; other commands, and systems that did not run, stay.

    Raises:
        EvaluationError: the file that is there is broken.
    """
    known = _load(path) if path.exists() else {}
    known[command] = known.get(command, {}) | {system: _rounded(figures) for system, figures in got.items()}
    content = CONDITIONS.dump_python(known, exclude_none=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _rounded(figures: Figures) -> dict[str, Expected]:
    return {
        key: Expected(value=round(figure.value, DIGITS), total=figure.total, count=figure.count)
        for key, figure in figures.items()
        if key not in TIMES
    }


def _moves_of(system: str, expected: Mapping[str, Expected], got: Mapping[str, Expected]) -> Iterator[Move]:
    for key in dict.fromkeys([*expected, *got]):
        if not _same(expected.get(key), got.get(key)):
            yield Move(system, key, expected.get(key), got.get(key))


def _same(one: Expected | None, other: Expected | None) -> bool:
    if one is None or other is None or (one.count, one.total) != (other.count, other.total):
        return False
    # half a digit more, so that a value at the edge of rounding has not moved
    return bool(abs(one.value - other.value) < 1.5 * 10**-DIGITS)


def _load(path: Path) -> dict[str, Condition]:
    try:
        return CONDITIONS.validate_json(path.read_bytes())
    except OSError as error:
        raise EvaluationError(
            f"expected recorded figures at {path}, got: {error}; run with --record"
        ) from error
    except ValidationError as error:
        refuse(f"{path.name}: {problem}" for problem in validation_problems(error))
        raise


def _shown(figure: Expected | None) -> str:
    if figure is None:
        return "no figure"
    return f"{figure.value}" + (f" ({figure.count}/{figure.total})" if figure.count is not None else "")
