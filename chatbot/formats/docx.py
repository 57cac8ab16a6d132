"""Word documents to an article."""

import io
import zipfile

import mammoth
from lxml import etree

from chatbot.article import first_line
from chatbot.formats.blocks import paragraphs, parse_fragment
from chatbot.formats.extracted import MEBIBYTE, Extracted, ExtractionError, Limits
from chatbot.formats.markup import no_article

CONTENT_TYPES = "[Content_Types].xml"
WORD = b"wordprocessingml"
PROPERTIES = "docProps/core.xml"
DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"
MOST_MEMBERS = 10_000
# What Word itself puts beside the words: the mark of a footnote, and the arrow back from it.
MARKS = ".//sup[a[starts-with(@id, 'footnote-ref') or starts-with(@id, 'endnote-ref')]] | .//a[. = '↑']"


def read_docx(data: bytes, name: str, limits: Limits) -> Extracted:
    """Read a DOCX file: headings, paragraphs, lists, tables and notes in reading order.

    Raises:
        ExtractionError: the file is another ZIP archive, encrypted, broken, a bomb or empty.
    """
    with _open(data, name, limits) as archive:
        title, author = _properties(archive)
    result = mammoth.convert_to_html(io.BytesIO(data), convert_image=mammoth.images.img_element(lambda _: {}))
    root = parse_fragment(result.value)
    for mark in root.xpath(MARKS):
        mark.drop_tree()
    text = "\n\n".join(paragraphs(root))
    if not text:
        raise no_article(name, "a Word document without text")
    return Extracted(text=text, title=title or first_line(text), author=author)


def _open(data: bytes, name: str, limits: Limits) -> zipfile.ZipFile:
    """Open the archive, once its directory says that it can be unpacked: no member gives more than that."""
    archive = zipfile.ZipFile(io.BytesIO(data))
    members = archive.infolist()
    size = sum(member.file_size for member in members)
    if size > limits.unpacked_bytes or len(members) > MOST_MEMBERS:
        raise ExtractionError(
            "too_large",
            f"{name}: expected at most {limits.unpacked_bytes // MEBIBYTE} MiB in {MOST_MEMBERS} members once "
            f"unpacked, got {size // MEBIBYTE} MiB in {len(members)}; save it without pictures",
        )
    if CONTENT_TYPES not in archive.namelist() or WORD not in archive.read(CONTENT_TYPES):
        raise ExtractionError(
            "unknown_format",
            f"{name}: expected a DOCX file, got a ZIP archive of another kind; save the text as DOCX or PDF",
        )
    return archive


def _properties(archive: zipfile.ZipFile) -> tuple[str | None, str | None]:
    if PROPERTIES not in archive.namelist():
        return None, None
    root = etree.fromstring(archive.read(PROPERTIES), etree.XMLParser(resolve_entities=False, recover=True))
    found = (
        root.findtext(f"{DUBLIN_CORE}{field}") if root is not None else "" for field in ("title", "creator")
    )
    title, author = (" ".join((value or "").split()) or None for value in found)
    return title, author
