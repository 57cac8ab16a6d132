"""Store: the one place of truth for articles, passages and vectors.

``Contents`` reads it. One transaction writes one article: a process killed at any moment
leaves every article wholly in or wholly out.
"""

import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from chatbot.article import Article
from chatbot.contents import Recipe, SourceFile, free_id
from chatbot.database import FULL_TEXT, LIST_ARTICLES
from chatbot.encoder import Vectors
from chatbot.errors import StoreError
from chatbot.passages import Passage
from chatbot.rankings import Rankings
from chatbot.spelling import vocabulary_of
from chatbot.terms import terms

# An update where it is known, and no replacement, or the files that point to it would go.
PUT_ARTICLE = """
INSERT INTO article (id, title, text, sha256, source_url, published, questions, added, author, pages)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
title = excluded.title, text = excluded.text, sha256 = excluded.sha256, source_url = excluded.source_url,
published = excluded.published, questions = excluded.questions, added = excluded.added,
author = excluded.author, pages = excluded.pages
"""

FORGET_PASSAGES = (
    *("DROP TABLE passage_terms", FULL_TEXT),
    *("DELETE FROM passage", "DELETE FROM counted_term", "DELETE FROM counted_word"),
    "UPDATE article SET first_row = NULL, passages = 0",
    "UPDATE total SET lineage = lower(hex(randomblob(16))), passages = 0, terms = 0",
)
OWN_TERMS = "FROM passage_terms WHERE rowid IN (SELECT row FROM passage WHERE article_id = ?)"
COUNT_TERM = """
INSERT INTO counted_term VALUES (?, ?) ON CONFLICT (term) DO UPDATE SET passages = passages + excluded.passages
"""
COUNT_WORD = """
INSERT INTO counted_word VALUES (?, ?, ?)
ON CONFLICT (folded, written) DO UPDATE SET articles = articles + excluded.articles
"""
SET_APART = (
    "PRAGMA defer_foreign_keys = ON",  # until the transaction ends
    "UPDATE article SET id = :own, added = 1 WHERE id = :seed",
    "UPDATE passage SET id = :own || ':' || number, article_id = :own WHERE article_id = :seed",
    "UPDATE file SET article_id = :own WHERE article_id = :seed",
    "UPDATE listed SET id = :own WHERE id = :seed",
)
DROP_TERM = "DELETE FROM counted_term WHERE term = ? AND passages <= 0"
DROP_WORD = "DELETE FROM counted_word WHERE folded = ? AND written = ? AND articles <= 0"


class Store(Rankings):
    """An open store; use one for each thread that writes, or close and open."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(data_dir)
        self._in_use: Recipe | None = None

    def begin_recipe(self, recipe: Recipe) -> None:
        """Write passages of this recipe from now on; those of another are forgotten, the articles stay."""
        if self.recipe() != recipe:
            with self._transaction():
                self._forget_passages(recipe)
        self._in_use = recipe

    def _forget_passages(self, recipe: Recipe) -> None:
        if self.recipe() == recipe:
            return  # another process was first, and may have made some already
        for statement in FORGET_PASSAGES:
            self._connection.execute(statement)
        self._connection.execute("DELETE FROM recipe")
        self._connection.executemany(
            "INSERT INTO recipe VALUES (?, ?)",
            [(name, json.dumps(value)) for name, value in asdict(recipe).items()],
        )

    def put(self, article: Article, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Write an article of the seeds whole, in place of what the store held of it.

        It also takes the place of an added article with the same text, and has its files. Where
        its own text changes, and the former one was added too, that is an article of its own.

        Raises:
            ValueError: not one vector for each passage.
            StoreError: the database refused.
        """
        with self._transaction():
            self._set_apart(article)
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
            file: what it was read from, to be known again; without one the article is kept.
            replaced: what the store is to hold under its id, whose files it has no more; None for nothing.

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
            self._connection.execute("DELETE FROM file WHERE article_id = ?", (article.id,))
            if file:
                self._put_file(file, article.id)
            else:
                self._keep(article.id)
            return True

    def keep(self, article_id: str) -> bool:
        """Let an article stay until it is removed itself, whatever becomes of its files or its seed.

        Returns:
            Whether there is such an article.
        """
        with self._transaction():
            self._keep(article_id)
            return self.holds(article_id)

    def _keep(self, article_id: str) -> None:
        self._connection.execute("UPDATE article SET kept = 1 WHERE id = ?", (article_id,))

    def _write(self, article: Article, passages: Sequence[Passage], vectors: Vectors) -> None:
        self._delete_passages(article.id)
        self._put_article(article)
        self._insert(article, passages, vectors)

    def put_passages(self, article: Article, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Write an article's passages anew, unless it was changed or removed since it was read."""
        with self._transaction():
            if self._value("SELECT sha256 FROM article WHERE id = ?", (article.id,)) == article.sha256:
                self._delete_passages(article.id)
                self._insert(article, passages, vectors)

    def _set_apart(self, article: Article) -> None:
        former = self._value("SELECT sha256 FROM article WHERE id = ?", (article.id,))
        if former in (None, article.sha256) or not (self.files(article.id) or self.is_kept(article.id)):
            return
        ids = {"own": free_id(article.id, former, self.holds), "seed": article.id}
        for statement in SET_APART:
            self._connection.execute(statement, ids)

    def _take_over(self, article: Article) -> None:
        same = (article.sha256, article.id)
        self._connection.execute(
            "UPDATE file SET article_id = ?2 WHERE article_id IN "
            "(SELECT id FROM article WHERE sha256 = ?1 AND id <> ?2 AND added)",
            same,
        )
        for (article_id,) in self._rows("SELECT id FROM article WHERE sha256 = ? AND id <> ? AND added", same):
            if self.is_kept(article_id):
                self._keep(article.id)
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
        held = [" ".join(terms(passage.text)) for passage in passages]
        self._insert_rows(article.id, passages, vectors, held)
        self._count(article.text, held, 1)

    def _insert_rows(
        self, article_id: str, passages: Sequence[Passage], vectors: Vectors, held: Sequence[str]
    ) -> None:
        first = int(self._value("SELECT next_row FROM total"))
        self._connection.executemany(
            "INSERT INTO passage VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    *(row, passage.id, passage.article_id, passage.number, passage.kind),
                    *(passage.start, passage.end, vector.astype("<f4").tobytes()),
                )
                for row, (passage, vector) in enumerate(zip(passages, vectors, strict=True), first)
            ],
        )
        self._connection.executemany(
            "INSERT INTO passage_terms (rowid, terms) VALUES (?, ?)", list(enumerate(held, first))
        )
        self._connection.execute(
            "UPDATE article SET first_row = ?, passages = ? WHERE id = ?", (first, len(passages), article_id)
        )
        self._connection.execute("UPDATE total SET next_row = next_row + ?", (len(passages),))

    def _count(self, text: str, held: Sequence[str], sign: int) -> None:
        """Count an article's words and its passages' terms, or no more with the sign -1."""
        passages = Counter(term for line in held for term in set(line.split()))
        words = Counter(vocabulary_of(text).items())
        sums = sum(len(line.split()) for line in held)
        self._add_counts(passages, words, (len(held), sums), sign)
        if sign < 0:
            self._connection.executemany(DROP_TERM, [(term,) for term in passages])
            self._connection.executemany(DROP_WORD, list(words))

    def _add_counts(
        self, passages: Counter[str], words: Counter[tuple[str, str]], sums: tuple[int, int], sign: int
    ) -> None:
        self._connection.execute(
            "UPDATE total SET passages = passages + ?, terms = terms + ?", [sign * one for one in sums]
        )
        self._connection.executemany(COUNT_TERM, [(term, sign * count) for term, count in passages.items()])
        self._connection.executemany(COUNT_WORD, [(*word, sign * count) for word, count in words.items()])

    def put_metadata(self, article: Article) -> bool:
        """Write what an article is beside its text; its text and passages stay.

        Returns:
            Whether it was written: not where the text was changed or removed since it was read.
        """
        with self._transaction():
            if self._value("SELECT sha256 FROM article WHERE id = ?", (article.id,)) != article.sha256:
                return False
            self._put_article(article)
            return True

    def _put_article(self, article: Article) -> None:
        self._connection.execute(PUT_ARTICLE, _article_row(article))
        self._connection.execute(f"{LIST_ARTICLES} WHERE id = ?", (article.id,))

    def put_file(self, file: SourceFile, article_id: str) -> bool:
        """Record what file holds an article; an added one that had this file alone, and is not kept, goes.

        Returns:
            Whether there is such an article.
        """
        with self._transaction():
            if not self.holds(article_id):
                return False
            before = self.article_of(file.path)
            self._put_file(file, article_id)
            if before and self.is_added(before) and not self.is_kept(before) and not self.files(before):
                self._delete(before)
            return True

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
            if self.files(article_id) or self.is_kept(article_id):
                self._connection.execute("UPDATE article SET added = 1 WHERE id = ?", (article_id,))
                return False
            self._delete(article_id)
            return True

    def _delete(self, article_id: str) -> None:
        self._delete_passages(article_id)
        self._connection.execute("DELETE FROM article WHERE id = ?", (article_id,))
        self._connection.execute("DELETE FROM listed WHERE id = ?", (article_id,))

    def _delete_passages(self, article_id: str) -> None:
        held = [line for (line,) in self._rows(f"SELECT terms {OWN_TERMS}", (article_id,))]
        if held:
            self._count(str(self._value("SELECT text FROM article WHERE id = ?", (article_id,))), held, -1)
        self._connection.execute(f"DELETE {OWN_TERMS}", (article_id,))
        self._connection.execute("DELETE FROM passage WHERE article_id = ?", (article_id,))
        self._connection.execute(
            "UPDATE article SET first_row = NULL, passages = 0 WHERE id = ?", (article_id,)
        )


def _article_row(article: Article) -> tuple[object, ...]:
    return (
        *(article.id, article.title, article.text, article.sha256, article.source_url, article.published),
        json.dumps(article.questions),
        article.added,
        article.author,
        json.dumps([(page.number, page.start) for page in article.pages]),
    )
