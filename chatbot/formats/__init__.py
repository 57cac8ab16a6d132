"""Files of any format to articles: plain text, Markdown, HTML, PDF and DOCX.

Nothing outside the package needs more than what is named here. The libraries that read the
formats are imported by a process of its own, :mod:`chatbot.formats.worker`, and by no other.
"""

from chatbot.formats.detect import SUFFIXES
from chatbot.formats.extracted import (
    MEBIBYTE,
    NOTHING_GIVEN,
    Extracted,
    ExtractionError,
    Given,
    Limits,
    Page,
    Reason,
    page_number,
)
from chatbot.formats.extractor import Extractor, read_bytes, read_file

__all__ = [
    "MEBIBYTE",
    "NOTHING_GIVEN",
    "SUFFIXES",
    "Extracted",
    "ExtractionError",
    "Extractor",
    "Given",
    "Limits",
    "Page",
    "Reason",
    "page_number",
    "read_bytes",
    "read_file",
]
