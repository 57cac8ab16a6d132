from pathlib import Path
from typing import Any

import pytest
from fakes import ARTICLES, FakeSource, as_source, make_chatbot

from chatbot.article import Article, make_article
from chatbot.chatbot import Chatbot, Cited, Turn
from chatbot.errors import QuestionError, UnknownArticleError
from chatbot.library import read_library
from chatbot.making import synchronize
from chatbot.retriever import Mode, Retriever
from chatbot.scope import EVERYTHING, MOST_ARTICLES, Scope, make_scope, published_day
from chatbot.store import Store

TEXT = "The harbour opened.\n\nThe mayor met the crews of the ferry."
DATES = {
    "a": "2023-09-08",
    "b": "2023-09-09",
    "c": "2023-09-09T23:59:00+09:00",
    "d": "2023-09-10",
    "e": None,
    "f": "Saturday",
}


def dated(article_id: str) -> Article:
    return make_article(article_id, TEXT, published=DATES[article_id])


def found(retriever: Retriever, scope: Scope, mode: Mode = "fusion") -> set[str]:
    return {hit.passage.article_id for hit in retriever.search("harbour", scope, 100, mode)}


@pytest.fixture
def retriever(tmp_path: Path) -> Retriever:
    store, source = Store(tmp_path), FakeSource()
    synchronize(store, [dated(article_id) for article_id in DATES], as_source(source))
    return Retriever(read_library(store), source.encoder)


def test_scope_of_nothing_chosen_is_everything() -> None:
    assert make_scope() == EVERYTHING
    assert all(EVERYTHING.holds(dated(article_id)) for article_id in DATES)


def test_article_that_is_given_twice_is_asked_once() -> None:
    assert make_scope(article_ids=["b", "a", "b"]).article_ids == ("b", "a")


@pytest.mark.parametrize("mode", ["fusion", "rrf", "dense", "lexical"])
@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (EVERYTHING, "abcdef"),
        (Scope(("a", "e")), "ae"),
        (Scope(published_from="2023-09-09"), "bcd"),
        (Scope(published_to="2023-09-09"), "abc"),
        (Scope(None, "2023-09-09", "2023-09-09"), "bc"),
        (Scope(("a", "b", "e"), "2023-09-09"), "b"),
        (Scope(published_from="2024-01-01"), ""),
    ],
)
def test_articles_of_a_scope_alone_are_searched_and_all_of_them(
    retriever: Retriever, scope: Scope, expected: str, mode: Mode
) -> None:
    assert found(retriever, scope, mode) == set(expected)
    assert {article_id for article_id in DATES if scope.holds(dated(article_id))} == set(expected)


def test_score_of_a_hit_is_that_of_the_whole_library(retriever: Retriever) -> None:
    everything = {hit.passage.id: hit.lexical for hit in retriever.search("harbour", limit=100)}

    for hit in retriever.search("harbour", Scope(("b",)), limit=100):
        assert hit.lexical == pytest.approx(everything[hit.passage.id])


def test_day_is_that_which_was_written() -> None:
    assert published_day("2023-09-09T23:59:00+09:00") == "2023-09-09"
    assert published_day("9 September 2023") is None
    assert published_day(None) is None


@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        ({"article_id": "a", "article_ids": ["a"]}, "article_ids", "got both"),
        ({"article_ids": []}, "article_ids", "got 0"),
        ({"article_ids": ["a"] * (MOST_ARTICLES + 1)}, "article_ids", f"got {MOST_ARTICLES + 1}"),
        ({"published_from": "soon"}, "published_from", "got 'soon'"),
        ({"published_to": "2023-02-30"}, "published_to", "got '2023-02-30'"),
        ({"published_from": "2023-09-10", "published_to": "2023-09-09"}, "published_from", "exchange"),
    ],
)
def test_what_is_no_scope_is_refused_with_its_field(
    tmp_path: Path, given: dict[str, Any], field: str, message: str
) -> None:
    with make_chatbot(ARTICLES, tmp_path) as chatbot:
        for ask in (chatbot.answer, chatbot.search, chatbot.read):
            with pytest.raises(QuestionError, match=message) as refused:
                ask("Who is the mayor?", **given)
            assert refused.value.field == field


def test_every_article_of_a_scope_is_to_be_known(tmp_path: Path) -> None:
    with make_chatbot(ARTICLES, tmp_path) as chatbot, pytest.raises(UnknownArticleError, match="'nowhere'"):
        chatbot.answer("Who?", article_ids=["harbour", "nowhere"])


def test_range_of_dates_without_an_article_is_not_found(tmp_path: Path) -> None:
    with make_chatbot(ARTICLES, tmp_path) as chatbot:
        answer = chatbot.answer("Who is the mayor?", published_from="2023-01-01")

    assert answer.not_found is not None
    assert answer.not_found.reason == "no_passage"


def test_follow_up_asks_no_article_outside_of_the_scope(tmp_path: Path) -> None:
    with make_chatbot(ARTICLES, tmp_path) as chatbot:
        history = [Turn("Who is the mayor?", (Cited("harbour", 15, 48),))]

        assert _articles(chatbot, history, ["library"]) <= {"library"}
        assert _articles(chatbot, history, ["harbour"]) == {"harbour"}


def _articles(chatbot: Chatbot, history: list[Turn], article_ids: list[str]) -> set[str]:
    asked = chatbot.read("When was he at the harbour?", history=history, article_ids=article_ids)
    return {quotation.article.id for quotation in asked}
