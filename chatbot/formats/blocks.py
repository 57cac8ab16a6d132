"""A tree of HTML or of TEI to paragraphs."""

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree, html

from chatbot.article import is_blank

BLOCKS = frozenset(
    # HTML
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption "
    "figure footer form h1 h2 h3 h4 h5 h6 header hr html legend li main nav ol p pre search section summary "
    "table tbody tfoot thead tr ul "
    # TEI, as trafilatura uses it
    "ab doc head item list quote row".split()
)
CELLS = frozenset(("td", "th", "cell"))
BREAKS = frozenset(("br", "lb"))
UNSEEN = frozenset("script style template title noscript textarea select iframe object svg".split())
SPACE = re.compile(r"[ \t\r\n\f]+")  # HTML's; a no-break space stays


def paragraphs(root: Any) -> tuple[str, ...]:  # Any: lxml ships no types
    """Give the visible text of a tree, a string for each block.

    White space is collapsed and line breaks are kept. An item of a list is one paragraph,
    and so is a row of a table, its cells between tabs: they are what one would quote.
    """
    texts = (SPACE.sub(_collapse, "".join(parts)).strip() for parts in _blocks(root))
    return tuple(text for text in texts if not is_blank(text))


def parse_fragment(markup: str) -> Any:
    """Parse a piece of HTML into one element."""
    return html.fragment_fromstring(markup, create_parent="div")


def _blocks(root: Any) -> Iterator[list[str]]:
    parts: list[str] = []
    cells = unseen = 0  # open elements that are cells, and that show nothing
    for event, node in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        tag = node.tag if event in ("start", "end") else ""
        step = 1 if event == "start" else -1
        if tag in UNSEEN:
            unseen += step
        elif tag in CELLS:
            cells += step
            parts.append("\t")
        elif tag in BLOCKS and cells:
            parts.append(" ")
        elif tag in BLOCKS:
            yield parts
            parts = []
        elif tag in BREAKS and event == "start":
            parts.append("\n")
        text = node.text if event == "start" else node.tail
        if text and not unseen and not (node is root and event == "end"):
            parts.append(SPACE.sub(" ", text))
    yield parts


def _collapse(match: re.Match[str]) -> str:
    return next((mark for mark in "\n\t" if mark in match[0]), " ")
