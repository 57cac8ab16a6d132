"""Contents: what the store holds, to be read: articles, passages and vectors, words and their counts.

The FTS5 table holds each passage's terms, folded and stemmed, and gives the lexical ranking.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, count
from pathlib import Path
from typing import Any, Self

import numpy as np

from chatbot.article import Article, Page, text_sha256
from chatbot.database import FILE_NAME
from chatbot.encoder import Vectors
from chatbot.errors import DamagedArticleError, StoreError
from chatbot.listing import Listing
from chatbot.passages import Passage
from chatbot.rows import RowNumbers
from chatbot.words import looked_up

GET_ARTICLES = """
SELECT id, title, text, sha256, source_url, published, questions, added, author, pages FROM article ORDER BY id
"""
GET_ARTICLE = """
SELECT id, title, text, sha256, source_url, published, questions, added, author, pages FROM article WHERE id = ?
"""
VECTORS = """
SELECT passage.vector FROM json_each(?) AS asked JOIN passage ON passage.row = asked.value ORDER BY asked.key
"""
PASSAGES_LOOKED_AT = 5  # for each article that is to hold a term
PASSAGES_OF = """
SELECT row, id, article_id, number, kind, "start", "end" FROM passage WHERE article_id = ? ORDER BY number
"""
PASSAGES = """
SELECT row, id, article_id, number, kind, "start", "end" FROM passage
WHERE row IN (SELECT value FROM json_each(?))
"""
ARTICLES_WITH = """
SELECT DISTINCT article_id FROM passage
WHERE row IN (SELECT rowid FROM passage_terms WHERE passage_terms MATCH ? LIMIT ?)
ORDER BY article_id LIMIT ?
"""
MOST_ROWS = 10_000  # that one query asks for by their numbers


@dataclass(frozen=True)
class Recipe:
    """What passages and vectors were made with; with another recipe they are made anew."""

    encoder: str
    encoder_checksum: str
    splitter_version: int
    analysis_version: int
    max_passage_tokens: int
    dimension: int | None = field(default=None, compare=False)  # known once passages are encoded


@dataclass(frozen=True)
class SourceFile:
    """A file that an article was read from, as it was then.

    ``modified`` is in nanoseconds; ``sha256`` (hex) is that of the file, not of the text.
    """

    path: Path
    size: int
    modified: int
    sha256: str


class Contents(Listing):
    """What an open store holds; any thread may read."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(data_dir / FILE_NAME)

    def snapshot(self) -> Self:
        """Open the store once more, to see it as it is at this moment."""
        opened = type(self)(self.path.parent)
        opened.hold()
        return opened

    def recipe(self) -> Recipe | None:
        """Give what the passages were made with; None while the store is new or of another format."""
        values = {name: json.loads(value) for name, value in self._rows("SELECT name, value FROM recipe")}
        try:
            return Recipe(**values)
        except TypeError:
            return None

    def digests(self, *, added: bool | None = None) -> dict[str, str]:
        """Map each article's id to the sha256 of its text; of those that were added, or were not, if said."""
        return dict(
            self._rows("SELECT id, sha256 FROM article WHERE ?1 IS NULL OR added = ?1 ORDER BY id", (added,))
        )

    def find(self, sha256: str) -> str | None:
        """Give the id of the article with this digest of its text, if there is one."""
        found: str | None = self._value("SELECT id FROM article WHERE sha256 = ? ORDER BY id", (sha256,))
        return found

    def file(self, path: Path) -> SourceFile | None:
        """Give a file as it was when its article was read from it, if one was."""
        columns = "SELECT size, modified, sha256 FROM file WHERE path = ?"
        return next((SourceFile(path, *row) for row in self._rows(columns, (os.fsencode(path),))), None)

    def article_of(self, path: Path) -> str | None:
        """Give the id of the article that was read from a file, if one was."""
        found: str | None = self._value("SELECT article_id FROM file WHERE path = ?", (os.fsencode(path),))
        return found

    def files(self, article_id: str) -> tuple[Path, ...]:
        """Give the files that an article was read from; they hold the same text."""
        rows = self._rows("SELECT path FROM file WHERE article_id = ? ORDER BY path", (article_id,))
        return tuple(Path(os.fsdecode(path)) for (path,) in rows)

    def article(self, article_id: str) -> Article | None:
        """Give one article; None where there is no such.

        Raises:
            StoreError: its text is not the one that was put.
        """
        rows = self._rows(GET_ARTICLE, (article_id,))
        return next(map(self._article, rows), None)

    def articles(self) -> tuple[Article, ...]:
        """Give every article, ordered by id.

        Raises:
            StoreError: a text is not the one that was put.
        """
        return tuple(map(self._article, self._rows(GET_ARTICLES)))

    def pending(self) -> tuple[str, ...]:
        """Give the ids of the articles whose passages are still to be made."""
        rows = self._rows("SELECT id FROM article WHERE first_row IS NULL ORDER BY id")
        return tuple(article_id for (article_id,) in rows)

    def article_count(self) -> int:
        """Count the articles."""
        return int(self._value("SELECT COUNT(*) FROM article"))

    def article_ids(self) -> tuple[str, ...]:
        """Give the ids of all articles, in order."""
        return tuple(article_id for (article_id,) in self._rows("SELECT id FROM article ORDER BY id"))

    def passage_count(self) -> int:
        """Count the passages."""
        return int(self._value("SELECT passages FROM total"))

    def passage_totals(self) -> dict[str, int]:
        """Map each article's id to the number of its passages."""
        return dict(self._rows("SELECT id, passages FROM article WHERE passages > 0 ORDER BY id"))

    def holds(self, article_id: str) -> bool:
        """Tell whether there is an article with this id."""
        return self._value("SELECT 1 FROM article WHERE id = ?", (article_id,)) is not None

    def is_added(self, article_id: str) -> bool:
        """Tell whether an article was added; False also where there is no such."""
        return bool(self._value("SELECT added FROM article WHERE id = ?", (article_id,)))

    def is_kept(self, article_id: str) -> bool:
        """Tell whether an article stays until it is removed itself, whatever becomes of its files."""
        return bool(self._value("SELECT kept FROM article WHERE id = ?", (article_id,)))

    def _article(self, row: Sequence[Any]) -> Article:
        article_id, title, text, sha256, source_url, published, questions, added, author, pages = row
        if (found := text_sha256(text)) != sha256:
            raise DamagedArticleError(
                f"expected the text of {article_id} with sha256 {sha256} in {self.path}, got {found}: the "
                "store is damaged; `chatbot check` says what is, and repairs what can be"
            )
        try:
            return Article(
                *(article_id, title, text, sha256, source_url, published),
                questions=tuple(json.loads(questions)),
                author=author,
                pages=tuple(Page(number, start) for number, start in json.loads(pages)),
                added=bool(added),
            )
        except (ValueError, TypeError) as error:
            raise DamagedArticleError(
                f"expected the questions and pages of {article_id} as JSON in {self.path}, got {questions!r} "
                f"and {pages!r}: the store is damaged; `chatbot check` says what is, and repairs what can be"
            ) from error

    def passages_of(self, article_id: str) -> tuple[Passage, ...]:
        """Give an article's passages in order; none where there is no such article."""
        article = self.article(article_id)
        rows = self._rows(PASSAGES_OF, (article_id,))
        return tuple(_passage(article, row) for row in rows) if article else ()

    def passages(self, keys: Sequence[int]) -> dict[int, Passage]:
        """Map keys to their passages; a key of none is left out."""
        rows = list(self._rows(PASSAGES, (json.dumps(keys),)))
        texts = {article_id: self.article(article_id) for article_id in {row[2] for row in rows}}
        return {row[0]: _passage(article, row) for row in rows if (article := texts[row[2]])}

    def vectors(self, rows: RowNumbers) -> Vectors:
        """Give the vectors of some rows, all of them held, in their order; shape (n, d).

        Raises:
            StoreError: they are not vectors of unit length.
        """
        content = bytearray()
        for start in range(0, len(rows), MOST_ROWS):
            asked = json.dumps(rows[start : start + MOST_ROWS].tolist())
            content += b"".join(vector for (vector,) in self._rows(VECTORS, (asked,)))
        return decode_vectors(content, len(rows))

    def vocabulary(self) -> Mapping[str, tuple[str, int]]:
        """Map each folded word to the way it is written and in how many articles it stands."""
        counted = "SELECT folded, MAX(written), SUM(articles) FROM counted_word "

        def read(most: int) -> dict[str, tuple[str, int]]:
            rows = self._rows(counted + "GROUP BY folded LIMIT ?", (most,))
            return {folded: (written, count) for folded, written, count in rows}

        def look_up(word: str) -> tuple[str, int] | None:
            rows = self._rows(counted + "WHERE folded = ? GROUP BY folded", (word,))
            return next(((written, count) for _, written, count in rows), None)

        return looked_up(read, look_up)

    def passage_counts(self) -> Mapping[str, int]:
        """Map each term to the number of passages that hold it."""

        def read(most: int) -> dict[str, int]:
            return dict(self._rows("SELECT term, passages FROM counted_term LIMIT ?", (most,)))

        def look_up(term: str) -> int | None:
            found: int | None = self._value("SELECT passages FROM counted_term WHERE term = ?", (term,))
            return found

        return looked_up(read, look_up)

    def articles_with(self, term: str, limit: int) -> tuple[str, ...]:
        """Give the ids of some articles that hold a term, the same ones each time, ordered by id."""
        found = self._rows(ARTICLES_WITH, (f'"{term}"', PASSAGES_LOOKED_AT * limit, limit))
        return tuple(article_id for (article_id,) in found)


def free_id(name: str, digest: str, is_taken: Callable[[str], bool]) -> str:
    """Make an id that no article has yet, of a name, and of the text's digest where that is taken."""
    longer = f"{name}-{digest[:8]}"
    # an article keeps its id when its text changes, so that one with a digest may be taken, too
    ids = chain((name, longer), (f"{longer}-{number}" for number in count(2)))
    return next(article_id for article_id in ids if not is_taken(article_id))


def _passage(article: Article, row: Sequence[Any]) -> Passage:
    _, passage_id, article_id, number, kind, start, end = row
    return Passage(passage_id, article_id, number, kind, start, end, article.text[start:end])


def decode_vectors(content: bytes | bytearray, count: int) -> Vectors:
    """Turn stored bytes into vectors, shape (count, d).

    Raises:
        StoreError: the bytes are not those of ``count`` vectors of unit length.
    """
    flat = np.frombuffer(content, dtype="<f4")
    if count == 0 or flat.size % count:
        raise StoreError(f"expected {count} vectors of one length, got {flat.size} numbers; delete the store")
    vectors = np.ascontiguousarray(flat.reshape(count, -1), dtype=np.float32)
    norms = np.linalg.norm(vectors, axis=1)
    if not np.allclose(norms, 1, atol=1e-3):
        raise StoreError("expected vectors of unit length, got others: the store is damaged; delete it")
    return vectors
