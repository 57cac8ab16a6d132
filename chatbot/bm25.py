"""BM25 of single passages, as SQLite's full text computes it, for those that it would take too long to rank.

Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009).
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

K1, B = 1.2, 0.75
LEAST_WEIGHT = 1e-6  # of a term that most passages hold


@dataclass(frozen=True)
class Weights:
    """What the terms of a query weigh; ``average`` is the mean number of terms of a passage."""

    terms: Mapping[str, float]
    average: float

    def score(self, passage: str) -> float:
        """Score a passage, given as its terms with spaces between; 0 where it holds none of the query's."""
        held = passage.split()
        counts = Counter(term for term in held if term in self.terms)
        length = K1 * (1 - B + B * len(held) / self.average)
        return sum(self.terms[term] * count * (K1 + 1) / (count + length) for term, count in counts.items())


def weigh(counts: Mapping[str, int], passages: int, terms: int) -> Weights:
    """Weigh the terms of a query.

    Args:
        counts: in how many passages each stands.
        passages: how many there are.
        terms: how many terms they have altogether.
    """
    weights = {
        term: max(LEAST_WEIGHT, math.log((passages - count + 0.5) / (count + 0.5)))
        for term, count in counts.items()
    }
    return Weights(weights, terms / max(passages, 1))
