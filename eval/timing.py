"""Timing: how long each question takes, and how much memory a process holds."""

import time
from collections.abc import Callable, Iterable

import psutil

MEBIBYTE = 1024 * 1024


def times(do: Callable[[str], object], questions: Iterable[str]) -> list[float]:
    """Give the milliseconds that each question takes, after one to warm up."""
    do("What is this about?")
    taken = []
    for question in questions:
        begin = time.perf_counter()
        do(question)
        taken.append((time.perf_counter() - begin) * 1000)
    return taken


def memory(process: psutil.Process) -> float:
    """Give the resident memory of a process and its children, in MiB."""
    family = [process, *process.children(recursive=True)]
    return sum(float(one.memory_info().rss) for one in family) / MEBIBYTE
