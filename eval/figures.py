"""Figures: the measures of one system over one collection, with counts and intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from eval import measures
from eval.asking import Outcome, Results
from eval.measures import Judged

Unit = Literal["share", "number", "ms"]


@dataclass(frozen=True)
class Measure:
    """A named number: its unit, whether more is better, what it is; README.md says it at length."""

    key: str
    title: str
    unit: Unit
    more_is_better: bool
    about: str


MEASURES = (
    Measure("success_1", "Success@1", "share", True, "answerable questions with a right passage first"),
    Measure("success_3", "Success@3", "share", True, "... with a right passage among the first three"),
    Measure("rr_10", "RR@10", "number", True, "mean of 1 / rank of the first right passage; 0 after the tenth"),
    Measure(
        "sentence", "sentence accuracy", "share", True, "answerable questions whose first quotation is right"
    ),
    Measure("exact_match", "EM, best span", "share", True, "answerable: the first span is a gold answer"),
    Measure("f1", "F1, best span", "number", True, "answerable: words that the first span shares with gold"),
    Measure("served_exact_match", "EM, as served", "share", True, "the same; a refusal counts 0"),
    Measure("served_f1", "F1, as served", "number", True, "the same; a refusal counts 0"),
    Measure("auroc", "AUROC", "number", True, "chance that an answerable question is the more confident"),
    Measure("coverage_90", "coverage at 90 %", "share", True, "most questions answered, 90 % of them rightly"),
    Measure("coverage_95", "coverage at 95 %", "share", True, "most questions answered, 95 % of them rightly"),
    Measure("false_refusals", "false refusals", "share", False, "answerable questions refused"),
    Measure("false_answers", "false answers", "share", False, "questions without an answer that got one"),
    Measure("false_near_misses", "... to near misses", "share", False, "near misses that got an answer"),
    Measure("served_right", "right among answered", "share", True, "answered questions answered rightly"),
    Measure("calibration_error", "ECE", "number", False, "mean distance of confidence and accuracy"),
    Measure("verbatim", "verbatim quotations", "share", True, "quotations that are the article's own text"),
    Measure("p50_ms", "p50", "ms", False, "median time of a call"),
    Measure("p95_ms", "p95", "ms", False, "time that 95 % of the calls stay under"),
)


@dataclass(frozen=True)
class Figure:
    """A value over ``total`` questions (or quotations); a share has its ``count`` too."""

    value: float
    total: int
    count: int | None = None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Give the Wilson interval of a share; None for what is not a share."""
        return None if self.count is None else measures.wilson(self.count, self.total)


Figures = Mapping[str, Figure]


def figures(results: Results) -> dict[str, Figure]:
    """Measure one system; measures that say nothing about it are left out."""
    found = rankings(results) | _confidences(results)
    if results.system.reads:
        found |= _spans(results.outcomes) | served(results.outcomes)
    found |= times(results.outcomes)
    return {measure.key: found[measure.key] for measure in MEASURES if measure.key in found}


def by_type(outcomes: Sequence[Outcome]) -> dict[str, dict[str, Figure]]:
    """Break what a reader serves down by type of question, commonest first."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(outcome.question.type, []).append(outcome)
    keys = ("sentence", "false_refusals", "false_answers")
    return {
        name: {key: value for key, value in (_spans(group) | served(group)).items() if key in keys}
        for name, group in sorted(groups.items(), key=lambda item: -len(item[1]))
    }


def judged(outcomes: Sequence[Outcome]) -> list[Judged]:
    """Give the confidence of each first candidate, and whether it is right.

    A question for which nothing was found has less confidence than any other (but no less
    than 0 where all are probabilities) and is not right.
    """
    known = [outcome.top.confidence for outcome in outcomes if outcome.top]
    probabilities = all(0 <= confidence <= 1 for confidence in known)
    nothing = 0.0 if probabilities else min(known) - 1
    return [
        Judged(outcome.top.confidence, outcome.top.right) if outcome.top else Judged(nothing, right=False)
        for outcome in outcomes
    ]


def share(flags: Sequence[bool]) -> Figure | None:
    """Give the share that is true; None of nothing."""
    return Figure(sum(flags) / len(flags), len(flags), sum(flags)) if flags else None


def _mean(values: Sequence[float]) -> Figure | None:
    return Figure(sum(values) / len(values), len(values)) if values else None


def known(**found: Figure | None) -> dict[str, Figure]:
    """Leave out what could not be measured."""
    return {key: figure for key, figure in found.items() if figure is not None}


def _answerable(outcomes: Sequence[Outcome]) -> list[Outcome]:
    return [outcome for outcome in outcomes if outcome.question.answerable]


def rankings(results: Results) -> dict[str, Figure]:
    """Measure where the right passages of the answerable questions stand."""
    asked = _answerable(results.outcomes)
    if not asked:
        return {}
    values = measures.rankings(
        {outcome.question.id: results.right_passages[outcome.question.id] for outcome in asked},
        {outcome.question.id: outcome.ranked for outcome in asked},
    )
    return known(
        success_1=share([value == 1 for value in values["success_1"].values()]),
        success_3=share([value == 1 for value in values["success_3"].values()]),
        rr_10=_mean(list(values["rr_10"].values())),
    )


def _confidences(results: Results) -> dict[str, Figure]:
    every = judged(results.outcomes)
    pairs = list(zip(every, results.outcomes, strict=True))
    area = measures.auroc(
        [one.confidence for one, outcome in pairs if outcome.question.answerable],
        [one.confidence for one, outcome in pairs if not outcome.question.answerable],
    )
    found = known(
        auroc=None if area is None else Figure(area, len(every)),
        coverage_90=_coverage(0.90, every),
        coverage_95=_coverage(0.95, every),
    )
    error = measures.calibration_error(every) if results.system.reads else None
    return found if error is None else found | {"calibration_error": Figure(error, len(every))}


def _coverage(accuracy: float, every: Sequence[Judged]) -> Figure | None:
    if not every:
        return None
    point = measures.coverage_at(accuracy, every)
    answered = point.answered if point else 0
    return Figure(answered / len(every), len(every), answered)


def _spans(outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    asked = _answerable(outcomes)
    gold = [[answer.text for answer in outcome.question.answers] for outcome in asked]
    best = [outcome.top.span if outcome.top else None for outcome in asked]
    shown = [outcome.served.span if outcome.served else None for outcome in asked]
    return known(
        sentence=share([bool(outcome.top and outcome.top.right) for outcome in asked]),
        exact_match=share(list(map(_exact, best, gold))),
        f1=_mean(list(map(_f1, best, gold))),
        served_exact_match=share(list(map(_exact, shown, gold))),
        served_f1=_mean(list(map(_f1, shown, gold))),
    )


def _exact(span: str | None, gold: Sequence[str]) -> bool:
    return span is not None and measures.exact_match(span, gold)


def _f1(span: str | None, gold: Sequence[str]) -> float:
    return 0.0 if span is None else measures.token_f1(span, gold)


def served(outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    """Measure what users are shown."""
    shown = sum(outcome.quotations for outcome in outcomes)
    verbatim = sum(outcome.verbatim for outcome in outcomes)
    others = [outcome for outcome in outcomes if not outcome.question.answerable]
    return known(
        false_refusals=share([outcome.served is None for outcome in _answerable(outcomes)]),
        false_answers=share([outcome.served is not None for outcome in others]),
        false_near_misses=share([one.served is not None for one in others if one.question.near_miss]),
        served_right=share([outcome.served.right for outcome in outcomes if outcome.served]),
        verbatim=Figure(verbatim / shown, shown, verbatim) if shown else None,
    )


def times(outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    """Give the median and the 95th percentile of the times of the calls."""
    took = [outcome.took_ms for outcome in outcomes]
    return {f"p{part}_ms": Figure(measures.percentile(took, part), len(took)) for part in (50, 95) if took}
