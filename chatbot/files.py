"""Files: which ones are to be added, and whether one is as it was when it was added."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from chatbot.contents import SourceFile
from chatbot.formats import SUFFIXES

State = Literal["added", "changed", "unchanged", "same", "failed"]


@dataclass(frozen=True)
class Outcome:
    """What became of one file.

    ``added`` it is a new article; ``changed`` its article was brought up to date;
    ``unchanged`` it was added before; ``same`` its text is that of an article from
    elsewhere; ``failed`` it is no article, and ``message`` says why. ``passages`` counts
    those that were made for it.
    """

    name: str
    state: State
    article_id: str | None = None
    passages: int = 0
    message: str = ""


def real_path(path: Path) -> Path:
    """Give a path without links; one that leads nowhere, or in a circle, as far as it goes."""
    return Path(os.path.realpath(path))


def shown_path(path: Path) -> str:
    """Write a path so that it can be printed, whatever bytes it is made of."""
    return str(path).encode(errors="replace").decode()


def find_files(paths: Iterable[Path]) -> Iterator[Path | Outcome]:
    """Give the files to add, each once: what is named, and what a folder holds of the formats that are read.

    Of a folder, files and folders whose name begins with a dot are left out; one that
    cannot be read, or holds nothing, comes as an outcome.
    """
    seen: set[Path] = set()
    for path in paths:
        is_folder = os.path.isdir(path)  # noqa: PTH112  # Path's own raises where it cannot look
        found = _walk(path) if is_folder else iter([path])
        for file in found:
            key = real_path(file) if isinstance(file, Path) else Path(file.name)
            if key not in seen:
                seen.add(key)
                yield file


def _walk(folder: Path) -> Iterator[Path | Outcome]:
    denied: list[OSError] = []
    count = 0
    for root, folders, names in os.walk(folder, onerror=denied.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if Path(name).suffix.lower() in SUFFIXES and not name.startswith("."):
                count += 1
                yield Path(root, name)
    for error in denied:
        yield Outcome(
            shown_path(Path(error.filename)),
            "failed",
            message=f"expected a folder that can be read, got {error.strerror}; check it",
        )
    if not count and not denied:
        endings = ", ".join(sorted(SUFFIXES))
        yield Outcome(
            shown_path(folder), "failed", message=f"expected files of {endings} in it, found none; name another"
        )


def is_there(path: Path) -> bool:
    """Tell whether there is such a file; False also where nobody may look."""
    return os.path.exists(path)  # noqa: PTH110  # Path's own raises there


def looks_like(path: Path, known: SourceFile) -> bool:
    """Tell whether a file seems to be as it was, without reading it."""
    with suppress(OSError):
        status = path.stat()
        return (status.st_size, status.st_mtime_ns) == (known.size, known.modified)
    return False


def fingerprint(path: Path, most: int) -> SourceFile | None:
    """Describe a file before it is read; None for one over ``most`` bytes or no file, which reading it says."""
    with suppress(OSError):
        status = path.stat()
        if path.is_file() and status.st_size <= most:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            return SourceFile(path, status.st_size, status.st_mtime_ns, digest)
    return None
