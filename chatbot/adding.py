"""Adding: files of any format into the store, each article wholly or not at all."""

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from typing import Literal

from chatbot.article import Article, text_sha256
from chatbot.contents import SourceFile
from chatbot.encoder import Progress
from chatbot.errors import SeedArticleError, UnknownArticleError
from chatbot.formats import SUFFIXES, Extracted, ExtractionError, Extractor, Limits
from chatbot.library import EncoderSource, make_passages
from chatbot.passage_store import PassageStore

State = Literal["added", "changed", "unchanged", "same", "failed"]

LONGEST_NAME = 60  # characters of an id that is made of a name
NOT_IN_ID = re.compile("\0+")


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


class Adder:
    """Puts articles into a store, one after the other."""

    def __init__(
        self, store: PassageStore, source: EncoderSource, extractor: Extractor, progress: Progress | None = None
    ) -> None:
        """Take a store that is up to date (``library.prepare``), and who is told of each file's passages."""
        self._store = store
        self._source = source
        self._extractor = extractor
        self._progress = progress

    @property
    def limits(self) -> Limits:
        """Give what one file may cost."""
        return self._extractor.limits

    def add_file(self, path: Path) -> Outcome:
        """Add a file's article; one that was added before is read again only if it changed.

        Raises:
            ChatbotError: the model or the store is not as needed; a bad file raises nothing.
        """
        path = real_path(path)
        known, name = self._store.file(path), shown_path(path)
        if known and _looks_like(path, known):
            return Outcome(name, "unchanged", self._store.article_of(path))
        try:
            file = _fingerprint(path, self.limits.file_bytes)
            if known and file and file.sha256 == known.sha256:
                return self._remember(file, name)
            return self._put(self._extractor.read_file(path), path.stem, name, file)
        except ExtractionError as error:
            return Outcome(name, "failed", message=str(error))

    def add_bytes(self, data: bytes, name: str, shown: str | None = None) -> Outcome:
        """Add the article of a file's content; the end of ``name`` helps to tell its format.

        Raises:
            ChatbotError: the model or the store is not as needed; bad content raises nothing.
        """
        try:
            extracted = self._extractor.read_bytes(data, name)
            return self._put(extracted, Path(name).stem or extracted.title, shown or name, None)
        except ExtractionError as error:
            return Outcome(shown or name, "failed", message=str(error))

    def _remember(self, file: SourceFile, name: str) -> Outcome:
        """Record when a file was touched, though it is as it was."""
        article_id = self._store.article_of(file.path)
        if article_id:
            self._store.put_file(file, article_id)
        return Outcome(name, "unchanged", article_id)

    def _put(self, extracted: Extracted, stem: str, name: str, file: SourceFile | None) -> Outcome:
        digest = _digest(extracted, name)
        while True:  # until no other process wrote in between
            before = self._store.article_of(file.path) if file else None
            holder = self._store.find(digest)
            if holder:
                return self._keep(extracted, holder, before, name, file)
            replaced = self._store.article(before) if before and self._is_its_own(before) else None
            article = _make(extracted, replaced.id if replaced else self._free_id(stem, digest), digest)
            passages, vectors = make_passages(article, self._source.load(), self._progress)
            if self._store.add(article, passages, vectors, file, replaced):
                return Outcome(name, "changed" if before else "added", article.id, len(passages))

    def _keep(
        self, extracted: Extracted, holder: str, before: str | None, name: str, file: SourceFile | None
    ) -> Outcome:
        """Leave the article that has this text already; what stands beside its text may be new."""
        stored = self._store.article(holder)
        changed = False
        if stored and stored.added and holder == before:
            article = _make(extracted, holder, stored.sha256)
            changed = article != stored
            if changed:
                self._store.put_metadata(article)
        if file:
            self._store.put_file(file, holder)
        elif not self._store.is_kept(holder):
            self._store.keep(holder)
        state: State = "changed" if changed else "unchanged" if holder == before else "same"
        return Outcome(name, state, holder)

    def _is_its_own(self, article_id: str) -> bool:
        """Tell whether an article is of one file alone, and takes its new text."""
        if not self._store.is_added(article_id) or self._store.is_kept(article_id):
            return False
        return len(self._store.files(article_id)) == 1

    def _free_id(self, stem: str, digest: str) -> str:
        """Make an id that no article has yet, of a name, and of the text's digest where that is taken."""
        name = _readable(stem) or "article"
        longer = f"{name}-{digest[:8]}"
        # an article keeps its id when its text changes, so that one with a digest may be taken, too
        ids = chain((name, longer), (f"{longer}-{number}" for number in count(2)))
        return next(article_id for article_id in ids if not self._store.holds(article_id))


def remove_added(store: PassageStore, article_ids: Sequence[str]) -> None:
    """Remove articles that were added; none of them where one cannot be.

    Raises:
        UnknownArticleError: there is no such article.
        SeedArticleError: one is a seed.
    """
    known, added = store.digests(), store.digests(added=True)
    for article_id in article_ids:
        if article_id not in known:
            raise UnknownArticleError(article_id, len(known))
        if article_id not in added:
            raise SeedArticleError(article_id)
    for article_id in article_ids:
        store.remove(article_id)


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
        found = _walk(path) if path.is_dir() else iter([path])
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


def _readable(name: str) -> str:
    """Write a name as an id: its letters with their marks, its numbers, of any script; else hyphens."""
    kept = ""
    for character in unicodedata.normalize("NFC", name).replace("\0", " "):
        category = unicodedata.category(character)
        if category[0] in "LN" or character in "-_" or (category[0] == "M" and kept[-1:].strip("-_\0")):
            kept += character
        elif category != "Cf":  # which joins or directs its neighbours, and shows nothing itself
            kept += "\0"
    return NOT_IN_ID.sub("-", kept).strip("-_")[:LONGEST_NAME]


def _looks_like(path: Path, known: SourceFile) -> bool:
    with suppress(OSError):
        status = path.stat()
        return (status.st_size, status.st_mtime_ns) == (known.size, known.modified)
    return False


def _fingerprint(path: Path, most: int) -> SourceFile | None:
    """Describe a file before it is read; None for one that is too large or no file, which reading it says."""
    with suppress(OSError):
        status = path.stat()
        if path.is_file() and status.st_size <= most:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            return SourceFile(path, status.st_size, status.st_mtime_ns, digest)
    return None


def _digest(extracted: Extracted, name: str) -> str:
    try:
        return text_sha256(extracted.text)
    except UnicodeEncodeError as error:
        raise ExtractionError(
            "not_text", f"{name}: expected text, got half a character (a surrogate); save the file anew"
        ) from error


def _make(extracted: Extracted, article_id: str, digest: str) -> Article:
    return Article(
        id=article_id,
        title=extracted.title,
        text=extracted.text,
        sha256=digest,
        source_url=extracted.source_url,
        published=extracted.published,
        author=extracted.author,
        pages=extracted.pages or (),
        added=True,
    )
