"""Index: FAISS over the passages' unit vectors; exact while that is fast, else approximate.

A passage is known by its row in the store. An exact index is made whenever a library is
opened, and kept nowhere; an approximate one takes a minute to make, so that it is kept in a
file (``chatbot.index_file``). What is added later stands beside it in a small exact one.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from chatbot.encoder import Vectors, usable_cores
from chatbot.errors import ModelError
from chatbot.rows import RowNumbers, Rows

# An exact search takes 5.5 ms of one core at 100,000 passages, and ten times that at ten times as many.
MOST_EXACT = 100_000
TRAINED_ON = 40  # vectors for each list
ROUNDS = 10  # of k-means
PROBED = 64  # lists that a search looks into: the recall that they give is in README.md
EXCESS = 2  # times as many passages as are asked for come from rounded vectors, and are ranked exactly
BATCH = 10_000  # vectors that are read at once
NARROW = 2_000  # rows that are all looked at, one by one, where the index is approximate
# Share of the passages that may be new or gone until the index is made anew.
STALE_SHARE = 0.1

Scores = npt.NDArray[np.floating[Any]]
Found = tuple[RowNumbers, Scores]  # rows and their scores, in no order
NOTHING: Found = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))
ReadVectors = Callable[[RowNumbers], Vectors]


class ExactPart:
    """Vectors as they are, shape (n, d), of rows that ascend."""

    def __init__(self, rows: RowNumbers, vectors: Vectors) -> None:
        self.count, self.dimension = vectors.shape
        self.last_row = int(rows[-1])
        self._rows = rows
        self._faiss = faiss.IndexFlatIP(self.dimension)
        self._faiss.add(vectors)

    def find(self, query: Vectors, limit: int, within: Rows | None) -> Found:
        """Find the rows nearest to one unit vector, shape (d,)."""
        selector = None
        if within is not None:
            positions = np.flatnonzero(within.hold(self._rows))
            selector, limit = faiss.IDSelectorBatch(positions), min(limit, len(positions))
        if limit == 0:
            return NOTHING
        parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]  # its stubs lack it
        _use_threads(1)
        scores, found = self._faiss.search(query[np.newaxis], min(limit, self.count), params=parameters)
        return self._rows[found[0]], scores[0]


class ApproximatePart:
    """Vectors of 8 bits a number in lists around centres; a search looks into the nearest lists."""

    def __init__(self, index: Any, last_row: int) -> None:
        self.count, self.dimension = int(index.ntotal), int(index.d)
        self.last_row = last_row
        self._faiss = index

    def rows(self) -> RowNumbers:
        """Give the rows that it holds, ascending, each as often as it is in it."""
        lists: Any = faiss.downcast_InvertedLists(self._faiss.invlists)
        sizes = [(one, lists.list_size(one)) for one in range(lists.nlist)]
        held = [faiss.rev_swig_ptr(lists.get_ids(one), size) for one, size in sizes if size]
        rows: RowNumbers = np.sort(np.concatenate([NOTHING[0], *held]))
        return rows

    def find(self, query: Vectors, limit: int, within: Rows | None, probed: int | None) -> RowNumbers:
        """Give rows near to one unit vector, by the rounded vectors; None looks into all the lists."""
        lists = int(self._faiss.nlist)
        selector = None if within is None else faiss.IDSelectorBitmap(within.bitmap)  # type: ignore[call-arg, arg-type]
        parameters = faiss.SearchParametersIVF(  # type: ignore[call-arg]  # its stubs lack them
            sel=selector, nprobe=min(probed or lists, lists)
        )
        _use_threads(1)
        _, found = self._faiss.search(query[np.newaxis], min(limit, self.count), params=parameters)
        rows: RowNumbers = found[0][found[0] >= 0]  # FAISS pads with -1 where it finds fewer
        return rows


@dataclass(frozen=True)
class Index:
    """A library's vectors: ``base``, made at once, and what was added since, in ``tail``.

    ``held`` are the rows of the library; ``gone`` are in the base and in the library no more.
    ``lineage`` names the numbering of the rows: in another, other passages have them.
    """

    lineage: str
    held: Rows
    base: ExactPart | ApproximatePart
    tail: ExactPart | None
    gone: int

    @property
    def is_stale(self) -> bool:
        """Tell whether so much is new or gone that the base is to be made anew."""
        return self.gone + (self.tail.count if self.tail else 0) > STALE_SHARE * self.base.count

    def find(self, query: Vectors, limit: int, within: Rows | None, read_vectors: ReadVectors) -> Found:
        """Find at least the ``limit`` rows nearest to one unit vector, and their cosines, in no order.

        Args:
            query: shape (d,).
            limit: how many at least, where there are so many.
            within: the rows to look at, all of them held, none of the nearest left out; None for all.
            read_vectors: gives the vectors of rows that are held.

        Raises:
            ModelError: the query is of another dimension.
        """
        if query.shape != (self.base.dimension,):
            raise ModelError(f"expected a query of dimension {self.base.dimension}, got shape {query.shape}")
        if limit == 0 or (within is not None and not len(within)):
            return NOTHING
        if isinstance(self.base, ExactPart):
            found = self.base.find(query, limit, self.held if within is None and self.gone else within)
        elif within is not None and len(within) <= NARROW:
            return within.numbers, read_vectors(within.numbers) @ query
        else:
            rows = self._near(self.base, query, EXCESS * limit, within)
            found = rows, read_vectors(rows) @ query if len(rows) else NOTHING[1]
        if self.tail is None:
            return found
        newer = self.tail.find(query, limit, within)
        return np.concatenate([found[0], newer[0]]), np.concatenate([found[1], newer[1]])

    def _near(self, base: ApproximatePart, query: Vectors, limit: int, within: Rows | None) -> RowNumbers:
        if within is not None:
            return base.find(query, limit, within, None)
        return base.find(query, limit, self.held if self.gone else None, PROBED)


def make_index(lineage: str, held: Rows, base: ExactPart | ApproximatePart, read_vectors: ReadVectors) -> Index:
    """Make a library's index of a base that was made of it as it is, or as it was before."""
    newer = held.after(base.last_row)
    tail = ExactPart(newer.numbers, read_vectors(newer.numbers)) if len(newer) else None
    return Index(lineage, held, base, tail, gone=base.count - (len(held) - len(newer)))


def train_approximate(held: Rows, read_vectors: ReadVectors) -> Any:
    """Make an approximate index for these rows, empty as yet; the same vectors make the same."""
    numbers = held.numbers
    lists = round(2 * math.sqrt(len(numbers)))
    chosen = np.random.default_rng(0).choice(numbers, min(len(numbers), TRAINED_ON * lists), replace=False)
    sample = read_vectors(np.sort(chosen))
    index: Any = faiss.index_factory(sample.shape[1], f"IVF{lists},SQ8", faiss.METRIC_INNER_PRODUCT)
    index.cp.niter = ROUNDS
    _use_threads(usable_cores())
    index.train(sample)
    return index


def fill(index: Any, held: Rows, read_vectors: ReadVectors) -> Iterator[int]:
    """Put the vectors of all rows into an index; give how many are in, again and again."""
    numbers = held.numbers
    _use_threads(usable_cores())
    for start in range(0, len(numbers), BATCH):
        added = numbers[start : start + BATCH]
        index.add_with_ids(read_vectors(added), added)
        yield start + len(added)


def _use_threads(count: int) -> None:
    """Let FAISS use so many threads when this one calls it.

    A search of one question takes less time than its threads take to wait for each other on a
    machine that has other things to do: 0.8 ms with one and 60 ms with two, at 10,000 passages.
    """
    faiss.omp_set_num_threads(count)
