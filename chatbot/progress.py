"""Progress: a bar on standard error for what takes longer than a second."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tqdm import tqdm

from chatbot.encoder import Progress


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Give a function that draws a bar; it appears after one second, on a terminal alone."""
    bars: dict[str, Any] = {}

    def show(what: str, done: int, total: int) -> None:
        if what not in bars:
            bars[what] = tqdm(total=total, desc=what, delay=1, leave=False, disable=None, file=sys.stderr)
        bars[what].update(done - bars[what].n)

    try:
        yield show
    finally:
        for bar in bars.values():
            bar.close()
