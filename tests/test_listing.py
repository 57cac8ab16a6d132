"""The list of articles: searched, narrowed, sorted and paged by the database."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import FakeSource, as_source

from chatbot.article import make_article
from chatbot.listing import ArticleQuery, Order, site_of
from chatbot.making import synchronize
from chatbot.store import Store

HARBOUR = replace(
    make_article("harbour", "Harbour opens\n\nThe harbour opened.\n\nA 🚢 came.", published="2023-05-04"),
    author="Ana Lindström",
    source_url="https://www.post.example/harbour",
)
FERRY = make_article(
    "ferry",
    "École de Омар\n\nThe ferry is late.",
    source_url="https://news.example/ferry",
    published="2024-01-31T08:00:00+00:00",
)
NOTE = make_article("note", "apple prices\n\nApples cost more.", published="on May 4")
OTHER = make_article("other", "Bread prices", source_url="https://news.example/bread", published="2023-12-31")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path) as store:
        synchronize(store, [HARBOUR, FERRY, NOTE, OTHER], as_source(FakeSource()))
        yield store


def ids(store: Store, query: ArticleQuery) -> list[str]:
    return [article.id for article in store.list_articles(query).articles]


@pytest.mark.parametrize(
    ("order", "listed"),
    [
        ("id", ["ferry", "harbour", "note", "other"]),
        ("newest", ["ferry", "other", "harbour", "note"]),
        ("oldest", ["harbour", "other", "ferry", "note"]),
        ("title", ["note", "other", "ferry", "harbour"]),
    ],
)
def test_articles_are_listed_in_order_the_undated_last(store: Store, order: Order, listed: list[str]) -> None:
    assert ids(store, ArticleQuery(order=order)) == listed


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("HARB", ["harbour"]),
        ("ecole", ["ferry"]),
        ("  омар  École ", ["ferry"]),
        ("lindstrom", ["harbour"]),
        ("news.example/bread", ["other"]),
        ("prices", ["other", "note"]),
        ("prices bread", ["other"]),
        ("prices harbour", []),
        ("%", []),
        ("'", []),
        ("   ", ["ferry", "other", "harbour", "note"]),
    ],
)
def test_every_word_is_found_in_title_author_or_source(store: Store, text: str, listed: list[str]) -> None:
    assert ids(store, ArticleQuery(text)) == listed


@pytest.mark.parametrize(
    ("first", "last", "listed"),
    [
        ("2023-05-04", None, ["ferry", "other", "harbour"]),
        ("2023-05-05", None, ["ferry", "other"]),
        (None, "2024-01-31", ["ferry", "other", "harbour"]),
        (None, "2023-12-31", ["other", "harbour"]),
        ("2023-12-31", "2023-12-31", ["other"]),
        ("2025-01-01", "2023-01-01", []),
    ],
)
def test_a_range_of_dates_holds_both_of_its_ends(
    store: Store, first: str | None, last: str | None, listed: list[str]
) -> None:
    assert ids(store, ArticleQuery(published_from=first, published_to=last)) == listed


def test_site_and_author_narrow_the_list(store: Store) -> None:
    assert ids(store, ArticleQuery(site="news.example")) == ["ferry", "other"]
    assert ids(store, ArticleQuery(site="post.example")) == ["harbour"]
    assert ids(store, ArticleQuery(author="Ana Lindström", site="news.example")) == []


def test_pages_join_to_the_whole_list_and_each_knows_its_length(store: Store) -> None:
    pages = [store.list_articles(ArticleQuery(limit=3, offset=offset)) for offset in (0, 3, 6)]
    assert [len(page.articles) for page in pages] == [3, 1, 0]
    assert {page.total for page in pages} == {4}
    joined = [article.id for page in pages for article in page.articles]
    assert joined == ids(store, ArticleQuery())


def test_an_article_is_listed_with_what_stands_beside_its_text(store: Store) -> None:
    (listed,) = store.list_articles(ArticleQuery("harbour")).articles
    assert (listed.title, listed.author, listed.site) == ("Harbour opens", "Ana Lindström", "post.example")
    assert (listed.characters, listed.passages) == (len(HARBOUR.text), 3)
    assert (listed.sha256, listed.added) == (HARBOUR.sha256, False)


def test_facets_name_the_sites_and_authors_of_most_articles_first(store: Store) -> None:
    facets = store.facets()
    assert (facets.sites, facets.authors, facets.dated) == (
        ("news.example", "post.example"),
        ("Ana Lindström",),
        True,
    )
    store.remove("harbour")
    assert store.facets().authors == ()


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("https://www.Example.org:80/a?b", "example.org"),
        ("http://[::1", None),
        ("no address", None),
        (None, None),
    ],
)
def test_a_site_is_the_host_of_an_address(address: str | None, site: str | None) -> None:
    assert site_of(address) == site


def test_the_list_follows_what_is_changed_and_removed(store: Store) -> None:
    store.put_metadata(replace(NOTE, title="Zebra prices", author="Omar Hasan", published="2025-01-01"))
    store.remove("other")
    assert ids(store, ArticleQuery("prices")) == ["note"]
    assert ids(store, ArticleQuery("zebra hasan", published_from="2025-01-01")) == ["note"]
    assert ids(store, ArticleQuery()) == ["note", "ferry", "harbour"]
    assert store.facets().authors == ("Ana Lindström", "Omar Hasan")


def test_articles_of_an_earlier_release_are_listed(store: Store) -> None:
    before = store.list_articles(ArticleQuery())
    with sqlite3.connect(store.path) as connection:
        connection.execute("DROP TABLE listed")
        connection.execute("PRAGMA user_version = 4")
    connection.close()
    with Store(store.path.parent) as opened:
        assert opened.list_articles(ArticleQuery()) == before
