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


def asking_address(question: str, asked: Sequence[tuple[str, str]] = (), turns: Sequence[str] = ()) -> str:
    """Give the address that asks a question.

    Args:
        question: what is asked.
        asked: the fields that name the articles, as ``web.asked.scope_parameters`` gives them.
        turns: the earlier turns, as a page carries them.
    """
    return "/ask?" + urlencode([("q", question), *asked, *(("turn", turn) for turn in turns)])


def chat_address(asked: Sequence[tuple[str, str]] = ()) -> str:
    """Give the address of the chat over articles, named as ``web.asked.scope_parameters`` does."""
    return f"/?{urlencode(asked)}" if asked else "/"


def list_address(fields: Sequence[tuple[str, str]] = ()) -> str:
    """Give the address of the list of articles, with what its form holds."""
    return f"/articles?{urlencode(fields)}" if fields else "/articles"
