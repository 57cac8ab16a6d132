import pytest

from chatbot.progress import progress_bar


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
