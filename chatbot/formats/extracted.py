"""What reading a file gives, within which limits, and how it fails."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Literal, Self

from chatbot.article import Page as Page
from chatbot.errors import ChatbotError

if TYPE_CHECKING:  # slow to import, and the process that reads files does without
    from chatbot.settings import Settings

Reason = Literal[
    "empty",
    "not_text",
    "encrypted",
    "too_large",
    "too_slow",
    "no_article",
    "broken",
    "unknown_format",
    "unreadable",
]
MEBIBYTE = 2**20


@dataclass(frozen=True)
class Limits:
    """What one file may cost.

    ``file_bytes`` bounds the file, ``unpacked_bytes`` what a compressed one unpacks to;
    ``seconds`` and ``memory_bytes`` (address space, where the system enforces it) bound
    the process that reads everything but plain text.
    """

    file_bytes: int = 64 * MEBIBYTE
    unpacked_bytes: int = 256 * MEBIBYTE
    seconds: float = 60.0
    memory_bytes: int = 1024 * MEBIBYTE

    @classmethod
    def of(cls, settings: "Settings") -> Self:
        """Take the limits that are set."""
        return cls(
            file_bytes=settings.file_mebibytes * MEBIBYTE,
            unpacked_bytes=settings.unpacked_mebibytes * MEBIBYTE,
            seconds=settings.reading_seconds,
            memory_bytes=settings.reading_mebibytes * MEBIBYTE,
        )


@dataclass(frozen=True)
class Extracted:
    """The article that a file holds.

    ``text`` is what is stored and quoted from, for good: paragraphs between blank lines.
    ``published`` is an ISO 8601 date or time, ``source_url`` an address of http or https.
    ``pages`` ascend in both fields and are None where the format has no pages; a page
    without text is left out.
    """

    text: str
    title: str
    author: str | None = None
    published: str | None = None
    source_url: str | None = None
    pages: tuple[Page, ...] | None = None


@dataclass(frozen=True)
class Given:
    """What whoever adds an article says of it; it goes before what its file says, None leaves that."""

    title: str | None = None
    published: str | None = None
    source_url: str | None = None

    @property
    def fields(self) -> dict[str, str]:
        """Give what is said, by the fields of ``Extracted``."""
        return {name: value for name, value in asdict(self).items() if value}

    def over(self, extracted: Extracted) -> Extracted:
        """Give what a file holds, with what is said before what it says itself."""
        return replace(
            extracted,
            title=self.title or extracted.title,
            published=self.published or extracted.published,
            source_url=self.source_url or extracted.source_url,
        )


NOTHING_GIVEN = Given()


class ExtractionError(ChatbotError):
    """Report a file that no article can be read from; ``reason`` is one word for why."""

    def __init__(self, reason: Reason, message: str) -> None:
        """Keep the reason beside the message."""
        super().__init__(message)
        self.reason: Reason = reason


def page_number(pages: Sequence[Page], offset: int) -> int:
    """Give the number of the page that holds the character at ``offset``.

    Raises:
        ValueError: the offset is before the first page.
    """
    at = bisect_right(pages, offset, key=lambda page: page.start)
    if at == 0:
        raise ValueError(f"expected an offset on one of {len(pages)} pages, got {offset}; use the text's own")
    return pages[at - 1].number
