"""Rankings of the passages of a library in Milvus, by Milvus itself: by meaning, and by words (BM25).

The retriever fuses the two, as it does those of SQLite. Milvus's own hybrid search put a right
passage first for 233 (reciprocal ranks) and 238 (weights) of 300 questions on all of SQuADShifts'
new Wikipedia, the retriever for 241.
"""

from collections.abc import Sequence

import numpy as np

from chatbot.encoder import Vectors
from chatbot.errors import ModelError
from chatbot.milvus_catalog import Catalog
from chatbot.milvus_contents import NUMBER_BITS, MilvusContents, day_number
from chatbot.scope import EVERYTHING, Scope

SPARE = 32  # passages asked for beyond the limit, so that of those that tie the first are given
WIDEST = 16_384  # passages that Milvus gives at most
FIRST_DAY, LAST_DAY = 1, 9999_99_99


class MilvusRankings(MilvusContents):
    """A library whose passages are ranked; any thread may ask."""

    def is_index_stale(self) -> bool:
        """Tell that the index follows: Milvus sees to it."""
        return False

    def has_newer_index(self) -> bool:
        """Tell that there is no other index."""
        return False

    def rank_by_meaning(self, query: Vectors, limit: int, scope: Scope = EVERYTHING) -> list[tuple[int, float]]:
        """Rank the passages of a scope by cosine with one unit vector, shape (d,).

        Raises:
            ModelError: the query is of another dimension.
        """
        dimension = self._catalog().dimension
        if dimension is not None and query.shape != (dimension,):
            raise ModelError(f"expected a query of dimension {dimension}, got shape {query.shape}")
        return self._rank("vector", query.tolist(), limit, scope)

    def rank_lexically(
        self, query: Sequence[str], limit: int, scope: Scope = EVERYTHING
    ) -> list[tuple[int, float]]:
        """Rank the passages of a scope that hold any of the terms by BM25; ties as the passages stand."""
        words = [term for term in dict.fromkeys(query) if any(map(str.isalnum, term))]
        return self._rank("full_text", " ".join(words), limit, scope) if words else []

    def _rank(self, field: str, wanted: object, limit: int, scope: Scope) -> list[tuple[int, float]]:
        catalog = self._catalog()
        within = _condition(catalog, scope)
        if catalog.dimension is None or limit == 0 or within is None:
            return []
        name = self._journal.passages_name(catalog.era)
        strange: set[int] = set()
        while True:  # until only passages of this moment are among the best
            condition = " and ".join([*within, *([f"batch not in {sorted(strange)}"] if strange else [])])
            found = self._connection.search(name, field, wanted, condition, min(limit + SPARE, WIDEST))
            later = {batch for _, batch, _ in found} - catalog.by_batch.keys()
            if not later:
                break
            strange |= later
        order = {row: (catalog.by_batch[batch].article_id, row) for row, batch, _ in found}
        ranked = sorted(((row, score) for row, _, score in found), key=lambda hit: (-hit[1], order[hit[0]]))
        return ranked[:limit]

    def scores(self, query: Vectors, keys: Sequence[int]) -> dict[int, float]:
        """Give the cosine of each of some passages with one unit vector, shape (d,)."""
        rows = self._passage_rows(self._catalog(), keys, ("row", "vector"))
        return {row["row"]: float(np.asarray(row["vector"], dtype=np.float32) @ query) for row in rows}

    def articles_with(self, term: str, limit: int) -> tuple[str, ...]:
        """Give the ids of the first articles that hold a term, ordered by id."""
        batches = self._catalog().by_batch
        found = {row >> NUMBER_BITS for row, _ in self.rank_lexically([term], WIDEST)}
        return tuple(sorted(batches[batch].article_id for batch in found)[:limit])


def _condition(catalog: Catalog, scope: Scope) -> list[str] | None:
    """Say which passages a scope holds; None where it is none of them."""
    if scope.article_ids is not None:
        batches = catalog.within(scope)
        return [f"batch in {batches}"] if batches else None
    if not scope.has_dates:
        return []
    return [
        f"day >= {day_number(scope.published_from) or FIRST_DAY}",
        f"day <= {day_number(scope.published_to) or LAST_DAY}",
    ]
