from collections.abc import Callable
from pathlib import Path

import pytest

from chatbot.training.data import title_fold
from eval import practice
from eval.collection import Collection, EvaluationError
from eval.practice import asked_questions, probe_questions, twin_questions
from eval.questions import Split


@pytest.fixture(scope="module", params=[asked_questions, twin_questions, probe_questions])
def halves(request: pytest.FixtureRequest) -> tuple[Collection, Collection]:
    return request.param("dev"), request.param("test")


def test_each_half_has_articles_of_its_own_that_no_reader_is_trained_on(
    halves: tuple[Collection, Collection],
) -> None:
    dev, test = ({article.id for article in half.articles} for half in halves)

    assert dev.isdisjoint(test)
    assert {title_fold(article.title) for half in halves for article in half.articles} == {0}
    for half in halves:
        assert {question.article_id for question in half.questions} == {article.id for article in half.articles}


def test_labels_are_the_words_of_the_article(halves: tuple[Collection, Collection]) -> None:
    for half in halves:
        texts = {article.id: article.text for article in half.articles}
        asked = [*half.questions, *(turn for chain in half.chains for turn in chain)]
        golds = [(question.article_id, gold) for question in asked for gold in question.answers]

        assert len(golds) > 1_000
        assert all(texts[article][gold.start : gold.end] == gold.text for article, gold in golds)


def test_each_half_has_questions_with_and_without_an_answer(halves: tuple[Collection, Collection]) -> None:
    for half in halves:
        assert len({question.id for question in half.questions}) == len(half.questions)
        assert sum(question.answerable for question in half.questions) > 200
        assert sum(not question.answerable for question in half.questions) > 100


def test_each_half_has_conversations_of_every_form() -> None:
    for half in (ask(split) for ask in (asked_questions, probe_questions) for split in ("dev", "test")):
        followups = [turn for chain in half.chains for turn in chain[1:]]

        assert all(chain[0].type == "first" and len(chain) >= 2 for chain in half.chains)
        assert {turn.type for turn in followups} == {"pronoun", "ellipsis", "standalone"}
        assert sum(turn.answerable for turn in followups) > 300
        assert sum(not turn.answerable for turn in followups) > 100


@pytest.mark.parametrize(
    ("source", "ask"), [("asked", asked_questions), ("twins", twin_questions), ("probes", probe_questions)]
)
def test_a_half_without_questions_is_refused(
    source: str, ask: Callable[[Split], Collection], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in practice.PRACTICE.glob("*_*.json"):
        if not path.name.startswith(source):
            (tmp_path / path.name).symlink_to(path)
    monkeypatch.setattr(practice, "PRACTICE", tmp_path)

    with pytest.raises(EvaluationError, match=f"expected questions of the split 'dev' in {source}_"):
        ask("dev")
