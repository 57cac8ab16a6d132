"""Adding: files of any format into the store, each article wholly or not at all."""

import re
import unicodedata
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from chatbot.article import Article, text_sha256
from chatbot.contents import SourceFile, free_id
from chatbot.encoder import Progress, Vectors
from chatbot.errors import SeedArticleError, UnknownArticleError
from chatbot.files import Outcome, State, fingerprint, is_there, looks_like, real_path, shown_path
from chatbot.formats import NOTHING_GIVEN, Extracted, ExtractionError, Extractor, Given, Limits
from chatbot.making import WINDOW, EncoderSource, make_all_passages, make_passages
from chatbot.passage_store import PassageStore
from chatbot.passages import Passage

LONGEST_NAME = 60  # characters of an id that is made of a name
NOT_IN_ID = re.compile("\0+")


@dataclass(frozen=True)
class Read:
    """What was read of a file, or of bytes, which have none; its id is made of ``stem``."""

    name: str
    stem: str
    file: SourceFile | None
    extracted: Extracted
    digest: str


class Adder:
    """Puts articles into a store: many are read and encoded at once, each is written by itself."""

    def __init__(
        self, store: PassageStore, source: EncoderSource, extractor: Extractor, progress: Progress | None = None
    ) -> None:
        """Take a store that is up to date (``making.prepare``), and who is told of each passage encoded."""
        self._store = store
        self._source = source
        self._extractor = extractor
        self._progress = progress

    @property
    def limits(self) -> Limits:
        """Give what one file may cost."""
        return self._extractor.limits

    def add_file(self, path: Path) -> Outcome:
        """Add one file's article; see ``add_files``."""
        (outcome,) = self.add_files([path])
        return outcome

    def add_files(self, paths: Iterable[Path]) -> Iterator[Outcome]:
        """Add files' articles; those that were added before are read again only if they changed.

        What becomes of a file is said once its article is in the store. ``WINDOW`` characters are
        encoded together: no more is in memory at a time, or lost where the process is killed.

        Raises:
            ChatbotError: the model or the store is not as needed; a bad file raises nothing.
        """
        window, length = list[Read](), 0
        for read in self._read_each(paths):
            if isinstance(read, Outcome):
                yield read
                continue
            window.append(read)
            length += len(read.extracted.text)
            if length >= WINDOW:
                yield from self._put_each(window)
                window, length = [], 0
        yield from self._put_each(window)

    def add_bytes(
        self, data: bytes, name: str, shown: str | None = None, given: Given = NOTHING_GIVEN
    ) -> Outcome:
        """Add the article of a file's content; the end of ``name`` helps to tell its format.

        What is ``given`` of the article goes before what the content says of it.

        Raises:
            ChatbotError: the model or the store is not as needed; bad content raises nothing.
        """
        shown = shown or name
        try:
            extracted = self._extractor.read_bytes(data, name, given)
            digest = _digest(extracted, shown)
        except ExtractionError as error:
            return Outcome(shown, "failed", message=str(error))
        read = Read(shown, Path(name).stem or extracted.title, None, extracted, digest)
        (outcome,) = self._put_each([read])
        return outcome

    def _read_each(self, paths: Iterable[Path]) -> Iterator[Read | Outcome]:
        """Read files, as many at a time as there are processes for it; nothing of those that are known."""
        pool = ThreadPoolExecutor(self._extractor.processes, thread_name_prefix="read")
        ahead = deque[Future[Read | Outcome | SourceFile]]()
        try:
            for path in map(real_path, paths):
                known = self._store.file(path)
                if known and looks_like(path, known):
                    yield Outcome(shown_path(path), "unchanged", self._store.article_of(path))
                    continue
                ahead.append(pool.submit(self._read, path, known))
                if len(ahead) > 2 * self._extractor.processes:
                    yield self._said(ahead.popleft().result())
            while ahead:
                yield self._said(ahead.popleft().result())
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # who reads ends with the extractor

    def _read(self, path: Path, known: SourceFile | None) -> Read | Outcome | SourceFile:
        """Read a file, unless it is as it was but for its time; in any thread: the store is left alone."""
        name = shown_path(path)
        try:
            file = fingerprint(path, self.limits.file_bytes)
            if known and file and file.sha256 == known.sha256:
                return file
            extracted = self._extractor.read_file(path)
            return Read(name, path.stem, file, extracted, _digest(extracted, name))
        except ExtractionError as error:
            return Outcome(name, "failed", message=str(error))

    def _said(self, read: Read | Outcome | SourceFile) -> Read | Outcome:
        """Give what was read; of a file that is as it was, record when it was touched."""
        if not isinstance(read, SourceFile):
            return read
        article_id = self._store.article_of(read.path)
        if article_id and self._store.put_file(read, article_id):
            return Outcome(shown_path(read.path), "unchanged", article_id)
        return self._said(self._read(read.path, None))  # another process removed its article

    def _put_each(self, window: Sequence[Read]) -> Iterator[Outcome]:
        """Encode the texts that the store lacks, each once, and write every article by itself."""
        lacking = {read.digest: read for read in window if not self._store.find(read.digest)}
        articles = [_make(read.extracted, digest, digest) for digest, read in lacking.items()]
        made = make_all_passages(articles, self._source.load(), self._progress) if articles else []
        encoded = dict(zip(lacking, made, strict=True))
        for read in window:
            yield self._put(read, encoded.get(read.digest))

    def _put(self, read: Read, made: tuple[tuple[Passage, ...], Vectors] | None) -> Outcome:
        while True:  # until no other process wrote in between
            before = self._store.article_of(read.file.path) if read.file else None
            holder = self._store.find(read.digest)
            if holder:
                if kept := self._keep(read, holder, before):
                    return kept
                continue
            replaced = None
            if before and read.file and self._is_its_own(before, read.file.path):
                replaced = self._store.article(before)
            name = readable_name(read.stem) or "article"
            article_id = replaced.id if replaced else free_id(name, read.digest, self._store.holds)
            article = _make(read.extracted, article_id, read.digest)
            made = made or make_passages(article, self._source.load(), self._progress)
            passages = [passage.of(article_id) for passage in made[0]]
            if self._store.add(article, passages, made[1], read.file, replaced):
                return Outcome(read.name, "changed" if before else "added", article_id, len(passages))

    def _keep(self, read: Read, holder: str, before: str | None) -> Outcome | None:
        """Leave the article that has this text already; what stands beside its text may be new.

        Gives None where another process removed it.
        """
        stored = self._store.article(holder)
        changed = False
        if stored and stored.added and holder == before:
            article = _make(read.extracted, holder, stored.sha256)
            changed = article != stored
            if changed and not self._store.put_metadata(article):
                return None
        if read.file:
            held = self._store.put_file(read.file, holder)
        else:
            held = self._store.is_kept(holder) or self._store.keep(holder)
        if not held:
            return None
        state: State = "changed" if changed else "unchanged" if holder == before else "same"
        return Outcome(read.name, state, holder)

    def _is_its_own(self, article_id: str, path: Path) -> bool:
        """Tell whether an article is of one file alone, others that are gone aside: it takes its text."""
        if not self._store.is_added(article_id) or self._store.is_kept(article_id):
            return False
        return not any(is_there(other) for other in self._store.files(article_id) if other != path)


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


def readable_name(name: str) -> str:
    """Write a name as an id: its letters with their marks, its numbers, of any script; else hyphens."""
    kept = ""
    for character in unicodedata.normalize("NFC", name).replace("\0", " "):
        category = unicodedata.category(character)
        if category[0] in "LN" or character in "-_" or (category[0] == "M" and kept[-1:].strip("-_\0")):
            kept += character
        elif category != "Cf":  # which joins or directs its neighbours, and shows nothing itself
            kept += "\0"
    return NOT_IN_ID.sub("-", kept).strip("-_")[:LONGEST_NAME]


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
