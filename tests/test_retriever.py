from pathlib import Path

import pytest
from fakes import ARTICLES, FakeEncoder, make_library
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatbot.library import Library
from chatbot.retriever import LEXICAL_SHARE, RECIPROCAL_K, Mode, Retriever
from chatbot.scope import Scope

# For "harbour mayor" the cosines are 1, 1 / sqrt(2), 1 / sqrt(2) and 0.
TEXT = "harbour mayor\n\nharbour crews\n\nmayor crews\n\nnothing else"


def retriever(folder: Path, texts: dict[str, str] | None = None) -> Retriever:
    return Retriever(make_library(texts or {"a": TEXT}, folder), FakeEncoder())


def numbers(found: Retriever, query: str, mode: Mode = "fusion", limit: int = 10) -> list[int]:
    return [hit.passage.number for hit in found.search(query, limit=limit, mode=mode)]


def test_dense_ranking_is_by_cosine(tmp_path: Path) -> None:
    hits = retriever(tmp_path).search("harbour mayor", mode="dense")

    assert [hit.passage.number for hit in hits] == [1, 2, 3, 4]
    assert [hit.dense for hit in hits] == pytest.approx([1, 0.5**0.5, 0.5**0.5, 0])
    assert [hit.score for hit in hits] == [hit.dense for hit in hits]


def test_lexical_ranking_finds_words_alone(tmp_path: Path) -> None:
    found = retriever(tmp_path)

    assert numbers(found, "crews", "lexical") == [2, 3]
    assert numbers(found, "unheard", "lexical") == []


def test_reciprocal_rank_fusion_is_as_by_hand(tmp_path: Path) -> None:
    hits = retriever(tmp_path).search("nothing harbour", mode="rrf")
    k = RECIPROCAL_K

    # dense: 1 and 2 tie before 3 and 4, which tie; lexical: the rare "nothing" before "harbour"
    assert {hit.passage.number: hit.score for hit in hits} == pytest.approx(
        {
            4: 1 / (k + 1) + 1 / (k + 4),
            2: 1 / (k + 3) + 1 / (k + 1),
            1: 1 / (k + 2) + 1 / (k + 2),
            3: 1 / (k + 3),
        }
    )


def test_fusion_adds_both_scores_brought_to_one(tmp_path: Path) -> None:
    hits = retriever(tmp_path).search("harbour mayor")
    best = max(1.0, *(hit.lexical for hit in hits))  # what scores next to nothing stays so

    for hit in hits:  # the cosines spread from 0 to 1 already
        expected = (1 - LEXICAL_SHARE) * hit.dense + LEXICAL_SHARE * hit.lexical / best
        assert hit.score == pytest.approx(expected)


@pytest.mark.parametrize("mode", ["fusion", "rrf", "dense", "lexical"])
@pytest.mark.parametrize("query", ["harbour mayor", "crews", "nothing", "unheard", "the", "🙂", "Ω"])
def test_scores_descend_and_ranks_count_from_one(tmp_path: Path, mode: Mode, query: str) -> None:
    hits = retriever(tmp_path).search(query, mode=mode)

    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


@pytest.mark.parametrize("mode", ["fusion", "rrf", "dense"])
def test_ties_go_to_the_earlier_passage(tmp_path: Path, mode: Mode) -> None:
    found = retriever(tmp_path, {"a": "ferry one\n\nferry one\n\nferry one", "b": "ferry one"})

    hits = found.search("ferry", mode=mode)

    assert [hit.passage.id for hit in hits] == ["a:1", "a:2", "a:3", "b:1"]


def test_limit_larger_than_the_library_gives_every_passage_once(tmp_path: Path) -> None:
    assert sorted(numbers(retriever(tmp_path), "harbour", limit=100)) == [1, 2, 3, 4]


def test_limit_is_kept(tmp_path: Path) -> None:
    found = retriever(tmp_path)

    assert numbers(found, "harbour mayor", limit=2) == numbers(found, "harbour mayor")[:2]


@pytest.mark.parametrize("mode", ["fusion", "rrf", "dense", "lexical"])
def test_one_article_is_searched_alone(tmp_path: Path, mode: Mode) -> None:
    hits = retriever(tmp_path, ARTICLES).search("open the library", Scope(("harbour",)), mode=mode)

    assert hits
    assert {hit.passage.article_id for hit in hits} == {"harbour"}


def test_query_of_stop_words_alone_is_searched_as_it_is(tmp_path: Path) -> None:
    found = retriever(tmp_path, {"a": "to be or not\n\nharbour"})

    assert numbers(found, "to be", "lexical") == [1]


def test_filler_words_leave_the_lexical_ranking(tmp_path: Path) -> None:
    found = retriever(tmp_path, ARTICLES)

    assert found.search("could you please tell me who the director is?", mode="lexical") == found.search(
        "director", mode="lexical"
    )


def test_hit_has_both_scores_when_only_the_words_found_it(tmp_path: Path) -> None:
    (first, *_) = retriever(tmp_path).search("harbour crews", mode="lexical", limit=1)

    assert first.dense == pytest.approx(1)
    assert first.lexical == first.score > 0


def test_hits_do_not_depend_on_the_order_of_indexing(tmp_path: Path) -> None:
    changed = make_library({"a": "ferry crews", "b": "ferry mayor"}, tmp_path / "one").store
    changed.close()
    rebuilt = make_library({"a": "ferry went", "b": "ferry mayor"}, tmp_path / "one")
    fresh = make_library({"a": "ferry went", "b": "ferry mayor"}, tmp_path / "two")

    for query in ("ferry", "mayor ferry", "went"):
        assert Retriever(rebuilt, FakeEncoder()).search(query) == Retriever(fresh, FakeEncoder()).search(query)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return make_library(ARTICLES, tmp_path_factory.mktemp("library"))


@given(st.text(min_size=1, max_size=80))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_query_is_ranked_and_ranked_alike_again(library: Library, query: str) -> None:
    found = Retriever(library, FakeEncoder())

    hits = found.search(query, limit=3)

    assert hits == found.search(query, limit=3)
    assert len(hits) == 3
