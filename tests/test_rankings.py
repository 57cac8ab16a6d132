import math
import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from fakes import ARTICLES, FakeEncoder, make_chatbot, make_library
from scale_fakes import clustered
from test_store import RECIPE

from chatbot import index, rankings, words
from chatbot.bm25 import weigh
from chatbot.chatbot import Turn
from chatbot.index import ExactPart
from chatbot.index_file import read_manifest
from chatbot.library import Library, read_library, refresh
from chatbot.rankings import Ranked
from chatbot.scope import EVERYTHING, Scope
from chatbot.store import Store
from eval.growing import BulkStore, Maker, grow

DIMENSION = 32
WORDS = [f"w{letter}{other}" for letter in "bcdfghjklm" for other in "bcdfghjklm"]
SIZE = 2_000


def texts() -> list[str]:
    """Give passages in which some words are frequent and most are rare."""
    chance = random.Random(1)
    weights = [1 / (1 + at) for at in range(len(WORDS))]
    return [" ".join(chance.choices(WORDS, weights, k=chance.randint(15, 40))) + "." for _ in range(300)]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("large")
    with BulkStore(folder) as store:
        store.begin_recipe(RECIPE)
        grow(store, Maker(texts(), clustered(300, DIMENSION)).articles(), SIZE)
    return folder


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    (tmp_path / "library.sqlite3").write_bytes((built / "library.sqlite3").read_bytes())
    return tmp_path


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take what is small for large."""
    monkeypatch.setattr(rankings, "MOST_EXACT", 500)
    monkeypatch.setattr(rankings, "MOST_SCORED", 600)
    monkeypatch.setattr(index, "NARROW", 100)
    monkeypatch.setattr(words, "MOST_READ", 10)


def untrainable(*arguments: object) -> None:
    raise AssertionError("the index was made anew")


def same(one: Ranked, other: Ranked) -> bool:
    return [row for row, _ in one] == [row for row, _ in other] and all(
        math.isclose(score, expected, abs_tol=1e-5)
        for (_, score), (_, expected) in zip(one, other, strict=True)
    )


QUERIES = clustered(30, DIMENSION, seed=5)
SCOPES = [
    Scope(("article-000003",)),
    Scope(tuple(f"article-{number:06d}" for number in range(0, 100, 2))),
]


def test_ranking_by_meaning_is_that_of_an_exact_index(folder: Path, large: None) -> None:
    approximate = Store(folder)
    rows = approximate.index().held.numbers
    vectors = approximate.vectors(rows)
    exact = ExactPart(rows, vectors)
    recalled = 0
    for query in QUERIES:
        nearest, scores = exact.find(query, 10, None)
        found = approximate.rank_by_meaning(query, 10)
        assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
        assert found[0][1] == pytest.approx(float(scores[0]), abs=1e-5)
        recalled += len({row for row, _ in found} & set(nearest.tolist()))

    assert not isinstance(approximate.index().base, ExactPart)
    assert recalled >= 0.95 * 10 * len(QUERIES)


@pytest.mark.parametrize("scope", SCOPES, ids=["narrow", "wide"])
def test_scope_loses_nothing_whatever_the_index(
    folder: Path, scope: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = [Store(folder).rank_by_meaning(query, 10, scope) for query in QUERIES]
    monkeypatch.setattr(rankings, "MOST_EXACT", 500)
    monkeypatch.setattr(index, "NARROW", 100)
    store = Store(folder)

    assert all(
        same(store.rank_by_meaning(query, 10, scope), one) for query, one in zip(QUERIES, expected, strict=True)
    )
    assert not isinstance(store.index().base, ExactPart)


def test_rows_of_the_scopes_that_were_asked_for_last_are_kept(folder: Path) -> None:
    store = Store(folder)
    first, second, *others = (Scope((f"article-{number:06d}",)) for number in range(rankings.SCOPES_KEPT + 1))
    rows = [store._rows_of(scope) for scope in (first, second)]
    for scope in (*others[:-1], first, others[-1]):
        store._rows_of(scope)

    assert store._rows_of(first) is rows[0]
    assert store._rows_of(second) is not rows[1]


def test_index_is_kept_and_used_again(folder: Path, large: None, monkeypatch: pytest.MonkeyPatch) -> None:
    before = [Store(folder).rank_by_meaning(query, 10) for query in QUERIES]
    manifest = read_manifest(folder)
    assert manifest is not None
    assert manifest.count == SIZE
    monkeypatch.setattr(rankings, "train_approximate", untrainable)

    assert [Store(folder).rank_by_meaning(query, 10) for query in QUERIES] == before


def test_damaged_index_is_made_anew(folder: Path, large: None) -> None:
    before = [Store(folder).rank_by_meaning(query, 10) for query in QUERIES]
    (path,) = folder.glob("*.faiss")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])

    assert [Store(folder).rank_by_meaning(query, 10) for query in QUERIES] == before
    assert next(folder.glob("*.faiss")).read_bytes() == content


def test_added_and_removed_articles_count_though_the_index_stays(
    folder: Path, large: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with BulkStore(folder) as store:
        former = store.snapshot()
        former.open_index()
        monkeypatch.setattr(rankings, "train_approximate", untrainable)
        (made,) = [next(Maker(texts(), clustered(300, DIMENSION)).articles())]
        store.remove("article-000000")  # whose passages it brings again
        query = made.vectors[0]
        gone = former.rank_by_meaning(query, 1)[0]
        without = store.snapshot(former)
        assert store.add(made.article, made.passages, made.vectors)
        later = store.snapshot(without)

        assert gone[1] == pytest.approx(1)
        assert without.rank_by_meaning(query, 1)[0][1] < 0.999
        assert later.rank_by_meaning(query, 1)[0][0] == SIZE + 1
        assert former.rank_by_meaning(query, 1)[0] == gone  # of its moment
        assert later.index().base is former.index().base
        for view in (former, without, later):
            view.close()


@pytest.fixture
def served(folder: Path, large: None) -> Iterator[tuple[Library, Library]]:
    """Give a library, and the same once a fifth more was written, which nobody has made an index of."""
    with BulkStore(folder) as store:
        opened = read_library(store)
        for made in islice(Maker(texts(), clustered(300, DIMENSION)).articles(), 100, 120):
            assert store.add(made.article, made.passages, made.vectors)
        grown = refresh(opened)
        assert grown.store.is_index_stale()
        yield opened, grown
        for library in (opened, grown):
            library.store.close()


def test_served_library_takes_the_index_that_another_process_made(
    folder: Path, served: tuple[Library, Library]
) -> None:
    grown = served[1]
    assert refresh(grown) is grown
    Store(folder).open_index()
    latest = refresh(grown)

    assert latest is not grown
    assert not latest.store.is_index_stale()
    assert isinstance(latest.store, Store)
    assert latest.store.index().tail is None
    assert refresh(latest) is latest
    for query in QUERIES:
        assert same(grown.store.rank_by_meaning(query, 1), latest.store.rank_by_meaning(query, 1))
    latest.store.close()


def test_damaged_index_is_looked_at_once(
    folder: Path, served: tuple[Library, Library], caplog: pytest.LogCaptureFixture
) -> None:
    Store(folder).open_index()
    (path,) = folder.glob("*.faiss")
    path.write_bytes(b"damaged")

    latest = refresh(served[1])

    assert refresh(latest) is latest
    assert caplog.text.count("its file is damaged") == 1
    latest.store.close()


def test_numbers_of_rows_are_never_given_twice(folder: Path) -> None:
    with BulkStore(folder) as store:
        store.remove("article-000099")
        made = next(Maker(texts(), clustered(300, DIMENSION)).articles())
        store.remove("article-000000")
        store.add(made.article, made.passages, made.vectors)

        assert store.passages_of("article-000000") == tuple(
            store.passages(list(range(SIZE + 1, SIZE + 21))).values()
        )


def test_passages_that_were_made_anew_make_another_index(folder: Path, large: None) -> None:
    with BulkStore(folder) as store:
        store.open_index()
        before = read_manifest(folder)
        vectors = {name: store.vectors(np.array(list(range(1, 21)))) for name in store.article_ids()}
        held = {name: (store.article(name), store.passages_of(name)) for name in vectors}
        store.begin_recipe(RECIPE.__class__("other", "1" * 64, 1, 1, 20))
        for name, (article, passages) in held.items():
            assert article is not None
            store.put_passages(article, passages, vectors[name])
        store.open_index()

    after = read_manifest(folder)
    assert before is not None
    assert after is not None
    assert before.lineage != after.lineage


# By words


def test_bm25_of_a_passage_is_that_of_the_full_text(folder: Path) -> None:
    store = Store(folder)
    asked = [WORDS[3], WORDS[40], WORDS[80]]
    passages, total = next(store._rows("SELECT passages, terms FROM total"))
    weights = weigh(store._counts(asked), passages, total)

    for row, score in store.rank_lexically(asked, SIZE):
        (line,) = next(store._rows("SELECT terms FROM passage_terms WHERE rowid = ?", (row,)))
        assert weights.score(line) == pytest.approx(score, rel=1e-6)


@pytest.mark.parametrize("scope", [EVERYTHING, *SCOPES], ids=["everything", "narrow", "wide"])
def test_best_by_words_are_chosen_by_the_rarer_terms(
    folder: Path, scope: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [[WORDS[0], WORDS[at], WORDS[at + 7]] for at in range(20, 90)]
    expected = [Store(folder).rank_lexically(query, 10, scope) for query in asked]
    monkeypatch.setattr(rankings, "MOST_SCORED", 600)
    store = Store(folder)
    assert store._counts([WORDS[0]])[WORDS[0]] > 600

    shared = 0.0
    for query, one in zip(asked, expected, strict=True):
        found = store.rank_lexically(query, 10, scope)
        assert found[0][1] == pytest.approx(one[0][1])
        shared += len({row for row, _ in found} & {row for row, _ in one}) / len(one)

    assert shared >= 0.95 * len(asked)


def test_frequent_words_alone_are_ranked_too(folder: Path, large: None) -> None:
    ranked = Store(folder).rank_lexically([WORDS[0], WORDS[1]], 10)

    assert len(ranked) == 10
    assert all(score > 0 for _, score in ranked)
    assert Store(folder).rank_lexically(["unheard"], 10) == []


def test_frequent_words_alone_are_found_in_old_articles_too(
    folder: Path, large: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rankings, "NARROW", 50)
    monkeypatch.setattr(rankings, "MOST_SCORED", 150)
    scope = Scope(tuple(f"article-{number:06d}" for number in range(20)))
    store = Store(folder)
    held = store._rows_of(scope)
    assert len(held) > 50

    ranked = store.rank_lexically([WORDS[0], WORDS[1]], 10, scope)

    assert len(ranked) == 10
    assert held.hold(np.array([row for row, _ in ranked])).all()


# Words that are looked up


def test_words_that_are_looked_up_are_those_that_are_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vocabulary, counts = Store(folder).vocabulary(), Store(folder).passage_counts()
    monkeypatch.setattr(words, "MOST_READ", 10)
    looked_up = Store(folder)

    assert isinstance(looked_up.vocabulary(), words.LookedUp)
    assert dict(looked_up.vocabulary()) == vocabulary
    assert {term: looked_up.passage_counts()[term] for term in counts} == counts
    assert "unheard" not in looked_up.vocabulary()


def test_chatbot_of_a_large_library_answers_as_that_of_a_small_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = ("Who is the director?", "And the mayor?", "How many bokks?", "Which drones?")
    history = [Turn("Who is the mayor?")]
    with make_chatbot(ARTICLES, tmp_path / "small") as chatbot:
        expected = [
            (one.status, one.answers) for one in (chatbot.answer(q, history=history) for q in questions)
        ]
    monkeypatch.setattr(rankings, "MOST_EXACT", 1)
    monkeypatch.setattr(words, "MOST_READ", 1)
    with make_chatbot(ARTICLES, tmp_path / "large") as chatbot:
        found = [(one.status, one.answers) for one in (chatbot.answer(q, history=history) for q in questions)]

    assert found == expected


def test_library_keeps_no_articles_that_were_not_asked_for(tmp_path: Path) -> None:
    library = make_library(ARTICLES, tmp_path)

    assert len(library.articles) == 2
    assert library.articles["harbour"] is library.articles["harbour"]
    assert "nowhere" not in library.articles
    assert library.store.rank_by_meaning(FakeEncoder().encode_queries(["ferry"])[0], 1)[0][0] == 3
