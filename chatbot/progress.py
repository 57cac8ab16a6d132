"""Progress: a bar on standard error for what takes longer than a second."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tqdm import tqdm

from chatbot.counting import counted
from chatbot.encoder import Progress
from chatbot.files import real_path

ADDING_FORMAT = "{desc} {percentage:3.0f}%|{bar}| {elapsed} gone, {remaining} left{postfix}"


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


class AddingBar:
    """A bar over files, by their size: how far, how fast in passages, how long still.

    Files are read and encoded some at a time; of those that were begun and are not finished,
    as much counts as is encoded.
    """

    def __init__(self) -> None:
        self._bar: Any = None
        self._begun: dict[Path, int] = {}  # and not finished, with their sizes
        self._done = 0  # bytes of the files that are finished
        self._passages = self._files = self._finished = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def over(self, files: Sequence[Path]) -> Iterator[Path]:
        """Give the files, one after the other, and begin each as it is taken."""
        self._files = len(files)
        self._bar = tqdm(
            total=sum(map(_size, files)),
            desc="adding",
            delay=1,
            leave=False,
            disable=None,
            file=sys.stderr,
            bar_format=ADDING_FORMAT,
        )
        for path in files:
            self._begun[real_path(path)] = _size(path)
            yield path

    def encode(self, what: str, done: int, total: int) -> None:
        """Say how many of the passages in hand are encoded: a ``Progress``."""
        self._show(sum(self._begun.values()) * done / total, done)

    def finish(self, path: Path, passages: int) -> None:
        """Say that a file is done, with so many passages written."""
        self._done += self._begun.pop(path, 0)
        self._passages += passages
        self._finished += 1
        self._show(0, 0)

    def write(self, line: str) -> None:
        """Print a line above the bar."""
        tqdm.write(line, file=sys.stdout)

    def _show(self, size: float, passages: int) -> None:
        if self._bar is None:  # standard input alone
            return
        written = self._passages + passages
        rate = written / max(self._bar.format_dict["elapsed"], 0.001)
        self._bar.set_postfix_str(
            f"{self._finished} of {self._files} files, {counted(written, 'passage')}, {rate:.0f} a second",
            refresh=False,
        )
        self._bar.update(max(self._done + size - self._bar.n, 0))


def _size(path: Path) -> int:
    with suppress(OSError):
        return path.stat().st_size
    return 0
