"""Retriever: ranks passages by meaning and by words, and fuses both rankings."""

from dataclasses import dataclass
from typing import Literal

from chatbot.encoder import QueryEncoder
from chatbot.library import Library
from chatbot.passages import Passage
from chatbot.terms import content_words, terms

Mode = Literal["fusion", "dense", "lexical"]
# Reciprocal rank fusion (Cormack, Clarke and Buettcher 2009). The paper's 60 is for
# thousands of hits; on an article of some twenty passages 10 ranked best.
FUSION_K = 10
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
        self._library = library
        self._encoder = encoder
        self._positions = {row: position for position, row in enumerate(library.rows)}

    def search(
        self, query: str, article_id: str | None = None, limit: int = 10, mode: Mode = "fusion"
    ) -> tuple[Hit, ...]:
        """Rank passages for a query, best first; ties go to the earlier passage.

        Asking a library of one article for more hits than it has passages gives them all.
        """
        depth = max(limit, DEPTH)
        within = self._library.within[article_id] if article_id is not None else None
        vector = self._encoder.encode_queries([query])[0]
        dense = dict(self._library.index.rank(vector, depth, within))
        lexical = self._rank_lexically(query, article_id, depth)
        fused = _fuse(dense, lexical, mode)
        best = sorted(fused, key=lambda position: (-fused[position], position))[:limit]
        missing = [position for position in best if position not in dense]
        dense.update(self._library.index.scores(vector, missing))
        return tuple(
            Hit(self._library.passages[at], rank, fused[at], dense[at], lexical.get(at, 0.0))
            for rank, at in enumerate(best, start=1)
        )

    def _rank_lexically(self, query: str, article_id: str | None, depth: int) -> dict[int, float]:
        query_terms = [word.stem for word in content_words(query)] or terms(query)
        ranked = self._library.store.rank_lexically(query_terms, article_id, depth)
        return {self._positions[row]: score for row, score in ranked}


def _fuse(dense: dict[int, float], lexical: dict[int, float], mode: Mode) -> dict[int, float]:
    """Give each position's score; both rankings are ordered best first."""
    if mode == "dense":
        return dense
    if mode == "lexical":
        return lexical
    fused: dict[int, float] = {}
    for ranking in (dense, lexical):
        for rank, position in enumerate(ranking, start=1):
            fused[position] = fused.get(position, 0.0) + 1 / (FUSION_K + rank)
    return fused
