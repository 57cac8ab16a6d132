"""Read files of any format, each within bounded time and memory, and never from the network."""

import json
import os
import re
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias

from chatbot.article import first_line, is_blank
from chatbot.formats.detect import Detected, detect
from chatbot.formats.extracted import MEBIBYTE, NOTHING_GIVEN, Extracted, ExtractionError, Given, Limits, Page
from chatbot.formats.headers import split_header, with_title

LONGEST_NAME = 100  # characters of a file's name in a message
Worker: TypeAlias = "subprocess.Popen[bytes]"
UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


class Extractor:
    """Reads files, for one thread or several.

    Plain text is read here. All else is read by processes of their own, each of which is
    started when it is first needed, used again, and replaced after a file that it did not
    survive. Threads wait for each other where there are more of them than of ``processes``.
    """

    def __init__(self, limits: Limits | None = None, processes: int = 1) -> None:
        self.limits = limits or Limits()
        self.processes = processes
        self._free = threading.Semaphore(processes)
        self._idle: list[Worker] = []
        self._workers: set[Worker] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the processes, if there are any."""
        while worker := self._idle_worker():
            self._end(worker)
        for worker in tuple(self._workers):
            worker.kill()  # the thread that waits for it finds it gone

    def read_file(self, path: Path) -> Extracted:
        """Read the article of a file.

        Raises:
            ExtractionError: the file cannot be read, or no article in it.
        """
        name = shown_name(path.name)
        try:
            if path.exists() and not path.is_file():
                raise ExtractionError(
                    "unreadable", f"{name}: expected a file, got a folder or device; name a file"
                )
            with path.open("rb") as file:
                self._check_size(os.fstat(file.fileno()).st_size, name)
                data = file.read(self.limits.file_bytes + 1)  # it may have grown
        except OSError as error:
            raise ExtractionError(
                "unreadable", f"{name}: expected a file that can be read, got {error.strerror}; check it"
            ) from error
        return self.read_bytes(data, name)

    def read_bytes(self, data: bytes, name: str, given: Given = NOTHING_GIVEN) -> Extracted:
        """Read the article of a file's content; the end of ``name`` helps to tell its format.

        A title that is given is put above plain text, which has no other place for one.

        Raises:
            ExtractionError: no article can be read from it.
        """
        name = shown_name(name)
        self._check_size(len(data), name)
        detected = detect(data, name)
        if detected.format == "text":
            return read_text(detected.text, name, given)
        with self._free:
            worker = self._take()
            answer = self._ask(worker, detected, data, name)
            self._idle.append(worker)
        return given.over(_understand(answer))

    def _check_size(self, size: int, name: str) -> None:
        if size > self.limits.file_bytes:
            raise ExtractionError(
                "too_large",
                f"{name}: expected a file of at most {self.limits.file_bytes / MEBIBYTE:g} MiB, got "
                f"{size / MEBIBYTE:.1f} MiB; split it, or allow larger files",
            )

    def _ask(self, worker: Worker, detected: Detected, data: bytes, name: str) -> dict[str, Any]:
        content = detected.text.encode() if detected.text else data
        request = {"format": detected.format, "name": name, "size": len(content), "limits": asdict(self.limits)}
        assert worker.stdin is not None
        assert worker.stdout is not None
        expired = threading.Event()
        timer = threading.Timer(self.limits.seconds, _expire, (worker, expired))
        timer.start()
        try:
            worker.stdin.write(json.dumps(request).encode() + b"\n" + content)
            worker.stdin.flush()
            line = worker.stdout.readline()
        except BrokenPipeError:
            line = b""
        except BaseException:
            self._end(worker)  # interrupted: what it answers is no longer for anyone
            raise
        finally:
            timer.cancel()
        if not line.endswith(b"\n") or expired.is_set():
            self._end(worker)
            raise self._died(name, too_slow=expired.is_set())
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _take(self) -> Worker:
        """Give a process that nobody uses; there are never more than may be."""
        while worker := self._idle_worker():
            if worker.poll() is None:
                return worker
            self._end(worker)
        # -P: no module is taken from the folder that this is run in
        worker = subprocess.Popen(
            [sys.executable, "-P", "-m", "chatbot.formats.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        self._workers.add(worker)
        return worker

    def _idle_worker(self) -> "Worker | None":
        try:
            return self._idle.pop()
        except IndexError:  # not looked at before: another thread may take the last one meanwhile
            return None

    def _end(self, worker: Worker) -> None:
        self._workers.discard(worker)
        worker.kill()
        worker.communicate()

    def _died(self, name: str, *, too_slow: bool) -> ExtractionError:
        if too_slow:
            return ExtractionError(
                "too_slow",
                f"{name}: expected an article that is read in {self.limits.seconds:g} s, got one that takes "
                "longer; split it or save it in a simpler form",
            )
        return ExtractionError(
            "broken",
            f"{name}: expected a readable file, got one that ended the process reading it; "
            "open it in its own program and save it anew",
        )


def read_file(path: Path, limits: Limits | None = None) -> Extracted:
    """Read the article of one file; for many, keep an :class:`Extractor`."""
    with Extractor(limits) as extractor:
        return extractor.read_file(path)


def read_bytes(data: bytes, name: str, limits: Limits | None = None) -> Extracted:
    """Read the article of one file's content; for many, keep an :class:`Extractor`."""
    with Extractor(limits) as extractor:
        return extractor.read_bytes(data, name)


def read_text(text: str, name: str, given: Given = NOTHING_GIVEN) -> Extracted:
    """Read plain text: kept as it is, but for the header lines at its top that are understood.

    What is given goes before what they say; the title is put above the text.

    Raises:
        ExtractionError: there is nothing but header lines.
    """
    header = split_header(text)
    if is_blank(header.text):
        raise ExtractionError(
            "empty", f"{name}: expected an article's text, got header lines alone; add its text"
        )
    fields = {**header.fields, **given.fields}
    shown = fields.get("title")
    return Extracted(
        text=with_title(shown, header.text),
        title=shown or first_line(header.text),
        author=fields.get("author"),
        published=fields.get("published"),
        source_url=fields.get("source_url"),
    )


def shown_name(name: str) -> str:
    """Give the last part of a name, safe to show: no folders, no control characters, not too long."""
    last = UNSAFE.sub("", name.replace("\\", "/")).rstrip("/").rsplit("/", 1)[-1].strip()
    return last[-LONGEST_NAME:] or "the file"


def _expire(worker: Worker, expired: threading.Event) -> None:
    expired.set()
    worker.kill()


def _understand(answer: dict[str, Any]) -> Extracted:
    if "extracted" not in answer:
        raise ExtractionError(answer["reason"], answer["message"])
    fields = answer["extracted"]
    pages = fields.pop("pages")
    return Extracted(**fields, pages=tuple(Page(**page) for page in pages) if pages is not None else None)
