"""Text fragments: the part of an address that makes a browser scroll to words of any page.

https://wicg.github.io/scroll-to-text-fragment/
"""

from urllib.parse import quote

LONGEST_WHOLE = 160  # characters; longer words are named by their first and last few
EDGE_WORDS = 5
CONTEXT_WORDS = 3


def text_fragment(text: str, start: int, end: int) -> str:
    """Give what follows "#" in an address to find ``text[start:end]`` in a page that shows the text.

    Words that the text holds more than once are given with what stands around them. White
    space counts as one space, as a page shows it.
    """
    whole = _plain(text[start:end])
    parts = _edges(whole) if len(whole) > LONGEST_WHOLE or "\n" in text[start:end] else [whole]
    before, after = _plain(text[:start]).split()[-CONTEXT_WORDS:], _plain(text[end:]).split()[:CONTEXT_WORDS]
    written = ",".join(map(_escape, parts))
    if _plain(text).count(parts[0]) > 1:
        written = f"{_escape(' '.join(before))}-,{written}" if before else written
        written = f"{written},-{_escape(' '.join(after))}" if after else written
    return f":~:text={written}"


def _plain(text: str) -> str:
    return " ".join(text.split())


def _edges(whole: str) -> list[str]:
    words = whole.split()
    if len(words) < 2 * EDGE_WORDS:
        return [whole]
    return [" ".join(words[:EDGE_WORDS]), " ".join(words[-EDGE_WORDS:])]


def _escape(words: str) -> str:
    # a dash is part of the syntax, though not of what must be escaped in an address
    return quote(words, safe="").replace("-", "%2D")
