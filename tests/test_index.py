import numpy as np
import pytest

from chatbot.encoder import Vectors
from chatbot.errors import ModelError
from chatbot.index import Index

# The cosines with (1, 0) are 1, 0.6, 0 and -1.
VECTORS = np.array([[0, 1], [1, 0], [-1, 0], [0.6, 0.8]], dtype=np.float32)
EAST: Vectors = np.array([1, 0], dtype=np.float32)


def test_ranking_is_by_cosine() -> None:
    ranked = Index(VECTORS).rank(EAST, 4)

    assert [at for at, _ in ranked] == [1, 3, 0, 2]
    assert [score for _, score in ranked] == pytest.approx([1, 0.6, 0, -1])


def test_ties_go_by_position() -> None:
    ranked = Index(np.tile(VECTORS, (50, 1))).rank(EAST, 100)

    assert ranked == sorted(ranked, key=lambda item: (-item[1], item[0]))


def test_limit_larger_than_the_index_gives_every_passage_once() -> None:
    assert sorted(at for at, _ in Index(VECTORS).rank(EAST, 100)) == [0, 1, 2, 3]


def test_ranking_stays_within_the_positions() -> None:
    assert [at for at, _ in Index(VECTORS).rank(EAST, 100, np.arange(2, 4))] == [3, 2]


def test_limit_within_few_positions_is_kept() -> None:
    assert [at for at, _ in Index(VECTORS).rank(EAST, 1, np.arange(2, 4))] == [3]


def test_ranking_of_no_positions_is_empty() -> None:
    assert Index(VECTORS).rank(EAST, 10, np.arange(0)) == []


def test_query_of_another_dimension_is_refused() -> None:
    with pytest.raises(ModelError, match=r"dimension 2, got shape \(3,\)"):
        Index(VECTORS).rank(np.ones(3, dtype=np.float32), 1)


def test_scores_are_those_of_the_ranking() -> None:
    index = Index(VECTORS)

    assert index.scores(EAST, [3, 2]) == pytest.approx({3: 0.6, 2: -1})
