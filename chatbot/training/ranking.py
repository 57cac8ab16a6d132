"""Rank passages for questions by BM25 (Robertson and Zaragoza 2009), to find hard negatives."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache

import numpy as np
from scipy import sparse

WORD = re.compile(r"\w+")


@cache
def stem(word: str) -> str:
    """Give a crude stem: good enough to tell whether two texts share a word."""
    word = word.lower()
    for ending in ("ing", "ies", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def stems(text: str) -> list[str]:
    """Give the stems of a text's words, in order."""
    return [stem(word) for word in WORD.findall(text)]


class BM25:
    """BM25 over a list of texts, ``k1`` 1.2 and ``b`` 0.75."""

    def __init__(self, texts: Sequence[str], k1: float = 1.2, b: float = 0.75) -> None:
        """Index the texts."""
        counts = [Counter(stems(text)) for text in texts]
        self._terms = {t: i for i, t in enumerate(dict.fromkeys(t for c in counts for t in c))}
        lengths = np.array([sum(c.values()) for c in counts], dtype=np.float64)
        norm = k1 * (1 - b + b * lengths / max(lengths.mean(), 1.0))
        frequency = Counter(t for c in counts for t in c)
        rows, columns, values = [], [], []
        for row, count in enumerate(counts):
            for term, n in count.items():
                df = frequency[term]
                idf = np.log(1 + (len(texts) - df + 0.5) / (df + 0.5))
                rows.append(row)
                columns.append(self._terms[term])
                values.append(idf * n * (k1 + 1) / (n + norm[row]))
        shape = (len(texts), len(self._terms))
        self._weights = sparse.csr_matrix((values, (rows, columns)), shape=shape).T.tocsr()

    def scores(self, query: str) -> np.ndarray:
        """Give the score of every text, in the texts' order."""
        terms = [self._terms[t] for t in set(stems(query)) if t in self._terms]
        if not terms:
            return np.zeros(self._weights.shape[1])
        return np.asarray(self._weights[terms].sum(axis=0)).ravel()

    def top(self, query: str, limit: int) -> list[int]:
        """Give the indices of the best texts, best first; ties by index; score above 0."""
        scores = self.scores(query)
        order = np.argsort(-scores, kind="stable")[:limit]
        return [int(i) for i in order if scores[i] > 0]
