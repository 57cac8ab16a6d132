"""Rankings: passages of the store by meaning and by words, within a scope.

What is ranked whole while there are few passages is ranked from a choice of them where there
are many: those near the query by their rounded vectors, and those that hold its rarer words.
The scores are exact all the same.
"""

import json
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np

from chatbot.bm25 import weigh
from chatbot.contents import Contents
from chatbot.encoder import Progress, Vectors
from chatbot.index import (
    MOST_EXACT,
    NARROW,
    ExactPart,
    Found,
    Index,
    Scores,
    fill,
    make_index,
    train_approximate,
)
from chatbot.index_file import load_index, save_index, saved_digest
from chatbot.rows import RowNumbers, Rows, make_rows
from chatbot.scope import EVERYTHING, Scope

# Passages that are scored for each query; all are in a library that has no more. At 500,000
# passages the ten best then have 0.94 of the score of those found with three times as many, in
# 28 ms of processor time in place of 62.
MOST_SCORED = 20_000
SCORED_WHOLE = 400  # the best of them by the rarer terms, scored by all terms
NEWEST = 2_000  # passages with the terms of a query that are looked at where all of these are frequent
SCOPES_KEPT = 8

RANGES = """
SELECT first_row, passages FROM article WHERE first_row IS NOT NULL
AND (?1 IS NULL OR id IN (SELECT value FROM json_each(?1)))
AND (?2 IS NULL OR day(published) >= ?2) AND (?3 IS NULL OR day(published) <= ?3)
"""
COUNTS = "SELECT term, passages FROM counted_term WHERE term IN (SELECT value FROM json_each(?))"
MATCHING = "SELECT rowid, -bm25(passage_terms) FROM passage_terms WHERE passage_terms MATCH ?"
NEWEST_MATCHING = "SELECT rowid FROM passage_terms WHERE passage_terms MATCH ? ORDER BY rowid DESC LIMIT ?"
TERMS = "SELECT rowid, terms FROM passage_terms WHERE rowid IN (SELECT value FROM json_each(?))"
PLACES = "SELECT row, article_id, number FROM passage WHERE row IN (SELECT value FROM json_each(?))"

Ranked = list[tuple[int, float]]  # rows and scores, best first


@dataclass(frozen=True)
class Opened:
    """An index, the generation that it is of, and the digest of the saved one that was looked at last."""

    generation: int
    index: Index
    looked_at: str | None


class Rankings(Contents):
    """Ranks what an open store holds; any thread may ask.

    The index is opened when it is first needed, and follows the store.
    """

    def __init__(self, data_dir: Path) -> None:
        super().__init__(data_dir)
        self._opening = threading.Lock()
        self._opened: Opened | None = None
        self._scopes: dict[tuple[int, Scope], Rows] = {}

    def snapshot(self, former: Self | None = None) -> Self:
        """Give the store as it is at this moment; the index of a former one is taken over, if it fits."""
        opened = super().snapshot()
        opened._opened = former._opened if former is not None else None
        return opened

    # By meaning

    def rank_by_meaning(self, query: Vectors, limit: int, scope: Scope = EVERYTHING) -> Ranked:
        """Rank the passages of a scope by cosine with one unit vector, shape (d,).

        Returns (row, score), best first, ties in the order of the articles and of the text.
        Within a scope none of the best is left out.

        Raises:
            ModelError: the query is of another dimension.
        """
        if limit == 0 or not self.passage_count():
            return []
        return self._best(*self.index().find(query, limit, self._within(scope), self.vectors), limit)

    def scores(self, query: Vectors, keys: Sequence[int]) -> dict[int, float]:
        """Give the cosine of each of some passages with one unit vector, shape (d,)."""
        if not keys:
            return {}
        found = self.vectors(np.array(keys, dtype=np.int64)) @ query
        return dict(zip(keys, found.tolist(), strict=True))

    def open_index(self, progress: Progress | None = None) -> None:
        """Open the index, a newer one where there is; make it, with some progress, where none fits."""
        if self.passage_count():
            self.index(progress, newest=True)

    def index(self, progress: Progress | None = None, *, newest: bool = False) -> Index:
        """Give the index of the store as it is now; make it where there is none that fits.

        Raises:
            StoreError: the vectors are damaged, or the index cannot be written.
        """
        with self._opening:
            opened = self._opened
            if opened is None or opened.generation != self.generation() or (newest and self.has_newer_index()):
                opened = self._opened = self._open_index(opened, progress)
            return opened.index

    def is_index_stale(self) -> bool:
        """Tell whether so much is new or gone since the index was made that it is to be made anew."""
        return self._opened is not None and self._opened.index.is_stale

    def has_newer_index(self) -> bool:
        """Tell whether the index is stale, and one was saved since that was not looked at."""
        opened = self._opened
        if opened is None or not opened.index.is_stale:
            return False
        return saved_digest(self.path.parent) not in (None, opened.looked_at)

    def _open_index(self, former: Opened | None, progress: Progress | None) -> Opened:
        lineage, held = str(self._value("SELECT lineage FROM total")), self._rows_of(EVERYTHING)
        read, folder, generation = self.vectors, self.path.parent, self.generation()
        saved = saved_digest(folder)
        followed: Opened | None = None
        if former is not None and former.index.lineage == lineage:
            index = make_index(lineage, held, former.index.base, read)
            followed = Opened(generation, index, former.looked_at)
            if not index.is_stale:
                return followed
        if len(held) <= MOST_EXACT:
            part = ExactPart(held.numbers, read(held.numbers))
            return Opened(generation, make_index(lineage, held, part, read), None)
        if followed is None or saved != followed.looked_at:
            loaded = load_index(folder, lineage, held, read)
            if loaded is not None and not (index := make_index(lineage, held, loaded, read)).is_stale:
                return Opened(generation, index, saved)
        if followed is not None:  # nobody waits for a new one while the library is served
            return replace(followed, looked_at=saved)
        trained = train_approximate(held, read)
        for done in fill(trained, held, read):
            if progress:
                progress("making the index", done, len(held))
        made = save_index(folder, trained, lineage, held.last)
        return Opened(generation, make_index(lineage, held, made, read), saved_digest(folder))

    # By words

    def rank_lexically(self, query: Sequence[str], limit: int, scope: Scope = EVERYTHING) -> Ranked:
        """Rank passages by BM25 over any of the terms; (row, score), best first, ties as the passages stand.

        How rare a term is, is counted over the whole library, whatever the scope.
        """
        counts = self._counts(query)
        within = self._within(scope)
        if not counts or (within is not None and not len(within)):
            return []
        rarer = _rarer(counts)
        if len(rarer) == len(counts) or self.passage_count() <= MOST_SCORED:
            return self._best(*self._matching(counts, within), limit)
        return self._best(*self._score_whole(self._choose(counts, rarer, within), counts), limit)

    def _counts(self, query: Sequence[str]) -> dict[str, int]:
        found = dict(self._rows(COUNTS, (json.dumps(query),)))
        return {term: found[term] for term in query if term in found}

    def _matching(self, asked: Sequence[str] | Mapping[str, int], within: Rows | None) -> Found:
        found = list(self._rows(MATCHING, (_match(asked, "OR"),)))
        rows = np.array([row for row, _ in found], dtype=np.int64)
        scores = np.array([score for _, score in found])
        held = slice(None) if within is None else within.hold(rows)
        return rows[held], scores[held]

    def _choose(self, counts: Mapping[str, int], rarer: Sequence[str], within: Rows | None) -> RowNumbers:
        """Choose what is scored: all of a narrow scope, else the best by the rarer terms, or the newest."""
        if within is not None and len(within) <= NARROW:
            return within.numbers
        if rarer:
            rows, scores = self._matching(rarer, within)
            best = np.argsort(-scores, kind="stable")[:SCORED_WHOLE]
            return rows[best]
        for operator in ("AND", "OR"):
            found = self._rows(NEWEST_MATCHING, (_match(counts, operator), MOST_SCORED))
            rows = np.array([row for (row,) in found], dtype=np.int64)
            rows = (rows if within is None else rows[within.hold(rows)])[:NEWEST]
            if len(rows) >= SCORED_WHOLE:
                return rows
        # the newest of all may not be the scope's; most of its own hold words that are so frequent
        return rows if within is None else np.union1d(rows, within.numbers[-NEWEST:])

    def _score_whole(self, rows: RowNumbers, counts: Mapping[str, int]) -> Found:
        passages, terms = next(self._rows("SELECT passages, terms FROM total"))
        weights = weigh(counts, passages, terms)
        found = {row: weights.score(line) for row, line in self._rows(TERMS, (json.dumps(rows.tolist()),))}
        scored = {row: score for row, score in found.items() if score > 0}
        return np.array(list(scored), dtype=np.int64), np.array(list(scored.values()))

    # Both

    def _within(self, scope: Scope) -> Rows | None:
        return None if scope.is_everything else self._rows_of(scope)

    def _rows_of(self, scope: Scope) -> Rows:
        """Give the rows of a scope; those that were asked for last are kept."""
        key = (self.generation(), scope)
        others = dict(self._scopes)
        held = others.pop(key, None)
        if held is None:
            ids = None if scope.article_ids is None else json.dumps(scope.article_ids)
            held = make_rows(self._rows(RANGES, (ids, scope.published_from, scope.published_to)))
        self._scopes = dict([*others.items(), (key, held)][-SCOPES_KEPT:])
        return held

    def _best(self, rows: RowNumbers, scores: Scores, limit: int) -> Ranked:
        """Order what was found, the best first, ties by article and number."""
        if len(rows) > limit > 0:
            kept = scores >= np.partition(scores, -limit)[-limit]
            rows, scores = rows[kept], scores[kept]
        found = list(zip(rows.tolist(), scores.tolist(), strict=True))
        counts = Counter(scores.tolist())
        tied = [row for row, score in found if counts[score] > 1]
        places = (
            {row: (article_id, number) for row, article_id, number in self._rows(PLACES, (json.dumps(tied),))}
            if tied
            else {}
        )
        return sorted(found, key=lambda item: (-item[1], places.get(item[0], ())))[:limit]


def _rarer(counts: Mapping[str, int]) -> list[str]:
    """Give the rarest terms, as many as can be scored in time."""
    rarer: list[str] = []
    total = 0
    for term in sorted(counts, key=lambda term: (counts[term], term)):
        total += counts[term]
        if total > MOST_SCORED:
            break
        rarer.append(term)
    return rarer


def _match(asked: Sequence[str] | Mapping[str, int], operator: str) -> str:
    return f" {operator} ".join(f'"{term}"' for term in asked)
