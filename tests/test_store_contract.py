"""What every store keeps to: the one of SQLite, and the one of Milvus on its embedded engine."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from fakes import ARTICLES, FakeEncoder, make_articles, make_passages

from chatbot.article import Article, Page, make_article
from chatbot.contents import Recipe, SourceFile
from chatbot.encoder import Vectors
from chatbot.errors import ModelError, StoreError
from chatbot.listing import ArticleQuery, Order
from chatbot.milvus import MilvusStore
from chatbot.passage_store import PassageStore, PassageView
from chatbot.passages import split_article
from chatbot.scope import Scope
from chatbot.store import Store
from chatbot.terms import fold, terms

RECIPE = Recipe("fake", "0" * 64, 1, 1, 20)
ENCODER = FakeEncoder()
Opener = Callable[[], PassageStore]
libraries = count()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the folder of an embedded engine that runs for all tests; each has a library of its own."""
    address = str(tmp_path_factory.mktemp("milvus") / "libraries.db")
    with MilvusStore(address, library="held"):
        yield address


@pytest.fixture(params=["sqlite", "milvus"])
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    """Give what opens the same library again and again."""
    if request.param == "sqlite":
        return lambda: Store(tmp_path)
    address, name = request.getfixturevalue("engine"), f"library{next(libraries)}"
    return lambda: MilvusStore(address, library=name)


@pytest.fixture
def store(opener: Opener) -> Iterator[PassageStore]:
    with closing(opener()) as opened:
        opened.begin_recipe(RECIPE)
        yield opened


def encode(*texts: str) -> Vectors:
    return ENCODER.encode_queries(texts)


def put(store: PassageStore, *articles: Article) -> None:
    for article in articles:
        passages = split_article(article, ENCODER.count_tokens, ENCODER.max_tokens)
        store.put(article, passages, encode(*(passage.text for passage in passages)))


def add(
    store: PassageStore, article: Article, file: SourceFile | None = None, replaced: Article | None = None
) -> bool:
    passages = split_article(article, ENCODER.count_tokens, ENCODER.max_tokens)
    vectors = encode(*(passage.text for passage in passages))
    return store.add(replace(article, added=True), passages, vectors, file, replaced)


def found(view: PassageView, ranked: list[tuple[int, float]]) -> list[str]:
    """Give the ids of ranked passages, best first."""
    passages = view.passages([key for key, _ in ranked])
    return [passages[key].id for key, _ in ranked]


def ferry(article_id: str, published: str | None = None) -> Article:
    return make_article(article_id, f"Ferry {article_id} came.", published=published)


# Articles


def test_article_comes_back_as_it_was_put(store: PassageStore) -> None:
    text = "\ufeffOne\x00 🙂.\r\n\r\nTwo e\u0301."
    article = make_article('a "b" é', text, "T", "https://example.org/", "2023", ("Who?",))

    put(store, article)

    assert store.articles() == (article,)
    assert store.article(article.id) == article
    assert store.article("b") is None


def test_article_comes_back_with_all_that_an_added_one_has(store: PassageStore) -> None:
    article = replace(
        make_article("a", "One.\n\nTwo."), author="Kim", pages=(Page(1, 0), Page(3, 6)), added=True
    )

    put(store, article)

    assert store.articles() == (article,)
    assert store.digests(added=True) == {"a": article.sha256}
    assert store.digests(added=False) == {}
    assert store.is_added("a")


def test_text_and_title_of_any_length_come_back(store: PassageStore) -> None:
    rng = np.random.default_rng(0)
    letters = "".join(map(chr, rng.integers(0x400, 0x3000, 200_000)))  # three bytes each, and nothing repeats
    article = make_article("a", f"{letters}\n\nFerries came.", title=letters)

    store.put(article, make_passages("Ferries came."), encode("ferry"))

    assert store.articles() == (article,)
    assert store.list_articles(ArticleQuery()).articles[0].title == letters
    assert found(store, store.rank_lexically(["ferri"], 10)) == ["a:1"]


def test_counts_and_ids_are_those_of_what_is_there(store: PassageStore) -> None:
    put(store, *make_articles(ARTICLES))

    assert store.article_ids() == ("harbour", "library")
    assert store.article_count() == 2
    assert store.passage_count() == sum(len(store.passages_of(one)) for one in store.article_ids())
    assert store.holds("library")
    assert not store.holds("else")
    assert store.find(make_article("x", ARTICLES["library"]).sha256) == "library"
    assert store.find("0" * 64) is None


def test_library_that_is_opened_again_holds_what_it_held(opener: Opener, store: PassageStore) -> None:
    put(store, *make_articles(ARTICLES))

    with closing(opener()) as again:
        assert again.articles() == store.articles()
        assert again.recipe() == RECIPE
        assert again.pending() == ()
        assert again.generation() == store.generation()
        assert again.rank_lexically(["ferri"], 10) == store.rank_lexically(["ferri"], 10)


def test_article_put_again_takes_the_place_of_the_former(store: PassageStore) -> None:
    put(store, make_article("a", "Ferries came.\n\nCrews left."))
    put(store, make_article("a", "Trains came."))

    assert [article.text for article in store.articles()] == ["Trains came."]
    assert store.rank_lexically(["ferri"], 10) == []
    assert len(store.rank_by_meaning(encode("ferry")[0], 10)) == 1
    assert store.passage_counts() == {"train": 1, "came": 1}
    assert set(store.vocabulary()) == {"trains", "came"}


def test_removed_article_leaves_nothing(store: PassageStore) -> None:
    put(store, ferry("a"), make_article("b", "Trains came."))

    store.remove("a")

    assert store.article_ids() == ("b",)
    assert store.passages_of("a") == ()
    assert store.rank_lexically(["ferri"], 10) == []
    assert found(store, store.rank_by_meaning(encode("ferry")[0], 10)) == ["b:1"]
    assert set(store.vocabulary()) == {"trains", "came"}
    assert store.articles_with("ferri", 10) == ()
    assert store.passage_count() == store.list_articles(ArticleQuery()).total == 1


def test_metadata_changes_alone(store: PassageStore) -> None:
    put(store, make_article("a", "Ferries came.", published="2023-05-04"))
    before = store.passages_of("a")

    store.put_metadata(make_article("a", "Ferries came.", "New title", questions=("Who?",)))

    assert [(one.title, one.questions, one.published) for one in store.articles()] == [
        ("New title", ("Who?",), None)
    ]
    assert store.list_articles(ArticleQuery()).articles[0].title == "New title"
    assert store.passages_of("a") == before
    assert store.pending() == ()


def test_day_that_changes_counts_in_both_rankings(store: PassageStore) -> None:
    put(store, ferry("a", "2023-05-04"), ferry("b", "2023-05-04"))
    store.put_metadata(ferry("a", "2024-01-31"))
    later = Scope(published_from="2024-01-01")

    assert found(store, store.rank_lexically(["ferri"], 10, later)) == ["a:1"]
    assert found(store, store.rank_by_meaning(encode("ferry")[0], 10, later)) == ["a:1"]
    assert store.passage_counts()["ferri"] == 2


# Passages


def test_passages_come_back_as_they_were_put(store: PassageStore) -> None:
    (article,) = make_articles({"harbour": ARTICLES["harbour"]})
    put(store, article)

    passages = store.passages_of("harbour")
    ranked = store.rank_by_meaning(encode("harbour")[0], 10)

    assert passages == split_article(article, ENCODER.count_tokens, ENCODER.max_tokens)
    assert set(store.passages([key for key, _ in ranked]).values()) == set(passages)
    assert store.passages_of("else") == ()
    assert store.passages([]) == {}


def test_article_of_thousands_of_passages_comes_back_whole(store: PassageStore) -> None:
    article = make_article("a", "\n\n".join(f"Ferry {number} came." for number in range(2500)))
    passages = make_passages(article.text)
    vectors = np.tile(encode("ferry"), (len(passages), 1))

    store.put(article, passages, vectors)

    assert store.passages_of("a") == passages
    assert found(store, store.rank_lexically(["2345"], 10)) == ["a:2346"]
    assert store.passage_counts()["ferri"] == 2500


def test_vectors_are_refused_when_one_is_missing(store: PassageStore) -> None:
    article = make_article("a", "One.\n\nTwo.")

    with pytest.raises(ValueError, match="expected 2 vectors, got 1"):
        store.put(article, make_passages(article.text), encode("One."))
    assert store.articles() == ()
    put(store, article)
    assert len(store.passages_of("a")) == 2


# Ranking


def test_meaning_ranks_as_by_hand(store: PassageStore) -> None:
    put(store, make_article("a", "Harbour mayor\n\nFerry crew\n\nHarbour crew"))

    ranked = store.rank_by_meaning(encode("harbour")[0], 10)

    assert found(store, ranked) == ["a:3", "a:1", "a:2"]
    assert [score for _, score in ranked] == pytest.approx([1, 0.5**0.5, 0])


def test_scores_are_those_of_the_ranking(store: PassageStore) -> None:
    put(store, *make_articles(ARTICLES))
    query = encode("harbour mayor ferry")[0]
    ranked = store.rank_by_meaning(query, 10)

    assert store.scores(query, [key for key, _ in ranked]) == pytest.approx(dict(ranked))
    assert store.scores(query, []) == {}


def test_meaning_ranks_no_more_than_there_are(store: PassageStore) -> None:
    query = encode("harbour")[0]
    assert store.rank_by_meaning(query, 10) == []
    put(store, ferry("a"), ferry("b"))

    assert len(store.rank_by_meaning(query, 10)) == 2
    assert len(store.rank_by_meaning(query, 1)) == 1
    assert store.rank_by_meaning(query, 0) == []


def test_query_of_another_dimension_is_refused(store: PassageStore) -> None:
    put(store, ferry("a"))

    with pytest.raises(ModelError, match="dimension 7"):
        store.rank_by_meaning(np.ones(3, dtype=np.float32), 10)


@pytest.mark.parametrize("lexically", [True, False])
def test_ties_follow_the_articles_when_one_was_put_anew(store: PassageStore, lexically: bool) -> None:
    put(store, *(make_article(one, "Ferries came.") for one in "cba"))
    put(store, make_article("b", "Ferries came."))

    for limit in (1, 2, 3) if lexically else (3,):  # FAISS may give any of those that tie at the end
        ranked = (
            store.rank_lexically(["ferri"], limit)
            if lexically
            else store.rank_by_meaning(encode("x")[0], limit)
        )
        assert found(store, ranked) == ["a:1", "b:1", "c:1"][:limit]


def test_lexical_ranking_knows_rare_terms_and_short_passages(store: PassageStore) -> None:
    put(
        store,
        make_article("a", "ferry ferry harbour\n\nferry crew train\n\nmayor crew train\n\nmayor crew boat"),
    )

    assert found(store, store.rank_lexically(["ferri", "harbour"], 10)) == ["a:1", "a:2"]
    assert found(store, store.rank_lexically(["crew", "boat"], 1)) == ["a:4"]
    ranked = store.rank_lexically(["ferri", "ferri"], 10)
    assert ranked == store.rank_lexically(["ferri"], 10)
    assert all(score > 0 for _, score in ranked)


def test_lexical_ranking_of_no_terms_is_empty(store: PassageStore) -> None:
    put(store, ferry("a"))

    assert store.rank_lexically([], 10) == []


@pytest.mark.parametrize(
    "term", ["AND", "NEAR", "NOT", "a*", "terms:x", "(", "1⁄2", "", "ͺ", '"', "\\", "中文"]
)
def test_lexical_ranking_takes_any_term_as_a_word(store: PassageStore, term: str) -> None:
    put(store, make_article("a", "Ferries came."))

    assert store.rank_lexically([term], 10) == []


def test_every_letter_is_counted_as_the_question_spells_it(store: PassageStore) -> None:
    # but for those that stand for a letter and a sign, such as a Catalan l with its dot
    letters = [chr(point) for point in range(0x41, 0x1100) if fold(chr(point)).isalpha()]
    put(store, make_article("a", " ".join(f"x{letter}x" for letter in letters)))
    counts = store.passage_counts()

    assert [letter for letter in letters if any(term not in counts for term in terms(f"x{letter}x"))] == []
    sample = letters[::97]
    assert [letter for letter in sample if not store.rank_lexically(terms(f"x{letter}x"), 1)] == []


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (Scope(("b",)), {"b:1"}),
        (Scope(("c", "a")), {"a:1", "c:1"}),
        (Scope(published_from="2023-05-04"), {"a:1", "b:1"}),
        (Scope(published_from="2023-05-05"), {"b:1"}),
        (Scope(published_to="2023-05-04"), {"a:1"}),
        (Scope(published_from="2023-05-04", published_to="2023-05-04"), {"a:1"}),
        (Scope(("b", "c"), published_from="2023-01-01"), {"b:1"}),
        (Scope(("c",), published_to="2030-01-01"), set()),
        (Scope(published_to="2000-01-01"), set()),
    ],
)
def test_scope_leaves_out_the_others_and_loses_nothing(
    store: PassageStore, scope: Scope, expected: set[str]
) -> None:
    put(store, ferry("a", "2023-05-04"), ferry("b", "2023-05-05T08:00:00Z"), ferry("c", "on May 4"), ferry("d"))
    put(store, *(make_article(f"x{number}", "Ferry. Ferry. Ferry.") for number in range(40)))

    assert set(found(store, store.rank_lexically(["ferri"], 10, scope))) == expected
    assert set(found(store, store.rank_by_meaning(encode("ferry")[0], 10, scope))) == expected


# Words


def test_words_and_terms_are_counted(store: PassageStore) -> None:
    put(store, make_article("a", "Kyiv ferries.\n\nKYIV harbour."), make_article("b", "kyiv ferry. Émile"))

    assert store.vocabulary()["kyiv"] == ("kyiv", 2)
    assert store.vocabulary()["emile"] == ("Émile", 1)
    assert store.vocabulary()["ferries"] == ("ferries", 1)
    assert store.passage_counts() == {"kyiv": 3, "ferri": 2, "harbour": 1, "emil": 1}


def test_words_are_those_that_are_left(store: PassageStore) -> None:
    put(store, make_article("a", "Kyiv ferries."), make_article("b", "kyiv ferry."))
    first = store.snapshot()
    assert first.vocabulary()["kyiv"] == ("kyiv", 2)

    store.remove("b")
    put(store, make_article("c", "Kyiv harbour."))

    with closing(store.snapshot(first)) as second:
        assert dict(second.vocabulary()) == {
            "kyiv": ("Kyiv", 2),
            "ferries": ("ferries", 1),
            "harbour": ("harbour", 1),
        }
        assert second.passage_counts() == {"kyiv": 2, "ferri": 1, "harbour": 1}
    first.close()


def test_first_articles_with_a_term_are_given(store: PassageStore) -> None:
    put(store, *(ferry(one) for one in "dbca"), make_article("e", "Trains came."))

    assert store.articles_with("ferri", 3) == ("a", "b", "c")
    assert store.articles_with("train", 3) == ("e",)
    assert store.articles_with("boat", 3) == ()


# Files


def source_file(name: str, sha256: str = "f") -> SourceFile:
    return SourceFile(Path(name), 13, 1_700_000_000_123_456_789, sha256)


def test_file_of_an_article_is_known_again(store: PassageStore) -> None:
    article = ferry("a")
    file = source_file('/news/ferry\udcff "é".txt')

    assert add(store, article, file)

    assert store.file(file.path) == file
    assert store.article_of(file.path) == "a"
    assert store.files("a") == (file.path,)
    assert store.file(Path("/else")) is None
    assert store.article_of(Path("/else")) is None
    assert store.files("else") == ()
    assert not store.is_kept("a")


def test_article_is_added_once(store: PassageStore) -> None:
    assert add(store, ferry("a"))

    assert not add(store, ferry("a"))
    assert not add(store, replace(ferry("a"), id="b"))
    assert not add(store, make_article("c", "Trains came."), replaced=ferry("c"))
    assert store.article_ids() == ("a",)
    assert store.is_kept("a")


def test_changed_article_takes_the_place_of_what_it_replaces(store: PassageStore) -> None:
    first, changed = ferry("a"), make_article("a", "Trains came.")
    add(store, first, source_file("/a"))

    assert add(store, changed, source_file("/a", "g"), replaced=first)
    assert [article.text for article in store.articles()] == ["Trains came."]
    assert store.file(Path("/a")) == source_file("/a", "g")


def test_article_that_is_replaced_has_the_new_texts_file_alone(store: PassageStore) -> None:
    first = ferry("a")
    add(store, first, source_file("/a"))
    store.put_file(source_file("/moved"), "a")

    assert add(store, make_article("a", "Trains came."), source_file("/moved", "g"), replaced=first)
    assert store.files("a") == (Path("/moved"),)
    assert store.file(Path("/a")) is None


def test_seed_takes_the_place_of_an_added_article_with_its_text(store: PassageStore) -> None:
    add(store, ferry("a"), source_file("/a"))

    put(store, replace(ferry("a"), id="seed"))

    assert store.article_ids() == ("seed",)
    assert store.article_of(Path("/a")) == "seed"
    assert not store.forget_seed("seed")
    assert store.is_added("seed")


@pytest.mark.parametrize("source", [None, source_file("/a")])
def test_text_that_was_added_as_a_seeds_stays_when_the_seed_changes(
    store: PassageStore, source: SourceFile | None
) -> None:
    first, changed = ferry("seed"), make_article("seed", "Trains came.")
    put(store, first)
    if source:
        store.put_file(source, "seed")
    else:
        store.keep("seed")

    put(store, changed)

    held = store.find(first.sha256)
    assert held == f"seed-{first.sha256[:8]}"
    assert store.article("seed") == changed
    assert store.article(held) == replace(first, id=held, added=True)
    assert (store.files("seed"), store.is_kept("seed")) == ((), False)
    assert (store.files(held), store.is_kept(held)) == ((source.path,) if source else (), source is None)
    assert [passage.text for passage in store.passages_of(held)] == ["Ferry seed came."]
    assert found(store, store.rank_lexically(["ferri"], 10)) == [f"{held}:1"]
    assert store.passage_counts() == {"ferri": 1, "seed": 1, "train": 1, "came": 2}
    assert [one.id for one in store.list_articles(ArticleQuery(order="title")).articles] == [held, "seed"]

    put(store, first)  # the seed is as it was
    assert store.article_ids() == ("seed",)
    assert (store.files("seed"), store.is_kept("seed")) == ((source.path,) if source else (), source is None)


def test_file_that_holds_another_article_now_lets_the_former_go(store: PassageStore) -> None:
    add(store, ferry("a"), source_file("/a"))
    add(store, ferry("b"), source_file("/b"))
    add(store, ferry("c"))

    store.put_file(source_file("/a"), "b")
    assert store.article_ids() == ("b", "c")
    assert store.files("b") == (Path("/a"), Path("/b"))
    store.put_file(source_file("/c"), "c")
    store.put_file(source_file("/c"), "b")
    assert store.article_ids() == ("b", "c")  # what was added by itself stays
    store.keep("b")
    assert store.is_kept("b")


def test_nothing_is_written_of_an_article_that_another_process_removed(store: PassageStore) -> None:
    assert not store.put_file(source_file("/a"), "a")
    assert not store.keep("a")
    assert not store.put_metadata(ferry("a"))
    assert store.file(Path("/a")) is None
    assert store.article_ids() == ()


def test_metadata_of_a_text_that_another_process_changed_is_left_out(store: PassageStore) -> None:
    put(store, ferry("a"))

    assert not store.put_metadata(make_article("a", "Trains came.", "Trains"))
    assert store.articles() == (ferry("a"),)


def test_seed_that_is_gone_is_forgotten(store: PassageStore) -> None:
    put(store, ferry("a"))

    assert store.forget_seed("a")
    assert store.article_ids() == ()


# Recipes


def test_recipe_is_none_when_the_store_is_new(opener: Opener) -> None:
    with closing(opener()) as new:
        assert new.recipe() is None


def test_recipe_comes_back_and_forgets_the_passages_alone(store: PassageStore) -> None:
    article = ferry("a")
    put(store, article)
    other = replace(RECIPE, encoder="other")

    store.begin_recipe(other)

    assert store.recipe() == other
    assert store.articles() == (article,)
    assert store.pending() == ("a",)
    assert store.passages_of("a") == ()
    assert store.passage_count() == 0
    assert store.rank_lexically(["ferri"], 10) == []
    assert store.passage_counts() == {}


def test_passages_are_still_to_be_made_when_a_former_recipe_returns(store: PassageStore) -> None:
    article = ferry("a")
    put(store, article)
    store.begin_recipe(replace(RECIPE, encoder="other"))

    store.begin_recipe(RECIPE)

    assert store.pending() == ("a",)
    put(store, article)
    assert store.pending() == ()
    assert found(store, store.rank_lexically(["ferri"], 10)) == ["a:1"]


def test_passages_are_made_anew_in_another_dimension(store: PassageStore) -> None:
    article = ferry("a")
    put(store, article)
    store.begin_recipe(replace(RECIPE, encoder="other"))

    store.put_passages(article, make_passages(article.text), np.array([[0.6, 0.8]], dtype=np.float32))

    assert store.pending() == ()
    recipe = store.recipe()
    assert recipe is not None
    assert recipe.dimension == 2
    assert [
        score for _, score in store.rank_by_meaning(np.array([1, 0], dtype=np.float32), 9)
    ] == pytest.approx([0.6])
    assert set(store.vocabulary()) == {"ferry", "a", "came"}


def test_same_recipe_forgets_nothing(opener: Opener, store: PassageStore) -> None:
    put(store, ferry("a"))

    with closing(opener()) as again:
        again.begin_recipe(RECIPE)

    assert store.pending() == ()


def test_passages_of_a_recipe_that_another_process_has_left_are_refused(
    opener: Opener, store: PassageStore
) -> None:
    with closing(opener()) as other:
        other.begin_recipe(replace(RECIPE, encoder="other"))

    with pytest.raises(StoreError, match="another process has begun"):
        put(store, ferry("a"))
    assert store.articles() == ()


def test_passages_of_an_article_that_was_removed_meanwhile_are_left_out(store: PassageStore) -> None:
    article = ferry("a")

    store.put_passages(article, make_passages(article.text), encode("ferry"))

    assert store.articles() == ()
    assert store.passage_count() == 0


# Who writes and who reads


def test_every_change_counts_the_generation_up(opener: Opener, store: PassageStore) -> None:
    with closing(opener()) as other:
        seen = [other.generation()]
        put(store, ferry("a"))
        seen.append(other.generation())
        store.put_metadata(replace(ferry("a"), title="New title"))
        seen.append(other.generation())
        store.remove("a")
        seen.append(other.generation())

    assert seen == list(range(seen[0], seen[0] + 4))


def test_store_sees_at_once_what_another_writes(opener: Opener, store: PassageStore) -> None:
    with closing(opener()) as other:
        put(store, ferry("a"))
        assert other.article_ids() == ("a",)
        put(store, make_article("a", "Trains came."))
        assert [article.text for article in other.articles()] == ["Trains came."]
        assert found(other, other.rank_lexically(["train", "ferri"], 10)) == ["a:1"]


def test_snapshot_stays_as_it_was_while_another_writes(store: PassageStore) -> None:
    put(store, ferry("a"), make_article("c", "Trains came."))
    with closing(store.snapshot()) as before:
        put(store, ferry("b"), make_article("c", "Ferries left."))
        store.remove("a")

        assert before.article_ids() == ("a", "c")
        assert [article.text for article in before.articles()] == ["Ferry a came.", "Trains came."]
        assert found(before, before.rank_lexically(["ferri", "left"], 10)) == ["a:1"]
        assert set(found(before, before.rank_by_meaning(encode("ferry")[0], 10))) == {"a:1", "c:1"}
        assert before.passage_counts() == {"ferri": 1, "a": 1, "came": 2, "train": 1}
        assert before.passages_of("c")[0].text == "Trains came."
        with closing(store.snapshot(before)) as after:
            assert after.article_ids() == ("b", "c")
            assert set(found(after, after.rank_lexically(["ferri"], 10))) == {"b:1", "c:1"}


def test_snapshot_stays_as_it_was_while_passages_are_made_anew(store: PassageStore) -> None:
    article = ferry("a")
    put(store, article)
    with closing(store.snapshot()) as before:
        store.begin_recipe(replace(RECIPE, encoder="other"))
        store.put_passages(article, make_passages(article.text), np.array([[0.6, 0.8]], dtype=np.float32))

        assert before.recipe() == RECIPE
        assert found(before, before.rank_lexically(["ferri"], 10)) == ["a:1"]
        assert found(before, before.rank_by_meaning(encode("ferry")[0], 10)) == ["a:1"]
        assert before.pending() == ()


# Listing


@pytest.mark.parametrize(
    ("query", "listed"),
    [
        (ArticleQuery(order="newest"), ["ferry", "harbour", "note"]),
        (ArticleQuery(order="oldest"), ["harbour", "ferry", "note"]),
        (ArticleQuery(order="title"), ["note", "ferry", "harbour"]),
        (ArticleQuery(order="id"), ["ferry", "harbour", "note"]),
        (ArticleQuery(order="id", limit=1, offset=1), ["harbour"]),
        (ArticleQuery("  омар  École "), ["ferry"]),
        (ArticleQuery("lindstrom"), ["harbour"]),
        (ArticleQuery("%"), []),
        (ArticleQuery(published_from="2023-05-05"), ["ferry"]),
        (ArticleQuery(published_to="2023-05-04"), ["harbour"]),
        (ArticleQuery(site="post.example"), ["harbour"]),
        (ArticleQuery(author="Ana Lindström"), ["harbour"]),
        (ArticleQuery(limit=1, offset=1), ["harbour"]),
    ],
)
def test_articles_are_listed_as_asked(store: PassageStore, query: ArticleQuery, listed: list[str]) -> None:
    put(store, *listed_articles())

    page = store.list_articles(query)

    assert [article.id for article in page.articles] == listed
    assert page.total == (3 if query.limit == 1 else len(listed))


@pytest.mark.parametrize("order", ["newest", "oldest", "title", "id"])
def test_listing_is_the_same_in_every_store(tmp_path: Path, engine: str, order: Order) -> None:
    with Store(tmp_path) as one, MilvusStore(engine, library=f"listed_{order}") as other:
        for store in (one, other):
            put(
                store, *listed_articles(), *(ferry(str(day), f"2023-05-{day % 28 + 1:02}") for day in range(40))
            )

        query = ArticleQuery(order=order, limit=30, offset=5)
        assert one.list_articles(query) == other.list_articles(query)
        assert one.facets() == other.facets()


def listed_articles() -> tuple[Article, ...]:
    return (
        replace(
            make_article("harbour", "Harbour opens\n\nThe 🚢 came.", published="2023-05-04"),
            author="Ana Lindström",
            source_url="https://www.post.example/harbour",
        ),
        make_article(
            *("ferry", "École de Омар\n\nThe ferry is late.", None, "https://news.example/ferry"),
            published="2024-01-31T08:00:00+00:00",
        ),
        make_article("note", "apple prices\n\nApples cost more.", published="on May 4"),
    )
