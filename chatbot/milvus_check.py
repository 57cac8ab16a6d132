"""Check of a library in Milvus: is everything as it was put there, and what is derived made anew if not."""

from collections.abc import Collection, Iterator, Sequence

import numpy as np

from chatbot.article import Article
from chatbot.check import PAGES_FAULT, CheckedStore, Fault, pages_stand, passages_fault
from chatbot.counting import counted
from chatbot.errors import DamagedArticleError
from chatbot.milvus import MilvusStore, joined_terms
from chatbot.milvus_catalog import Catalog, Lexicon, Version
from chatbot.milvus_connection import Row
from chatbot.milvus_contents import day_number
from chatbot.settings import Settings
from chatbot.stores import milvus_place

CHECKED = ("number", "kind", "start", "end", "day", "vector", "terms")


class CheckedMilvusStore(MilvusStore):
    """A library in Milvus that is looked through, and repaired where it can be."""

    def inspect(self) -> tuple[Fault, ...]:
        """Look at everything; others may go on writing."""
        with self.snapshot() as seen:
            catalog = seen._catalog()
            if not seen._journal.has_passages(catalog):
                return (Fault("file", "the collection of passages is gone"),)
            return (*seen._inspect_references(catalog), *seen._inspect_articles(catalog))

    def repair(self, faults: Sequence[Fault], seeds: Collection[str] = ()) -> None:
        """Forget what is derived and wrong, so that it is pending, and take away what belongs to no article.

        A damaged article whose seed is there goes, too: it is read from its file again when the
        library is brought up to date. ``seeds`` are the ids of those that are there.
        """
        parts = {fault.part for fault in faults}
        if "file" in parts:
            self._forget_all_passages()
        if "references" in parts:
            with self._change() as change:
                self._journal.drop_strays(change.before)
        for fault in faults:
            if fault.article_id is None:
                continue
            if fault.part in ("passages", "words", "full text"):
                self.forget_passages(fault.article_id)
            elif fault.part == "article" and fault.article_id in seeds and not self.is_added(fault.article_id):
                self.remove(fault.article_id)

    def _inspect_references(self, catalog: Catalog) -> Iterator[Fault]:
        for what, count in self._journal.count_strays(catalog).items():
            if count:
                yield Fault("references", f"{what} has {counted(count, 'row')} of no article")

    def _inspect_articles(self, catalog: Catalog) -> Iterator[Fault]:
        for version in catalog.versions.values():
            try:
                article = self._article(version)
            except DamagedArticleError as error:
                yield Fault("article", f"{version.article_id}: {error}", version.article_id)
                continue
            if not pages_stand(article):
                yield Fault("article", PAGES_FAULT.format(article.id), article.id)
            yield from self._inspect_passages(catalog, version, article)

    def _inspect_passages(self, catalog: Catalog, version: Version, article: Article) -> Iterator[Fault]:
        made = catalog.is_made(version)
        rows = list(self._rows_of(catalog, version, CHECKED)) if made else []
        rows.sort(key=lambda row: int(row["number"]))
        described = [(f"{article.id}:{row['number']}", *_columns(row)) for row in rows]
        size = 4 * catalog.dimension if catalog.dimension else None
        if fault := passages_fault(article, described, size):
            yield Fault("passages", f"the passages of {article.id}: {fault}", article.id)
            return
        day = day_number(article.published)
        texts = [article.text[row["start"] : row["end"]] for row in rows]
        wrong = sum(
            (row["terms"], row["day"]) != (joined_terms(text), day)
            for row, text in zip(rows, texts, strict=True)
        )
        if wrong:
            yield Fault(
                "full text",
                f"the full text has other words of {counted(wrong, 'passage')} of {article.id}",
                article.id,
            )
        held = self._read_words({version.made} if version.made else set())
        if not held or held[0] != Lexicon.of(article, texts):
            yield Fault("words", f"the words of {article.id} are not those of its text", article.id)

    def _forget_all_passages(self) -> None:
        for article_id in self.article_ids():
            self.forget_passages(article_id)
        with self._change() as change:  # at last, so that what is broken off begins anew
            change.make_with(change.before.recipe)


def _columns(row: Row) -> tuple[object, ...]:
    vector = np.asarray(row["vector"], dtype="<f4").tobytes()
    return row["number"], row["kind"], row["start"], row["end"], vector


def connect_checked_store(settings: Settings) -> CheckedStore | CheckedMilvusStore:
    """Open the store that the settings choose, to look it through.

    Raises:
        StoreError: it cannot be opened.
    """
    if settings.store == "milvus":
        return CheckedMilvusStore(*milvus_place(settings))
    return CheckedStore(settings.data_dir)
