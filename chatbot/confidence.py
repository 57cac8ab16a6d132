"""Confidence: ranks what was read and says how probably the best of it answers.

Two small logistic models over what is known of a candidate, fitted by ``eval.calibrate``
on development questions: one, conditional on the question, ranks its candidates, the other, which also
sees how much of the question the library and the passage hold, turns their scores into calibrated
probabilities.
"""

import json
import logging
import math
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatbot.answer_types import expected_type, holds_type
from chatbot.errors import ModelError
from chatbot.quotation import sentence_range
from chatbot.reader import Span
from chatbot.retriever import Hit
from chatbot.terms import Word, content_words, terms

MODELS = Path(__file__).parent / "models"
logger = logging.getLogger(__name__)

RANKING_FEATURES = ("reader", "alone", "together", "fused", "dense")
BASELINE_RANKING_FEATURES = ("reader", "dense", "lexical", "fused", "coverage", "sentence_coverage", "type")
# Where a body passage and another answer equally well, the body passage is quoted first.
BODY_EDGE = 0.2  # log-odds
# What a follow-up's answer gains where it stands in the passage that was quoted last, as 70 and
# 73 % do in the development chains: reading with the turns before it, the reader is too careful.
QUOTED_EDGE = 0.6  # log-odds
# What a name or a number that the library lacks ("Did she visit Odesa?") takes from the log-odds
# of any answer. Of 515 practice questions with one 19 have an answer, which alone would be 3.2;
# the reader knows a part of that, and half is left for "Tokyo", said for Japan's government.
MISSING = 1.6
# The most confidence in any answer to a question on nothing but such names ("Who is Merkel?").
STRANGE = 0.05
# Few, since more of them (the lead over the next, the kind of question, its length) fitted the
# development questions closer and told new ones apart worse: see eval/README.md.
CONFIDENCE_FEATURES = ("score", "reader", "alone", "dense", "coverage", "unknown", "name_coverage")
# The baseline reader's own score says little of whether anything answers: it needs the rest.
BASELINE_FEATURES = (*BASELINE_RANKING_FEATURES, "unknown", "name_coverage")


@dataclass(frozen=True)
class Candidate:
    """A span that may answer, and the hit whose passage it was read in.

    ``alone`` is the score of its sentence when that is read by itself, ``together`` that of its passage
    in one text with other likely ones, None where it was not read so.
    """

    hit: Hit
    span: Span
    alone: float
    together: float | None = None


@dataclass(frozen=True)
class Logistic:
    """A logistic model: named weights over standardised features, and an intercept."""

    weights: Mapping[str, float]
    means: Mapping[str, float]
    scales: Mapping[str, float]
    intercept: float

    def log_odds(self, features: Mapping[str, float]) -> float:
        """Give the log-odds of a case."""
        return self.intercept + sum(
            weight * (features[name] - self.means[name]) / self.scales[name]
            for name, weight in self.weights.items()
        )


@dataclass(frozen=True)
class Calibration:
    """What was fitted for one reader; ``threshold`` is the least confidence that answers."""

    reader: str
    ranking: Logistic
    confidence: Logistic
    threshold: float


@dataclass(frozen=True)
class Judged:
    """A candidate with its ranking score and its confidence.

    The difference of two scores is the log-odds that the one is right rather than the other.
    """

    candidate: Candidate
    score: float
    confidence: float


def load_calibration(reader: str, path: Path | None = None) -> Calibration:
    """Load a calibration: the given file's, or the packaged one that was fitted for a reader.

    A reader that none was fitted for takes the packaged reader's, and the log says so.

    Raises:
        ModelError: it is missing or damaged.
    """
    path = path or MODELS / f"calibration-{reader}.json"
    if path.parent == MODELS and not path.is_file():
        logger.warning("no calibration was fitted for the reader %s: its confidence is a guess", reader)
        path = MODELS / "calibration-extractive.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Calibration(
            content["reader"],
            _read_logistic(content["ranking"]),
            _read_logistic(content["confidence"]),
            _read_threshold(content["threshold"]),
        )
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ModelError(
            f"expected a calibration at {path}, got an unreadable one: {error}; fit one with "
            "`python -m eval.calibrate`, or install anew"
        ) from error


def _read_logistic(content: dict[str, Any]) -> Logistic:
    model = Logistic(**content)
    if unknown := sorted(model.weights.keys() - {*BASELINE_FEATURES, *RANKING_FEATURES, *CONFIDENCE_FEATURES}):
        raise ValueError(f"expected weights of known features, got {', '.join(unknown)}")
    if not all(model.scales[name] > 0 and math.isfinite(model.means[name]) for name in model.weights):
        raise ValueError("expected a mean and a scale above 0 for each weight, got others")
    return model


def _read_threshold(content: Any) -> float:
    threshold = float(content)
    if not 0 <= threshold <= 1:
        raise ValueError(f"expected a threshold from 0 to 1, got {threshold}")
    return threshold


class Judge:
    """Ranks the candidates of a question and gives each a confidence.

    ``passage_counts`` maps a term to the number of passages that hold it, ``total`` is
    the number of passages, ``names`` are the library's names, folded.
    """

    def __init__(
        self, calibration: Calibration, passage_counts: Mapping[str, int], total: int, names: Container[str]
    ) -> None:
        self.calibration = calibration
        self._counts = passage_counts
        self._total = total
        self._names = names

    def judge(
        self, question: str, candidates: Sequence[Candidate], quoted: Container[str] = ()
    ) -> tuple[Judged, ...]:
        """Rank candidates, best first; where scores tie, in the retriever's order.

        No candidate is more confident than one ranked before it. ``quoted`` has the ids of the
        passages that the turn before was answered from.
        """
        rows = [with_score(self.calibration.ranking, row) for row in self.features(question, candidates)]
        scored = sorted(
            zip(rows, candidates, strict=True), key=lambda item: (-item[0]["score"], item[1].hit.rank)
        )
        judged: list[Judged] = []
        most = 1.0
        for row, candidate in scored:
            edge = QUOTED_EDGE if candidate.span.passage.id in quoted else 0.0
            most = min(most, sigmoid(self.calibration.confidence.log_odds(row) + edge))
            judged.append(Judged(candidate, row["score"], most))
        return tuple(judged)

    def features(self, question: str, candidates: Sequence[Candidate]) -> list[dict[str, float]]:
        """Give each candidate's features, all but its score."""
        asked = content_words(question)
        weights = {word.stem: self.rarity(word.stem) for word in asked}
        named = [word.stem for word in asked if self._is_name(word)]
        rows = [self._of_candidate(question, weights, named, candidate) for candidate in candidates]
        unknown = [word for word in weights if word not in self._counts]
        most_lexical = max((candidate.hit.lexical for candidate in candidates), default=0.0)
        most_fused = max((candidate.hit.score for candidate in candidates), default=0.0)
        together = [candidate.together for candidate in candidates if candidate.together is not None]
        for row, candidate in zip(rows, candidates, strict=True):
            found = min(together, default=0.0) if candidate.together is None else candidate.together
            row["together"] = found - max(together, default=0.0)
            row["unknown"] = sum(weights[word] for word in unknown) / (sum(weights.values()) or 1)
            row["lexical"] = row["lexical"] / most_lexical if most_lexical > 0 else 0.0
            row["fused"] = row["fused"] / most_fused if most_fused > 0 else 0.0
        return rows

    def _of_candidate(
        self, question: str, weights: Mapping[str, float], named: Sequence[str], candidate: Candidate
    ) -> dict[str, float]:
        hit, span = candidate.hit, candidate.span
        offset = span.passage.start
        start, end = sentence_range(span)
        held = set(terms(span.passage.text))
        quoted = set(terms(span.passage.text[start - offset : end - offset]))
        total = sum(weights.values()) or 1.0
        answer_type = expected_type(question)
        answer = span.passage.text[span.start - offset : span.end - offset]
        return {
            "reader": span.score,
            "alone": candidate.alone,
            "dense": hit.dense,
            "lexical": hit.lexical,
            "fused": hit.score,
            "coverage": sum(weight for term, weight in weights.items() if term in held) / total,
            "sentence_coverage": sum(weight for term, weight in weights.items() if term in quoted) / total,
            "type": 1.0 if holds_type(answer, answer_type) else 0.0,
            "body": 1.0 if hit.passage.kind == "body" else 0.0,
            "name_coverage": _share(named, held),
        }

    def knows(self, wanted: Iterable[str]) -> bool:
        """Tell whether the library has all of these terms."""
        return all(term in self._counts for term in wanted)

    def rarity(self, term: str) -> float:
        """Give a term's inverse document frequency, as BM25 has it."""
        count = self._counts.get(term, 0)
        return math.log(1 + (self._total - count + 0.5) / (count + 0.5))

    def _is_name(self, word: Word) -> bool:
        """Tell a name or number by what the library knows; capitals in a question do not matter."""
        return word.is_acronym or word.folded in self._names or any(letter.isdigit() for letter in word.text)


def with_score(ranking: Logistic, row: Mapping[str, float]) -> dict[str, float]:
    """Add a candidate's ranking score, with the body's edge."""
    return {**row, "score": ranking.log_odds(row) + BODY_EDGE * row["body"]}


def doubted(confidence: float, is_strange: bool) -> float:
    """Give what is left of a confidence where the library lacks a name or number of the question.

    ``is_strange`` says that the question is on nothing else.
    """
    odds = confidence / max(1 - confidence, 1e-9)
    left = odds / (odds + math.exp(MISSING))
    return min(left, STRANGE) if is_strange else left


def _share(wanted: Sequence[str], held: set[str]) -> float:
    return sum(term in held for term in wanted) / len(wanted) if wanted else 1.0


def sigmoid(log_odds: float) -> float:
    """Turn log-odds into a probability."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds))))
