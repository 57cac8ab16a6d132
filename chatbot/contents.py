"""Contents: what the store holds, to be read: articles, passages and vectors, words and their counts.

The FTS5 table holds each passage's terms, folded and stemmed, and gives the lexical ranking.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np

from chatbot.article import Article, Page, text_sha256
from chatbot.database import FILE_NAME
from chatbot.encoder import Vectors
from chatbot.errors import DamagedArticleError, StoreError
from chatbot.listing import Listing
from chatbot.passages import Passage
from chatbot.scope import EVERYTHING, Scope

GET_ARTICLES = """
SELECT id, title, text, sha256, source_url, published, questions, added, author, pages FROM article ORDER BY id
"""
GET_ARTICLE = """
SELECT id, title, text, sha256, source_url, published, questions, added, author, pages FROM article WHERE id = ?
"""
RANK_LEXICALLY = """
SELECT passage.row, bm25(passage_terms) AS score FROM passage_terms
JOIN passage ON passage.row = passage_terms.rowid
WHERE passage_terms MATCH ?1
AND (?2 IS NULL OR passage.article_id IN (SELECT value FROM json_each(?2)))
AND (?3 IS NULL OR passage.article_id IN (
    SELECT id FROM article WHERE published GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*'
    AND substr(published, 1, 10) BETWEEN ?3 AND ?4
))
ORDER BY score, passage.article_id, passage.number LIMIT ?5
"""
FIRST_DAY, LAST_DAY = "0000-00-00", "9999-99-99"
PENDING = """
SELECT id FROM article WHERE NOT EXISTS (SELECT 1 FROM passage WHERE article_id = article.id) ORDER BY id
"""


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
        return tuple(article_id for (article_id,) in self._rows(PENDING))

    def passage_totals(self) -> dict[str, int]:
        """Map each article's id to the number of its passages."""
        return dict(self._rows("SELECT article_id, COUNT(*) FROM passage GROUP BY article_id"))

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

    def passages(self, articles: Sequence[Article]) -> tuple[tuple[int, ...], tuple[Passage, ...], bytes]:
        """Give the rows, the passages and the vectors' bytes, by article and number."""
        texts = {article.id: article.text for article in articles}
        rows, passages, vectors = [], [], []
        for row, passage_id, article_id, number, kind, start, end, vector in self._rows(
            'SELECT row, id, article_id, number, kind, "start", "end", vector FROM passage '
            "ORDER BY article_id, number"
        ):
            rows.append(row)
            text = texts[article_id][start:end]
            passages.append(Passage(passage_id, article_id, number, kind, start, end, text))
            vectors.append(vector)
        return tuple(rows), tuple(passages), b"".join(vectors)

    def vocabulary(self) -> dict[str, tuple[str, int]]:
        """Map each folded word to the way it is written and in how many articles it stands."""
        rows = self._rows("SELECT folded, MAX(written), COUNT(*) FROM word GROUP BY folded")
        return {folded: (written, count) for folded, written, count in rows}

    def passage_counts(self) -> dict[str, int]:
        """Map each term to the number of passages that hold it."""
        return dict(self._rows("SELECT term, doc FROM term_statistics"))

    def rank_lexically(
        self, query: Sequence[str], limit: int, scope: Scope = EVERYTHING
    ) -> list[tuple[int, float]]:
        """Rank passages by BM25 over any of the terms; (row, score), best first, ties as the passages stand.

        What is rare is counted over the whole library, whatever the scope.
        """
        if not query:
            return []
        match = " OR ".join(f'"{term}"' for term in dict.fromkeys(query))
        return [(row, -score) for row, score in self._rows(RANK_LEXICALLY, (match, *_of_scope(scope), limit))]


def _of_scope(scope: Scope) -> tuple[str | None, str | None, str | None]:
    """Give a scope as the queries take it: the ids as JSON, and both ends of the dates if there are any."""
    ids = None if scope.article_ids is None else json.dumps(scope.article_ids)
    if not scope.has_dates:
        return ids, None, None
    return ids, scope.published_from or FIRST_DAY, scope.published_to or LAST_DAY


def decode_vectors(content: bytes, count: int) -> Vectors:
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
