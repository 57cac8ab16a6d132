from pathlib import Path

import numpy as np
import pytest
from fakes import FakeEncoder
from test_store import RECIPE

from chatbot.check import CheckedStore
from chatbot.encoder import Vectors
from eval import growing
from eval.growing import BulkStore, Maker, grow

TEXTS = [
    f"The harbour of town {number} opened. Mayor Lind met crew {number}! Ferries carry {number} 🙂."
    for number in range(30)
]


@pytest.fixture
def vectors() -> Vectors:
    return FakeEncoder().encode_queries(TEXTS)


def test_library_of_the_size_is_whole_however_it_was_written(
    tmp_path: Path, vectors: Vectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growing, "ONE_BY_ONE", 40)
    with BulkStore(tmp_path) as store:
        store.begin_recipe(RECIPE)
        articles = Maker(TEXTS, vectors).articles()
        grow(store, articles, 40)
        grow(store, articles, 200)

        assert store.passage_count() == 200
    with CheckedStore(tmp_path) as checked:
        assert checked.inspect() == ()


def test_real_passages_come_first_and_synthetic_ones_are_near_them(vectors: Vectors) -> None:
    made = Maker(TEXTS, vectors).articles()
    real, synthetic = next(made), next(made)

    assert [passage.text for passage in real.passages] == TEXTS[:20]
    assert np.array_equal(real.vectors, vectors[:20])
    nearest = (synthetic.vectors @ vectors.T).max(axis=1)
    assert nearest.min() > 0.4
