import logging
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import SEEDS
from fakes import (
    ARTICLES,
    HARBOUR,
    FakeEncoder,
    FakeSource,
    all_passages,
    as_source,
    make_articles,
    make_library,
)

from chatbot.article import make_article
from chatbot.chatbot import Chatbot
from chatbot.database import FILE_NAME
from chatbot.encoder import Progress, Vectors, find_model
from chatbot.errors import ArticleError, ModelError, NoArticlesError, StoreError
from chatbot.export import export_folder
from chatbot.library import load_seeds, open_library, read_library, refresh
from chatbot.making import make_all_passages, make_passages, synchronize
from chatbot.passage_store import PassageStore
from chatbot.settings import Settings, load_settings
from chatbot.store import Store

TESTS = Path(__file__).parent


def encoded_after(folder: Path, texts: dict[str, str], source: FakeSource | None = None) -> list[str]:
    """Open the store again with these articles; give the passages that were encoded for it."""
    source = source or FakeSource()
    make_library(texts, folder, source).store.close()
    return source.encoder.encoded


def test_library_holds_passages_in_the_order_of_the_articles(tmp_path: Path) -> None:
    library = make_library(ARTICLES, tmp_path)

    assert list(library.articles) == ["harbour", "library"]
    assert [passage.id for passage in all_passages(library)] == [
        *("harbour:1", "harbour:2", "harbour:3", "library:1", "library:2", "library:3"),
    ]
    assert library.store.passage_count() == 6
    assert len(library.store.rank_by_meaning(FakeEncoder().encode_queries(["ferry"])[0], 100)) == 6


def test_every_passage_is_its_articles_text(tmp_path: Path) -> None:
    library = make_library(ARTICLES, tmp_path)

    for passage in all_passages(library):
        assert library.articles[passage.article_id].text[passage.start : passage.end] == passage.text


def test_nothing_is_encoded_when_nothing_changed(tmp_path: Path) -> None:
    make_library(ARTICLES, tmp_path).store.close()
    source = FakeSource()

    assert encoded_after(tmp_path, ARTICLES, source) == []
    assert source.loads == 0


def test_changed_article_alone_is_encoded(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    make_library(ARTICLES, tmp_path).store.close()

    encoded = encoded_after(tmp_path, {**ARTICLES, "library": "It closed."})

    assert encoded == ["It closed."]
    assert "indexing library: its text changed" in caplog.text


def test_new_article_alone_is_encoded(tmp_path: Path) -> None:
    make_library(ARTICLES, tmp_path).store.close()

    assert encoded_after(tmp_path, {**ARTICLES, "market": "It sells fish."}) == ["It sells fish."]


def test_article_whose_file_is_gone_is_forgotten(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    make_library(ARTICLES, tmp_path).store.close()

    library = make_library({"harbour": ARTICLES["harbour"]}, tmp_path)

    assert list(library.articles) == ["harbour"]
    assert {passage.article_id for passage in all_passages(library)} == {"harbour"}
    assert "forgetting library: its seed is gone" in caplog.text


def test_metadata_that_changed_is_stored_without_encoding(tmp_path: Path) -> None:
    make_library({"a": "It opened."}, tmp_path).store.close()
    source = FakeSource()
    store = Store(tmp_path)

    synchronize(store, [make_article("a", "It opened.", "New title", questions=("What?",))], as_source(source))

    assert read_library(store).articles["a"].title == "New title"
    assert read_library(store).articles["a"].questions == ("What?",)
    assert source.loads == 0


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (FakeSource(checksum="1" * 64), "encoder_checksum was '0000"),
        (FakeSource(name="other"), "encoder was 'fake' and is now 'other'"),
    ],
)
def test_store_of_another_model_is_made_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, source: FakeSource, reason: str
) -> None:
    caplog.set_level(logging.INFO)
    make_library(ARTICLES, tmp_path).store.close()

    assert len(encoded_after(tmp_path, ARTICLES, source)) == 6
    assert reason in caplog.text


def test_vectors_of_the_former_model_are_gone_when_its_dimension_was_another(tmp_path: Path) -> None:
    make_library(ARTICLES, tmp_path).store.close()

    library = make_library(ARTICLES, tmp_path, FakeSource(FakeEncoder(axes=("ferry",)), checksum="1" * 64))

    assert len(library.store.rank_by_meaning(np.ones(2, dtype=np.float32), 10)) == 6


@pytest.mark.parametrize("name", ["splitter_version", "analysis_version", "max_passage_tokens"])
def test_store_of_another_version_is_made_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    caplog.set_level(logging.INFO)
    make_library(ARTICLES, tmp_path).store.close()
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.execute("UPDATE recipe SET value = '0' WHERE name = ?", (name,))
    connection.commit()
    connection.close()

    assert len(encoded_after(tmp_path, ARTICLES)) == 6
    assert f"{name} was 0" in caplog.text


class Failing(FakeEncoder):
    """Fails at the second article."""

    def encode_passages(self, texts, progress=None):  # type: ignore[no-untyped-def]
        if self.encoded:
            raise ModelError("out of memory")
        return super().encode_passages(texts, progress)


def test_articles_before_a_failure_stay_and_the_rest_follows_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatbot.making.WINDOW", 1)  # each article is one of its own
    with pytest.raises(ModelError):
        make_library(ARTICLES, tmp_path, FakeSource(Failing()))

    assert list(Store(tmp_path).digests()) == ["harbour"]
    assert encoded_after(tmp_path, ARTICLES)[0] == "Library stays"


class Missing(FakeSource):
    """Cannot be loaded."""

    def load(self) -> FakeEncoder:
        raise ModelError("no such model")


def test_store_keeps_what_it_held_when_another_model_does_not_load(tmp_path: Path) -> None:
    make_library(ARTICLES, tmp_path).store.close()

    with pytest.raises(ModelError):
        make_library(ARTICLES, tmp_path, Missing(checksum="1" * 64))

    assert list(Store(tmp_path).digests()) == ["harbour", "library"]
    assert encoded_after(tmp_path, ARTICLES) == []


class Windows(FakeEncoder):
    """Notes how many passages it is given at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        self.sizes.append(len(texts))
        return super().encode_passages(texts, progress)


def test_articles_are_encoded_together_up_to_a_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatbot.making.WINDOW", 100)
    encoder = Windows()
    texts = {f"n{number}": f"Ferry {number} came. " * 3 for number in range(5)}  # of 42 characters

    make_library(texts, tmp_path, FakeSource(encoder))

    assert encoder.sizes == [3, 2]


def test_articles_that_are_encoded_together_have_their_own_vectors() -> None:
    encoder, articles = Windows(), make_articles(ARTICLES)

    made = make_all_passages(articles, encoder)

    assert encoder.sizes == [sum(len(passages) for passages, _ in made)]
    for article, (passages, vectors) in zip(articles, made, strict=True):
        assert {passage.article_id for passage in passages} == {article.id}
        assert np.array_equal(vectors, encoder.encode_queries([passage.text for passage in passages]))


def test_progress_reaches_the_total(tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    store = Store(tmp_path)

    synchronize(store, make_articles(ARTICLES), as_source(FakeSource()), lambda *step: seen.append(step))

    assert seen[-1][1:] == (2, 2)
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)


def test_passages_are_no_longer_than_the_model_reads(tmp_path: Path) -> None:
    library = make_library(
        {"a": "one two three four five. " * 9}, tmp_path, FakeSource(FakeEncoder(max_tokens=6))
    )

    assert max(len(passage.text.split()) for passage in all_passages(library)) <= 6


# Opens the store like `make_library`; several do so at once.
OPENING = """
import sys
from pathlib import Path
from fakes import ARTICLES, make_library
print(make_library(ARTICLES, Path(sys.argv[1])).store.passage_count())
"""


def test_processes_that_build_at_once_end_with_one_whole_library(tmp_path: Path) -> None:
    command = [sys.executable, "-c", OPENING, str(tmp_path)]
    started = [subprocess.Popen(command, cwd=TESTS, stdout=subprocess.PIPE, text=True) for _ in range(3)]

    assert [process.communicate()[0] for process in started] == ["6\n"] * 3


def test_open_keeps_the_store_when_an_article_is_broken(tmp_path: Path, real_settings: Settings) -> None:
    shutil.copytree(real_settings.data_dir, tmp_path / "data")
    shutil.copytree(SEEDS, tmp_path / "seeds")
    (tmp_path / "seeds" / "broken.txt").write_bytes(b"\xff")
    settings = load_settings(seeds_dir=tmp_path / "seeds", data_dir=tmp_path / "data", reader="sentence")

    with pytest.raises(ArticleError, match=r"broken\.txt"):
        open_library(settings)
    assert len(Store(tmp_path / "data").digests()) == 1


def test_damaged_export_is_made_anew(
    tmp_path: Path, real_settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copytree(real_settings.data_dir, tmp_path / "data")
    graph = export_folder(tmp_path / "data", find_model(real_settings.encoder)) / "model.onnx"
    whole = graph.read_bytes()
    graph.write_bytes(whole[: len(whole) // 2])
    settings = real_settings.model_copy(update={"data_dir": tmp_path / "data"})

    with Chatbot.open(settings) as chatbot:
        assert chatbot.answer("Who met Zelenskyy?").status == "answered"

    assert "exporting the encoder anew: expected model.onnx with sha256" in caplog.text
    assert graph.stat().st_size == len(whole)


def test_damaged_store_is_an_error_that_says_what_to_do(tmp_path: Path, real_settings: Settings) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"damaged " * 1000)

    with pytest.raises(StoreError, match="delete it"):
        open_library(real_settings.model_copy(update={"data_dir": tmp_path}))


def test_torch_and_exported_encoder_give_the_same_vectors(real_settings: Settings) -> None:
    library, exported = open_library(real_settings)
    library.close()
    library, record = open_library(real_settings.model_copy(update={"encoder_runtime": "torch"}))
    texts = ["who met Zelenskyy?", "Où est le café? 🙂", *(passage.text for passage in all_passages(library))]
    library.close()

    cosines = np.sum(exported.encode_queries(texts) * record.encode_queries(texts), axis=1)

    assert cosines.min() > 0.9999


# Articles that were added


def add(store: PassageStore, name: str, text: str) -> None:
    article = replace(make_article(name, text), added=True)
    assert store.add(article, *make_passages(article, FakeEncoder()))


def test_added_article_survives_another_model(tmp_path: Path) -> None:
    store = make_library(ARTICLES, tmp_path).live
    add(store, "market", "The market sells books.")
    store.close()

    opened = make_library(ARTICLES, tmp_path, FakeSource(FakeEncoder(axes=("books",)), checksum="1" * 64))

    assert list(opened.articles) == ["harbour", "library", "market"]
    assert opened.articles["market"].added
    assert len(opened.store.rank_by_meaning(np.ones(2, dtype=np.float32), 10)) == 7
    assert len(opened.store.rank_lexically(["sell"], 10)) == 1


def test_passages_that_were_not_finished_are_made_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatbot.making.WINDOW", 1)  # each article is one of its own
    make_library(ARTICLES, tmp_path).close()
    with pytest.raises(ModelError):
        make_library(ARTICLES, tmp_path, FakeSource(Failing(), checksum="1" * 64))

    assert Store(tmp_path).pending() == ("library",)
    assert encoded_after(tmp_path, ARTICLES, FakeSource(checksum="1" * 64))[0] == "Library stays"


def test_library_is_not_served_while_passages_are_still_to_be_made(tmp_path: Path) -> None:
    store = make_library(ARTICLES, tmp_path).live
    stored = store.recipe()
    assert stored is not None
    store.begin_recipe(replace(stored, encoder="other"))

    with pytest.raises(StoreError, match="another process is making them"):
        read_library(store)


def test_seed_with_the_name_of_an_added_article_is_refused(tmp_path: Path) -> None:
    store = make_library({"harbour": HARBOUR}, tmp_path).live
    add(store, "library", "Something else.")

    with pytest.raises(ArticleError, match=r"library\.txt: .* rename the file"):
        synchronize(store, make_articles(ARTICLES), as_source(FakeSource()))
    assert [article.text for article in store.articles()] == [HARBOUR, "Something else."]


def settings_of(folder: Path) -> Settings:
    return load_settings(seeds_dir=folder / "seeds", data_dir=folder / "data")


def test_no_seeds_are_needed_where_articles_were_added(tmp_path: Path) -> None:
    store = Store(tmp_path / "data")
    with pytest.raises(NoArticlesError, match="chatbot add"):
        load_seeds(settings_of(tmp_path))
    add(store, "market", "The market sells books.")

    assert load_seeds(settings_of(tmp_path)) is None
    (tmp_path / "seeds").mkdir()
    assert load_seeds(settings_of(tmp_path)) == ()


def test_seeds_stay_when_their_folder_is_missing_and_go_when_it_is_empty(tmp_path: Path) -> None:
    store = make_library(ARTICLES, tmp_path).live
    synchronize(store, None, as_source(FakeSource()))
    assert list(store.digests()) == ["harbour", "library"]

    synchronize(store, (), as_source(FakeSource()))
    assert store.digests() == {}


def test_library_without_articles_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NoArticlesError, match="chatbot add"):
        read_library(Store(tmp_path))


# A library that changes while it is served


def test_library_stays_the_same_until_its_store_changes(tmp_path: Path) -> None:
    opened = make_library(ARTICLES, tmp_path)
    ranked = opened.store.rank_lexically(["book"], 10)

    assert refresh(opened) is opened
    add(Store(tmp_path), "market", "The market sells books.")
    later = refresh(opened)

    assert list(later.articles) == ["harbour", "library", "market"]
    assert later.store.passage_count() == len(all_passages(later)) == 7
    assert refresh(later) is later
    assert len(later.store.rank_lexically(["book"], 10)) == 2
    assert opened.store.rank_lexically(["book"], 10) == ranked  # of the moment it was read


def test_library_is_served_whole_while_another_model_takes_it_over(tmp_path: Path) -> None:
    opened = make_library(ARTICLES, tmp_path)
    ranked = opened.store.rank_lexically(["book"], 10)
    store = Store(tmp_path)
    stored = store.recipe()
    assert stored is not None

    store.begin_recipe(replace(stored, encoder="other"))

    assert refresh(opened) is opened
    assert opened.store.rank_lexically(["book"], 10) == ranked != []


def test_library_that_was_emptied_is_served_no_more(tmp_path: Path) -> None:
    opened = make_library({"harbour": HARBOUR}, tmp_path)
    Store(tmp_path).remove("harbour")

    with pytest.raises(NoArticlesError):
        refresh(opened)
