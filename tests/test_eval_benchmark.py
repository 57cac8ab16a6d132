from pathlib import Path

import psutil
import pytest

from chatbot.settings import load_settings
from eval.benchmark import Reading, ask_cold, table
from eval.collection import EvaluationError
from eval.timing import memory, times


def test_times_asks_once_to_warm_up_and_times_the_rest() -> None:
    asked: list[str] = []

    taken = times(asked.append, ["one", "two"])

    assert asked[1:] == ["one", "two"]
    assert len(taken) == 2
    assert all(one >= 0 for one in taken)


def test_memory_counts_this_process() -> None:
    assert memory(psutil.Process()) > 10


def test_the_table_gives_the_ratio_where_there_is_one() -> None:
    lines = table([Reading("answer", 12.34, "ms", 0.125), Reading("ask", 1.234, "s")]).splitlines()

    assert lines[2:] == ["| answer | 12.3 ms | x 0.12 |", "| ask | 1.23 s |  |"]


def test_a_command_that_fails_is_an_error_and_no_time(tmp_path: Path) -> None:
    settings = load_settings(seeds_dir=tmp_path / "none", data_dir=tmp_path / "data")

    with pytest.raises(EvaluationError, match=r"got exit status 2: chatbot ask: .*none"):
        ask_cold("Who?", settings)
