import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import ARTICLES, FakeEncoder, FakeSource, all_passages, as_source, make_articles

from chatbot import index_file, rankings
from chatbot.article import make_article
from chatbot.check import CheckedStore, Fault
from chatbot.errors import StoreError
from chatbot.index import fill, train_approximate
from chatbot.index_file import MANIFEST, read_manifest, save_index
from chatbot.library import read_library
from chatbot.listing import ArticleQuery
from chatbot.making import make_passages, prepare, synchronize
from chatbot.rows import Rows, make_rows
from chatbot.scope import EVERYTHING
from chatbot.store import Store

ADDED = "The market sells books.\n\nIt opens at noon."


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CheckedStore]:
    opened = CheckedStore(tmp_path)
    synchronize(opened, make_articles(ARTICLES), as_source(FakeSource()))
    article = replace(make_article("market", ADDED), added=True)
    opened.add(article, *make_passages(article, FakeEncoder()))
    yield opened
    opened.close()


def alter(store: Store, *statements: str) -> None:
    """Damage a library from outside, no constraint in the way."""
    connection = sqlite3.connect(store.path)
    connection.execute("PRAGMA foreign_keys = OFF")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def repair(store: CheckedStore, faults: tuple[Fault, ...]) -> None:
    """Repair as the command does."""
    store.repair(faults)
    prepare(store, as_source(FakeSource()))


def served(store: Store) -> tuple[object, ...]:
    """Give all that is served, but for the numbers of the rows."""
    library = read_library(store)
    ranked = [row for row, _ in store.rank_lexically(["book", "open"], 10)]
    found = [store.passages([row])[row] for row in ranked]
    listed = store.list_articles(ArticleQuery())
    words = store.vocabulary(), store.passage_counts()
    return dict(library.articles), all_passages(library), found, listed, words


def test_nothing_is_wrong_with_a_library_as_it_is_made(store: CheckedStore) -> None:
    before = store.generation()

    assert store.inspect() == ()
    assert store.generation() == before


def test_nothing_is_wrong_where_a_seed_left_its_former_text_to_what_was_added(store: CheckedStore) -> None:
    store.keep("library")

    synchronize(store, make_articles({**ARTICLES, "library": "It burned."}), as_source(FakeSource()))

    assert store.article_count() == 4
    assert store.inspect() == ()


def test_nothing_is_wrong_with_a_library_that_was_begun(tmp_path: Path) -> None:
    with CheckedStore(tmp_path) as store:
        prepare(store, as_source(FakeSource()))

        assert store.inspect() == ()


@pytest.mark.parametrize(
    ("damage", "part", "said"),
    [
        ("""UPDATE passage SET "end" = 999 WHERE id = 'market:2'""", "passages", "got 25 to 999"),
        ("""UPDATE passage SET "start" = 3 WHERE id = 'market:1'""", "passages", "text before number 1"),
        ("""UPDATE passage SET "start" = 20 WHERE id = 'market:2'""", "passages", "got 20 to 42"),
        ("DELETE FROM passage WHERE id = 'market:1'", "passages", "expected number 1, got 2"),
        ("DELETE FROM passage WHERE id = 'market:2'", "passages", "text after the last"),
        ("DELETE FROM passage WHERE article_id = 'market'", "passages", "still to be made"),
        ("UPDATE passage SET id = 'x' WHERE id = 'market:1'", "passages", "got 1 (x)"),
        ("UPDATE passage SET kind = 'poem' WHERE id = 'market:1'", "passages", "'poem'"),
        ("UPDATE passage SET vector = x'00' WHERE id = 'market:1'", "passages", "vector of number 1"),
        ("UPDATE passage SET vector = zeroblob(28) WHERE id = 'market:1'", "passages", "unit length"),
        ("DELETE FROM counted_word WHERE folded = 'market'", "words", "counts of words"),
        ("UPDATE counted_word SET written = 'Maket' WHERE folded = 'market'", "words", "counts of words"),
        ("UPDATE counted_word SET articles = 9 WHERE folded = 'market'", "words", "counts of words"),
        ("UPDATE counted_term SET passages = 9 WHERE term = 'market'", "words", "counts of words"),
        ("UPDATE total SET passages = 9", "words", "counts of words"),
        ("DELETE FROM listed", "list", "the list of articles has 3 of them otherwise"),
        ("DELETE FROM listed WHERE id = 'market'", "list", "has 1 of them"),
        ("UPDATE listed SET day = '2023-05-04' WHERE id = 'market'", "list", "has 1 of them"),
        ("INSERT INTO listed VALUES ('gone', '', '', NULL, NULL, NULL, NULL)", "list", "has 1 of them"),
        ("UPDATE total SET next_row = 1", "references", "next row"),
        ("UPDATE article SET first_row = 1 WHERE id = 'market'", "references", "is wrong of 1 article"),
        ("UPDATE article SET passages = 1 WHERE id = 'market'", "references", "is wrong of 1 article"),
        (
            "UPDATE passage_terms SET terms = 'else' WHERE rowid = 7",
            "full text",
            "other words of 1 passage, or none",
        ),
        ("DELETE FROM passage_terms WHERE rowid = 7", "full text", "of 1 passage, or none"),
        ("INSERT INTO passage_terms (rowid, terms) VALUES (99, 'x')", "full text", "1 passage of no article"),
        ("DELETE FROM passage_terms_data WHERE id > 10", "full text", "cannot be read"),
        ("INSERT INTO file VALUES (x'00', 1, 1, '', 'gone')", "references", "1 file of no article"),
        (
            "INSERT INTO passage VALUES (99, 'gone:1', 'gone', 1, 'body', 0, 1, x'00')",
            "references",
            "1 passage of no article",
        ),
    ],
)
def test_what_is_derived_is_found_wrong_and_made_anew(
    store: CheckedStore, damage: str, part: str, said: str
) -> None:
    before = served(store)
    alter(store, damage)

    faults = store.inspect()
    repair(store, faults)

    assert part in {fault.part for fault in faults}
    assert any(said in fault.what for fault in faults), faults
    assert store.inspect() == ()
    assert served(store) == before


def test_damaged_text_of_a_seed_goes_and_comes_back_from_its_file(store: CheckedStore) -> None:
    before = served(store)
    alter(store, "UPDATE article SET text = 'The library fell.' WHERE id = 'library'")

    faults = store.inspect()
    store.repair(faults, ["library"])
    synchronize(store, make_articles(ARTICLES), as_source(FakeSource()))

    assert [fault.article_id for fault in faults if fault.part == "article"] == ["library"]
    assert store.inspect() == ()
    assert served(store) == before


def test_damaged_text_of_a_seed_whose_file_is_not_there_is_left(store: CheckedStore) -> None:
    alter(store, "UPDATE article SET text = 'The library fell.' WHERE id = 'library'")

    faults = store.inspect()
    repair(store, faults)

    assert [fault.article_id for fault in store.inspect()] == ["library"]


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE article SET text = 'The market fell.' WHERE id = 'market'",
        "UPDATE article SET sha256 = '0' WHERE id = 'market'",
        "UPDATE article SET pages = '[[1, 0], [2, 999]]' WHERE id = 'market'",
        "UPDATE article SET pages = 'none' WHERE id = 'market'",
        "UPDATE article SET questions = '[' WHERE id = 'market'",
    ],
)
def test_damaged_added_article_is_said_and_left(store: CheckedStore, damage: str) -> None:
    alter(store, damage)

    faults = store.inspect()
    repair(store, faults)

    assert [(fault.part, fault.article_id) for fault in faults if fault.part == "article"] == [
        ("article", "market")
    ]
    assert faults[0] in store.inspect()
    assert "market" in store.digests()


def test_damaged_index_of_the_database_is_made_anew(store: CheckedStore) -> None:
    before = served(store)
    changed = (
        "UPDATE sqlite_master SET sql = 'CREATE INDEX file_article ON file ({})' WHERE name = 'file_article'"
    )
    alter(store, "PRAGMA writable_schema = ON", changed.format("size"))
    alter(store, "INSERT INTO file VALUES (x'00', 7, 1, '', 'market')")
    alter(store, "PRAGMA writable_schema = ON", changed.format("article_id"))
    opened = CheckedStore(store.path.parent)

    faults = opened.inspect()
    repair(opened, faults)

    assert {fault.part for fault in faults} == {"file"}
    assert opened.inspect() == ()
    assert served(opened) == before


def test_damaged_pages_of_the_file_are_an_error(store: CheckedStore) -> None:
    alter(store, "PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    content = bytearray(store.path.read_bytes())
    content[8192:] = b"\xff" * (len(content) - 8192)
    store.path.write_bytes(content)

    with pytest.raises(StoreError, match="damaged"):
        CheckedStore(store.path.parent).inspect()


# The index's file


@pytest.fixture
def approximate(store: CheckedStore, monkeypatch: pytest.MonkeyPatch) -> CheckedStore:
    """Give the library with an approximate index, as if it were large."""
    monkeypatch.setattr(rankings, "MOST_EXACT", 3)
    open_index(store)
    return store


def open_index(store: CheckedStore) -> None:
    with store.snapshot() as seen:
        seen.open_index()


def save(store: CheckedStore, rows: Rows, last_row: int) -> None:
    """Write an index of some rows, as if they were all up to the last one."""
    trained = train_approximate(rows, store.vectors)
    list(fill(trained, rows, store.vectors))
    manifest = read_manifest(store.path.parent)
    assert manifest is not None
    save_index(store.path.parent, trained, manifest.lineage, last_row)


def test_nothing_is_wrong_with_an_index_whose_library_goes_on(approximate: CheckedStore) -> None:
    assert approximate.inspect() == ()

    approximate.remove("harbour")
    article = replace(make_article("ferry", "The ferry sank."), added=True)
    approximate.add(article, *make_passages(article, FakeEncoder()))
    assert approximate.inspect() == ()

    approximate.remove("library")
    approximate.remove("market")  # the last of what is in the file
    assert approximate.inspect() == ()


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda folder: flip(next(folder.glob("*.faiss"))), "is damaged, or of other passages"),
        (lambda folder: next(folder.glob("*.faiss")).unlink(), "is damaged, or of other passages"),
        (lambda folder: (folder / MANIFEST).write_text("{"), "does not say what it is of"),
    ],
)
def test_damaged_index_is_found_and_made_anew(
    approximate: CheckedStore, damage: Callable[[Path], object], said: str
) -> None:
    folder = approximate.path.parent
    damage(folder)

    faults = approximate.inspect()
    approximate.repair(faults)

    assert [fault.part for fault in faults] == ["index"]
    assert said in faults[0].what
    assert approximate.inspect() == ()
    open_index(approximate)
    assert read_manifest(folder) is not None
    assert approximate.inspect() == ()


@pytest.mark.parametrize(
    ("rows", "last_row"), [([(1, 2), (4, 5)], 8), ([(1, 8)], 7)], ids=["too few", "too many"]
)
def test_index_that_holds_other_passages_than_it_says_is_found_and_made_anew(
    approximate: CheckedStore, rows: list[tuple[int, int]], last_row: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_file, "SAMPLED", 1)  # whoever opens it does not look at the one that it lacks
    assert approximate._rows_of(EVERYTHING).numbers.tolist() == list(range(1, 9))
    save(approximate, make_rows(rows), last_row)

    faults = approximate.inspect()
    approximate.repair(faults)

    assert [fault.what for fault in faults] == ["the index's file has passages too few, or too many"]
    open_index(approximate)
    assert approximate.inspect() == ()
