"""Verify: are a saved answer's quotations still an article's words at their offsets?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from chatbot.answer import ANSWER, Answer
from chatbot.article import load_article
from chatbot.errors import ChatbotError

State = Literal["ok", "moved", "changed"]


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


def verify_answer(answer_path: Path, article_path: Path) -> tuple[Verdict, ...]:
    """Check the quotations of a saved answer that are from an article's file.

    An answer without quotations gives no verdicts.

    Raises:
        ChatbotError: a file cannot be read, or no quotation is from this article.
    """
    article = load_article(article_path)
    answer = _read_answer(answer_path)
    quotations = [quotation for quotation in answer.answers if quotation.article.id == article.id]
    if answer.answers and not quotations:
        named = ", ".join(sorted({quotation.article.id for quotation in answer.answers}))
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


def _read_answer(path: Path) -> Answer:
    try:
        return ANSWER.validate_json(path.read_bytes())
    except OSError as error:
        raise ChatbotError(f"expected a saved answer at {path}, got: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "its beginning"
        raise ChatbotError(
            f"expected an answer of `chatbot ask --json` in {path}, got at {place}: {first['msg']}"
        ) from error
