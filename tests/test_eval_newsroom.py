from pathlib import Path

import pytest

from chatbot.training.data import title_fold
from eval.collection import Collection, EvaluationError
from eval.newsroom import newsroom_chains


@pytest.fixture(scope="module")
def halves() -> tuple[Collection, Collection]:
    return newsroom_chains("dev"), newsroom_chains("test")


def test_each_half_has_articles_of_its_own(halves: tuple[Collection, Collection]) -> None:
    dev, test = ({chain[0].article_id for chain in half.chains} for half in halves)

    assert dev.isdisjoint(test)
    assert dev | test == {article.id for article in halves[0].articles}


def test_no_reader_is_trained_on_an_article(halves: tuple[Collection, Collection]) -> None:
    assert {title_fold(article.title) for article in halves[0].articles} == {0}


def test_each_half_has_chains_enough_and_asks_their_first_turns(halves: tuple[Collection, Collection]) -> None:
    for half in halves:
        assert len(half.chains) >= 40
        assert sum(not turn.answerable for chain in half.chains for turn in chain) >= 30
        assert half.questions == tuple(chain[0] for chain in half.chains)


def test_a_half_without_chains_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "chains.jsonl"
    path.write_text("", "utf-8")

    with pytest.raises(EvaluationError, match=r"expected chains of the split 'dev' in chains\.jsonl"):
        newsroom_chains("dev", path)
