"""Which format a file has: by its content, helped by the ending of its name."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from chatbot.article import HIDDEN, is_blank
from chatbot.formats.encodings import decode
from chatbot.formats.extracted import ExtractionError

Format = Literal["text", "markdown", "html", "pdf", "docx"]

MARKDOWN = frozenset((".md", ".markdown", ".mdown", ".mkd"))
HTML = frozenset((".html", ".htm", ".xhtml"))
# What to take from a folder; a file that is named by itself may end in anything.
SUFFIXES = frozenset((".txt", ".text", ".pdf", ".docx")) | MARKDOWN | HTML
DATA = frozenset((".json", ".jsonl", ".csv", ".tsv", ".xml", ".toml", ".yaml", ".yml", ".css", ".js", ".py"))

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_OLE = "EncryptedPackage".encode("utf-16-le")
FOREIGN = {
    b"{\\rtf": "RTF",
    b"%!PS": "PostScript",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
}
MHTML = re.compile(rb"^content-type:\s*multipart/related", re.IGNORECASE | re.MULTILINE)
HEAD = 1024  # bytes or characters that are looked at
DECLARED = re.compile(rb"<(?:meta|\?xml)[^>]*?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
BEGINS_AS_HTML = re.compile(
    r"(?>\s|<!--.*?-->|<\?.*?>)*+"  # possessive, or many comments would take for ever
    r"<(?:!doctype\s+html|(?:html|head|body|title|meta|script|style|article|main|section|div|table|h1|p)[\s>])",
    re.IGNORECASE | re.DOTALL,
)
TAG = re.compile(r"<(?:/?[a-z][^<>]*>|!--)", re.IGNORECASE)


@dataclass(frozen=True)
class Detected:
    """A format, with the decoded text where it is one of text."""

    format: Format
    text: str = ""


def detect(data: bytes, name: str) -> Detected:
    """Tell the format of a file.

    Raises:
        ExtractionError: the file is empty, encrypted, binary or of a format that is not read.
    """
    if b"%PDF-" in data[:HEAD]:
        return Detected("pdf")
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return Detected("docx")
    _refuse_foreign(data, name)
    suffix = PurePosixPath(name).suffix.lower()
    declared = DECLARED.search(data[: 4 * HEAD]) if data[:HEAD].lstrip().startswith(b"<") else None
    text = decode(data, name, declared[1].decode("ascii", "replace") if declared else None)
    if is_blank(text):
        raise ExtractionError(
            "empty", f"{name}: expected an article's text, got an empty file; fill or remove it"
        )
    head = text[: 4 * HEAD].translate(HIDDEN)
    if suffix in MARKDOWN:  # which may begin with HTML
        return Detected("markdown", text)
    if BEGINS_AS_HTML.match(head) or (suffix in HTML and TAG.search(text)):
        return Detected("html", text)
    if suffix in DATA or head.lstrip().startswith("<?xml"):
        kind = f"a {suffix} file" if suffix in DATA else "XML"
        raise ExtractionError(
            "unknown_format", f"{name}: expected an article, got {kind}; save its text as .txt"
        )
    return Detected("text", text)


def _refuse_foreign(data: bytes, name: str) -> None:
    if data.startswith(OLE) and ENCRYPTED_OLE in data:
        raise encrypted(name, "Word document")
    kind = next((kind for magic, kind in FOREIGN.items() if data.startswith(magic)), None)
    if MHTML.search(data[:HEAD]):
        kind = "MHTML"
    if data.startswith(OLE):
        kind = "a Word document of before 2007, or another old Office file"
    if kind:
        raise ExtractionError(
            "unknown_format",
            f"{name}: expected text, Markdown, HTML, PDF or DOCX, got {kind}; save the article as one of those",
        )


def encrypted(name: str, what: str) -> ExtractionError:
    """Say that a file needs a password."""
    return ExtractionError(
        "encrypted",
        f"{name}: expected a {what} that needs no password, got an encrypted one; save it without a password",
    )
