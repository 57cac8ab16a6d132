"""Index file: the approximate index in the data folder, written whole or not at all, and verified.

What is stale or damaged is never used: without a file that fits, the index is made anew.
Whatever it finds is ranked by the store's own vectors, and looked up there.
"""

import hashlib
import json
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from chatbot.errors import StoreError
from chatbot.index import ApproximatePart, ReadVectors
from chatbot.rows import RowNumbers, Rows

MANIFEST = "index.json"
LOCK = "index.lock"
SAVING_TIMEOUT_S = 300.0
FORMAT = 1
SAMPLED = 64  # passages that are looked up when an index is opened: the newest, and as many of all
NEAREST = 20  # among which a passage finds itself, where others have the same text
FOUND_SHARE = 0.9
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Manifest:
    """What an index's file is of; ``sha256`` (hex) is the file's own."""

    format: int
    file: str
    sha256: str
    lineage: str
    last_row: int
    count: int
    dimension: int


def save_index(folder: Path, index: Any, lineage: str, last_row: int) -> ApproximatePart:
    """Write an index's file, and then the manifest that names it, and open it; the one before goes.

    Raises:
        StoreError: it cannot be written; the one before stays.
    """
    try:
        with saving_alone(folder):
            for left in folder.glob("index*.unfinished"):  # of a process that was killed
                left.unlink()
            return _save(folder, index, lineage, last_row)
    except (OSError, sqlite3.Error, RuntimeError) as error:  # FAISS raises RuntimeError where the disk is full
        raise StoreError(
            f"expected room and leave to write the index into {folder}, got: {error}; make room, and start "
            "this again: the articles are all there"
        ) from error


@contextmanager
def saving_alone(folder: Path) -> Iterator[None]:
    """Be the only one that saves an index in a folder, once others are done; the lock ends with the process."""
    with closing(sqlite3.connect(folder / LOCK, SAVING_TIMEOUT_S, isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        yield


def _save(folder: Path, index: Any, lineage: str, last_row: int) -> ApproximatePart:
    unfinished = folder / "index.unfinished"
    try:
        faiss.write_index(index, str(unfinished))
        digest = _sha256(unfinished)
        name = f"index-{digest[:16]}.faiss"
        unfinished.replace(folder / name)
        manifest = Manifest(FORMAT, name, digest, lineage, last_row, int(index.ntotal), int(index.d))
        unfinished.write_text(json.dumps(asdict(manifest), indent=1) + "\n", "utf-8")
        unfinished.replace(folder / MANIFEST)
    finally:
        unfinished.unlink(missing_ok=True)
    for other in folder.glob("index-*.faiss"):
        if other.name != name:
            with suppress(OSError):  # another process has it open, on a system that then keeps it
                other.unlink()
    return _open(folder / name, manifest)


def read_manifest(folder: Path) -> Manifest | None:
    """Give what the index's file is of; None where there is none, or of another format."""
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return manifest if manifest.format == FORMAT else None


def saved_digest(folder: Path) -> str | None:
    """Give the sha256 (hex) of the index's file, as the manifest says; None where there is none."""
    manifest = read_manifest(folder)
    return manifest.sha256 if manifest else None


def load_index(folder: Path, lineage: str, held: Rows, read_vectors: ReadVectors) -> ApproximatePart | None:
    """Open the index's file, mapped into memory; None where there is none that is whole and fits.

    Args:
        folder: the library's.
        lineage: of the rows' numbers.
        held: the library's rows.
        read_vectors: gives the vectors of rows that are held.
    """
    manifest = read_manifest(folder)
    if manifest is None:
        return None
    fault = _fault(folder, manifest, lineage)
    if fault is None:
        try:
            part = _open(folder / Path(manifest.file).name, manifest)
        except RuntimeError as error:
            fault = f"its file cannot be opened: {error}"
        else:
            fault = _part_fault(part, manifest, held, read_vectors)
            if fault is None:
                return part
    logger.warning("the index is to be made anew: %s", fault)
    return None


def _fault(folder: Path, manifest: Manifest, lineage: str) -> str | None:
    if manifest.lineage != lineage:
        return "it is of passages that were made anew since"
    try:
        digest = _sha256(folder / Path(manifest.file).name)
    except OSError as error:
        return f"its file cannot be read: {error.strerror}"
    return None if digest == manifest.sha256 else "its file is damaged"


def _open(path: Path, manifest: Manifest) -> ApproximatePart:
    index: Any = faiss.read_index(str(path), faiss.IO_FLAG_MMAP)
    lists: Any = faiss.downcast_InvertedLists(index.invlists)
    lists.prefetch_nthread = 0  # threads that it would start for each search
    return ApproximatePart(index, manifest.last_row)


def _part_fault(part: ApproximatePart, manifest: Manifest, held: Rows, read_vectors: ReadVectors) -> str | None:
    """Look whether passages find themselves; others have their rows in a library put back from a copy."""
    if (part.count, part.dimension) != (manifest.count, manifest.dimension):
        return f"expected {manifest.count} vectors of {manifest.dimension} numbers in it"
    rows = _sample(held.numbers[: np.searchsorted(held.numbers, manifest.last_row, side="right")])
    if not len(rows):
        return "it is of passages that are all gone"
    vectors = read_vectors(rows)
    if vectors.shape != (len(rows), part.dimension):
        return f"expected vectors of {part.dimension} numbers in the store, got shape {vectors.shape}"
    found = [row in part.find(vector, NEAREST, None, 1) for row, vector in zip(rows, vectors, strict=True)]
    return None if sum(found) >= FOUND_SHARE * len(rows) else "it is of other passages than the store's"


def _sample(rows: RowNumbers) -> RowNumbers:
    every = rows[:: max(1, len(rows) // SAMPLED)]
    return np.unique(np.concatenate([every, rows[-SAMPLED:]]))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
