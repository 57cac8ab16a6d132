"""Addresses of the pages, made in one place."""

from collections.abc import Sequence
from urllib.parse import quote, urlencode


def article_address(article_id: str) -> str:
    """Give the address of an article's page."""
    return f"/articles/{quote(article_id, safe='')}"


def anchor(start: int, end: int) -> str:
    """Give the name of a range's place in an article's page."""
    return f"c{start}-{end}"


def marked_address(article_id: str, start: int, end: int) -> str:
    """Give the address that opens an article with a range marked, with or without script."""
    return f"{article_address(article_id)}?c={start}-{end}#{anchor(start, end)}"


def pane_address(article_id: str, start: int, end: int) -> str:
    """Give the address of the article alone, with a range marked, for the pane beside the chat."""
    return f"{article_address(article_id)}/pane?c={start}-{end}"


def asking_address(question: str, article_id: str | None = None, turns: Sequence[str] = ()) -> str:
    """Give the address that asks a question, after earlier turns as a page carries them."""
    named = [("article_id", article_id)] if article_id else []
    return "/ask?" + urlencode([("q", question), *named, *(("turn", turn) for turn in turns)])
