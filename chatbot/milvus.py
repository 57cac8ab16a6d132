"""Milvus: the store of a library past one machine, with vectors, full text and articles all in Milvus.

It is to be used as ``chatbot.store`` is; see ``chatbot.passage_store``. The same client asks a
server, a cluster or, in a folder of its own, the embedded engine (milvus-lite).
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from chatbot.article import Article
from chatbot.contents import Recipe, SourceFile, free_id
from chatbot.encoder import Vectors
from chatbot.errors import StoreError
from chatbot.milvus_catalog import Lexicon, Version
from chatbot.milvus_connection import MOST_ROWS, Row
from chatbot.milvus_contents import NUMBER_BITS, PASSAGE, day_number
from chatbot.milvus_journal import Change, content_batch, made_batch
from chatbot.milvus_rankings import MilvusRankings
from chatbot.passages import Passage
from chatbot.terms import terms

LONGEST_TERMS = 65_000  # bytes of the terms of one passage; Milvus allows 65,535


class MilvusStore(MilvusRankings):
    """An open library in Milvus; use one for each thread that writes."""

    def __init__(self, address: str, token: str = "", library: str = "library") -> None:
        super().__init__(address, token, library)
        self._in_use: Recipe | None = None

    def begin_recipe(self, recipe: Recipe) -> None:
        """Write passages of this recipe from now on; those of another are forgotten, the articles stay."""
        with self._change() as change:
            if change.before.recipe != recipe:
                change.make_with(recipe)
        self._in_use = recipe
        if not self.pending():  # and whoever reads those of another recipe has had time to turn to these
            self._journal.drop_former_passages()

    def put(self, article: Article, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Write an article of the seeds whole, in place of what the store held of it.

        It also takes the place of an added article with the same text, and has its files. Where
        its own text changes, and the former one was added too, that is an article of its own.

        Raises:
            ValueError: not one vector for each passage.
            StoreError: Milvus refused.
        """
        with self._change() as change:
            version = self._write(change, article, passages, vectors)
            former = change.before.versions.get(article.id)
            if former and former.sha256 != article.sha256 and (former.files or former.kept):
                own = free_id(article.id, former.sha256, change.before.versions.__contains__)
                change.write(replace(former, article_id=own, added=True))  # its rows stay where they are
                version = replace(version, files=(), kept=False)
            for other in change.before.versions.values():
                if other.added and other.sha256 == article.sha256 and other.article_id != article.id:
                    version = replace(
                        version, kept=version.kept or other.kept, files=version.files + other.files
                    )
                    change.remove(other.article_id)
            change.write(version)

    def add(
        self,
        article: Article,
        passages: Sequence[Passage],
        vectors: Vectors,
        file: SourceFile | None = None,
        replaced: Article | None = None,
    ) -> bool:
        """Write an added article whole, unless another process was first.

        Raises:
            ValueError: not one vector for each passage.
            StoreError: Milvus refused.
        """
        with self._change() as change:
            before = change.before.versions.get(article.id)
            if (before and before.sha256) != (replaced and replaced.sha256):
                return False
            if article.sha256 in change.before.by_digest:
                return False
            version = replace(self._write(change, article, passages, vectors), files=())
            if file:
                version = _take_file(change, file, version)
            change.write(replace(version, kept=version.kept or file is None))
            return True

    def put_passages(self, article: Article, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Write an article's passages anew, unless it was changed or removed since it was read."""
        with self._change() as change:
            before = change.before.versions.get(article.id)
            if before and before.sha256 == article.sha256:
                change.write(self._write_passages(change, before, article, passages, vectors))

    def put_metadata(self, article: Article) -> bool:
        """Write what an article is beside its text; its text and passages stay.

        Returns:
            Whether it was written: not where the text was changed or removed since it was read.
        """
        with self._change() as change:
            before = change.before.versions.get(article.id)
            if before is None or before.sha256 != article.sha256:
                return False
            version = self._write_article(change, article)
            if change.before.is_made(before) and day_number(before.published) != day_number(article.published):
                version = self._copy_passages(change, before, version)
            change.write(version)
            return True

    def put_file(self, file: SourceFile, article_id: str) -> bool:
        """Record what file holds an article; an added one that had only this one, and is not kept, goes.

        Returns:
            Whether there is such an article.
        """
        with self._change() as change:
            version = change.before.versions.get(article_id)
            if version is None:
                return False
            change.write(_take_file(change, file, version))
            former = change.before.by_path.get(file.path, (None, None))[0]
            if former is not None and former != article_id:
                before = change.before.versions[former]
                if len(before.files) == 1 and before.added and not before.kept:
                    change.remove(former)
            return True

    def keep(self, article_id: str) -> bool:
        """Let an article stay until it is removed itself, whatever becomes of its files or its seed.

        Returns:
            Whether there is such an article.
        """
        with self._change() as change:
            before = change.before.versions.get(article_id)
            if before is None:
                return False
            change.write(replace(before, kept=True))
            return True

    def remove(self, article_id: str) -> None:
        """Forget one article."""
        with self._change() as change:
            change.remove(article_id)

    def forget_passages(self, article_id: str) -> None:
        """Forget an article's passages; they are pending then."""
        with self._change() as change:
            if before := change.before.versions.get(article_id):
                change.write(replace(before, made=None, passages=0))

    def forget_seed(self, article_id: str) -> bool:
        """Forget an article whose seed is gone; False where it was added too, and stays."""
        with self._change() as change:
            before = change.before.versions.get(article_id)
            if before and (before.files or before.kept):
                change.write(replace(before, added=True))
                return False
            change.remove(article_id)
            return True

    @contextmanager
    def _change(self) -> Iterator[Change]:
        if self._is_held:
            raise StoreError("expected an open store, got a snapshot, which is only read; write to the store")
        with self._journal.change(self._seen) as change:
            with self._looking:
                self._seen = change.before
            yield change

    def _write(
        self, change: Change, article: Article, passages: Sequence[Passage], vectors: Vectors
    ) -> Version:
        version = self._write_article(change, article)
        return self._write_passages(change, version, article, passages, vectors)

    def _write_article(self, change: Change, article: Article) -> Version:
        change.begin()
        before = change.before.versions.get(article.id) or Version(0, article.id)
        self._journal.write_piece("article", content_batch(change.number), json.dumps(asdict(article)))
        return replace(before.of(article), content=content_batch(change.number))

    def _write_passages(
        self, change: Change, version: Version, article: Article, passages: Sequence[Passage], vectors: Vectors
    ) -> Version:
        if len(vectors) != len(passages):
            raise ValueError(f"expected {len(passages)} vectors, got {len(vectors)}; encode every passage")
        recipe, batch = change.before.recipe, made_batch(change.number)
        if self._in_use and recipe != self._in_use:
            raise StoreError(
                f"expected passages of {self._in_use.encoder} in {self.path}, found that another process has "
                "begun to make them with another model or release; use one for all, and start this again"
            )
        change.begin()
        name, day = self._made_passages(change, vectors.shape[1]), day_number(article.published)
        for start in range(0, len(passages), MOST_ROWS):
            part = zip(passages[start : start + MOST_ROWS], vectors[start : start + MOST_ROWS], strict=True)
            self._journal.claim.renew()
            self._connection.insert(name, [_row(batch, passage, vector, day) for passage, vector in part])
        self._journal.write_piece(
            "words", batch, Lexicon.of(article, [passage.text for passage in passages]).encode()
        )
        return replace(version, made=batch, era=change.before.era, passages=len(passages))

    def _made_passages(self, change: Change, dimension: int) -> str:
        """Give the name of the collection of passages; it is made when the first are written."""
        name = self._journal.passages_name(change.before.era)
        if change.before.dimension is None:
            if self._connection.has(name):  # made by a change that never counted
                self._connection.drop(name)
            self._connection.make_passages(name, dimension)
            change.make_with(change.before.recipe, dimension)
        return name

    def _copy_passages(self, change: Change, before: Version, version: Version) -> Version:
        """Write an article's passages once more, since each says when its article was published."""
        batch, day = made_batch(change.number), day_number(version.published)
        name = self._journal.passages_name(change.before.era)
        for row in self._rows_of(change.before, before, (*PASSAGE, "terms", "vector")):
            moved = {**row, "row": batch << NUMBER_BITS | row["number"], "batch": batch, "day": day}
            self._connection.insert(name, [moved])
        assert before.made is not None
        self._journal.write_piece(
            "words", batch, self._journal.read_pieces("words", [before.made])[before.made]
        )
        return replace(version, made=batch)


def _take_file(change: Change, file: SourceFile, version: Version) -> Version:
    """Give a version that has a file; the article that had it before has it no more."""
    former = change.before.by_path.get(file.path, (None, None))[0]
    if former is not None and former != version.article_id:
        other = change.before.versions[former]
        change.write(replace(other, files=_without(other.files, file.path)))
    return replace(version, files=(*_without(version.files, file.path), file))


def _without(files: Sequence[SourceFile], path: Path) -> tuple[SourceFile, ...]:
    return tuple(file for file in files if file.path != path)


def joined_terms(text: str) -> str:
    """Give the terms of a passage as they are written for the full text, with spaces between.

    Of a passage with more of them than Milvus takes, such as one of words without end, the first.
    """
    held = " ".join(terms(text)).encode()
    if len(held) > LONGEST_TERMS:
        held = held[:LONGEST_TERMS].rpartition(b" ")[0]
    return held.decode()


def _row(batch: int, passage: Passage, vector: Vectors, day: int) -> Row:
    place = {"number": passage.number, "kind": passage.kind, "start": passage.start, "end": passage.end}
    ranked_by = {"day": day, "vector": vector.astype(np.float32), "terms": joined_terms(passage.text)}
    return {"row": batch << NUMBER_BITS | passage.number, "batch": batch, **place, **ranked_by}
