"""Files that mean harm: a clear error, in bounded time and memory, and the next file is read."""

import random
import sys
import threading
import time
import tracemalloc
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from made_files import docx_file, pdf, raw_pdf, two_columns

from chatbot.formats import ExtractionError, Extractor, Limits, Reason
from chatbot.formats.extracted import MEBIBYTE

OFFICE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
LIMITS = Limits(file_bytes=8 * MEBIBYTE, unpacked_bytes=32 * MEBIBYTE, seconds=8, memory_bytes=640 * MEBIBYTE)
PATIENCE = 30.0  # seconds: the limit, and what a busy machine needs to start a process
CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
ONE_PAGE = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"


def document(body: str) -> bytes:
    return f'<w:document xmlns:w="{OFFICE}"><w:body>{body}</w:body></w:document>'.encode()


def billion_laughs() -> bytes:
    entities = "".join(f'<!ENTITY e{level + 1} "{f"&e{level};" * 10}">' for level in range(12))
    body = document("<w:p><w:r><w:t>&e12;</w:t></w:r></w:p>").decode()
    return f'<!DOCTYPE d [<!ENTITY e0 "ha">{entities}]>{body}'.encode()


def page_that_unpacks_to(content: bytes) -> bytes:
    packed = zlib.compress(content, 9)
    stream = b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed)
    fonts = b"<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R /Resources " + fonts + b" >>"
    return raw_pdf(CATALOG, ONE_PAGE, page, stream)


def page_that_draws_itself() -> bytes:
    resources = b"/Resources << /XObject << /X 4 0 R >> >>"
    form = b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] " + resources + b" /Length 12 >>\n"
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R " + resources + b" >>"
    return raw_pdf(CATALOG, ONE_PAGE, page, form + b"stream\n/X Do /X Do \nendstream")


HOSTILE: dict[str, tuple[bytes, set[Reason]]] = {
    "zip bomb.docx": (docx_file(document=document(" " * 64 * MEBIBYTE)), {"too_large"}),
    "laughs.docx": (docx_file(document=billion_laughs()), {"broken", "too_large", "too_slow"}),
    "nested.docx": (
        docx_file(document=document("<w:tbl><w:tr><w:tc>" * 9_000 + "</w:tc></w:tr></w:tbl>" * 9_000)),
        {"broken"},
    ),
    "endless.docx": (docx_file(document=document("<w:p/>" * 5_000_000)), {"too_large", "too_slow"}),
    "cut.docx": (docx_file()[:9_000], {"broken"}),
    "page tree.pdf": (
        raw_pdf(CATALOG, b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 1000000 >>"),
        {"too_large", "broken"},
    ),
    "tables.pdf": (raw_pdf(CATALOG, ONE_PAGE, trailer=b"/Prev %d"), {"broken", "no_article"}),
    "forms.pdf": (page_that_draws_itself(), {"broken", "no_article", "too_slow"}),
    "bomb.pdf": (
        page_that_unpacks_to(b"BT /F1 9 Tf (a) Tj ET " * 20_000_000),
        {"broken", "too_large", "too_slow"},
    ),
    "random.pdf": (b"%PDF-1.7\n" + random.Random(1).randbytes(9_000), {"broken"}),
    "random.txt": (random.Random(2).randbytes(99_000), {"not_text"}),
    "program.txt": (Path(sys.executable).read_bytes()[: 4 * MEBIBYTE], {"not_text"}),
    "numbers.txt": (bytes(range(256)) * 99, {"not_text"}),
    "nested.html": (
        b"<!doctype html>" + b"<div>" * 200_000 + b"The port opened. " * 9,
        {"no_article", "broken"},
    ),
    "nested.md": (b"> " * 99_000 + b"The port opened.", {"no_article", "broken"}),
    "large.txt": (b"The port opened. " * 600_000, {"too_large"}),
}


class Watch(threading.Thread):
    """Notes the most memory that this process takes, and those that read for an extractor."""

    def __init__(self, extractor: Extractor) -> None:
        super().__init__()
        self._extractor = extractor
        self._done = threading.Event()
        self._before = psutil.Process().memory_info().rss
        self.here = self.reading = 0  # bytes

    def __enter__(self) -> "Watch":
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self.join()

    def run(self) -> None:
        while not self._done.wait(0.005):
            self.here = max(self.here, psutil.Process().memory_info().rss - self._before)
            for worker in tuple(self._extractor._workers):
                with suppress(psutil.Error):  # it has ended
                    self.reading = max(self.reading, psutil.Process(worker.pid).memory_info().rss)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_is_a_clear_error_in_bounded_time_and_memory(name: str) -> None:
    content, reasons = HOSTILE[name]
    with Extractor(LIMITS) as extractor:
        started = time.monotonic()
        with (
            Watch(extractor) as watch,
            pytest.raises(ExtractionError, match=f"^{name}: expected .*, got .*; ") as caught,
        ):
            extractor.read_bytes(content, name)
        taken = time.monotonic() - started

        assert caught.value.reason in reasons
        assert taken < PATIENCE
        assert watch.reading <= LIMITS.memory_bytes
        assert watch.here <= 8 * LIMITS.file_bytes
        assert extractor.read_bytes(pdf(two_columns), "next.pdf").title == "Harbour opens after the storm"


def test_file_of_200_megabytes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    with path.open("wb") as file:
        file.truncate(200_000_000)

    tracemalloc.start()
    try:
        with (
            Extractor() as extractor,
            pytest.raises(ExtractionError, match=r"at most 64 MiB, got 190\.7 MiB") as caught,
        ):
            extractor.read_file(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert caught.value.reason == "too_large"
    assert peak < MEBIBYTE


def test_file_that_takes_too_long_is_given_up() -> None:
    page = b"<!doctype html><body>" + b"<p>The harbour opened on Monday, and it was late.</p>" * 100_000

    with (
        Extractor(Limits(seconds=1)) as extractor,
        pytest.raises(ExtractionError, match=r"read in 1 s, got one that takes longer") as caught,
    ):
        extractor.read_bytes(page, "a.html")

    assert caught.value.reason == "too_slow"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\..\\a.txt", "a.txt"),
        ("/tmp/a\nb\u202e\x1b[31m.txt", "ab[31m.txt"),
        ("..", ".."),
        ("", "the file"),
        ("x" * 5_000 + ".txt", "x" * 96 + ".txt"),
    ],
)
def test_name_is_shown_without_its_folders(name: str, shown: str) -> None:
    with Extractor() as extractor, pytest.raises(ExtractionError) as caught:
        extractor.read_bytes(b"", name)

    assert str(caught.value).startswith(f"{shown}: expected")


@pytest.mark.parametrize("charset", ["punycode", "unicode_escape", "zlib", "no-such-charset"])
def test_charset_that_is_none_is_not_followed(charset: str) -> None:
    page = (
        f'<meta charset="{charset}">'.encode()
        + b"<p>"
        + "Порт снова открыт, и это хорошо. ".encode("cp1251") * 9
    )

    with Extractor() as extractor:
        assert "Порт снова открыт" in extractor.read_bytes(page, "a.html").text


def test_extractor_is_shared_between_threads() -> None:
    with Extractor() as extractor, ThreadPoolExecutor(4) as threads:
        texts = threads.map(lambda n: extractor.read_bytes(f"# Ship {n}".encode(), "a.md").text, range(20))

        assert list(texts) == [f"Ship {number}" for number in range(20)]


class Emptied(list[Any]):
    """Looks as if it held something, and does no more: another thread took it in between."""

    def __len__(self) -> int:
        return 1


def test_process_that_another_thread_took_is_not_waited_for() -> None:
    with Extractor() as extractor:
        extractor._idle = Emptied()

        assert extractor.read_bytes(b"# Ship", "a.md").text == "Ship"


def test_format_of_a_text_that_begins_with_many_comments_is_told_at_once() -> None:
    text = b"<!---->" * 500 + b"The port opened."
    started = time.monotonic()

    with Extractor() as extractor:
        assert extractor.read_bytes(text, "a.txt").text == text.decode()
    assert time.monotonic() - started < PATIENCE
