"""Which Chromium the tests take."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from playwright.sync_api import Playwright

from browser.chromium import NoChromiumError, find_chromium


def playwright_with(chromium: Path) -> Playwright:
    return cast(Playwright, SimpleNamespace(chromium=SimpleNamespace(executable_path=str(chromium))))


def make_program(path: Path) -> Path:
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


@pytest.fixture(autouse=True)
def _nothing_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHATBOT_CHROMIUM", raising=False)


def test_the_named_one_is_taken_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_program(tmp_path / "chromium")
    named = make_program(tmp_path / "other")
    monkeypatch.setenv("CHATBOT_CHROMIUM", str(named))
    assert find_chromium(playwright_with(tmp_path / "own")) == named


def test_one_on_the_path_is_taken_before_playwrights_own(tmp_path: Path) -> None:
    own = make_program(tmp_path / "own")
    installed = make_program(tmp_path / "google-chrome")
    assert find_chromium(playwright_with(own)) == installed


def test_playwrights_own_is_taken_where_there_is_no_other(tmp_path: Path) -> None:
    own = make_program(tmp_path / "own")
    assert find_chromium(playwright_with(own)) == own


def test_a_wrong_name_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATBOT_CHROMIUM", str(tmp_path / "missing"))
    with pytest.raises(NoChromiumError, match="CHATBOT_CHROMIUM="):
        find_chromium(playwright_with(tmp_path / "own"))
