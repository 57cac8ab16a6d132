"""Rows: numbers of passages in the store, as ranges; those of one article follow each other."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

RowNumbers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Rows:
    """Ranges of row numbers, ascending: ``counts`` rows from each of ``firsts``, both of shape (ranges,)."""

    firsts: RowNumbers
    counts: RowNumbers

    def __len__(self) -> int:
        return int(self.counts.sum())

    @cached_property
    def numbers(self) -> RowNumbers:
        """Give every row number, ascending."""
        starts = np.cumsum(self.counts) - self.counts
        return np.repeat(self.firsts - starts, self.counts) + np.arange(len(self), dtype=np.int64)

    @cached_property
    def bitmap(self) -> npt.NDArray[np.uint8]:
        """Give a bit for each row number from 0, set for those that are here; as FAISS takes it."""
        held = np.zeros(self.last + 1, dtype=bool)
        held[self.numbers] = True
        return np.packbits(held, bitorder="little")

    @property
    def last(self) -> int:
        """Give the highest row number, 0 where there is none."""
        return int(self.firsts[-1] + self.counts[-1] - 1) if len(self.firsts) else 0

    def hold(self, numbers: RowNumbers) -> npt.NDArray[np.bool_]:
        """Tell of each number whether it is one of these rows; shape (n,)."""
        if not len(self.firsts):
            return np.zeros(len(numbers), dtype=bool)
        at = np.searchsorted(self.firsts, numbers, side="right") - 1
        inside: npt.NDArray[np.bool_] = (at >= 0) & (numbers < self.firsts[at] + self.counts[at])
        return inside

    def after(self, number: int) -> "Rows":
        """Give the rows after a number; no article's begin before it and end after it."""
        later = self.firsts > number
        return Rows(self.firsts[later], self.counts[later])


def make_rows(ranges: Iterable[tuple[int, int]]) -> Rows:
    """Make rows of (first, count) for each range, in any order."""
    held = np.array(sorted(ranges), dtype=np.int64).reshape(-1, 2)
    return Rows(np.ascontiguousarray(held[:, 0]), np.ascontiguousarray(held[:, 1]))
