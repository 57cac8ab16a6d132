"""A Chromium to test with: one that is there, else Debian's package, else Playwright's own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
VARIABLE = "CHATBOT_CHROMIUM"
MINUTES_TO_INSTALL = 10
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class NoChromiumError(Exception):
    """Report that no Chromium could be found or installed."""


def find_chromium(playwright: Playwright) -> Path:
    """Give the path of a Chromium, installing one if need be.

    Raises:
        NoChromiumError: there is none; says what was tried.
    """
    tried = [f"{VARIABLE} is not set", f"none of {', '.join(NAMES)} is on PATH"]
    found = _installed()
    if found:
        return found
    own = Path(playwright.chromium.executable_path)
    for command in _installers():
        if not own.exists():
            tried.append(_try(command))
        found = _installed() or (own if own.exists() else None)
        if found:
            return found
    raise NoChromiumError(
        "expected a Chromium to test the pages with, found none: " + "; ".join(tried) + f". Install one or "
        f"set {VARIABLE} to its path."
    )


def _installed() -> Path | None:
    named = os.environ.get(VARIABLE)
    if named:
        if not Path(named).is_file():
            raise NoChromiumError(f"expected a Chromium at {VARIABLE}={named!r}, found none; correct the path")
        return Path(named)
    return next((Path(found) for name in NAMES if (found := shutil.which(name))), None)


def _installers() -> list[list[str]]:
    own = [sys.executable, "-m", "playwright", "install", "chromium"]
    if shutil.which("apt-get") and os.geteuid() == 0:
        return [["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", "chromium"], own]
    return [own]


def _try(command: list[str]) -> str:
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=MINUTES_TO_INSTALL * 60)
    except (OSError, subprocess.SubprocessError) as error:
        return f"`{' '.join(command)}` failed ({error})"
    return f"`{' '.join(command)}` was run"
