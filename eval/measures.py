"""Measures: from what was asked and answered to numbers, by the field's libraries."""

import re
import string
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import ir_measures
import numpy as np
from ir_measures import RR, Qrel, ScoredDoc, Success
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score

ARTICLES = re.compile(r"\b(?:a|an|the)\b")
PUNCTUATION = str.maketrans("", "", string.punctuation)
RANKINGS = {"success_1": Success @ 1, "success_3": Success @ 3, "rr_10": RR @ 10}
BINS = 10


@dataclass(frozen=True)
class Judged:
    """A confidence (or score) and whether what it was given to is right."""

    confidence: float
    right: bool


@dataclass(frozen=True)
class Bin:
    """The judged whose confidence is in ``[low, high)``; the last bin holds ``high`` too."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Operating:
    """What one threshold gives: ``answered`` of ``total`` questions, ``right`` of those right."""

    threshold: float
    answered: int
    right: int
    total: int

    @property
    def coverage(self) -> float:
        """Give the share of the questions that are answered."""
        return self.answered / self.total

    @property
    def accuracy(self) -> float:
        """Give the share of the answered that is right."""
        return self.right / self.answered


def wilson(count: int, total: int) -> tuple[float, float]:
    """Give the 95 % interval of a share (Wilson 1927, doi:10.2307/2276774)."""
    interval = binomtest(count, total).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)


def normalise_answer(text: str) -> str:
    """Lower-case, drop ASCII punctuation and a, an, the, and join words by single spaces.

    The normalisation of SQuAD (Rajpurkar et al. 2016, section 6.1, arXiv:1606.05250).
    """
    return " ".join(ARTICLES.sub(" ", text.lower().translate(PUNCTUATION)).split())


def exact_match(found: str, gold: Iterable[str]) -> bool:
    """Tell whether the words found are one of the gold answers, both normalised."""
    return normalise_answer(found) in {normalise_answer(answer) for answer in gold}


def token_f1(found: str, gold: Iterable[str]) -> float:
    """Give the best F1 of shared words over the gold answers, all normalised (SQuAD).

    An answer that normalises to nothing shares only with another such.
    """
    return max((_token_f1(found, answer) for answer in gold), default=0.0)


def _token_f1(found: str, gold: str) -> float:
    mine, theirs = normalise_answer(found).split(), normalise_answer(gold).split()
    if not mine or not theirs:
        return float(mine == theirs)
    shared = (Counter(mine) & Counter(theirs)).total()
    return 2 * shared / (len(mine) + len(theirs))


def rankings(
    right: Mapping[str, Iterable[str]], ranked: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, float]]:
    """Give Success@1, Success@3 and RR@10 of each question, by ir_measures.

    ``right`` has the right passages of each question, ``ranked`` its passages, best first.
    A question with no passages ranked counts 0; it does not leave the mean.
    """
    qrels = [Qrel(question, passage, 1) for question, passages in right.items() for passage in passages]
    run = [
        ScoredDoc(question, passage, -float(rank))  # distinct, so that no tie is broken by name
        for question in right
        for rank, passage in enumerate(ranked.get(question, ()), start=1)
    ]
    values = {key: dict.fromkeys(right, 0.0) for key in RANKINGS}
    keys = {measure: key for key, measure in RANKINGS.items()}
    for metric in ir_measures.iter_calc(list(keys), qrels, run):
        values[keys[metric.measure]][metric.query_id] = metric.value
    return values


def auroc(answerable: Sequence[float], unanswerable: Sequence[float]) -> float | None:
    """Give the chance that an answerable question scores higher than one that is not.

    Ties count half (Fawcett 2006, doi:10.1016/j.patrec.2005.10.010); None without both.
    """
    if not answerable or not unanswerable:
        return None
    labels = [1] * len(answerable) + [0] * len(unanswerable)
    return float(roc_auc_score(labels, [*answerable, *unanswerable]))


def operating_points(judged: Iterable[Judged]) -> tuple[Operating, ...]:
    """Give what each threshold gives, from the strictest; equal confidences go together."""
    ordered = sorted(judged, key=lambda one: -one.confidence)
    points: list[Operating] = []
    answered = right = 0
    for confidence, group in groupby(ordered, key=lambda one: one.confidence):
        tied = list(group)
        answered += len(tied)
        right += sum(one.right for one in tied)
        points.append(Operating(confidence, answered, right, len(ordered)))
    return tuple(points)


def coverage_at(accuracy: float, judged: Iterable[Judged]) -> Operating | None:
    """Give the threshold that answers most questions with at least this accuracy; None if none does.

    Coverage at accuracy, as in Kamath, Jia and Liang 2020 (arXiv:2006.09462): a question
    that is not answerable is wrong to answer.
    """
    enough = [point for point in operating_points(judged) if point.accuracy >= accuracy]
    return enough[-1] if enough else None


def calibration_bins(judged: Iterable[Judged]) -> tuple[Bin, ...]:
    """Sort into ten equal-width bins of confidence; empty ones are left out.

    Raises:
        ValueError: a confidence is not from 0 to 1.
    """
    members: dict[int, list[Judged]] = {}
    for one in judged:
        if not 0 <= one.confidence <= 1:
            raise ValueError(f"expected confidences from 0 to 1, got {one.confidence}; calibrate them")
        members.setdefault(min(int(one.confidence * BINS), BINS - 1), []).append(one)
    return tuple(
        Bin(
            low=number / BINS,
            high=(number + 1) / BINS,
            count=len(group),
            confidence=sum(one.confidence for one in group) / len(group),
            accuracy=sum(one.right for one in group) / len(group),
        )
        for number, group in sorted(members.items())
    )


def calibration_error(judged: Iterable[Judged]) -> float | None:
    """Give the expected calibration error over ten bins; None where nothing was judged.

    The mean distance of confidence and accuracy over the bins, weighted by their counts
    (Naeini, Cooper and Hauskrecht 2015; Guo et al. 2017, arXiv:1706.04599).
    """
    bins = calibration_bins(judged)
    total = sum(one.count for one in bins)
    return sum(one.count * abs(one.confidence - one.accuracy) for one in bins) / total if total else None


def percentile(values: Sequence[float], share: float) -> float:
    """Give the value below which ``share`` percent of the values lie, linearly interpolated."""
    return float(np.percentile(values, share))
