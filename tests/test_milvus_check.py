"""The check of a library in Milvus: what is damaged is found and made anew."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import pytest
from fakes import ARTICLES, FakeEncoder, FakeSource, as_source, make_articles

from chatbot import milvus_journal
from chatbot.article import make_article
from chatbot.making import make_passages, prepare, synchronize
from chatbot.milvus_check import CheckedMilvusStore
from chatbot.passage_store import PassageView

libraries = count()
ADDED = "The market sells books.\n\nIt opens at noon."


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    address = str(tmp_path_factory.mktemp("milvus") / "checked.db")
    with CheckedMilvusStore(address, library="held"):
        yield address


@pytest.fixture
def store(address: str) -> Iterator[CheckedMilvusStore]:
    with CheckedMilvusStore(address, library=f"checked{next(libraries)}") as opened:
        synchronize(opened, make_articles(ARTICLES), as_source(FakeSource()))
        article = replace(make_article("market", ADDED), added=True)
        opened.add(article, *make_passages(article, FakeEncoder()))
        yield opened


def served(store: PassageView) -> tuple[object, ...]:
    """Give all that is served, but for keys, and the order by BM25: rows on their way out still count."""
    passages = [store.passages_of(one) for one in store.article_ids()]
    ranked = store.rank_lexically(["book", "open"], 10)
    found = set(store.passages([key for key, _ in ranked]).values())
    return store.articles(), passages, found, store.vocabulary(), store.passage_counts()


def passages_of(store: CheckedMilvusStore) -> str:
    return store._journal.passages_name(store._catalog().era)


def alter(store: CheckedMilvusStore, article_id: str, **fields: object) -> None:
    """Damage an article's second passage, as another client of Milvus could."""
    version = store._catalog().versions[article_id]
    (row,) = store._connection.query(
        passages_of(store),
        f"batch == {version.made} and number == 2",
        ["row", "batch", "number", "kind", "start", "end", "day", "vector", "terms"],
    )
    store._connection.upsert(passages_of(store), [{**row, **fields}])


def alter_article(store: CheckedMilvusStore, article_id: str, **fields: object) -> None:
    """Damage an article beside its passages."""
    batch = store._catalog().versions[article_id].content
    assert batch is not None
    values = json.loads(store._journal.read_pieces("article", [batch])[batch])
    store._connection.delete(store._journal._pieces, f'kind == "article" and batch == {batch}')
    store._journal.write_piece("article", batch, json.dumps({**values, **fields}))


def reopened(store: CheckedMilvusStore) -> CheckedMilvusStore:
    """Open a library again: what was read of it is forgotten."""
    return CheckedMilvusStore(*store._opened_with)


def test_nothing_is_wrong_with_a_library_as_it_is_made(store: CheckedMilvusStore) -> None:
    before = store.generation()

    assert store.inspect() == ()
    assert store.generation() == before


def test_nothing_is_wrong_where_a_seed_left_its_former_text_to_what_was_added(
    store: CheckedMilvusStore,
) -> None:
    store.keep("library")

    synchronize(store, make_articles({**ARTICLES, "library": "It burned."}), as_source(FakeSource()))

    with reopened(store) as again:
        assert again.article_count() == 4
        assert again.inspect() == ()


@pytest.mark.parametrize(
    ("fields", "part", "said"),
    [
        ({"end": 999}, "passages", "got 25 to 999"),
        ({"start": 20}, "passages", "got 20 to 42"),
        ({"kind": "poem"}, "passages", "'poem'"),
        ({"number": 7}, "passages", "expected number 2, got 7"),
        ({"vector": [2.0] * 7}, "passages", "unit length"),
        ({"terms": "else"}, "full text", "other words of 1 passage of"),
        ({"day": 20230504}, "full text", "other words of 1 passage of"),
        ({"batch": 3}, "references", "has 1 row of no article"),
    ],
)
def test_passages_that_are_damaged_are_found_and_made_anew(
    store: CheckedMilvusStore, fields: dict[str, object], part: str, said: str
) -> None:
    before = served(store)
    alter(store, "market", **fields)

    faults = store.inspect()
    store.repair(faults)
    prepare(store, as_source(FakeSource()))

    assert part in {fault.part for fault in faults}
    assert any(said in fault.what for fault in faults), faults
    assert store.inspect() == ()
    assert served(store) == before


def test_words_that_are_gone_are_found_and_made_anew(store: CheckedMilvusStore) -> None:
    before = served(store)
    store._connection.delete(store._journal._pieces, 'kind == "words"')

    faults = store.inspect()
    store.repair(faults)
    prepare(store, as_source(FakeSource()))

    assert {fault.part for fault in faults} == {"words"}
    with reopened(store) as again:
        assert again.inspect() == ()
        assert served(again) == before


def test_passages_that_are_gone_altogether_are_made_anew(store: CheckedMilvusStore) -> None:
    before = served(store)
    store._connection.drop(passages_of(store))

    faults = store.inspect()
    store.repair(faults)
    prepare(store, as_source(FakeSource()))

    assert [fault.part for fault in faults] == ["file"]
    assert store.inspect() == ()
    assert served(store) == before


def test_damaged_text_of_a_seed_goes_and_comes_back_from_its_file(store: CheckedMilvusStore) -> None:
    before = served(store)
    alter_article(store, "library", text="The library fell.")

    with reopened(store) as opened:
        faults = opened.inspect()
        opened.repair(faults, ["library"])
        synchronize(opened, make_articles(ARTICLES), as_source(FakeSource()))

        assert [fault.article_id for fault in faults if fault.part == "article"] == ["library"]
        assert opened.inspect() == ()
        assert served(opened) == before


def test_damaged_text_of_a_seed_whose_file_is_not_there_is_left(store: CheckedMilvusStore) -> None:
    alter_article(store, "library", text="The library fell.")

    with reopened(store) as opened:
        opened.repair(opened.inspect())

        assert [fault.article_id for fault in opened.inspect()] == ["library"]


@pytest.mark.parametrize("fields", [{"text": "The market fell."}, {"pages": [{"number": 1, "start": 9}]}])
def test_damaged_added_article_is_said_and_left(store: CheckedMilvusStore, fields: dict[str, object]) -> None:
    alter_article(store, "market", **fields)

    with reopened(store) as opened:
        faults = opened.inspect()
        opened.repair(faults)

        assert [(fault.part, fault.article_id) for fault in faults] == [("article", "market")]
        assert opened.inspect() == faults
        assert "market" in opened.digests()


def test_what_was_removed_is_no_stray_and_goes_after_a_while(
    store: CheckedMilvusStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.remove("market")
    name = passages_of(store)
    held = store._connection.count(name)

    assert store.inspect() == ()
    monkeypatch.setattr(milvus_journal, "GRACE_S", 0.0)
    store.put_metadata(replace(store.articles()[0], title="New title"))

    assert store._connection.count(name) == held - 2
    assert store.inspect() == ()
