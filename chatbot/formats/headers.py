"""What stands above an article's text: lines such as ``title: Harbour opens``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from chatbot.article import HIDDEN

FIELDS = {
    "title": "title",
    "author": "author",
    "published": "published",
    "date": "published",
    "source": "source_url",
    "source_url": "source_url",
    "url": "source_url",
}
LINE = re.compile(r"([A-Za-z_]+)[ \t]*:([^\r\n]*)(?:\r\n|\r|\n|\Z)")
FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?\n)??(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
FIRST_KEY = re.compile(r"\s*[^\W\d][\w-]*[ \t]*:")
BLANK_LINES = re.compile(r"(?:[^\S\r\n]*(?:\r\n|\r|\n))*")
DATE_FORMATS = ("%d %B %Y", "%B %d, %Y", "%d %b %Y", "%b %d, %Y")


@dataclass(frozen=True)
class Header:
    """What header lines say, and ``text``, which is without those that were understood."""

    text: str
    fields: Mapping[str, str]


def split_header(text: str) -> Header:
    """Take the header lines from the top of a text.

    They are taken only where they are understood: a date that is none or a source that is
    no web address may be the article's own words, and stays.
    """
    fields: dict[str, str] = {}
    kept = ""
    at = _skip_blank(text, 0)
    while (match := LINE.match(text, at)) and match[1].lower() in FIELDS:
        field = FIELDS[match[1].lower()]
        value = _understand(field, match[2])
        if value and field not in fields:
            fields[field] = value
        else:
            kept += match[0]
        at = match.end()
    if not fields:
        return Header(text, {})
    return Header(kept + text[at if kept else _skip_blank(text, at) :], fields)


def split_front_matter(text: str) -> Header:
    r"""Take the fields between two lines of ``---`` from the top of a Markdown text, or header lines.

    Lines end with ``\n``. Front matter is for the publishing program alone: what is not
    understood of it is dropped too. It begins with a key: text between two rules is the article's.
    """
    matter = FRONT_MATTER.match(text)
    if not matter or not FIRST_KEY.match(matter[1] or ""):
        return split_header(text)
    fields: dict[str, str] = {}
    for line in matter[1].split("\n"):
        match = LINE.match(line)
        field = FIELDS.get(match[1].lower()) if match else None
        if match and field and (value := _understand(field, match[2].strip().strip("\"'"))):
            fields.setdefault(field, value)
    return Header(text[_skip_blank(text, matter.end()) :], fields)


def iso_date(value: str) -> str | None:
    """Give a date or a time in ISO 8601; None when it is none."""
    for parse in (date.fromisoformat, datetime.fromisoformat, parsedate_to_datetime):
        try:
            return parse(value).isoformat()
        except (ValueError, OverflowError):  # a year or a zone of too many digits
            continue
    for pattern in DATE_FORMATS:
        try:
            return datetime.strptime(value, pattern).date().isoformat()
        except ValueError:
            continue
    return None


def web_address(value: str | None) -> str | None:
    """Give an address of http or https as it is; None for all else, such as ``javascript:``."""
    try:
        parts = urlsplit(value or "")
    except ValueError:
        return None
    return value if parts.scheme in ("http", "https") and parts.netloc else None


def with_title(title: str | None, text: str) -> str:
    """Put a title that readers see above a text, unless the text begins with it: it may be quoted."""
    if not title or _folded(text[: 2 * len(title) + 100]).startswith(_folded(title)):
        return text
    return f"{title}\n\n{text}"


def _understand(field: str, value: str) -> str | None:
    value = value.translate(HIDDEN).strip()
    if field == "published":
        return iso_date(value)
    return web_address(value) if field == "source_url" else value or None


def _skip_blank(text: str, at: int) -> int:
    match = BLANK_LINES.match(text, at)
    return match.end() if match else at


def _folded(text: str) -> str:
    return " ".join(text.translate(HIDDEN).casefold().split())
