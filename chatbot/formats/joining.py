"""A PDF's lines to paragraphs, with hyphenation undone."""

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from statistics import median

from chatbot.formats.extracted import Page
from chatbot.formats.layout import Line

# In parts of a column's width, of its leading or of its letters' height:
SAME_SIZE = 0.12  # sizes of letters that differ by less are the same
WIDE_GAP = 1.3  # leadings between paragraphs
FULL_LINE = 0.9
SHORT_LINE = 0.8
INDENT = 0.6  # heights; by so much or more a paragraph's first line is set in

ENDS_SENTENCE = re.compile(r"[.!?…:。][\"'”’»)\]]*$")
BULLET = re.compile(r"[•‣▪◦●○■–—-]\s")
HYPHENS = "-\u00ad\u2010"
HYPHENATED = re.compile(rf"(?:([^\W\d_]+(?:[-\u2010][^\W\d_]+)*)|\w)[{HYPHENS}]$")
WORD = re.compile(r"[^\W\d_]+(?:[-\u2010][^\W\d_]+)*")
# These make compounds with a hyphen, which then is not the line's.
COMPOUNDING = frozenset(("well", "self"))
SUSPENDED = re.compile(r"(?:and|or|to)\b")  # "pre- and post-war"
CLOSE = re.compile(r"\S[–—/]$")
WITHOUT_SPACES = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")  # Chinese and Japanese


@dataclass(frozen=True)
class _Column:
    """Lines below each other in letters of one size, on one page."""

    page: int
    lines: tuple[Line, ...]

    @cached_property
    def left(self) -> float:
        return min(line.left for line in self.lines)

    @cached_property
    def width(self) -> float:
        return max(line.right for line in self.lines) - self.left

    @cached_property
    def leading(self) -> float:
        steps = [upper.bottom - lower.bottom for upper, lower in pairwise(self.lines)]
        return median(steps) if len(steps) > 1 else 1.15 * self.lines[0].size

    def is_set_in(self, line: Line) -> bool:
        return line.left - self.left > INDENT * line.size

    def is_full(self, line: Line) -> bool:
        return line.right - self.left > FULL_LINE * self.width

    def has_room_for(self, word: float, line: Line) -> bool:
        """Tell whether a line is short, and a word of that width would have stood on it."""
        room = self.left + self.width - line.right
        return room > (1 - SHORT_LINE) * self.width and room > word + 0.5 * line.size


def join_lines(pages: Sequence[Sequence[Line]]) -> tuple[str, tuple[Page, ...]]:
    """Join the lines of pages, in reading order, to paragraphs between blank lines; say where pages start.

    A paragraph goes on over the end of a column or a page. A hyphen at the end of a line is
    dropped, unless the text has the word with it elsewhere or its first part makes compounds.
    """
    known = {word.casefold() for page in pages for line in page for word in WORD.findall(line.text)}
    pieces: list[str] = []
    starts: list[Page] = []
    length = 0
    for line, page, begins in _with_beginnings(list(_split_columns(pages))):
        if pieces:
            last, joint = (pieces[-1], "\n\n") if begins else _joint(pieces[-1], line.text, known)
            length += len(last) + len(joint) - len(pieces[-1])
            pieces[-1:] = [last, joint]
        if not starts or starts[-1].number != page:
            starts.append(Page(page, length))
        pieces.append(line.text)
        length += len(line.text)
    return "".join(pieces), tuple(starts)


def _split_columns(pages: Sequence[Sequence[Line]]) -> Iterator[_Column]:
    for number, page in enumerate(pages, start=1):
        column: list[Line] = []
        for line in page:
            if column and not _is_below(column[-1], line):
                yield _Column(number, tuple(column))
                column = []
            column.append(line)
        if column:
            yield _Column(number, tuple(column))


def _is_below(above: Line, line: Line) -> bool:
    overlap = min(above.right, line.right) - max(above.left, line.left)
    return line.bottom < above.bottom and overlap > 0 and _same_size(above, line)


def _same_size(one: Line, other: Line) -> bool:
    return abs(one.size - other.size) <= SAME_SIZE * max(one.size, other.size)


def _with_beginnings(columns: Sequence[_Column]) -> Iterator[tuple[Line, int, bool]]:
    """Give each line with its page and whether a paragraph begins with it."""
    for number, column in enumerate(columns):
        begins = number == 0 or not _goes_on(columns[number - 1], column)
        for at, line in enumerate(column.lines):
            yield line, column.page, begins if at == 0 else _begins(column, column.lines[at - 1], line)


def _begins(column: _Column, above: Line, line: Line) -> bool:
    """Tell whether a paragraph begins with a line.

    Where a line ends though the next word had room on it, a break was meant; unless both
    end at one edge, as beside a picture.
    """
    return bool(
        above.bottom - line.bottom > WIDE_GAP * column.leading
        or (column.is_set_in(line) and not column.is_set_in(above))
        or (column.has_room_for(_first_word(line), above) and abs(above.right - line.right) > 0.3 * line.size)
        or BULLET.match(line.text)
        or "\t" in above.text + line.text  # a table's row is a paragraph of its own
    )


def _first_word(line: Line) -> float:
    """Estimate the width of a line's first word."""
    return (line.right - line.left) * len(line.text.split()[0]) / len(line.text)


def _goes_on(before: _Column, column: _Column) -> bool:
    """Tell whether the last paragraph of a column goes on in the next one."""
    last, first = before.lines[-1], column.lines[0]
    if not _same_size(last, first) or ENDS_SENTENCE.search(last.text) or "\t" in last.text + first.text:
        return False
    if first.text[0].islower():
        return True
    return len(before.lines) > 1 and before.is_full(last) and not column.is_set_in(first)


def _joint(before: str, after: str, known: Container[str]) -> tuple[str, str]:
    """Give a line without the hyphen that only breaks it, and what stands between it and the next."""
    hyphenated = HYPHENATED.search(before)
    if hyphenated and not SUSPENDED.match(after):
        return (before[:-1] if _is_only_at_the_break(hyphenated[1], after, known) else before), ""
    close = CLOSE.search(before) or (WITHOUT_SPACES.match(before[-1]) and WITHOUT_SPACES.match(after))
    return before, "" if close else " "


def _is_only_at_the_break(first: str | None, after: str, known: Container[str]) -> bool:
    second = WORD.match(after)
    if not first or not second or not after[0].islower():
        return False
    first, rest = first.casefold(), second[0].casefold()
    if f"{first}{rest}" in known:
        return True
    return f"{first}-{rest}" not in known and first not in COMPOUNDING and "-" not in first
