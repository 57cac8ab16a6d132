import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeEncoder
from test_store import RECIPE

from chatbot.store import Store
from eval.bench import plot
from eval.growing import BulkStore, Maker, grow
from eval.scale import Size, peak_memory, recall, table

TEXTS = [f"The harbour of town {number} opened. Mayor Lind met crew {number}." for number in range(40)]
EXACT = Size(1_000, 50, 512.4, 4.8, 0.0, 0.0, 0.4, 0.3, 0.9, 8.2, 11.7, 10.1, 454.2, 1.0)
LARGE = Size(1_000_000, 50_000, 498.0, 4_300.0, 380.2, 61.5, 3.9, 1.2, 4.4, 20.1, 31.0, 25.5, 1_204.9, 0.981)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = BulkStore(tmp_path)
    store.begin_recipe(RECIPE)
    grow(store, Maker(TEXTS, FakeEncoder().encode_queries(TEXTS)).articles(), 40)
    return store


def test_recall_is_all_of_an_exact_index_and_nothing_of_none(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(0)
    vectors = random.normal(size=(40, 7)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    for row, vector in enumerate(vectors, start=1):
        store._connection.execute("UPDATE passage SET vector = ? WHERE row = ?", (vector.tobytes(), row))

    assert recall(store, vectors[:10]) == 1
    monkeypatch.setattr(Store, "rank_by_meaning", lambda *_: [])
    assert recall(store, vectors[:10]) == 0


def test_table_has_a_line_for_each_size() -> None:
    lines = table([EXACT, LARGE]).splitlines()

    assert len(lines) == 4
    assert len({line.count("|") for line in lines}) == 1
    assert "| 1,000 | 50 | 512 | 5 MiB | exact |" in lines[2]
    assert "| 380 MiB | 61.5 s | 3.90 s | 1.20 s |" in lines[3]
    assert lines[3].endswith("| 31.0 ms | 25.5 ms | 1,205 MiB | 0.981 |")


@pytest.mark.parametrize("sizes", [[EXACT], [EXACT, LARGE]])
def test_plot_is_a_picture_with_every_value(sizes: list[Size]) -> None:
    picture = plot(sizes)

    ElementTree.fromstring(picture)
    assert picture.count("<circle") == 6 * len(sizes)
    assert ">11.7<" in picture


def test_peak_memory_is_that_of_this_process() -> None:
    assert 10 < peak_memory() < 100_000
