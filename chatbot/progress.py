"""Progress: a bar on standard error for what takes longer than a second."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tqdm import tqdm

from chatbot.encoder import Progress

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
    """A bar over files, by their size: how far, how fast in passages, how long still."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._begun = 0.0  # bytes of the files before this one
        self._size = 0
        self._passages = self._written = self._files = self._file = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def expect(self, files: Iterable[Path]) -> None:
        """Begin, over these files."""
        sizes = [_size(path) for path in files]
        self._files = len(sizes)
        self._bar = tqdm(
            total=sum(sizes),
            desc="adding",
            delay=1,
            leave=False,
            disable=None,
            file=sys.stderr,
            bar_format=ADDING_FORMAT,
        )

    def begin(self, path: Path) -> None:
        """Say which file is next."""
        self._file += 1
        self._size = _size(path)

    def encode(self, what: str, done: int, total: int) -> None:
        """Say how many of this file's passages are encoded: a ``Progress``."""
        self._show(self._size * done / total, self._written + done)

    def finish(self, passages: int) -> None:
        """Say that this file is done, with so many passages written."""
        self._written += passages
        self._show(self._size, self._written)
        self._begun += self._size

    def write(self, line: str) -> None:
        """Print a line above the bar."""
        tqdm.write(line, file=sys.stdout)

    def _show(self, size: float, passages: int) -> None:
        rate = passages / max(self._bar.format_dict["elapsed"], 0.001)
        self._bar.set_postfix_str(
            f"file {self._file} of {self._files}, {passages} passages, {rate:.0f} a second", refresh=False
        )
        self._bar.update(self._begun + size - self._bar.n)


def _size(path: Path) -> int:
    with suppress(OSError):
        return path.stat().st_size
    return 0
