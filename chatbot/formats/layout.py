"""Pieces of lines on a PDF's pages: in reading order, without what runs through all pages."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

COLUMN_ROWS = 3  # so many rows beside each other are columns, if ...
COLUMN_CHARACTERS = 20  # ... their pieces are longer than a table's cells
RUNNING_ROWS = 2  # at the top and at the bottom of a page, at most
DROP_CAP = 1.8  # letters of the text high, or more
DIGITS = re.compile(r"\d+")


@dataclass(frozen=True)
class Line:
    """A line or a piece of one: its text, and its box in points, y growing upwards.

    ``size`` is the height of its letters, from the lowest descender to the highest ascender;
    ``after_space`` tells whether a character of white space was drawn before it.
    """

    text: str
    left: float
    bottom: float
    right: float
    size: float
    after_space: bool = False

    def beside(self, other: "Line") -> bool:
        """Tell whether both stand on one line of the page."""
        return abs(self.bottom - other.bottom) < 0.5 * min(self.size, other.size)


def whole_lines(pieces: Sequence[Line]) -> tuple[Line, ...]:
    """Bring pieces from the order in which a file draws them to that of reading, and join them to lines.

    Most programs draw in reading order, column by column and a table row by row, so that
    order is kept. Some draw line by line across columns, and those are read one by one.
    """
    lines: list[Line] = []
    region: list[list[Line]] = []  # rows with the same free spaces between their pieces
    for row in _rows(_with_drop_caps(pieces)):
        if region and row[0].bottom < region[-1][0].bottom and _count([*region, row]) >= _count(region):
            region.append(row)
            continue
        lines += _read_region(region)
        region = [row] if len(row) > 1 else []
        if not region:
            lines += row
    return tuple(lines + _read_region(region))


def without_running_lines(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """Leave out what stands at the top or the bottom of most pages; the first page begins with its top.

    Numbers may differ: they count the pages.
    """
    keys = [_running_keys(page) for page in pages]
    counts = Counter(key for page in keys for key in set(page.values()))
    running = {key for key, count in counts.items() if count >= 2 and 2 * count >= len(pages)}
    kept = [
        [line for at, line in enumerate(page) if keys[number].get(at) not in running]
        for number, page in enumerate(pages)
    ]
    tops = (at for at, key in keys[0].items() if key in running and key[0] == "top")
    return [[*(pages[0][at] for at in tops), *kept[0]], *kept[1:]]


def _running_keys(page: Sequence[Line]) -> dict[int, tuple[str, int, str]]:
    """Give, by their place among a page's lines, the lines that may run through: where, and the text."""
    heights = sorted({round(line.bottom) for line in page}, reverse=True)
    places = dict.fromkeys(heights[-RUNNING_ROWS:], "bottom") | dict.fromkeys(heights[:RUNNING_ROWS], "top")
    return {
        at: (places[round(line.bottom)], round(line.bottom), DIGITS.sub("0", line.text))
        for at, line in enumerate(page)
        if round(line.bottom) in places
    }


def _rows(pieces: Sequence[Line]) -> list[list[Line]]:
    """Group pieces that are drawn one after the other, from left to right on one line of the page."""
    rows: list[list[Line]] = []
    for piece in pieces:
        if rows and piece.beside(rows[-1][-1]) and piece.left >= rows[-1][-1].right - 0.5 * piece.size:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return rows


def _columns(rows: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """Group the pieces of some rows by the columns that they leave free space between."""
    columns: list[list[Line]] = []
    right = 0.0
    for piece in sorted((piece for row in rows for piece in row), key=lambda piece: piece.left):
        if columns and piece.left < right + 0.5 * piece.size:
            columns[-1].append(piece)
        else:
            columns.append([piece])
            right = piece.right
        right = max(right, piece.right)
    return columns


def _count(rows: Sequence[Sequence[Line]]) -> int:
    return len(_columns(rows))


def _read_region(rows: Sequence[Sequence[Line]]) -> list[Line]:
    """Read rows column by column where they are text in columns, else row by row.

    Two rows that share a free space are a table's, unless its pieces are words of lines set wide.
    """
    shared = [row for row in rows if len(row) > 1]
    if len(shared) < COLUMN_ROWS or median(len(p.text) for row in shared for p in row) < COLUMN_CHARACTERS:
        return [_joined(row, is_table=len(shared) > 1) for row in rows]
    return [
        _joined(row, is_table=False)
        for column in _columns(rows)
        for row in _rows(sorted(column, key=lambda piece: (-round(piece.bottom), piece.left)))
    ]


def _joined(row: Sequence[Line], *, is_table: bool) -> Line:
    text = row[0].text
    for before, piece in pairwise(row):
        space = "\t" if is_table and not piece.after_space else " "
        text += (space if piece.left - before.right > 0.1 * piece.size else "") + piece.text
    longest = max(row, key=lambda piece: piece.right - piece.left)
    return replace(longest, text=text, left=row[0].left, right=row[-1].right)


def _with_drop_caps(pieces: Sequence[Line]) -> list[Line]:
    """Join each large first letter to the words that go on beside its top, wherever it was drawn."""
    joined = list(pieces)
    usual = median(piece.size for piece in pieces) if pieces else 0.0
    for cap in pieces:
        if len(cap.text) == 1 and cap.text.isupper() and cap.size > DROP_CAP * usual:
            beside = [
                piece
                for piece in joined
                if -0.5 < (piece.left - cap.right) / piece.size < 1.0
                and cap.bottom < piece.bottom < cap.bottom + cap.size
                and piece.text[0].isalpha()
            ]
            if beside:
                top = max(beside, key=lambda piece: piece.bottom)
                joined[joined.index(top)] = replace(top, text=cap.text + top.text)
                joined.remove(cap)
    return joined
