"""Bytes to text, in whatever encoding they are."""

import codecs
import re

from chatbot.formats.extracted import ExtractionError

# The longer marks first: UTF-32's begins with UTF-16's.
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What these labels mean on the web, https://encoding.spec.whatwg.org/#names-and-labels
WEB_LABELS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
# Python knows these as encodings of text too; a page that declares one means harm, and punycode takes for ever.
NO_CHARSETS = frozenset(("idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"))
SAMPLE = 64 * 1024  # bytes; detection needs no more, and its time grows with them
LONGEST_WORD = 100  # letters on average, at most; the bytes of pictures have few spaces
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
CONTROLS_ALLOWED = 0.005  # of all characters: stray ones occur in texts, binary files are full of them


def decode(data: bytes, name: str, declared: str | None = None) -> str:
    """Decode by byte order mark, by what is declared, as UTF-8 or UTF-16, or by detection.

    A byte order mark is no part of the text; everything else is kept as it is.

    Raises:
        ExtractionError: the bytes are no text in any encoding.
    """
    for mark, encoding in MARKS:
        if data.startswith(mark):
            text = _try(data[len(mark) :], encoding)
            return _checked(
                text, name, f"bytes that are no {encoding.upper()}, which their first bytes announce"
            )
    text = _without_mark(data, declared)
    return _checked(text, name, "bytes in no known encoding")


def _without_mark(data: bytes, declared: str | None) -> str | None:
    if b"\0" in data:
        return _utf16(data)
    # Before what is declared: no other text is valid UTF-8 by chance, unless it shifts alphabets by escapes.
    text = _try(data, "utf-8")
    if text is None and declared:
        text = _try(data, declared)
    if text is not None and "\x1b" not in text:
        return text
    import chardet  # slow to import, and most files are UTF-8

    # Lines of ASCII alone say nothing, and may be all there is at the beginning.
    telling = b"".join(line for line in data.splitlines(keepends=True) if not line.isascii())
    detected = chardet.detect((telling or data)[:SAMPLE])["encoding"]
    return _try(data, detected) if detected else text


def _utf16(data: bytes) -> str | None:
    """Decode UTF-16 without a mark: in the right byte order there are spaces, and no oddities."""
    texts = (_try(data, encoding) for encoding in ("utf-16-le", "utf-16-be"))
    plausible = [text for text in texts if text and not _is_binary(text)]
    best = max(plausible, key=_count_spaces, default="")
    return best if _count_spaces(best) * LONGEST_WORD > len(best) else None


def _count_spaces(text: str) -> int:
    return sum(map(text.count, " \n。、"))


def _try(data: bytes, encoding: str) -> str | None:
    try:
        known = codecs.lookup(encoding).name
        return None if known in NO_CHARSETS else data.decode(WEB_LABELS.get(known, known))
    except (LookupError, UnicodeError):
        return None


def _is_binary(text: str) -> bool:
    return "\0" in text or len(CONTROL.findall(text)) > CONTROLS_ALLOWED * len(text)


def _checked(text: str | None, name: str, what: str) -> str:
    if text is None or _is_binary(text):
        raise ExtractionError(
            "not_text",
            f"{name}: expected an article's text, got {what if text is None else 'binary data'}; "
            "give a text, Markdown, HTML, PDF or DOCX file",
        )
    return text
