"""Listing: a library's articles by what stands beside their text, a page at a time, without their texts."""

import json
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

ORDERS: dict[Order, str] = {
    "id": "id",
    "newest": "day IS NULL, published DESC, title, id",
    "oldest": "day IS NULL, published, title, id",
    "title": "title, id",
}
COUNT = "SELECT COUNT(*) FROM listed WHERE {}"
IDS = "SELECT id FROM listed WHERE {} ORDER BY {} LIMIT ? OFFSET ?"
PAGE = """
SELECT id, title, author, source_url, published, sha256, text, added, passages FROM article
WHERE id IN (SELECT value FROM json_each(?))
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
        where, asked = _matching(query)
        total = int(self._value(COUNT.format(where), asked))
        page = IDS.format(where, ORDERS[query.order])
        ids = [article_id for (article_id,) in self._rows(page, (*asked, query.limit, query.offset))]
        # texts are read of the page's articles alone
        found = {row[0]: _listed(row) for row in self._rows(PAGE, (json.dumps(ids),))}
        return ArticleListing(total, tuple(found[article_id] for article_id in ids if article_id in found))

    def facets(self) -> Facets:
        """Give what the articles can be narrowed by; counted once for each state of the library."""
        generation = self.generation()
        if self._facets is None or self._facets[0] != generation:
            self._facets = (generation, self._count_facets())
        return self._facets[1]

    def _count_facets(self) -> Facets:
        counted = "SELECT {0} FROM listed WHERE {0} <> '' GROUP BY {0} ORDER BY COUNT(*) DESC, {0} LIMIT ?"
        sites, authors = (
            tuple(value for (value,) in self._rows(counted.format(column), (MOST_FACETS,)))
            for column in ("site", "author")
        )
        dated = bool(self._value("SELECT EXISTS (SELECT 1 FROM listed WHERE day IS NOT NULL)"))
        return Facets(sites, authors, dated)


def _matching(query: ArticleQuery) -> tuple[str, list[str]]:
    """Give the condition on the table of what is listed, and what its marks stand for."""
    conditions = [("instr(words, ?) > 0", word) for word in fold_text(query.text).split()]
    named = (
        ("day >= ?", query.published_from),
        ("day <= ?", query.published_to),
        ("site = ?", query.site),
        ("author = ?", query.author),
    )
    conditions += [(condition, value) for condition, value in named if value is not None]
    return " AND ".join(condition for condition, _ in conditions) or "TRUE", [value for _, value in conditions]


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


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "fold": fold_text,
    "site": site_of,
    "day": published_day,
}
