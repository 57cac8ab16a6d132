"""Check: is everything in the store as it was put there, and what is derived made anew if not.

A file of the vector index is looked through as well. One that does not fit is let go, and made
anew of the store's vectors when the index is opened.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from chatbot.article import Article
from chatbot.counting import counted
from chatbot.database import FULL_TEXT, LIST_ARTICLES, LISTED, PLACE_PASSAGES
from chatbot.errors import DamagedArticleError, StoreError
from chatbot.index_file import MANIFEST, load_index, read_manifest
from chatbot.passages import KINDS, trim
from chatbot.scope import EVERYTHING
from chatbot.spelling import vocabulary_of
from chatbot.store import Store
from chatbot.terms import terms

Part = Literal["file", "references", "list", "article", "passages", "words", "full text", "index"]
ORPHANS = {
    "passage": "SELECT COUNT(*) FROM passage WHERE article_id NOT IN (SELECT id FROM article)",
    "file": "SELECT COUNT(*) FROM file WHERE article_id NOT IN (SELECT id FROM article)",
}
DROP_ORPHANS = (
    "DELETE FROM passage WHERE article_id NOT IN (SELECT id FROM article)",
    "DELETE FROM file WHERE article_id NOT IN (SELECT id FROM article)",
)
MISPLACED = """
SELECT COUNT(*) FROM article LEFT JOIN
(SELECT article_id, MIN(row) AS first, COUNT(*) AS held FROM passage GROUP BY article_id) ON article_id = id
WHERE first_row IS NOT first OR passages <> ifnull(held, 0)
"""
LISTED_OTHERWISE = """
SELECT COUNT(DISTINCT id) FROM (SELECT * FROM (SELECT * FROM listed EXCEPT {0})
UNION SELECT * FROM ({0} EXCEPT SELECT * FROM listed))
"""
NEXT_ROW = "SELECT MAX(row) FROM passage WHERE row >= (SELECT next_row FROM total)"
MOVE_NEXT_ROW = "UPDATE total SET next_row = max(next_row, (SELECT ifnull(MAX(row), 0) + 1 FROM passage))"
PASSAGES = """
SELECT id, number, kind, "start", "end", vector FROM passage WHERE article_id = ? ORDER BY number
"""
PAGES_FAULT = "{}: its pages do not stand in its text one after the other"
LENGTH_TOLERANCE = 1e-3  # of a unit vector, as when a library is opened
CHECK_FULL_TEXT = "INSERT INTO passage_terms (passage_terms, rank) VALUES ('integrity-check', 1)"


@dataclass(frozen=True)
class Fault:
    """Something in the store that is not as it was put there; ``article_id`` where it is of one."""

    part: Part
    what: str
    article_id: str | None = None


class CheckedStore(Store):
    """A store that is looked through, and repaired where it can be."""

    def inspect(self) -> tuple[Fault, ...]:
        """Look at everything; others may go on writing."""
        faults = tuple(self._inspect_file())
        if faults:
            return faults  # nothing that is read of it can be relied on
        with self.snapshot() as seen:
            faults = (*seen._inspect_references(), *seen._inspect_articles(), *self._inspect_full_text(seen))
            # the rest can be told only where all of this is right
            return faults or (*seen._inspect_counts(), *seen._inspect_index())

    def repair(self, faults: Sequence[Fault], seeds: Collection[str] = ()) -> None:
        """Forget what is derived and wrong; make anew what needs no model, and the rest is pending.

        A damaged article whose seed is there goes, too: it is read from its file again when the
        store is brought up to date. ``seeds`` are the ids of those that are there.
        """
        parts = {fault.part for fault in faults}
        if "file" in parts:
            self._reindex()
        if "references" in parts:
            self._drop_orphans()
        if "list" in parts:
            self._renew_list()
        if "full text" in parts:  # before any passage is forgotten, which is to leave it
            self._renew_full_text()
        for fault in faults:
            if fault.article_id is None:
                continue
            if fault.part == "passages":
                self.forget_passages(fault.article_id)
            elif fault.part == "article" and fault.article_id in seeds and not self.is_added(fault.article_id):
                self.remove(fault.article_id)
        self._recount()  # also where something that was wrong was counted
        if "index" in parts:  # its file goes when another is written
            (self.path.parent / MANIFEST).unlink(missing_ok=True)

    # Looking

    def _inspect_file(self) -> Iterator[Fault]:
        for (line,) in self._rows("PRAGMA integrity_check"):
            if line != "ok":
                yield Fault("file", f"the database file: {line}")

    def _inspect_references(self) -> Iterator[Fault]:
        for what, query in ORPHANS.items():
            if count := self._value(query):
                yield Fault("references", f"{counted(count, what)} of no article")
        if count := self._value(MISPLACED):
            yield Fault("references", f"where its passages stand is wrong of {counted(count, 'article')}")
        if row := self._value(NEXT_ROW):
            yield Fault("references", f"the next row of a passage is not above {row}")
        if count := self._value(LISTED_OTHERWISE.format(LISTED)):
            yield Fault("list", f"the list of articles has {count} of them otherwise, or not at all")

    def _inspect_articles(self) -> Iterator[Fault]:
        recipe = self.recipe()
        size = 4 * recipe.dimension if recipe and recipe.dimension else None
        for article_id in self.digests():
            try:
                article = self.article(article_id)
            except DamagedArticleError as error:
                yield Fault("article", f"{article_id}: {error}", article_id)
                continue
            assert article is not None  # it is in the same snapshot
            yield from self._inspect_article(article, size)

    def _inspect_article(self, article: Article, size: int | None) -> Iterator[Fault]:
        if not pages_stand(article):
            yield Fault("article", PAGES_FAULT.format(article.id), article.id)
        rows = list(self._rows(PASSAGES, (article.id,)))
        fault = passages_fault(article, rows, size)
        if fault:
            yield Fault("passages", f"the passages of {article.id}: {fault}", article.id)

    def _inspect_full_text(self, seen: "CheckedStore") -> Iterator[Fault]:
        try:
            with self._guard("read"), self._immediately():
                self._connection.execute(CHECK_FULL_TEXT)
            held = dict(seen._rows("SELECT rowid, terms FROM passage_terms"))
        except StoreError as error:
            yield Fault("full text", f"the full text cannot be read: {error}")
            return
        wrong = sum(held.pop(row, None) != expected for row, expected in seen._expected_terms())
        if wrong:
            said = f"the full text has other words of {counted(wrong, 'passage')}, or none"
            yield Fault("full text", said)
        if held:
            yield Fault("full text", f"the full text has {counted(len(held), 'passage')} of no article")

    def _expected_terms(self) -> Iterator[tuple[int, str]]:
        for article_id in self.digests():
            text = self._value("SELECT text FROM article WHERE id = ?", (article_id,))
            spans = 'SELECT row, "start", "end" FROM passage WHERE article_id = ?'
            for row, start, end in self._rows(spans, (article_id,)):
                yield row, " ".join(terms(text[start:end]))

    def _inspect_counts(self) -> Iterator[Fault]:
        """Look at what is counted."""
        passages: Counter[str] = Counter()
        words: Counter[tuple[str, str]] = Counter()
        totals = [0, 0]
        for text, held in self._expected_counts():
            passages.update(term for line in held for term in set(line.split()))
            words.update(vocabulary_of(text).items())
            totals = [totals[0] + len(held), totals[1] + sum(len(line.split()) for line in held)]
        counted = {
            (folded, written): count for folded, written, count in self._rows("SELECT * FROM counted_word")
        }
        if (
            dict(self._rows("SELECT * FROM counted_term")) != passages
            or counted != words
            or list(next(self._rows("SELECT passages, terms FROM total"))) != totals
        ):
            yield Fault("words", "the counts of words are not those of the articles")

    def _expected_counts(self) -> Iterator[tuple[str, list[str]]]:
        """Give the text of each article that has passages, and their terms."""
        for article_id in self.digests():
            text = self._value("SELECT text FROM article WHERE id = ?", (article_id,))
            spans = 'SELECT "start", "end" FROM passage WHERE article_id = ? ORDER BY number'
            held = [" ".join(terms(text[start:end])) for start, end in self._rows(spans, (article_id,))]
            if held:
                yield text, held

    def _inspect_index(self) -> Iterator[Fault]:
        """Look at the file of the index; one of rows that were numbered anew since is never used."""
        folder, lineage = self.path.parent, str(self._value("SELECT lineage FROM total"))
        manifest = read_manifest(folder)
        if manifest is None:
            if (folder / MANIFEST).exists():
                yield Fault("index", "the index does not say what it is of")
            return
        held = self._rows_of(EVERYTHING)
        covered = held.numbers[held.numbers <= manifest.last_row]
        if manifest.lineage != lineage or not len(covered):
            return
        part = load_index(folder, lineage, held, self.vectors)
        if part is None:
            yield Fault("index", "the index's file is damaged, or of other passages")
            return
        rows = part.rows()
        if len(np.unique(rows)) < part.count or rows[-1] > part.last_row or len(np.setdiff1d(covered, rows)):
            yield Fault("index", "the index's file has passages too few, or too many")

    # Repairing

    def _reindex(self) -> None:
        with self._transaction():
            self._connection.execute("REINDEX")

    def _drop_orphans(self) -> None:
        with self._transaction():
            for statement in DROP_ORPHANS:
                self._connection.execute(statement)
            for statement in (PLACE_PASSAGES, MOVE_NEXT_ROW):
                self._connection.execute(statement)

    def _renew_list(self) -> None:
        with self._transaction():
            self._connection.execute("DELETE FROM listed")
            self._connection.execute(LIST_ARTICLES)

    def _recount(self) -> None:
        with self._transaction():
            for statement in ("DELETE FROM counted_term", "DELETE FROM counted_word"):
                self._connection.execute(statement)
            self._connection.execute("UPDATE total SET passages = 0, terms = 0")
            for text, held in self._expected_counts():
                self._count(text, held, 1)

    def _renew_full_text(self) -> None:
        with self._transaction():
            self._connection.execute("DROP TABLE passage_terms")
            self._connection.execute(FULL_TEXT)
            self._connection.executemany(
                "INSERT INTO passage_terms (rowid, terms) VALUES (?, ?)", self._expected_terms()
            )


def pages_stand(article: Article) -> bool:
    """Tell whether an article's pages stand in its text one after the other."""
    starts = [page.start for page in article.pages]
    return not starts or (starts == sorted({0, *starts}) and starts[-1] < len(article.text))


def passages_fault(article: Article, rows: Sequence[Sequence[Any]], size: int | None) -> str | None:
    """Say what is wrong with an article's passages, the first thing alone; None where nothing is.

    Args:
        article: the article.
        rows: id, number, kind, start, end and vector of each, by number.
        size: of a vector, in bytes.
    """
    if not rows:
        return "they are still to be made"
    at, length = 0, len(article.text)
    for expected, (passage_id, number, kind, start, end, vector) in enumerate(rows, start=1):
        if (number, passage_id) != (expected, f"{article.id}:{expected}"):
            return f"expected number {expected}, got {number} ({passage_id})"
        if kind not in KINDS:
            return f"number {expected} is of the unknown kind {kind!r}"
        if not at <= start < end <= length:
            return f"expected number {expected} within {at} and {length}, got {start} to {end}"
        if trim(article.text, at, start):
            return f"text before number {expected} is in none"
        if (
            len(vector) != size
            or abs(np.linalg.norm(np.frombuffer(vector, dtype="<f4")) - 1) > LENGTH_TOLERANCE
        ):
            return f"the vector of number {expected} is not one of unit length in {size} bytes"
        at = end
    return "text after the last is in none" if trim(article.text, at, length) else None
