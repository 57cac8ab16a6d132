"""Retriever: ranks passages by meaning and by words, and fuses both rankings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from chatbot.encoder import QueryEncoder
from chatbot.library import Library
from chatbot.passages import Passage
from chatbot.scope import EVERYTHING, Scope
from chatbot.terms import content_words, terms

Mode = Literal["fusion", "rrf", "dense", "lexical"]
# Both rankings' scores, each brought to [0, 1], are added by halves: a convex combination
# ranked better than reciprocal rank fusion on every development set (see eval/README.md;
# Bruch, Gai and Ingber 2023 found the same).
LEXICAL_SHARE = 0.5
RECIPROCAL_K = 10  # of reciprocal rank fusion (Cormack, Clarke and Buettcher 2009)
DEPTH = 100  # hits of each ranking that are fused


@dataclass(frozen=True)
class Hit:
    """A passage with its score and rank (from 1); dense is a cosine, lexical a BM25 score."""

    passage: Passage
    rank: int
    score: float
    dense: float
    lexical: float


class Retriever:
    """Finds passages of a library."""

    def __init__(self, library: Library, encoder: QueryEncoder) -> None:
        self._store = library.store
        self._encoder = encoder

    def search(
        self, query: str, scope: Scope = EVERYTHING, limit: int = 10, mode: Mode = "fusion"
    ) -> tuple[Hit, ...]:
        """Rank passages for a query, best first; ties go to the earlier passage.

        Whoever asks for more hits than there are passages in the scope is given them all.
        """
        depth = max(limit, DEPTH)
        vector = self._encoder.encode_queries([query])[0]
        dense = dict(self._store.rank_by_meaning(vector, depth, scope))
        lexical = self._rank_lexically(query, scope, depth) if mode != "dense" else {}
        fused = _fuse(dense, lexical, mode)
        best = self._best(fused, limit)
        missing = [key for key, _ in best if key not in dense]
        dense.update(self._store.scores(vector, missing))
        return tuple(
            Hit(passage, rank, fused[key], dense[key], lexical.get(key, 0.0))
            for rank, (key, passage) in enumerate(best, start=1)
        )

    def _rank_lexically(self, query: str, scope: Scope, depth: int) -> dict[int, float]:
        query_terms = [word.stem for word in content_words(query)] or terms(query)
        return dict(self._store.rank_lexically(query_terms, depth, scope))

    def _best(self, fused: Mapping[int, float], limit: int) -> list[tuple[int, Passage]]:
        """Give the best passages with their keys; those that tie as the library has them."""
        least = min(sorted(fused.values(), reverse=True)[:limit], default=0.0)
        found = self._store.passages([key for key, score in fused.items() if score >= least])
        order = sorted(found, key=lambda key: (-fused[key], found[key].article_id, found[key].number))
        return [(key, found[key]) for key in order[:limit]]


def _fuse(dense: dict[int, float], lexical: dict[int, float], mode: Mode) -> dict[int, float]:
    """Give each position's score; both rankings are ordered best first."""
    if mode == "dense":
        return dense
    if mode == "lexical":
        return lexical
    if mode == "rrf":
        return _sum(_reciprocal(dense), _reciprocal(lexical))
    least, most = min(dense.values(), default=0.0), max(dense.values(), default=0.0)
    # terms that most passages hold score near nothing, and shall not be blown up to something
    spread, best = (most - least) or 1.0, max(1.0, *lexical.values()) if lexical else 1.0
    return _sum(
        {at: (1 - LEXICAL_SHARE) * (score - least) / spread for at, score in dense.items()},
        {at: LEXICAL_SHARE * score / best for at, score in lexical.items()},
    )


def _reciprocal(ranking: dict[int, float]) -> dict[int, float]:
    return {at: 1 / (RECIPROCAL_K + rank) for rank, at in enumerate(ranking, start=1)}


def _sum(one: dict[int, float], other: dict[int, float]) -> dict[int, float]:
    return {at: one.get(at, 0.0) + other.get(at, 0.0) for at in one | other}
