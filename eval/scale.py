"""Scale: what a library costs as it grows; ``python -m eval.bench scale`` runs it.

Each size is opened and asked by a process of its own, as a server would hold it: the whole
chatbot, one question at a time. The answers of the approximate index are held against an
exact search over the same vectors.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import psutil

from chatbot.chatbot import Chatbot
from chatbot.confidence import load_calibration
from chatbot.encoder import Vectors, packaged_folder
from chatbot.library import open_library
from chatbot.making import encoder_source, prepare
from chatbot.readers import load_reader
from chatbot.retriever import DEPTH
from chatbot.settings import Settings, load_settings
from chatbot.store import Store
from eval.collection import EvaluationError
from eval.growing import OF_ARTICLE, BulkStore, Made, grow
from eval.measures import percentile
from eval.timing import memory

LAST = 10  # articles that are timed as they are added
ASKED = 200  # questions, for the times
COMPARED = 100  # questions, for the recall
ANSWERED = 10  # questions, whole: the memory is that of a server that has answered
NEAREST = 10
BATCH = 20_000  # vectors that are compared at once
PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


@dataclass(frozen=True)
class Size:
    """What was measured at a size; rates a second, times in seconds or milliseconds, sizes in MiB."""

    passages: int
    articles: int
    added_each: float  # passages a second: the last ones, one article a transaction, the encoding left out
    store_mib: float
    index_mib: float  # of the approximate index's file; 0 where the index is exact
    index_s: float  # to make it
    open_s: float
    open_cpu_s: float  # processor time, which other work on the machine does not lengthen as much
    ready_s: float
    p50_ms: float
    p95_ms: float
    p95_cpu_ms: float
    peak_mib: float
    recall: float  # of the ten nearest, over everything


@dataclass(frozen=True)
class Mark:
    """A point of a panel, 100 by 100, y downwards, and its value in words."""

    x: float
    y: float
    value: str


@dataclass(frozen=True)
class Panel:
    """One measure over the sizes."""

    name: str
    marks: tuple[Mark, ...]


def measure(settings: Settings, articles: Iterator[Made], size: int, questions: Sequence[str]) -> Size:
    """Grow the library of the settings to a size, and measure it."""
    with BulkStore(settings.data_dir) as store:
        prepare(store, encoder_source(settings))
        grow(store, articles, size - LAST * OF_ARTICLE)
        begin = time.perf_counter()
        for made in islice(articles, LAST):
            store.add(made.article, made.passages, made.vectors)
        each = LAST * OF_ARTICLE / (time.perf_counter() - begin)
        with store.snapshot() as seen:
            begin = time.perf_counter()
            seen.open_index()
            took = time.perf_counter() - begin
        count, held = store.passage_count(), store.article_count()
    open_library(settings)[0].close()  # which exports the encoder, once
    index = _mib(settings.data_dir.glob("index-*.faiss"))
    return Size(
        passages=count,
        articles=held,
        added_each=each,
        store_mib=_mib(settings.data_dir.glob("library.sqlite3*")),
        index_mib=index,
        index_s=took if index else 0.0,
        **probe(settings, questions[:ASKED]),
    )


def probe(settings: Settings, questions: Sequence[str]) -> dict[str, float]:
    """Open and ask the library in a process of its own.

    Raises:
        EvaluationError: it failed.
    """
    folders = {"CHATBOT_SEEDS_DIR": str(settings.seeds_dir), "CHATBOT_DATA_DIR": str(settings.data_dir)}
    done = subprocess.run(
        [sys.executable, "-m", "eval.scale"],
        env=os.environ | folders,
        input=json.dumps(questions),
        stdout=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        raise EvaluationError(f"expected the library to be asked, got exit status {done.returncode}")
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def main() -> None:
    """Be that process: questions as JSON in, what was measured out."""
    questions, settings = json.load(sys.stdin), load_settings()
    begin, worked = time.perf_counter(), time.process_time()
    library, encoder = open_library(settings)
    opened, open_cpu = time.perf_counter() - begin, time.process_time() - worked
    reader = load_reader(settings, encoder)
    dictionary = (packaged_folder() / "vocab.txt").read_text(encoding="utf-8").splitlines()
    calibration = load_calibration(reader.name)
    with Chatbot(library, encoder, reader, calibration, settings.passages_read, dictionary) as chatbot:
        ready = time.perf_counter() - begin
        chatbot.search(questions[0])  # to warm up
        taken, worked_each = _times(chatbot.search, questions)
        for question in questions[:ANSWERED]:
            chatbot.answer(question)
        peak = peak_memory()
        queries = encoder.encode_queries(questions[:COMPARED])
        with Store(settings.data_dir) as store:
            recalled = recall(store, queries)
        measured = {
            "open_s": opened,
            "open_cpu_s": open_cpu,
            "ready_s": ready,
            "p50_ms": percentile(taken, 50),
            "p95_ms": percentile(taken, 95),
            "p95_cpu_ms": percentile(worked_each, 95),
            "peak_mib": peak,
            "recall": recalled,
        }
    print(json.dumps(measured))


def _times(do: Callable[[str], object], questions: Sequence[str]) -> tuple[list[float], list[float]]:
    """Give the milliseconds that each question takes, and those of processor time."""
    taken, worked = [], []
    for question in questions:
        begin, began = time.perf_counter(), time.process_time()
        do(question)
        taken.append(1000 * (time.perf_counter() - begin))
        worked.append(1000 * (time.process_time() - began))
    return taken, worked


def peak_memory() -> float:
    """Give the most memory that this process has had, in MiB; elsewhere than on Linux, what it has now."""
    status = Path("/proc/self/status")  # the usage that resource tells begins with the parent's
    if status.exists() and (match := PEAK.search(status.read_text())):
        return int(match[1]) / 1024
    return memory(psutil.Process())


def recall(store: Store, queries: Vectors) -> float:
    """Give the share of the nearest ten passages of each query that the store ranks among its first ten."""
    best_rows, best_scores = np.empty((len(queries), 0), dtype=np.int64), np.empty((len(queries), 0))
    numbers = store.index().held.numbers
    for start in range(0, len(numbers), BATCH):
        rows = numbers[start : start + BATCH]
        scores = np.hstack([best_scores, queries @ store.vectors(rows).T])
        every = np.hstack([best_rows, np.tile(rows, (len(queries), 1))])
        order = np.argsort(-scores, axis=1)[:, :NEAREST]
        best_rows, best_scores = (np.take_along_axis(one, order, axis=1) for one in (every, scores))
    found = 0
    for query, nearest in zip(queries, best_rows, strict=True):
        ranked = store.rank_by_meaning(query, DEPTH)[:NEAREST]
        found += len({row for row, _ in ranked} & set(nearest.tolist()))
    return found / best_rows.size


def table(sizes: Sequence[Size]) -> str:
    """Give what was measured as a Markdown table."""
    head = [
        *("passages", "articles", "added a second", "store", "index file", "made in", "opened in", "of it CPU"),
        *("ready in", "retrieval p50", "p95", "p95 of CPU", "peak memory", "recall@10"),
    ]
    lines = [f"| {' | '.join(head)} |", f"|{' ---: |' * len(head)}"]
    for one in sizes:
        index = (f"{one.index_mib:.0f} MiB", f"{one.index_s:.1f} s") if one.index_mib else ("exact", "")
        cells = [
            *(f"{one.passages:,}", f"{one.articles:,}", f"{one.added_each:,.0f}", f"{one.store_mib:,.0f} MiB"),
            *index,
            *(f"{one.open_s:.2f} s", f"{one.open_cpu_s:.2f} s", f"{one.ready_s:.2f} s", f"{one.p50_ms:.1f} ms"),
            *(
                f"{one.p95_ms:.1f} ms",
                f"{one.p95_cpu_ms:.1f} ms",
                f"{one.peak_mib:,.0f} MiB",
                f"{one.recall:.3f}",
            ),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def panels(sizes: Sequence[Size]) -> tuple[Panel, ...]:
    """Give the panels of the plot, the sizes one step apart."""
    drawn = (
        ("retrieval p95, ms", [one.p95_ms for one in sizes]),
        ("opened in, s", [one.open_s for one in sizes]),
        ("peak memory, MiB", [one.peak_mib for one in sizes]),
        ("added a second", [one.added_each for one in sizes]),
        ("store, MiB", [one.store_mib for one in sizes]),
        ("recall@10, %", [100 * one.recall for one in sizes]),
    )
    return tuple(_panel(name, values) for name, values in drawn)


def _panel(name: str, values: Sequence[float]) -> Panel:
    most = max(*values, 1e-9)
    step = 100 / max(1, len(values) - 1)
    return Panel(
        name,
        tuple(
            Mark(
                round(at * step, 1), round(100 - 90 * value / most, 1), f"{value:,.{0 if value >= 100 else 1}f}"
            )
            for at, value in enumerate(values)
        ),
    )


def _mib(paths: Iterable[Path]) -> float:
    return sum(path.stat().st_size for path in paths) / 2**20


if __name__ == "__main__":
    main()
