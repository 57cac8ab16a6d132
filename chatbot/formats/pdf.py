"""PDF files to an article, with the pages that its text stands on."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import pi
from statistics import median
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from chatbot.article import first_line
from chatbot.counting import counted
from chatbot.formats.detect import encrypted
from chatbot.formats.extracted import Extracted, ExtractionError
from chatbot.formats.joining import join_lines
from chatbot.formats.layout import Line, whole_lines, without_running_lines
from chatbot.formats.ordering import by_place

MOST_PAGES = 5_000
LARGER = 1.15  # than the text: the size of a headline
LONGEST_TITLE = 250  # characters
GAP = 0.9  # heights of a letter; what is farther apart may be of two columns
# What programs write where a title should be.
NO_TITLE = re.compile(
    r"untitled\b.*|\(?anonymous\)?|microsoft word\b.*|.*\.(?:docx?|indd|qxd|pdf|rtf|odt|pages|tex|dvi)",
    re.IGNORECASE,
)
LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})
BREAKING_HYPHENS = ("\x02", "\ufffe")  # how PDFium gives a hyphen that it takes for a line's
SOFT_HYPHEN = "\u00ad"
UNSEEN = ("Cc", "Cn", "Co", "Cs")  # Unicode's categories; white space, though, is meant
ASKEW = 0.05  # quarters of a turn
Box = tuple[float, float, float, float]  # left, bottom, right, top


def read_pdf(data: bytes, name: str) -> Extracted:
    """Read a PDF: columns one after the other, lines joined to paragraphs, hyphenation undone.

    Lines that run through all pages (the paper's name, the page's number) are left out, but
    for those at the top of the first page.

    Raises:
        ExtractionError: the file is encrypted, broken or of scanned pictures alone.
    """
    document = _open(data, name)
    pages = [whole_lines(list(_pieces(document[number]))) for number in range(len(document))]
    text, starts = join_lines([by_place(page) for page in without_running_lines(pages)])
    if not text:
        raise ExtractionError(
            "no_article",
            f"{name}: expected a PDF with text, got one of pictures alone ({counted(len(pages), 'page')}); "
            "let a program recognise its text (OCR) and add what that writes",
        )
    fields = document.get_metadata_dict(skip_empty=True)
    title, author = (" ".join(fields.get(field, "").split()) for field in ("Title", "Author"))
    return Extracted(
        text=text,
        title=_headline(pages) or first_line(text) if not title or NO_TITLE.fullmatch(title) else title,
        author=author or None,
        pages=starts,
    )


def _headline(pages: Sequence[Sequence[Line]]) -> str:
    """Give what is written largest on the first page, if anything is larger than the rest."""
    sizes = [line.size for line in pages[0]]
    if not sizes or max(sizes) < LARGER * median(sizes):
        return ""
    return " ".join(line.text for line in pages[0] if line.size > 0.9 * max(sizes))[:LONGEST_TITLE]


def _open(data: bytes, name: str) -> Any:  # Any: pypdfium2 ships no types
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if error.err_code in (pdfium_c.FPDF_ERR_PASSWORD, pdfium_c.FPDF_ERR_SECURITY):
            raise encrypted(name, "PDF") from error
        raise ExtractionError(
            "broken",
            f"{name}: expected a PDF, got a damaged one, or a part of one; open it in its own program and save "
            "it anew",
        ) from error
    if len(document) > MOST_PAGES:
        raise ExtractionError(
            "too_large", f"{name}: expected at most {MOST_PAGES} pages, got {len(document)}; split the file"
        )
    return document


def _pieces(page: Any) -> Iterator[Line]:
    """Give the pieces of a page's lines in the order that the file draws them."""
    piece: Line | None = None
    space = drawn = False  # whether there is white space before the character, and whether the file has it so
    for character, box, is_drawn in _characters(page):
        if character.isspace():
            # PDFium trims spaces and makes up its own, where the trimmed ones ended
            space, drawn = True, is_drawn or bool(piece and box[0] > piece.right + 0.05 * piece.size)
            continue
        start = Line(character, box[0], box[1], box[2], box[3] - box[1], drawn)
        if piece and piece.beside(start) and -0.5 < (start.left - piece.right) / piece.size < GAP:
            text = piece.text.removesuffix(SOFT_HYPHEN) + (" " if space else "") + character
            piece = replace(piece, text=text, right=max(piece.right, start.right))
        else:
            if piece:
                yield piece
            piece = start
        space = drawn = False
    if piece:
        yield piece


def _characters(page: Any) -> Iterator[tuple[str, Box, bool]]:
    """Give characters with their boxes, and whether the file has them.

    What is written at another angle than most of the page is left out: credits along
    pictures, and watermarks.
    """
    text_page = page.get_textpage()
    raw = text_page.raw
    turns = [
        _quarter_turns(pdfium_c.FPDFText_GetCharAngle(raw, index)) for index in range(text_page.count_chars())
    ]
    usual = Counter(turns).most_common(1)[0][0] if turns else None
    for index, turn in enumerate(turns):
        character = chr(pdfium_c.FPDFText_GetUnicode(raw, index))
        if character in BREAKING_HYPHENS:
            character = "-"
        drawn = pdfium_c.FPDFText_IsGenerated(raw, index) != 1
        if (turn == usual or not drawn) and (
            character.isspace() or unicodedata.category(character) not in UNSEEN
        ):
            box = _upright(text_page.get_charbox(index, loose=True), usual)
            yield character.translate(LIGATURES), box, drawn


def _quarter_turns(angle: float) -> int | None:
    """Give how many quarters a text is turned clockwise; None when it stands askew."""
    quarters = 2 * angle / pi
    return round(quarters) % 4 if abs(quarters - round(quarters)) < ASKEW else None


def _upright(box: Box, turn: int | None) -> Box:
    """Turn a box with the page, so that its text runs from left to right."""
    left, bottom, right, top = box
    if turn == 1:
        return -top, left, -bottom, right
    if turn == 2:
        return -right, -top, -left, -bottom
    if turn == 3:
        return bottom, -right, top, -left
    return box
