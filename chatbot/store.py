"""Store: the one place of truth for articles, passages and vectors.

Its FTS5 table holds each passage's terms, folded and stemmed, and gives the lexical
ranking. One transaction writes one article: a process killed at any moment leaves every
article wholly in or wholly out.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np

from chatbot.article import Article, Page, text_sha256
from chatbot.database import FILE_NAME, Database
from chatbot.encoder import Vectors
from chatbot.errors import StoreError
from chatbot.passages import Passage
from chatbot.spelling import vocabulary_of
from chatbot.terms import terms

GET_ARTICLES = """
SELECT id, title, text, sha256, source_url, published, questions, added, author, pages FROM article ORDER BY id
"""
GET_ARTICLE = """
SELECT id, title, text, sha256, source_url, published, questions, added, author, pages FROM article WHERE id = ?
"""
# An update where it is known, and no replacement, or the files that point to it would go.
PUT_ARTICLE = """
INSERT INTO article (id, title, text, sha256, source_url, published, questions, added, author, pages)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
title = excluded.title, text = excluded.text, sha256 = excluded.sha256, source_url = excluded.source_url,
published = excluded.published, questions = excluded.questions, added = excluded.added,
author = excluded.author, pages = excluded.pages
"""
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


class Store(Database):
    """An open store; use one for each thread that writes, or close and open."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(data_dir / FILE_NAME)
        self._in_use: Recipe | None = None

    def snapshot(self) -> Self:
        """Open the store once more, to see it as it is at this moment."""
        opened = type(self)(self.path.parent)
        opened.hold()
        return opened

    # What passages are made with

    def recipe(self) -> Recipe | None:
        """Give what the passages were made with; None while the store is new or of another format."""
        values = {name: json.loads(value) for name, value in self._rows("SELECT name, value FROM recipe")}
        try:
            return Recipe(**values)
        except TypeError:
            return None

    def begin_recipe(self, recipe: Recipe) -> None:
        """Write passages of this recipe from now on; those of another are forgotten, the articles stay."""
        if self.recipe() != recipe:
            with self._transaction():
                self._forget_passages(recipe)
        self._in_use = recipe

    def _forget_passages(self, recipe: Recipe) -> None:
        if self.recipe() == recipe:
            return  # another process was first, and may have made some already
        for article_id in self.digests():
            self._delete_passages(article_id)
        self._connection.execute("DELETE FROM recipe")
        self._connection.executemany(
            "INSERT INTO recipe VALUES (?, ?)",
            [(name, json.dumps(value)) for name, value in asdict(recipe).items()],
        )

    # Writing

    def put(self, article: Article, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Write an article of the seeds whole, in place of what the store held of it.

        It also takes the place of an added article with the same text, and has its files.

        Raises:
            ValueError: not one vector for each passage.
            StoreError: the database refused.
        """
        with self._transaction():
            self._write(article, passages, vectors)
            self._take_over(article)

    def add(
        self,
        article: Article,
        passages: Sequence[Passage],
        vectors: Vectors,
        file: SourceFile | None = None,
        replaced: Article | None = None,
    ) -> bool:
        """Write an added article whole, unless another process was first.

        Args:
            article: the article.
            passages: all of its passages.
            vectors: a unit vector for each passage, shape (n, d).
            file: what it was read from, to be known again.
            replaced: what the store is to hold under its id; None for nothing.

        Returns:
            Whether it was written: not where the store holds another article under its id
            than ``replaced``, or the same text under another id.

        Raises:
            ValueError: not one vector for each passage.
            StoreError: the database refused.
        """
        with self._transaction():
            digest = self._value("SELECT sha256 FROM article WHERE id = ?", (article.id,))
            if digest != (replaced and replaced.sha256) or self.find(article.sha256):
                return False
            self._write(article, passages, vectors)
            if file:
                self._put_file(file, article.id)
            return True

    def _write(self, article: Article, passages: Sequence[Passage], vectors: Vectors) -> None:
        self._delete_passages(article.id)
        self._connection.execute(PUT_ARTICLE, _article_row(article))
        self._insert(article, passages, vectors)

    def put_passages(self, article: Article, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Write an article's passages anew, unless it was changed or removed since it was read."""
        with self._transaction():
            if self._value("SELECT sha256 FROM article WHERE id = ?", (article.id,)) == article.sha256:
                self._delete_passages(article.id)
                self._insert(article, passages, vectors)

    def _take_over(self, article: Article) -> None:
        same = (article.sha256, article.id)
        self._connection.execute(
            "UPDATE file SET article_id = ?2 WHERE article_id IN "
            "(SELECT id FROM article WHERE sha256 = ?1 AND id <> ?2 AND added)",
            same,
        )
        for (article_id,) in self._rows("SELECT id FROM article WHERE sha256 = ? AND id <> ? AND added", same):
            self._delete(article_id)

    def _insert(self, article: Article, passages: Sequence[Passage], vectors: Vectors) -> None:
        if len(vectors) != len(passages):
            raise ValueError(f"expected {len(passages)} vectors, got {len(vectors)}; encode every passage")
        if self._in_use and self.recipe() != self._in_use:
            raise StoreError(
                f"expected passages of {self._in_use.encoder} in {self.path}, found that another process has "
                "begun to make them with another model or release; use one for all, and start this again"
            )
        self._connection.execute(
            "INSERT OR REPLACE INTO recipe VALUES ('dimension', ?)", (json.dumps(vectors.shape[1]),)
        )
        for passage, vector in zip(passages, vectors, strict=True):
            row = self._connection.execute(
                "INSERT INTO passage VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(passage.id, passage.article_id, passage.number, passage.kind, passage.start, passage.end),
                    vector.astype("<f4").tobytes(),
                ),
            ).lastrowid
            self._connection.execute(
                "INSERT INTO passage_terms (rowid, terms) VALUES (?, ?)", (row, " ".join(terms(passage.text)))
            )
        self._insert_words(article)

    def _insert_words(self, article: Article) -> None:
        self._connection.executemany(
            "INSERT INTO word VALUES (?, ?, ?)",
            [(article.id, folded, written) for folded, written in vocabulary_of(article.text).items()],
        )

    def put_metadata(self, article: Article) -> None:
        """Write what an article is beside its text; its text and passages stay."""
        with self._transaction():
            self._connection.execute(PUT_ARTICLE, _article_row(article))

    def put_file(self, file: SourceFile, article_id: str) -> None:
        """Record what file holds an article; an added article that had only this file before goes."""
        with self._transaction():
            before = self.article_of(file.path)
            self._put_file(file, article_id)
            if before not in (None, article_id) and not self.files(str(before)) and self._is_added(str(before)):
                self._delete(str(before))

    def _put_file(self, file: SourceFile, article_id: str) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?)",
            (os.fsencode(file.path), file.size, file.modified, file.sha256, article_id),
        )

    def remove(self, article_id: str) -> None:
        """Forget one article."""
        with self._transaction():
            self._delete(article_id)

    def forget_passages(self, article_id: str) -> None:
        """Forget an article's passages; they are pending then."""
        with self._transaction():
            self._delete_passages(article_id)

    def forget_seed(self, article_id: str) -> bool:
        """Forget an article whose seed is gone; False where it was added too, and stays."""
        with self._transaction():
            if self.files(article_id):
                self._connection.execute("UPDATE article SET added = 1 WHERE id = ?", (article_id,))
                return False
            self._delete(article_id)
            return True

    def _delete(self, article_id: str) -> None:
        self._delete_passages(article_id)
        self._connection.execute("DELETE FROM article WHERE id = ?", (article_id,))

    def _delete_passages(self, article_id: str) -> None:
        self._connection.execute(
            "DELETE FROM passage_terms WHERE rowid IN (SELECT row FROM passage WHERE article_id = ?)",
            (article_id,),
        )
        self._connection.execute("DELETE FROM passage WHERE article_id = ?", (article_id,))
        self._connection.execute("DELETE FROM word WHERE article_id = ?", (article_id,))

    # Reading

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

    def _is_added(self, article_id: str) -> bool:
        return bool(self._value("SELECT added FROM article WHERE id = ?", (article_id,)))

    def _article(self, row: Sequence[Any]) -> Article:
        article_id, title, text, sha256, source_url, published, questions, added, author, pages = row
        if (found := text_sha256(text)) != sha256:
            raise StoreError(
                f"expected the text of {article_id} with sha256 {sha256} in {self.path}, got {found}: the "
                "store is damaged; `chatbot check` says what is, and repairs what can be"
            )
        return Article(
            *(article_id, title, text, sha256, source_url, published),
            questions=tuple(json.loads(questions)),
            author=author,
            pages=tuple(Page(number, start) for number, start in json.loads(pages)),
            added=bool(added),
        )

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


def _article_row(article: Article) -> tuple[object, ...]:
    return (
        *(article.id, article.title, article.text, article.sha256, article.source_url, article.published),
        json.dumps(article.questions),
        article.added,
        article.author,
        json.dumps([(page.number, page.start) for page in article.pages]),
    )


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
