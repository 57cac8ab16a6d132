"""Store: the one place of truth for articles, passages and vectors (SQLite, WAL).

Its FTS5 table holds each passage's terms, folded and stemmed, and gives the lexical
ranking. One transaction writes one article: a process killed at any moment leaves every
article wholly in or wholly out.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from chatbot.article import Article, text_sha256
from chatbot.encoder import Vectors
from chatbot.errors import StoreError
from chatbot.passages import Passage
from chatbot.spelling import vocabulary_of
from chatbot.terms import terms

FILE_NAME = "library.sqlite3"
FORMAT_VERSION = 1
BUSY_TIMEOUT_S = 30.0

SCHEMA = """
CREATE TABLE IF NOT EXISTS recipe (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS article (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, text TEXT NOT NULL, sha256 TEXT NOT NULL,
    source_url TEXT, published TEXT, questions TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS passage (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
    article_id TEXT NOT NULL REFERENCES article (id) ON DELETE CASCADE,
    number INTEGER NOT NULL, kind TEXT NOT NULL, "start" INTEGER NOT NULL, "end" INTEGER NOT NULL,
    vector BLOB NOT NULL, UNIQUE (article_id, number)
);
CREATE TABLE IF NOT EXISTS word (
    article_id TEXT NOT NULL REFERENCES article (id) ON DELETE CASCADE,
    folded TEXT NOT NULL, written TEXT NOT NULL, PRIMARY KEY (article_id, folded)
) WITHOUT ROWID;
CREATE VIRTUAL TABLE IF NOT EXISTS passage_terms USING fts5 (terms, tokenize = 'unicode61');
CREATE VIRTUAL TABLE IF NOT EXISTS term_statistics USING fts5vocab ('passage_terms', 'row');
"""


@dataclass(frozen=True)
class Recipe:
    """What passages and vectors were made with; with another recipe they are made anew."""

    format_version: int
    encoder: str
    encoder_checksum: str
    splitter_version: int
    analysis_version: int
    max_passage_tokens: int
    dimension: int | None = field(default=None, compare=False)  # known once passages are encoded


class Store:
    """An open store; use one for each thread that writes, or close and open."""

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / FILE_NAME
        try:
            data_dir.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                self.path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"expected a data folder that can be written at {data_dir}, got: {error}; "
                "give another in CHATBOT_DATA_DIR or make this one writable"
            ) from error
        try:
            with self._guard("open"):
                self._connection.execute("PRAGMA journal_mode = WAL")
                self._connection.execute("PRAGMA foreign_keys = ON")
                self._connection.executescript(SCHEMA)
        except StoreError:
            self._connection.close()
            raise

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def recipe(self) -> Recipe | None:
        """Give what the store was made with; None while it is new or of another format."""
        values = {name: json.loads(value) for name, value in self._rows("SELECT name, value FROM recipe")}
        try:
            return Recipe(**values)
        except TypeError:
            return None

    def begin_recipe(self, recipe: Recipe) -> None:
        """Record another recipe and forget every article, in one transaction."""
        with self._transaction():
            for article_id in self.digests():
                self._delete(article_id)
            self._connection.execute("DELETE FROM recipe")
            self._connection.executemany(
                "INSERT INTO recipe VALUES (?, ?)",
                [(name, json.dumps(value)) for name, value in asdict(recipe).items()],
            )

    def digests(self) -> dict[str, str]:
        """Map each article's id to the sha256 of its text."""
        return dict(self._rows("SELECT id, sha256 FROM article ORDER BY id"))

    def put(self, article: Article, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Write one article whole, in place of what the store held of it.

        Raises:
            ValueError: not one vector for each passage.
            StoreError: the database refused.
        """
        if len(vectors) != len(passages):
            raise ValueError(f"expected {len(passages)} vectors, got {len(vectors)}; encode every passage")
        with self._transaction():
            self._delete(article.id)
            self._connection.execute(
                "INSERT INTO article VALUES (?, ?, ?, ?, ?, ?, ?)",
                (article.id, article.title, article.text, article.sha256, *_metadata(article)),
            )
            self._connection.execute(
                "INSERT OR REPLACE INTO recipe VALUES ('dimension', ?)", (json.dumps(vectors.shape[1]),)
            )
            for passage, vector in zip(passages, vectors, strict=True):
                self._insert(passage, vector.astype("<f4").tobytes())
            self._connection.executemany(
                "INSERT INTO word VALUES (?, ?, ?)",
                [(article.id, folded, written) for folded, written in vocabulary_of(article.text).items()],
            )

    def _insert(self, passage: Passage, vector: bytes) -> None:
        row = self._connection.execute(
            "INSERT INTO passage VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)",
            (passage.id, passage.article_id, passage.number, passage.kind, passage.start, passage.end, vector),
        ).lastrowid
        self._connection.execute(
            "INSERT INTO passage_terms (rowid, terms) VALUES (?, ?)", (row, " ".join(terms(passage.text)))
        )

    def put_metadata(self, article: Article) -> None:
        """Write an article's title, address, date and questions; its text stays."""
        with self._transaction():
            self._connection.execute(
                "UPDATE article SET title = ?, source_url = ?, published = ?, questions = ? WHERE id = ?",
                (article.title, *_metadata(article), article.id),
            )

    def remove(self, article_id: str) -> None:
        """Forget one article."""
        with self._transaction():
            self._delete(article_id)

    def _delete(self, article_id: str) -> None:
        self._connection.execute(
            "DELETE FROM passage_terms WHERE rowid IN (SELECT row FROM passage WHERE article_id = ?)",
            (article_id,),
        )
        self._connection.execute("DELETE FROM article WHERE id = ?", (article_id,))

    def articles(self) -> tuple[Article, ...]:
        """Give every article, ordered by id.

        Raises:
            StoreError: a text is not the one that was put.
        """
        rows = self._rows(
            "SELECT id, title, text, sha256, source_url, published, questions FROM article ORDER BY id"
        )
        return tuple(self._article(row) for row in rows)

    def _article(self, row: Sequence[str]) -> Article:
        article_id, title, text, sha256, source_url, published, questions = row
        if (found := text_sha256(text)) != sha256:
            raise StoreError(
                f"expected the text of {article_id} with sha256 {sha256} in {self.path}, got {found}: "
                "the store is damaged; delete it: the next start builds it anew from the articles"
            )
        return Article(article_id, title, text, sha256, source_url, published, tuple(json.loads(questions)))

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
        self, query: Sequence[str], article_id: str | None, limit: int
    ) -> list[tuple[int, float]]:
        """Rank passages by BM25 over any of the terms; (row, score), best first, ties as the passages stand."""
        if not query:
            return []
        match = " OR ".join(f'"{term}"' for term in dict.fromkeys(query))
        return [
            (row, -score)
            for row, score in self._rows(
                "SELECT passage.row, bm25(passage_terms) AS score FROM passage_terms "
                "JOIN passage ON passage.row = passage_terms.rowid "
                "WHERE passage_terms MATCH ? AND (?2 IS NULL OR passage.article_id = ?2) "
                "ORDER BY score, passage.article_id, passage.number LIMIT ?3",
                (match, article_id, limit),
            )
        ]

    def _rows(self, query: str, parameters: Sequence[object] = ()) -> Iterator[tuple]:  # type: ignore[type-arg]
        with self._guard("read"):
            yield from self._connection.execute(query, parameters).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._guard("write"):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    @contextmanager
    def _guard(self, verb: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise StoreError(
                f"cannot {verb} the store {self.path}: {error}; if it is damaged, delete it: the next start "
                "builds it anew from the articles"
            ) from error


def _metadata(article: Article) -> tuple[str | None, str | None, str]:
    return article.source_url, article.published, json.dumps(article.questions)


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
