"""A library of SQLite copied into either store: nothing is encoded, and nothing is lost."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import ARTICLES, FakeEncoder, FakeSource, as_source, make_articles

from chatbot.article import Article, make_article
from chatbot.contents import SourceFile
from chatbot.copying import copy_library
from chatbot.errors import StoreError
from chatbot.making import make_passages, synchronize
from chatbot.milvus import MilvusStore
from chatbot.passage_store import PassageStore
from chatbot.store import Store

QUERY = FakeEncoder().encode_queries(["harbour mayor books"])[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give the data folder of a library: two seeds, an article of two files, and one that was pasted."""
    with Store(tmp_path / "old") as store:
        synchronize(store, make_articles(ARTICLES), as_source(FakeSource()))
        add(store, make_article("market", "The market sells books."), file("a.txt"))
        store.put_file(file("b.txt"), "market")
        add(store, make_article("pasted", "The ferry is late."))
    return tmp_path / "old"


@pytest.fixture(params=["sqlite", "milvus"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PassageStore]:
    opened = Store(tmp_path) if request.param == "sqlite" else MilvusStore(str(tmp_path / "library.db"))
    with opened as store:
        yield store


def add(store: PassageStore, article: Article, source: SourceFile | None = None) -> None:
    article = replace(article, added=True)
    assert store.add(article, *make_passages(article, FakeEncoder()), source)


def file(name: str) -> SourceFile:
    return SourceFile(Path("/news") / name, 1, 2, "0")


def test_everything_is_copied_and_nothing_is_encoded(folder: Path, target: PassageStore) -> None:
    with Store(folder) as source:
        ranked = [source.passages([key])[key] for key, _ in source.rank_by_meaning(QUERY, 20)]
        assert copy_library(folder, target) == 4

        assert target.articles() == source.articles()
        assert target.digests(added=True).keys() == {"market", "pasted"}
        for article_id in source.article_ids():
            assert target.passages_of(article_id) == source.passages_of(article_id)
            assert target.is_kept(article_id) == source.is_kept(article_id)
            assert target.files(article_id) == source.files(article_id)
        assert target.file(file("b.txt").path) == file("b.txt")
        assert [target.passages([key])[key] for key, _ in target.rank_by_meaning(QUERY, 20)] == ranked
        assert target.passage_counts() == dict(source.passage_counts())
    nothing_new = FakeSource()
    synchronize(target, make_articles(ARTICLES), as_source(nothing_new))
    assert nothing_new.loads == 0


def test_copying_again_copies_what_is_new_alone(folder: Path, target: PassageStore) -> None:
    copy_library(folder, target)
    assert copy_library(folder, target) == 0
    with Store(folder) as source:
        add(source, make_article("news", "The mayor came."))

    assert copy_library(folder, target) == 1
    assert "news" in target.article_ids()


def test_article_that_the_other_store_has_otherwise_stays(
    folder: Path, target: PassageStore, caplog: pytest.LogCaptureFixture
) -> None:
    with Store(folder) as source:
        recipe = source.recipe()
    assert recipe is not None
    target.begin_recipe(recipe)
    add(target, make_article("market", "Another market."))

    assert copy_library(folder, target) == 3
    article = target.article("market")
    assert article is not None
    assert article.text == "Another market."
    assert "leaving market of" in caplog.text


def test_added_article_stays_though_a_seed_has_its_id_in_the_library_that_is_copied(
    folder: Path, target: PassageStore, caplog: pytest.LogCaptureFixture
) -> None:
    with Store(folder) as source:
        recipe = source.recipe()
    assert recipe is not None
    target.begin_recipe(recipe)
    add(target, make_article("harbour", "Another harbour."), file("harbour.txt"))

    assert copy_library(folder, target) == 3
    article = target.article("harbour")
    assert article is not None
    assert article.text == "Another harbour."
    assert target.files("harbour") == (file("harbour.txt").path,)
    assert caplog.messages == [
        f"leaving harbour of {folder}: {target.path} has another article of that id; `chatbot "
        "remove harbour` there, and copy again, to have this one"
    ]


def test_library_of_another_model_is_refused(folder: Path, target: PassageStore) -> None:
    synchronize(target, make_articles(ARTICLES), as_source(FakeSource(name="other")))

    with pytest.raises(StoreError, match="same model and release"):
        copy_library(folder, target)
    assert target.pending() == ()


def test_folder_without_a_library_is_refused(tmp_path: Path, target: PassageStore) -> None:
    with pytest.raises(StoreError, match="expected a library in"):
        copy_library(tmp_path / "none", target)
    assert not (tmp_path / "none").exists()


def test_library_that_is_still_to_be_made_is_refused(folder: Path, target: PassageStore) -> None:
    with Store(folder) as source:
        recipe = source.recipe()
        assert recipe is not None
        source.begin_recipe(replace(recipe, encoder="other"))

    with pytest.raises(StoreError, match="`chatbot index`"):
        copy_library(folder, target)
