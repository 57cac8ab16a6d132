import io
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from chatbot.progress import AddingBar, progress_bar


def test_bar_shows_nothing_when_no_terminal_listens(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar() as progress:
        for done in range(1, 4):
            progress("indexing passages", done, 3)

    assert capsys.readouterr() == ("", "")


def test_bar_takes_several_tasks_and_repeated_steps() -> None:
    with progress_bar() as progress:
        progress("indexing passages", 1, 2)
        progress("indexing passages", 1, 2)
        progress("encoding passages", 5, 9)
        progress("indexing passages", 2, 2)


# Over files


class Terminal(io.StringIO):
    """Keeps what is drawn."""

    def isatty(self) -> bool:
        return True

    def last(self) -> str:
        """Give the bar as it was drawn last."""
        return self.getvalue().rsplit("\r", 1)[-1].rstrip()


class Clock:
    """Says the seconds that it is set to."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    terminal = Terminal()
    monkeypatch.setattr(
        "chatbot.progress.sys", SimpleNamespace(stderr=terminal)
    )  # pytest sets that of sys itself
    return terminal


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("tqdm.std.time", clock)
    return clock


@pytest.fixture
def bar() -> Iterator[AddingBar]:
    with AddingBar() as bar:
        yield bar


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Give a file of 100 bytes and one of 300."""
    paths = [tmp_path / "small.txt", tmp_path / "large.txt"]
    for path, size in zip(paths, (100, 300), strict=True):
        path.write_bytes(b"a" * size)
    return paths


def test_bar_over_files_tells_how_far_how_fast_and_how_long_still(
    terminal: Terminal, clock: Clock, bar: AddingBar, files: list[Path]
) -> None:
    assert list(bar.over(files)) == files
    clock.now += 10
    bar.encode("encoding passages", 30, 120)  # of those of both files
    assert terminal.last().startswith("adding  25%|")
    assert terminal.last().endswith("| 00:10 gone, 00:30 left, 0 of 2 files, 30 passages, 3 a second")

    clock.now += 10
    bar.finish(files[0].resolve(), 40)
    clock.now += 20
    bar.finish(files[1].resolve(), 80)
    assert terminal.last().startswith("adding 100%|")
    assert terminal.last().endswith("| 00:40 gone, 00:00 left, 2 of 2 files, 120 passages, 3 a second")


def test_bar_over_files_never_goes_back(
    terminal: Terminal, clock: Clock, bar: AddingBar, files: list[Path]
) -> None:
    taken = bar.over(files)
    next(taken)
    clock.now += 10
    bar.encode("encoding passages", 9, 10)  # of the first file
    next(taken)
    clock.now += 10
    bar.encode("encoding passages", 1, 40)  # of both

    assert terminal.last().startswith("adding  22%|")


def test_lines_are_printed_while_the_bar_stands(
    bar: AddingBar, files: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    list(bar.over(files))
    bar.write("added\tsmall\tsmall.txt")

    assert capsys.readouterr() == ("added\tsmall\tsmall.txt\n", "")


def test_bar_of_standard_input_alone_draws_nothing(terminal: Terminal, bar: AddingBar) -> None:
    bar.encode("encoding passages", 1, 2)
    bar.finish(Path("-"), 2)

    assert terminal.getvalue() == ""


def test_file_that_is_gone_has_no_size(
    terminal: Terminal, clock: Clock, bar: AddingBar, files: list[Path]
) -> None:
    files[1].unlink()
    list(bar.over(files))
    clock.now += 10
    bar.finish(files[0].resolve(), 4)

    assert terminal.last().startswith("adding 100%|")
