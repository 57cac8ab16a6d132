import codecs
import subprocess
import sys
from pathlib import Path

import pytest

from chatbot.article import load_article
from chatbot.formats import ExtractionError, Limits, Page, page_number, read_bytes, read_file
from chatbot.formats.extracted import MEBIBYTE
from chatbot.settings import load_settings

RUSSIAN = "Порт Одессы снова открыт.\n\nКапитан Марченко сказала: «Мы ждали три дня», — и ушла на борт.\n"
JAPANESE = "ウクライナの港が再開した。\n\n三日間の嵐のあと、月曜日に船が入港した。\n"
FRENCH = "Le port a rouvert lundi.\n\n« Nous l’attendions », a déclaré la capitaine à la côte.\n"
POLISH = "Prezydent powiedział w poniedziałek, że port został ponownie otwarty.\n\nŹródła milczą o złotych.\n"
ENGLISH = "The port opened again.\n\n“We waited,” said the captain – it’s over.\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (RUSSIAN, "utf-8"),
        (RUSSIAN, "windows-1251"),
        (RUSSIAN, "utf-16"),
        (RUSSIAN, "utf-16-le"),
        (RUSSIAN, "utf-16-be"),
        (RUSSIAN.replace("«", '"').replace("»", '"').replace("—", "-"), "koi8-r"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc-jp"),
        (JAPANESE, "iso2022_jp"),
        (JAPANESE, "utf-16-le"),
        (FRENCH, "windows-1252"),
        (POLISH, "windows-1250"),
        (POLISH, "iso-8859-2"),
        (ENGLISH, "windows-1252"),
        (ENGLISH, "utf-16-be"),
        (ENGLISH, "utf-32"),
    ],
)
def test_text_is_read_in_its_encoding(text: str, encoding: str) -> None:
    assert read_bytes(text.encode(encoding), "a.txt").text == text


def test_encoding_is_told_by_what_comes_after_much_ascii() -> None:
    text = "The port opened again on Monday.\n\n" * 5_000 + RUSSIAN

    assert read_bytes(text.encode("windows-1251"), "a.txt").text == text


@pytest.mark.parametrize("mark", [codecs.BOM_UTF8, b""])
def test_byte_order_mark_is_no_part_of_the_text(mark: bytes) -> None:
    assert read_bytes(mark + ENGLISH.encode(), "a.txt").text == ENGLISH


def test_text_without_header_is_kept_as_it_is() -> None:
    text = "\n  Harbour opens \r\n\r\n\tThe port: open.\u00a0\n\n\nNote: it is.  \n"

    extracted = read_bytes(text.encode(), "a.txt")

    assert (extracted.text, extracted.title, extracted.pages) == (text, "Harbour opens", None)


def test_seed_is_read_as_the_seeds_are() -> None:
    path = Path(__file__).parents[1] / "seeds" / "000_21e44077a3ba8fcb.txt"
    article = load_article(path)

    extracted = read_file(path)

    assert (extracted.text, extracted.title) == (article.text, article.title)


def test_header_lines_are_understood_and_cut_off() -> None:
    header = (
        "Title: Harbour opens\r\nsource: https://example.org/a?b=1\r\nPublished: 9 September 2023\r\n"
        "AUTHOR: Ira Koval\r\n\r\n"
    )

    extracted = read_bytes((header + "The port opened.\r\n").encode(), "a.txt")

    assert (extracted.title, extracted.author) == ("Harbour opens", "Ira Koval")
    assert (extracted.published, extracted.source_url) == ("2023-09-09", "https://example.org/a?b=1")
    assert extracted.text == "Harbour opens\n\nThe port opened.\r\n"


def test_title_that_the_text_begins_with_is_not_repeated() -> None:
    extracted = read_bytes(b"title: Harbour  opens\n\nHarbour opens\n\nThe port opened.", "a.txt")

    assert extracted.text == "Harbour opens\n\nThe port opened."


@pytest.mark.parametrize(
    "line",
    ["Published: the day after", "Source: people in the port", "source: javascript:alert(1)", "Note: none"],
)
def test_line_that_is_not_understood_stays_the_articles(line: str) -> None:
    extracted = read_bytes(f"title: Harbour opens\n{line}\n\nThe port opened.".encode(), "a.txt")

    assert extracted.text == f"Harbour opens\n\n{line}\n\nThe port opened."
    assert (extracted.published, extracted.source_url) == (None, None)


def test_header_line_below_the_top_is_the_articles() -> None:
    text = "The port opened.\n\ntitle: no title\n"

    assert read_bytes(text.encode(), "a.txt").text == text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2023-09-09", "2023-09-09"),
        ("2023-09-09T10:00:00+03:00", "2023-09-09T10:00:00+03:00"),
        ("Sat, 09 Sep 2023 10:00:00 +0300", "2023-09-09T10:00:00+03:00"),
        ("September 9, 2023", "2023-09-09"),
        ("9 Sep 2023", "2023-09-09"),
        ("09/10/2023", None),  # September or October: nobody knows
        ("Mon, 01 Jan 99999999999 00:00:00", None),
        ("Mon, 01 Jan 2023 00:00:00 +99999999999999999999", None),
    ],
)
def test_date_is_brought_to_one_form(written: str, read: str | None) -> None:
    assert read_bytes(f"title: T\ndate: {written}\n\nThe port opened.".encode(), "a.txt").published == read


@pytest.mark.parametrize(
    "content", [b"", b" \n\t\n", "\ufeff\u00a0\n\u200b".encode(), b"title: Harbour opens\n\n"]
)
def test_file_without_text_is_empty(content: bytes) -> None:
    with pytest.raises(ExtractionError, match=r"^a\.txt: expected an article's text, got") as caught:
        read_bytes(content, "a.txt")

    assert caught.value.reason == "empty"


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n", "a.txt", "PNG"),
        (b"{\\rtf1 text}", "a.doc", "RTF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.doc", "before 2007"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n", "a.mht", "MHTML"),
        (b'{"a": 1}', "a.json", r"\.json"),
        (b"<?xml version='1.0'?><rss></rss>", "feed", "XML"),
    ],
)
def test_format_that_is_not_read_is_named(content: bytes, name: str, kind: str) -> None:
    with pytest.raises(ExtractionError, match=kind) as caught:
        read_bytes(content, name)

    assert caught.value.reason == "unknown_format"


def test_file_that_is_missing_or_a_folder_is_unreadable(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.txt"):
        with pytest.raises(ExtractionError, match=path.name) as caught:
            read_file(path)
        assert caught.value.reason == "unreadable"


def test_page_is_found_by_the_offset() -> None:
    pages = (Page(1, 0), Page(3, 10))

    assert [page_number(pages, offset) for offset in (0, 9, 10, 99)] == [1, 1, 3, 3]
    with pytest.raises(ValueError, match="got -1"):
        page_number(pages, -1)


def test_limits_are_those_that_are_set() -> None:
    settings = load_settings(file_mebibytes=1, unpacked_mebibytes=2, reading_seconds=3, reading_mebibytes=256)

    assert Limits.of(settings) == Limits(MEBIBYTE, 2 * MEBIBYTE, 3, 256 * MEBIBYTE)
    assert Limits.of(load_settings()) == Limits()


def test_plain_text_loads_no_library_and_starts_no_process() -> None:
    program = (
        "import subprocess, sys\n"
        "from chatbot.formats import read_bytes\n"
        "subprocess.Popen = None\n"
        "read_bytes('Порт открыт.'.encode(), 'a.txt')\n"
        "print([name for name in ('trafilatura', 'mammoth', 'pypdfium2', 'markdown_it', 'chardet', 'lxml')"
        " if name in sys.modules])"
    )

    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "[]"
