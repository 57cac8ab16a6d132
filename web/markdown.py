"""A conversation as Markdown (CommonMark): to read, to keep and to pass on."""

import re
from collections.abc import Iterator

from chatbot.answer import Answer, Quotation, refusal_words, unknown_words
from web.conversation import SAVED, Conversation, Exchange
from web.pages import (
    SMALL_TALK,
    article_words,
    confidence_words,
    place_words,
    quotation_address,
    searched_words,
)

# What CommonMark could take for markup: anywhere in a line, and at its beginning.
MARKUP = re.compile(r"[\\`*_\[\]<>&~|#]")
LIST_MARK = re.compile(r"^(\d*)([-+=.)])")
NO_BREAK_SPACE = "\u00a0"


def conversation_markdown(conversation: Conversation, home: str, articles: int) -> str:
    """Write a conversation, oldest question first.

    Args:
        conversation: what was asked and answered.
        home: the address of this site.
        articles: how many the library holds; of several, each answer says which were asked.
    """
    parts = [part for exchange in conversation.exchanges for part in _exchange(exchange, home, articles)]
    head = ["# Ask the article", *_left_out(conversation)]
    return "\n\n".join([*head, *parts]) + "\n"


def escape(text: str) -> str:
    """Write text so that CommonMark shows it as it is, each line of it on a line."""
    return _lines(_inline(text))


def _inline(text: str) -> str:
    return MARKUP.sub(r"\\\g<0>", text)


def _lines(written: str) -> str:
    lines = (LIST_MARK.sub(r"\1\\\2", line.strip()) for line in written.splitlines())
    return "\\\n".join(line or NO_BREAK_SPACE for line in lines)


def _left_out(conversation: Conversation) -> Iterator[str]:
    if left_out := conversation.left_out:
        what = f"{left_out} question{' is' if left_out == 1 else 's are'} left out"
        yield f"{what}: those before the last {SAVED}, and those of articles that were removed since."


def _exchange(exchange: Exchange, home: str, articles: int) -> Iterator[str]:
    answer = exchange.answer
    yield f"## {escape(' '.join(answer.question.split()))}"
    if answer.searched.added_terms:
        text, added = searched_words(answer)
        yield f"Searched for: {' + '.join(map(escape, (text, *added)))}"
    if exchange.near:
        yield f"Taken to be about: {escape(exchange.near.title)}"
    if articles > 1:
        yield f"Asked: {escape(exchange.articles.words)}"
    yield from _answer(answer, exchange.read_articles, home)
    yield f"[Link to this answer](<{home}{exchange.address}>)"


def _answer(answer: Answer, read_articles: int, home: str) -> Iterator[str]:
    if answer.not_found is None:
        for quotation in answer.answers:
            yield from _quotation(quotation, home)
    elif answer.not_found.reason == "small_talk":
        yield SMALL_TALK
    else:
        yield refusal_words(read_articles)
        if answer.not_found.unknown_terms and read_articles:
            yield f"{unknown_words(read_articles)} {', '.join(map(escape, answer.not_found.unknown_terms))}"


def _quotation(quotation: Quotation, home: str) -> Iterator[str]:
    pieces = (f"**{_inline(part.text)}**" if part.mark else _inline(part.text) for part in quotation.segments)
    yield "\n".join(f"> {line}" for line in _lines("".join(pieces)).splitlines())
    place = f"{escape(article_words(quotation.article))}, {place_words(quotation.passage)}"
    yield f"[{place}](<{home}{quotation_address(quotation)}>). {confidence_words(quotation)}."
