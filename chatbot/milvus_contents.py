"""Contents of a library in Milvus, to be read: articles, passages, words.

Each passage is a row with its vector and its terms. Articles are packed texts; all that stands
beside them is kept in memory.
"""

import json
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from types import TracebackType
from typing import Self

from chatbot.article import Article, Page, text_sha256
from chatbot.contents import Recipe, SourceFile
from chatbot.encoder import Progress
from chatbot.errors import DamagedArticleError
from chatbot.listing import ArticleListing, ArticleQuery, Facets
from chatbot.milvus_catalog import Catalog, Lexicon, Version
from chatbot.milvus_connection import MOST_ROWS, Row, connect, disconnect
from chatbot.milvus_journal import Journal
from chatbot.passages import Passage
from chatbot.scope import published_day

ARTICLES_KEPT = 64  # in memory, those read last
ARTICLES_READ = 100  # in one call, of all
NUMBER_BITS = 25  # of a passage's key, the lowest; a file of 64 MiB has fewer passages
PASSAGE = ("row", "batch", "number", "kind", "start", "end")


class MilvusContents:
    """An open library in Milvus; any thread may read."""

    def __init__(self, address: str, token: str = "", library: str = "library") -> None:
        """Open a library, and make it where there is none.

        Args:
            address: ``http://HOST:19530``, or a folder ``NAME.db`` for the embedded engine.
            token: what the server asks for, "" for nothing.
            library: what the names of its collections begin with.

        Raises:
            StoreError: Milvus cannot be reached, or refuses.
        """
        self.path = address
        self._opened_with = (address, token, library)
        self._connection = connect(address, token)
        self._close = weakref.finalize(self, disconnect, self._connection)
        try:
            self._journal = Journal(self._connection, library)
        except BaseException:
            self.close()
            raise
        self._seen = Catalog()
        self._is_held = False
        self._looking = threading.Lock()
        self._words: tuple[Catalog, Lexicon] = (Catalog(), Lexicon())
        # no method of its own, or the store and the cache would hold each other
        self._read_article = lru_cache(ARTICLES_KEPT)(partial(_read_article, self._journal))

    def close(self) -> None:
        """Close the store."""
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def snapshot(self, former: Self | None = None) -> Self:
        """Give the store as it is at this moment; the words are taken over from a former one."""
        opened = type(self)(*self._opened_with)
        opened._seen = self._catalog()
        opened._is_held = True
        if former is not None:
            opened._words = former._words
            opened._read_article = former._read_article
        return opened

    def renew(self) -> None:
        """Do nothing: Milvus tidies up by itself."""

    def open_index(self, progress: Progress | None = None) -> None:
        """Have milvus-lite index what was written; a server does so by itself."""
        self._connection.settle()

    def _catalog(self) -> Catalog:
        """Give what the store holds, at this moment or at that of the snapshot."""
        with self._looking:
            if not self._is_held:
                self._seen = self._journal.catalog(self._seen)
            return self._seen

    def generation(self) -> int:
        """Give how often the library was changed."""
        return self._catalog().generation

    def recipe(self) -> Recipe | None:
        """Give what the passages were made with; None while the library is new or of another format."""
        catalog = self._catalog()
        return catalog.recipe and replace(catalog.recipe, dimension=catalog.dimension)

    # Articles

    def article_count(self) -> int:
        """Count the articles."""
        return len(self._catalog().versions)

    def article_ids(self) -> tuple[str, ...]:
        """Give the ids of all articles, in order."""
        return tuple(self._catalog().versions)

    def article(self, article_id: str) -> Article | None:
        """Give one article; None where there is no such.

        Raises:
            StoreError: its text is not the one that was put.
        """
        version = self._catalog().versions.get(article_id)
        return None if version is None else self._article(version)

    def articles(self) -> tuple[Article, ...]:
        """Give every article, ordered by id.

        Raises:
            StoreError: a text is not the one that was put.
        """
        versions = list(self._catalog().versions.values())
        found: list[Article] = []
        for start in range(0, len(versions), ARTICLES_READ):
            part = versions[start : start + ARTICLES_READ]
            texts = self._journal.read_pieces("article", [one.content for one in part if one.content])
            found += (_decode_article(one, texts.get(one.content or 0), self.path) for one in part)
        return tuple(found)

    def _article(self, version: Version) -> Article:
        article: Article = self._read_article(version)
        return article

    def digests(self, *, added: bool | None = None) -> dict[str, str]:
        """Map each article's id to the sha256 of its text; of those that were added, or were not, if said."""
        versions = self._catalog().versions.values()
        return {one.article_id: one.sha256 for one in versions if added in (None, one.added)}

    def pending(self) -> tuple[str, ...]:
        """Give the ids of the articles whose passages are still to be made."""
        catalog = self._catalog()
        return tuple(one.article_id for one in catalog.versions.values() if not catalog.is_made(one))

    def list_articles(self, query: ArticleQuery) -> ArticleListing:
        """List the articles that a query asks for."""
        return self._catalog().list_articles(query)

    def facets(self) -> Facets:
        """Give what the articles can be narrowed by."""
        return self._catalog().facets

    def find(self, sha256: str) -> str | None:
        """Give the id of the article with this digest of its text, if there is one."""
        return self._catalog().by_digest.get(sha256)

    def holds(self, article_id: str) -> bool:
        """Tell whether there is an article with this id."""
        return article_id in self._catalog().versions

    def is_added(self, article_id: str) -> bool:
        """Tell whether an article was added; False also where there is no such."""
        version = self._catalog().versions.get(article_id)
        return version is not None and version.added

    def is_kept(self, article_id: str) -> bool:
        """Tell whether an article stays until it is removed itself, whatever becomes of its files."""
        version = self._catalog().versions.get(article_id)
        return version is not None and version.kept

    def file(self, path: Path) -> SourceFile | None:
        """Give a file as it was when its article was read from it, if one was."""
        return self._catalog().by_path.get(path, (None, None))[1]

    def files(self, article_id: str) -> tuple[Path, ...]:
        """Give the files that an article was read from; they hold the same text."""
        version = self._catalog().versions.get(article_id)
        return tuple(sorted(file.path for file in version.files)) if version else ()

    def article_of(self, path: Path) -> str | None:
        """Give the id of the article that was read from a file, if one was."""
        return self._catalog().by_path.get(path, (None, None))[0]

    # Passages

    def passage_count(self) -> int:
        """Count the passages."""
        return self._catalog().passage_count

    def passage_totals(self) -> dict[str, int]:
        """Map each article's id to the number of its passages."""
        return {version.article_id: version.passages for version in self._catalog().by_batch.values()}

    def passages_of(self, article_id: str) -> tuple[Passage, ...]:
        """Give an article's passages in order; none where there is no such article."""
        catalog = self._catalog()
        version = catalog.versions.get(article_id)
        if version is None or not catalog.is_made(version):
            return ()
        article = self._article(version)
        rows = sorted(self._rows_of(catalog, version, PASSAGE), key=lambda row: int(row["number"]))
        return tuple(_passage(row, article) for row in rows)

    def _rows_of(self, catalog: Catalog, version: Version, fields: Sequence[str]) -> Iterator[Row]:
        name = self._journal.passages_name(catalog.era)
        for start in range(0, version.passages, MOST_ROWS):
            condition = f"batch == {version.made} and number > {start} and number <= {start + MOST_ROWS}"
            yield from self._connection.query(name, condition, fields)

    def passages(self, keys: Sequence[int]) -> dict[int, Passage]:
        """Map keys to their passages, in any order; a key of none is left out."""
        catalog = self._catalog()
        rows = self._passage_rows(catalog, keys, PASSAGE)
        held = ((row, catalog.by_batch.get(row["batch"])) for row in rows)
        return {row["row"]: _passage(row, self._article(version)) for row, version in held if version}

    def _passage_rows(self, catalog: Catalog, keys: Sequence[int], fields: Sequence[str]) -> Iterator[Row]:
        name = self._journal.passages_name(catalog.era)
        for start in range(0, len(keys), MOST_ROWS):
            yield from self._connection.query(name, f"row in {list(keys[start : start + MOST_ROWS])}", fields)

    # Words

    def vocabulary(self) -> Mapping[str, tuple[str, int]]:
        """Map each folded word to the way it is written and in how many articles it stands."""
        return self._lexicon().vocabulary

    def passage_counts(self) -> Mapping[str, int]:
        """Map each term to the number of passages that hold it."""
        return self._lexicon().terms

    def _lexicon(self) -> Lexicon:
        """Give the words of all articles; only those of articles that came or went are read."""
        catalog = self._catalog()
        with self._looking:
            former, lexicon = self._words
            if former is not catalog:
                came, went = (
                    catalog.by_batch.keys() - former.by_batch,
                    former.by_batch.keys() - catalog.by_batch,
                )
                gone = self._read_words(went)
                if len(gone) < len(went):  # too long ago
                    came, gone, lexicon = set(catalog.by_batch), [], Lexicon()
                self._words = (catalog, lexicon.changed(self._read_words(came), gone))
            return self._words[1]

    def _read_words(self, batches: set[int]) -> list[Lexicon]:
        return list(map(Lexicon.decode, self._journal.read_pieces("words", sorted(batches)).values()))


def day_number(published: str | None) -> int:
    """Give a day as a number that grows with it, 0 for none."""
    return int((published_day(published) or "0").replace("-", ""))


def _passage(row: Row, article: Article) -> Passage:
    number, start, end = row["number"], row["start"], row["end"]
    return Passage(
        f"{article.id}:{number}", article.id, number, row["kind"], start, end, article.text[start:end]
    )


def _read_article(journal: Journal, version: Version) -> Article:
    texts = journal.read_pieces("article", [version.content] if version.content else [])
    return _decode_article(version, texts.get(version.content or 0), journal.connection.address)


def _decode_article(version: Version, text: str | None, place: str) -> Article:
    if text is None:
        raise DamagedArticleError(
            f"expected the article {version.article_id} at {place}, found nothing of it: it was removed "
            "meanwhile, or the library is damaged, which `chatbot check` tells"
        )
    values = json.loads(text)
    if (found := text_sha256(values["text"])) != version.sha256:
        raise DamagedArticleError(
            f"expected the text of {version.article_id} with sha256 {version.sha256} at {place}, got {found}: "
            "the library is damaged; `chatbot check` says what is, and repairs what can be"
        )
    values["questions"], pages = tuple(values["questions"]), values.pop("pages")
    article = Article(**values, pages=tuple(Page(**page) for page in pages))
    return replace(article, id=version.article_id, added=version.added)
