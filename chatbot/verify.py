"""Verify: are a saved answer's quotations still an article's words at their offsets?"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from chatbot.answer import ANSWER, Answer
from chatbot.article import Article
from chatbot.errors import ChatbotError

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


def verify_quotations(answer_path: Path, article: Article) -> tuple[Verdict, ...]:
    """Check the quotations of a saved answer, or conversation, that are from an article.

    Answers without quotations give no verdicts.

    Raises:
        ChatbotError: the answer cannot be read, or no quotation is from this article.
    """
    saved = [quotation for answer in _read_answers(answer_path) for quotation in answer.answers]
    quotations = [quotation for quotation in saved if quotation.article.id == article.id]
    if saved and not quotations:
        named = ", ".join(sorted({quotation.article.id for quotation in saved}))
        raise ChatbotError(
            f"expected quotations from {article.id}, got an answer that quotes {named}; give its file"
        )
    return tuple(
        judge_quotation(article.text, quotation.quote, quotation.start, quotation.end)
        for quotation in quotations
    )


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
