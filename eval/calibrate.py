"""Fit a reader's calibration: ``python -m eval.calibrate``.

Two models over the features of ``chatbot.confidence``: a conditional logit over the
candidates of each answerable question (which of them is right? McFadden 1974), and a logistic
regression over the best candidate of every question (is it right?). Fitted on the dev half of
the fixed questions, on the dev half of the practice articles that no reader is trained on and of
what readers ask of them, and on SQuAD-form files given with ``--squad``; none of these is reported
on. The questions of each set weigh as much together as those of another.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

from chatbot.chatbot import Chatbot
from chatbot.confidence import (
    BASELINE_FEATURES,
    BASELINE_RANKING_FEATURES,
    CONFIDENCE_FEATURES,
    MODELS,
    RANKING_FEATURES,
    Calibration,
    Candidate,
    Logistic,
    sigmoid,
    with_score,
)
from chatbot.errors import ChatbotError
from chatbot.quotation import sentence_range
from chatbot.settings import load_settings
from chatbot.training.data import KINDS
from eval.collection import Collection, Gold, answers_question, sample
from eval.library import write_articles
from eval.practice import asked_questions, practice_questions
from eval.questions import fixed_questions
from eval.squad import read_squad

UNFITTED = Calibration("", Logistic({}, {}, {}, 0.0), Logistic({}, {}, {}, 0.0), 0.0)
NEARLY = 0.005  # of the same: less than the development questions can tell
PRACTISED = 2000  # questions of each set on practice articles: more of them fit the same and take longer
FALSE_ANSWER_COST = 1.0  # relative to a false refusal, where the threshold is chosen


@dataclass(frozen=True)
class Case:
    """A development question: its candidates' features and which of them are right."""

    answerable: bool
    weight: float
    features: tuple[dict[str, float], ...]
    right: tuple[bool, ...]


@dataclass(frozen=True)
class First:
    """The candidate that a question's ranking puts first, and whether it is right."""

    answerable: bool
    weight: float
    features: dict[str, float]
    right: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit, write the calibration, and give the exit status."""
    parser = argparse.ArgumentParser(prog="python -m eval.calibrate", description=__doc__)
    parser.add_argument("--reader", default="extractive", help="the reader to fit for (default: extractive)")
    parser.add_argument("--squad", type=Path, action="append", default=[], help="a further development file")
    parser.add_argument("--out", type=Path, help="where to write (default: the packaged calibration)")
    options = parser.parse_args(arguments)
    try:
        collections = [
            fixed_questions(Path("seeds"), "dev"),
            *(sample(practice_questions(kind, "dev"), PRACTISED, seed=0) for kind in KINDS),
            sample(asked_questions("dev"), PRACTISED, seed=0),
            *map(read_squad, options.squad),
        ]
        cases = [case for collection in collections for case in gather(collection, options.reader)]
    except ChatbotError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command line
        return 2
    calibration = fit(options.reader, cases)
    out = options.out or MODELS / f"calibration-{options.reader}.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(asdict(calibration), indent=1) + "\n", encoding="utf-8")
    return 0


def gather(collection: Collection, reader: str) -> Iterator[Case]:
    """Ask every question of a collection and keep what is known of its candidates."""
    with tempfile.TemporaryDirectory() as folder:
        write_articles(collection, Path(folder, "seeds"))
        settings = load_settings(seeds_dir=Path(folder, "seeds"), data_dir=Path(folder, "data"), reader=reader)
        with Chatbot.open(settings, calibration=UNFITTED) as chatbot:
            for question in tqdm(collection.questions, desc=collection.name, disable=None):
                text = chatbot.interpret(question.text).text
                candidates = chatbot.candidates(text, collection.scope(question))
                yield Case(
                    question.answerable,
                    1 / len(collection.questions),
                    tuple(chatbot.judge.features(text, candidates)),
                    tuple(
                        answers_question(question, candidate.hit.passage.article_id, quoted(candidate))
                        for candidate in candidates
                    ),
                )


def quoted(candidate: Candidate) -> Gold:
    """Give the range that would be quoted for a candidate."""
    start, end = sentence_range(candidate.span)
    return Gold(start, end, "")


def fit(reader: str, cases: Sequence[Case]) -> Calibration:
    """Fit both models and choose the threshold that loses least on the cases."""
    names = BASELINE_RANKING_FEATURES if reader == "sentence" else RANKING_FEATURES
    ranking = fit_ranking(names, [case for case in cases if any(case.right)])
    firsts = [first for case in cases if (first := first_of(case, ranking))]
    confidence = fit_logistic(
        BASELINE_FEATURES if reader == "sentence" else CONFIDENCE_FEATURES,
        [first.features for first in firsts],
        [first.right for first in firsts],
        [first.weight for first in firsts],
    )
    return Calibration(reader, ranking, confidence, choose_threshold(confidence, firsts))


def fit_ranking(names: Sequence[str], cases: Sequence[Case]) -> Logistic:
    """Fit a conditional logit with a little L2 over standardised features: which candidate is right?

    Candidates of one question are compared with each other alone, so what makes a question
    easy does not count; where several are right, their probabilities add up.
    """
    matrix = np.array([[row[name] for name in names] for case in cases for row in case.features])  # (n, f)
    right = np.array([is_right for case in cases for is_right in case.right])  # (n,)
    weights = np.array([case.weight for case in cases]) * len(cases) / sum(case.weight for case in cases)
    sizes = [len(case.features) for case in cases]
    starts = np.cumsum([0, *sizes[:-1]])  # of each case's rows
    means, scales = matrix.mean(axis=0), matrix.std(axis=0)
    scales[scales == 0] = 1
    standard = (matrix - means) / scales

    def loss(coefficients: np.ndarray) -> tuple[float, np.ndarray]:
        scores = standard @ coefficients
        grown = np.exp(scores - np.repeat(np.maximum.reduceat(scores, starts), sizes))
        every = np.add.reduceat(grown, starts)
        rightly = np.add.reduceat(grown * right, starts)
        surprise = weights @ (np.log(every) - np.log(rightly)) + coefficients @ coefficients / 2
        pull = grown / np.repeat(every, sizes) - grown * right / np.repeat(rightly, sizes)
        return surprise, standard.T @ (pull * np.repeat(weights, sizes)) + coefficients

    found = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B").x
    return _logistic(names, found, means, scales, 0.0)


def first_of(case: Case, ranking: Logistic) -> First | None:
    """Give the candidate of a question that is ranked first, if it has any."""
    rows = [with_score(ranking, row) for row in case.features]
    if not rows:
        return None
    at = max(range(len(rows)), key=lambda place: rows[place]["score"])
    return First(case.answerable, case.weight, rows[at], case.right[at])


def fit_logistic(
    names: Sequence[str], features: Sequence[dict[str, float]], right: Sequence[bool], weights: Sequence[float]
) -> Logistic:
    """Fit a logistic regression with a little L2 over standardised features."""
    matrix = np.array([[row[name] for name in names] for row in features])  # (n, f)
    sample_weights = np.array(weights) * len(weights) / sum(weights)
    means, scales = matrix.mean(axis=0), matrix.std(axis=0)
    scales[scales == 0] = 1
    model = LogisticRegression(C=1.0, max_iter=1000)
    model.fit((matrix - means) / scales, np.array(right), sample_weight=sample_weights)
    return _logistic(names, model.coef_[0], means, scales, float(model.intercept_[0]))


def _logistic(
    names: Sequence[str], weights: np.ndarray, means: np.ndarray, scales: np.ndarray, intercept: float
) -> Logistic:
    weighed, centred, scaled = (
        {name: round(float(value), 6) for name, value in zip(names, values, strict=True)}
        for values in (weights, means, scales)
    )
    return Logistic(weighed, centred, scaled, round(intercept, 6))


def choose_threshold(confidence: Logistic, firsts: Sequence[First]) -> float:
    """Give the confidence at which refusals and answers that are wrong are fewest, as shares.

    Of several that lose nearly as little, it is the highest: a wrong answer harms more than a refusal.
    What ``chatbot.dialogue`` takes off for a name or number that the library lacks is left out.
    """
    scored = [(sigmoid(confidence.log_odds(first.features)), first) for first in firsts]
    answerable = sum(first.weight for first in firsts if first.answerable)
    unanswerable = sum(first.weight for first in firsts if not first.answerable)

    def loss(threshold: float) -> float:
        refused = sum(first.weight for value, first in scored if first.answerable and value < threshold)
        answered = sum(first.weight for value, first in scored if not first.answerable and value >= threshold)
        return refused / (answerable or 1) + FALSE_ANSWER_COST * answered / (unanswerable or 1)

    losses = {round(step / 200, 3): loss(step / 200) for step in range(20, 181)}
    least = min(losses.values())
    return max(threshold for threshold, lost in losses.items() if lost <= least + NEARLY)


if __name__ == "__main__":
    sys.exit(main())
