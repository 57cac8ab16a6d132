import io

import docx
import pytest
from made_files import EXTRACTOR, docx_file

from chatbot.formats import ExtractionError

OFFICE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def document(body: str) -> bytes:
    return f'<?xml version="1.0"?><w:document xmlns:w="{OFFICE}"><w:body>{body}</w:body></w:document>'.encode()


def test_document_gives_its_text_in_reading_order() -> None:
    assert EXTRACTOR.read_bytes(docx_file(), "a.docx").text.split("\n\n") == [
        "Harbour opens after the storm",
        "The port opened again on Monday",
        "Two cranes fell.",
        "Ship\tDay",
        "Aurora\tMonday",
        "The mayor thanked the crews.",
    ]


def test_document_gives_title_and_author_of_its_properties() -> None:
    extracted = EXTRACTOR.read_bytes(docx_file(), "a.docx")

    assert (extracted.title, extracted.author, extracted.pages) == ("Harbour opens", "Ira Koval", None)


def test_document_without_properties_is_titled_by_its_first_line() -> None:
    core = b'<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"/>'

    extracted = EXTRACTOR.read_bytes(docx_file(core=core), "a.docx")

    assert (extracted.title, extracted.author) == ("Harbour opens after the storm", None)


def test_document_is_told_by_its_content() -> None:
    assert EXTRACTOR.read_bytes(docx_file(), "download") == EXTRACTOR.read_bytes(docx_file(), "a.docx")


def test_revised_document_gives_what_was_inserted_and_not_what_was_deleted() -> None:
    body = (
        "<w:p><w:r><w:t>The port </w:t></w:r><w:del><w:r><w:delText>closed</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>opened.</w:t></w:r></w:ins></w:p>"
    )

    assert EXTRACTOR.read_bytes(docx_file(document=document(body)), "a.docx").text == "The port opened."


def test_note_is_given_without_its_mark() -> None:
    body = '<w:p><w:r><w:t>The port opened.</w:t></w:r><w:r><w:footnoteReference w:id="1"/></w:r></w:p>'
    notes = (
        f'<w:footnotes xmlns:w="{OFFICE}"><w:footnote w:id="1"><w:p><w:r><w:t>On Monday.</w:t></w:r></w:p>'
        "</w:footnote></w:footnotes>"
    )
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    related = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{kind}" Target="footnotes.xml"/></Relationships>'
    )
    content = docx_file(document=document(body), footnotes=notes.encode(), **{"document.xml": related.encode()})

    assert EXTRACTOR.read_bytes(content, "a.docx").text == "The port opened.\n\nOn Monday."


def test_document_without_text_is_refused() -> None:
    buffer = io.BytesIO()
    docx.Document().save(buffer)

    with pytest.raises(ExtractionError, match="a Word document without text") as caught:
        EXTRACTOR.read_bytes(buffer.getvalue(), "a.docx")

    assert caught.value.reason == "no_article"


def test_document_with_a_password_is_encrypted() -> None:
    content = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512) + "EncryptedPackage".encode("utf-16-le")

    with pytest.raises(ExtractionError, match="a Word document that needs no password") as caught:
        EXTRACTOR.read_bytes(content, "a.docx")

    assert caught.value.reason == "encrypted"
