from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from scale_fakes import clustered, reader_of

from chatbot.encoder import Vectors
from chatbot.errors import ModelError, StoreError
from chatbot.index import PROBED, ApproximatePart, ExactPart, Index, fill, make_index, train_approximate
from chatbot.index_file import MANIFEST, load_index, read_manifest, save_index, saved_digest, saving_alone
from chatbot.rows import Rows, make_rows

# The cosines with (1, 0) are 1, 0.6, 0 and -1; rows 10 to 13.
VECTORS = np.array([[0, 1], [1, 0], [-1, 0], [0.6, 0.8]], dtype=np.float32)
EAST: Vectors = np.array([1, 0], dtype=np.float32)
FOUR = make_rows([(10, 4)])


def exact(vectors: Vectors = VECTORS, first: int = 10) -> Index:
    held = make_rows([(first, len(vectors))])
    return make_index("one", held, ExactPart(held.numbers, vectors), reader_of(vectors, first))


def found(index: Index, limit: int, within: Rows | None = None) -> list[int]:
    rows, scores = index.find(EAST, limit, within, reader_of(VECTORS, 10))
    return [row for _, row in sorted(zip(-scores, rows, strict=True))]


def test_nearest_are_those_of_the_highest_cosine() -> None:
    rows, scores = exact().find(EAST, 4, None, reader_of(VECTORS, 10))

    assert dict(zip(rows.tolist(), scores.tolist(), strict=True)) == pytest.approx(
        {11: 1, 13: 0.6, 10: 0, 12: -1}
    )
    assert found(exact(), 2) == [11, 13]


def test_limit_larger_than_the_index_gives_every_passage_once() -> None:
    assert found(exact(), 100) == [11, 13, 10, 12]


def test_search_stays_within_the_rows() -> None:
    assert found(exact(), 100, make_rows([(12, 2)])) == [13, 12]
    assert found(exact(), 1, make_rows([(10, 1), (12, 2)])) == [13]
    assert found(exact(), 10, make_rows([])) == []


def test_query_of_another_dimension_is_refused() -> None:
    with pytest.raises(ModelError, match=r"dimension 2, got shape \(3,\)"):
        exact().find(np.ones(3, dtype=np.float32), 1, None, reader_of(VECTORS, 10))


def test_rows_are_ranges_in_order() -> None:
    rows = make_rows([(7, 2), (1, 3)])

    assert rows.numbers.tolist() == [1, 2, 3, 7, 8]
    assert rows.hold(np.array([0, 1, 3, 4, 7, 8, 9])).tolist() == [False, True, True, False, True, True, False]
    assert rows.after(3).numbers.tolist() == [7, 8]
    assert np.flatnonzero(np.unpackbits(rows.bitmap, bitorder="little")).tolist() == [1, 2, 3, 7, 8]
    assert (len(rows), rows.last) == (5, 8)


# What is new, and what is gone


def test_added_and_removed_passages_count_though_the_base_stays() -> None:
    former = exact()
    vectors = np.concatenate([VECTORS, [[1, 0], [0.8, 0.6]]]).astype(np.float32)
    held = make_rows([(10, 1), (12, 2), (14, 2)])  # 11 is gone; 14 and 15 are new

    later = make_index("one", held, former.base, reader_of(vectors, 10))

    assert later.base is former.base
    assert later.gone == 1
    assert found(later, 3)[:3] == [14, 15, 13]
    assert found(later, 9, make_rows([(12, 2), (14, 1)])) == [14, 13, 12]
    assert later.is_stale
    assert not former.is_stale


# Approximate


@pytest.fixture(scope="module")
def vectors() -> Vectors:
    return clustered(20_000, 64)


@pytest.fixture(scope="module")
def approximate(vectors: Vectors) -> Index:
    held = make_rows([(1, len(vectors))])
    index = train_approximate(held, reader_of(vectors))
    assert list(fill(index, held, reader_of(vectors)))[-1] == len(vectors)
    return make_index("one", held, ApproximatePart(index, held.last), reader_of(vectors))


def nearest(vectors: Vectors, query: Vectors, limit: int, within: Rows | None = None) -> set[int]:
    rows = np.arange(1, len(vectors) + 1) if within is None else within.numbers
    return set(rows[np.argsort(-(vectors[rows - 1] @ query))[:limit]].tolist())


def ten(index: Index, vectors: Vectors, query: Vectors, within: Rows | None = None) -> set[int]:
    rows, scores = index.find(query, 100, within, reader_of(vectors))
    assert scores == pytest.approx(vectors[rows - 1] @ query, abs=1e-5)  # exact, whatever found them
    return set(rows[np.argsort(-scores)[:10]].tolist())


def test_approximate_search_recalls_the_nearest(vectors: Vectors, approximate: Index) -> None:
    queries = clustered(100, 64, seed=1)
    recalled = [len(ten(approximate, vectors, one) & nearest(vectors, one, 10)) for one in queries]

    assert sum(recalled) / 1000 >= 0.95
    base = approximate.base
    assert isinstance(base, ApproximatePart)
    assert len(base.find(queries[0], len(vectors), None, PROBED)) < len(vectors)  # it does not look at all


@pytest.mark.parametrize("count", [1, 500, 3_000, 15_000])
def test_scope_loses_none_of_the_nearest(vectors: Vectors, approximate: Index, count: int) -> None:
    random = np.random.default_rng(count)
    within = make_rows((int(row), 1) for row in random.choice(20_000, count, replace=False) + 1)

    for query in clustered(20, 64, seed=2):
        assert ten(approximate, vectors, query, within) == nearest(vectors, query, 10, within)


def test_passages_that_are_gone_are_not_found_by_an_approximate_index(
    vectors: Vectors, approximate: Index
) -> None:
    query = clustered(1, 64, seed=3)[0]
    gone = nearest(vectors, query, 3)
    held = make_rows((row, 1) for row in range(1, 20_001) if row not in gone)

    later = make_index("one", held, approximate.base, reader_of(vectors))

    assert later.gone == 3
    assert ten(later, vectors, query) == nearest(vectors, query, 13) - gone


# Its file


@pytest.fixture
def folder(tmp_path: Path, vectors: Vectors) -> Path:
    few = make_rows([(1, 1000)])
    index = train_approximate(few, reader_of(vectors))
    list(fill(index, few, reader_of(vectors)))
    save_index(tmp_path, index, "one", 1000)
    return tmp_path


def test_index_comes_back_from_its_file(folder: Path, vectors: Vectors) -> None:
    held = make_rows([(1, 1000)])

    part = load_index(folder, "one", held, reader_of(vectors))

    assert part is not None
    assert (part.count, part.last_row, part.dimension) == (1000, 1000, 64)
    index = make_index("one", held, part, reader_of(vectors))
    for query in clustered(20, 64, seed=4):
        assert ten(index, vectors, query) == nearest(vectors[:1000], query, 10)
    assert [path.suffix for path in sorted(folder.iterdir())] == [".faiss", ".json", ".lock"]


def test_index_tells_its_rows(folder: Path, vectors: Vectors) -> None:
    part = load_index(folder, "one", make_rows([(1, 1000)]), reader_of(vectors))

    assert part is not None
    assert part.rows().tolist() == list(range(1, 1001))


def test_index_of_a_library_that_has_grown_fits(folder: Path, vectors: Vectors) -> None:
    part = load_index(folder, "one", make_rows([(1, 900), (1001, 50)]), reader_of(vectors))

    assert part is not None
    assert part.last_row == 1000


@pytest.mark.parametrize("at", [10, 5_000, -1])
def test_damaged_file_is_never_used(folder: Path, vectors: Vectors, at: int) -> None:
    (path,) = folder.glob("*.faiss")
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)

    assert load_index(folder, "one", make_rows([(1, 1000)]), reader_of(vectors)) is None


def test_index_of_other_passages_is_never_used(folder: Path, vectors: Vectors) -> None:
    held = make_rows([(1, 1000)])

    assert load_index(folder, "another", held, reader_of(vectors)) is None
    # a library put back from a copy, and changed since, has other passages in the newest rows
    assert load_index(folder, "one", held, reader_of(np.roll(vectors[:1000], 1, axis=0))) is None


def test_index_of_passages_that_are_all_gone_is_never_used(folder: Path, vectors: Vectors) -> None:
    assert load_index(folder, "one", make_rows([(1001, 50)]), reader_of(vectors)) is None


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 1}'])
def test_manifest_that_says_nothing_is_none(folder: Path, vectors: Vectors, content: str) -> None:
    (folder / MANIFEST).write_text(content)

    assert read_manifest(folder) is None
    assert load_index(folder, "one", make_rows([(1, 1000)]), reader_of(vectors)) is None


def test_missing_file_is_none(folder: Path, vectors: Vectors) -> None:
    next(folder.glob("*.faiss")).unlink()

    assert load_index(folder, "one", make_rows([(1, 1000)]), reader_of(vectors)) is None


def test_index_that_cannot_be_written_is_an_error(tmp_path: Path, vectors: Vectors) -> None:
    few = make_rows([(1, 100)])
    index = train_approximate(few, reader_of(vectors))

    with pytest.raises(StoreError, match="expected room"):
        save_index(tmp_path / "nowhere", index, "one", 100)


def save_few(folder: Path, vectors: Vectors) -> None:
    few = make_rows([(1, 100)])
    index = train_approximate(few, reader_of(vectors))
    list(fill(index, few, reader_of(vectors)))
    save_index(folder, index, "two", 100)


def test_what_a_killed_process_left_is_taken_away(folder: Path, vectors: Vectors) -> None:
    for name in ("index-1.unfinished", "index.unfinished", f"{MANIFEST}-1.unfinished"):
        (folder / name).write_bytes(b"half of an index")

    save_few(folder, vectors)

    assert [path.suffix for path in sorted(folder.iterdir())] == [".faiss", ".json", ".lock"]


def test_who_saves_an_index_waits_for_another_who_does(folder: Path, vectors: Vectors) -> None:
    with ThreadPoolExecutor() as other:
        with saving_alone(folder):
            saved = other.submit(save_few, folder, vectors)
            with pytest.raises(TimeoutError):
                saved.result(0.5)
            assert saved_digest(folder) is not None
            assert load_index(folder, "one", make_rows([(1, 1000)]), reader_of(vectors)) is not None
        saved.result(60)

    assert load_index(folder, "two", make_rows([(1, 100)]), reader_of(vectors)) is not None


def test_index_is_not_saved_while_another_process_does_all_the_while(
    folder: Path, vectors: Vectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatbot.index_file.SAVING_TIMEOUT_S", 0.1)

    with saving_alone(folder), pytest.raises(StoreError, match="expected room and leave"):
        save_few(folder, vectors)


def test_file_that_faiss_does_not_open_is_an_error_when_saved_and_none_when_loaded(
    folder: Path, vectors: Vectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> None:
        raise RuntimeError("no memory to map it")

    monkeypatch.setattr("faiss.read_index", refuse)

    assert load_index(folder, "one", make_rows([(1, 1000)]), reader_of(vectors)) is None
    with pytest.raises(StoreError, match="no memory to map it"):
        save_few(folder, vectors)
