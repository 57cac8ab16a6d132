"""Index: FAISS over the passages' unit vectors, made from the store whenever it is opened.

Nothing of it is kept on disk, so that it can be neither stale nor damaged: copying the
vectors of 100,000 passages takes a fraction of a second.
"""

from collections.abc import Sequence

import faiss
import numpy as np
import numpy.typing as npt

from chatbot.encoder import Vectors
from chatbot.errors import ModelError

Positions = npt.NDArray[np.int64]


class Index:
    """An exact inner-product index; a passage is known by its position in the store's order."""

    def __init__(self, vectors: Vectors) -> None:
        count, self.dimension = vectors.shape
        self._faiss = faiss.IndexFlatIP(self.dimension)
        self._faiss.add(vectors)
        self.count = count

    def rank(self, query: Vectors, limit: int, within: Positions | None = None) -> list[tuple[int, float]]:
        """Rank passages by cosine; (position, score), best first, ties by position.

        Fewer than ``limit`` come where there are fewer.

        Args:
            query: one unit vector, shape (d,).
            limit: how many at most.
            within: the positions to look at, none twice; all by default.

        Raises:
            ModelError: the query is of another dimension.
        """
        if query.shape != (self.dimension,):
            raise ModelError(f"expected a query of dimension {self.dimension}, got shape {query.shape}")
        limit = min(limit, self.count if within is None else len(within))
        if limit == 0:
            return []
        selector = None if within is None else faiss.IDSelectorBatch(within)
        parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]  # its stubs lack it
        scores, found = self._faiss.search(query[np.newaxis], limit, params=parameters)
        # FAISS pads with -1 where it finds fewer, and gives ties in no order
        ranked = [(int(at), float(score)) for at, score in zip(found[0], scores[0], strict=True) if at >= 0]
        return sorted(ranked, key=lambda item: (-item[1], item[0]))

    def scores(self, query: Vectors, positions: Sequence[int]) -> dict[int, float]:
        """Give the cosine of each of some positions with one unit vector, shape (d,)."""
        return {at: float(self._faiss.reconstruct(at) @ query) for at in positions}
