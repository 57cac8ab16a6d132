"""Listing: a library's articles by what stands beside their text, a page at a time, without their texts."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from chatbot.database import BUSY_TIMEOUT_S, Database
from chatbot.scope import published_day
from chatbot.terms import fold_text

Order = Literal["id", "newest", "oldest", "title"]
MOST_FACETS = 100  # sites and authors that are named, those of most articles

MATCHING = """
FROM article WHERE (?1 = '' OR holds(title || ' ' || ifnull(author, '') || ' ' || ifnull(source_url, ''), ?1))
AND (?2 IS NULL OR day(published) >= ?2) AND (?3 IS NULL OR day(published) <= ?3)
AND (?4 IS NULL OR site(source_url) = ?4) AND (?5 IS NULL OR author = ?5)
"""
ORDERS: dict[Order, str] = {
    "id": "id",
    "newest": "day(published) IS NULL, published DESC, fold(title), id",
    "oldest": "day(published) IS NULL, published, fold(title), id",
    "title": "fold(title), id",
}
# Texts are read of the page's articles alone.
PAGE = """
SELECT id, title, author, source_url, published, sha256, text, added, passages
FROM article WHERE id IN (SELECT id {matching} ORDER BY {order} LIMIT ?6 OFFSET ?7) ORDER BY {order}
"""


@dataclass(frozen=True)
class ArticleQuery:
    """Which articles to list, and in what order.

    Every word of ``text`` is to stand in title, author or source address, case and accents
    aside. Dates are as ``chatbot.scope.Scope`` has them; an article without one comes last by
    date. ``site`` is the host of the source address.
    """

    text: str = ""
    published_from: str | None = None
    published_to: str | None = None
    site: str | None = None
    author: str | None = None
    order: Order = "newest"
    limit: int = 50
    offset: int = 0


@dataclass(frozen=True)
class ListedArticle:
    """An article without its text."""

    id: str
    title: str
    author: str | None
    source_url: str | None
    published: str | None
    sha256: str
    characters: int
    passages: int
    added: bool

    @property
    def site(self) -> str | None:
        """Give the host of its source address."""
        return site_of(self.source_url)


@dataclass(frozen=True)
class ArticleListing:
    """A page of the articles that a query asks for; ``total`` counts all of them."""

    total: int
    articles: tuple[ListedArticle, ...]


@dataclass(frozen=True)
class Facets:
    """What a library's articles can be narrowed by; sites and authors of most articles first."""

    sites: tuple[str, ...]
    authors: tuple[str, ...]
    dated: bool


class Listing(Database):
    """The articles of an open database, listed; any thread may ask."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._facets: tuple[int, Facets] | None = None

    def _connect(self, timeout: float = BUSY_TIMEOUT_S) -> sqlite3.Connection:
        connection = super()._connect(timeout)
        for name, function in FUNCTIONS.items():
            connection.create_function(name, -1, function, deterministic=True)
        return connection

    def list_articles(self, query: ArticleQuery) -> ArticleListing:
        """List the articles that a query asks for."""
        asked = (
            *(fold_text(query.text).strip(), query.published_from, query.published_to),
            *(query.site, query.author),
        )
        total = int(self._value(f"SELECT COUNT(*) {MATCHING}", asked))
        page = PAGE.format(matching=MATCHING, order=ORDERS[query.order])
        rows = self._rows(page, (*asked, query.limit, query.offset))
        return ArticleListing(total, tuple(map(_listed, rows)))

    def facets(self) -> Facets:
        """Give what the articles can be narrowed by; counted once for each state of the library."""
        generation = self.generation()
        if self._facets is None or self._facets[0] != generation:
            self._facets = (generation, self._count_facets())
        return self._facets[1]

    def _count_facets(self) -> Facets:
        counted = "SELECT {0} FROM article WHERE {0} <> '' GROUP BY {0} ORDER BY COUNT(*) DESC, {0} LIMIT ?"
        sites, authors = (
            tuple(value for (value,) in self._rows(counted.format(column), (MOST_FACETS,)))
            for column in ("site(source_url)", "author")
        )
        dated = bool(self._value("SELECT EXISTS (SELECT 1 FROM article WHERE day(published) IS NOT NULL)"))
        return Facets(sites, authors, dated)


def _listed(row: Sequence[Any]) -> ListedArticle:
    article_id, title, author, source_url, published, sha256, text, added, passages = row
    beside = (article_id, title, author, source_url, published, sha256)
    return ListedArticle(*beside, characters=len(text), passages=passages, added=bool(added))


def site_of(address: str | None) -> str | None:
    """Give the host of an address, without "www."; None where there is none."""
    try:
        host = urlsplit(address or "").hostname
    except ValueError:
        return None
    return host.removeprefix("www.") if host else None


def _holds(text: str, wanted: str) -> bool:
    folded = fold_text(text)
    return all(word in folded for word in wanted.split())


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "fold": fold_text,
    "holds": _holds,
    "site": site_of,
    "day": published_day,
}
