"""Verify: are a saved answer's quotations still an article's words at their offsets?"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from chatbot.answer import ANSWER, Answer, Quotation
from chatbot.article import load_text, text_sha256
from chatbot.errors import ArticleError, ChatbotError
from chatbot.formats import ExtractionError, Limits, read_file

CONVERSATION_BEGINS = re.compile(rb'\s*\{\s*"conversation"')
State = Literal["ok", "moved", "changed"]


@dataclass(frozen=True)
class SavedConversation:
    """What is read of a conversation that the page saved."""

    conversation: list[Answer]


CONVERSATION = TypeAdapter(SavedConversation)


@dataclass(frozen=True)
class Verdict:
    """What became of a quotation.

    ``ok``: it stands where it stood. ``moved``: its words stand elsewhere, and ``start``
    and ``end`` say where first. ``changed``: the article has no such words any more.
    """

    state: State
    quote: str
    start: int
    end: int


@dataclass(frozen=True)
class Verification:
    """What became of the quotations of one article, one at least, and which were not checked.

    ``left_out`` counts the quotations of each other article, by its id.
    """

    verdicts: tuple[Verdict, ...]
    left_out: Mapping[str, int]


def read_texts(path: Path, limits: Limits) -> tuple[str, ...]:
    """Read an article's file in each way that it may have come into a library.

    Seeds are kept byte for byte; of what was added, the text was extracted.

    Raises:
        ExtractionError: it cannot be read in either way.
    """
    texts: list[str] = []
    with suppress(ArticleError):
        texts.append(load_text(path))
    try:
        texts.append(read_file(path, limits).text)
    except ExtractionError:
        if not texts:
            raise
    return tuple(dict.fromkeys(texts))


def verify_quotations(answer_path: Path, texts: Sequence[str], ids: Iterable[str]) -> Verification:
    """Check the quotations of a saved answer, or conversation, that are from an article.

    Args:
        answer_path: what was saved.
        texts: the article's text, in each way that it can be read; the one that holds most
            of what was quoted is the one that it was quoted from.
        ids: what the article may be called, likeliest first. They are asked for only where no
            quotation is from exactly one of the texts.

    Raises:
        ChatbotError: the answer cannot be read, or no quotation is from this article.
    """
    saved = [quotation for answer in _read_answers(answer_path) for quotation in answer.answers]
    if not saved:
        raise ChatbotError(
            f"expected quotations to check in {answer_path}, got none: nothing was found there; save an answer "
            "that quotes"
        )
    article_ids = _quoted_as(saved, texts, ids)
    quoted = [quotation for quotation in saved if quotation.article.id in article_ids]
    judged = [
        tuple(judge_quotation(text, quotation.quote, quotation.start, quotation.end) for quotation in quoted)
        for text in texts
    ]
    others = Counter(one.article.id for one in saved if one.article.id not in article_ids)
    return Verification(max(judged, key=_standing), dict(sorted(others.items())))


def _quoted_as(saved: Sequence[Quotation], texts: Sequence[str], ids: Iterable[str]) -> set[str]:
    """Give the ids under which an article is quoted: those of its very text, or else one of ``ids``."""
    digests = {text_sha256(text) for text in texts}
    if same := {quotation.article.id for quotation in saved if quotation.article.sha256 in digests}:
        return same
    quoted = {quotation.article.id for quotation in saved}
    tried: list[str] = []
    for article_id in ids:
        if article_id in quoted:
            return {article_id}
        tried.append(article_id)
    raise ChatbotError(
        f"expected quotations from {' or '.join(dict.fromkeys(tried))}, got an answer that quotes "
        f"{', '.join(sorted(quoted))}; give the file of one of these, or its id in the library"
    )


def _standing(verdicts: Sequence[Verdict]) -> tuple[int, int]:
    """Count the quotations that stand where they stood, and those that stand elsewhere."""
    states = Counter(verdict.state for verdict in verdicts)
    return states["ok"], states["moved"]


def judge_quotation(text: str, quote: str, start: int, end: int) -> Verdict:
    """Compare one quotation with a text."""
    if text[start:end] == quote:
        return Verdict("ok", quote, start, end)
    found = text.find(quote)
    if found >= 0:
        return Verdict("moved", quote, found, found + len(quote))
    return Verdict("changed", quote, start, end)


def _read_answers(path: Path) -> list[Answer]:
    try:
        content = path.read_bytes()
        if CONVERSATION_BEGINS.match(content):
            return CONVERSATION.validate_json(content).conversation
        return [ANSWER.validate_json(content)]
    except OSError as error:
        raise ChatbotError(f"expected a saved answer at {path}, got: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "its beginning"
        raise ChatbotError(
            f"expected an answer of `chatbot ask --json`, or a conversation that the page saved, in {path}, "
            f"got at {place}: {first['msg']}"
        ) from error
