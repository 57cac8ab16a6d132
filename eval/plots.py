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
    """A named curve; ``points`` from left to right."""

    name: str
    points: tuple[Point, ...]

    @property
    def path(self) -> str:
        """Give the curve as an SVG path over 100 by 100, y downwards."""
        steps = (f"{100 * point.x:.2f},{100 - 100 * point.y:.2f}" for point in self.points)
        return "M" + " L".join(steps) if self.points else ""


def coverage_curve(name: str, outcomes: Sequence[Outcome]) -> Curve:
    """Give the accuracy (y) at each coverage (x), as the threshold falls."""
    points = operating_points(judged(outcomes))
    step = max(1, len(points) // MOST_POINTS)
    chosen = [*points[:-1:step], *points[-1:]]
    return Curve(name, tuple(Point(one.coverage, one.accuracy, one.answered) for one in chosen))


def calibration_curve(name: str, outcomes: Sequence[Outcome]) -> Curve:
    """Give the accuracy (y) at the mean confidence (x) of each bin that is not empty."""
    bins = calibration_bins(judged(outcomes))
    return Curve(name, tuple(Point(one.confidence, one.accuracy, one.count) for one in bins))


def coverage_curves(systems: Sequence[SystemResults]) -> tuple[Curve, ...]:
    """Give the coverage curve of each system that found something."""
    return tuple(coverage_curve(one.system.name, one.results.outcomes) for one in systems)


def calibration_curves(systems: Sequence[SystemResults]) -> tuple[Curve, ...]:
    """Give the calibration curve of each system that gives probabilities."""
    return tuple(
        calibration_curve(one.system.name, one.results.outcomes) for one in systems if one.system.reads
    )
