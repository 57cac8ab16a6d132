"""Plots: the points of the report's two pictures; the template draws them."""

from collections.abc import Sequence
from dataclasses import dataclass

from eval.asking import Outcome
from eval.evaluation import SystemResults
from eval.figures import judged
from eval.measures import calibration_bins, operating_points

MOST_POINTS = 200


@dataclass(frozen=True)
class Point:
    """A point from (0, 0), bottom left, to (1, 1), with the number of questions behind it."""

    x: float
    y: float
    count: int


@dataclass(frozen=True)
class Curve:
    """A named curve; ``points`` from left to right, ``number`` is its system's, from 0."""

    name: str
    number: int
    points: tuple[Point, ...]

    @property
    def path(self) -> str:
        """Give the curve as an SVG path over 100 by 100, y downwards."""
        steps = (f"{100 * point.x:.2f},{100 - 100 * point.y:.2f}" for point in self.points)
        return "M" + " L".join(steps) if self.points else ""


def coverage_curves(systems: Sequence[SystemResults]) -> tuple[Curve, ...]:
    """Give each system's accuracy (y) at each coverage (x), as the threshold falls."""
    return tuple(
        Curve(one.system.name, number, _coverage_points(one.results.outcomes))
        for number, one in enumerate(systems)
    )


def calibration_curves(systems: Sequence[SystemResults]) -> tuple[Curve, ...]:
    """Give the accuracy (y) at the mean confidence (x) of each bin, where there are probabilities."""
    return tuple(
        Curve(one.system.name, number, _calibration_points(one.results.outcomes))
        for number, one in enumerate(systems)
        if one.system.reads
    )


def _coverage_points(outcomes: Sequence[Outcome]) -> tuple[Point, ...]:
    points = operating_points(judged(outcomes))
    step = max(1, len(points) // MOST_POINTS)
    chosen = [*points[:-1:step], *points[-1:]]
    return tuple(Point(one.coverage, one.accuracy, one.answered) for one in chosen)


def _calibration_points(outcomes: Sequence[Outcome]) -> tuple[Point, ...]:
    return tuple(Point(one.confidence, one.accuracy, one.count) for one in calibration_bins(judged(outcomes)))
