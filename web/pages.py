"""What the pages say and how they lay an article out: pure logic, tested without a server."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from chatbot.answer import (
    KIND_WORDS,
    Answer,
    ArticleRef,
    PassageRef,
    Quotation,
    corrected_question,
    percent,
    refusal_words,
)
from chatbot.article import Article
from chatbot.limits import LONGEST_QUESTION
from chatbot.passages import Kind, Passage, paragraphs, trim
from chatbot.terms import words
from web.addresses import anchor, marked_address, pane_address
from web.dates import date_words
from web.engine import EMPTY
from web.fragments import text_fragment

NO_BREAK_SPACE = "\u00a0"
RANGE = re.compile(r"([0-9]{1,10})-([0-9]{1,10})")
WEB_ADDRESS = re.compile(r"https?://[^\s]+")
OFFERED = 3
SHOWN_QUOTATIONS = 3  # of an answer, at once; the others are shown on request
SMALL_TALK = (
    "This chat answers questions about its articles in their own words, and tells you when they do not say. "
    "Ask it about something in the news it holds."
)
PROBLEM_HEADINGS = {
    404: "Nothing here",
    409: "The article has changed",
    413: "Too much at once",
    422: "That cannot be asked",
    429: "Too many questions at once",
    500: "Something broke",
    503: "One moment",
}


@dataclass(frozen=True)
class Mark:
    """A range ``[start, end)`` of an article's text that a page marks."""

    start: int
    end: int

    @property
    def anchor(self) -> str:
        """Give the name of its place in the page."""
        return anchor(self.start, self.end)


@dataclass(frozen=True)
class Piece:
    """Text that is shown alike throughout.

    ``number`` is that of the passage that begins here, ``answers`` says whether it answers
    a fixed question; ``anchor`` is the mark's name, at its first piece alone.
    """

    text: str
    marked: bool = False
    number: int | None = None
    anchor: str | None = None
    answers: bool = False


@dataclass(frozen=True)
class Block:
    """A paragraph of an article, or, where ``kind`` is None, the blank lines between two."""

    kind: Kind | None
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class PassageQuestions:
    """The fixed questions that a passage answers best, by the passage's number."""

    number: int
    questions: tuple[str, ...]


def passage_questions(answers: Iterable[Answer]) -> tuple[PassageQuestions, ...]:
    """Group answered questions by the passage of their best quotation, in the text's order."""
    found: dict[int, list[str]] = {}
    for answer in answers:
        found.setdefault(answer.answers[0].passage.number, []).append(answer.question)
    return tuple(PassageQuestions(number, tuple(found[number])) for number in sorted(found))


def read_mark(written: str | None, text: str) -> tuple[Mark | None, str | None]:
    """Read a range as addresses write it, ``START-END``: the mark, or what is wrong with it."""
    if written is None:
        return None, None
    match = RANGE.fullmatch(written)
    if match is None:
        return (
            None,
            "This address should mark a place as START-END, two numbers; it does not. Nothing is marked.",
        )
    start, end = int(match[1]), int(match[2])
    if start >= end:
        return None, f"This address marks characters {start} to {end}, which holds none. Nothing is marked."
    if end > len(text):
        return None, (
            f"This address marks characters {start} to {end}, but the article has {len(text)}: "
            "it may have changed since. Nothing is marked."
        )
    if trim(text, start, end) is None:
        return None, f"Characters {start} to {end} of this article are blank. Nothing is marked."
    return Mark(start, end), None


def lay_out(
    article: Article,
    passages: Sequence[Passage],
    mark: Mark | None = None,
    answering: Collection[int] = (),
) -> tuple[Block, ...]:
    """Lay an article out in blocks whose pieces join to its text, each character once.

    ``answering`` are the numbers of passages that answer fixed questions.
    """
    numbers = {passage.start: passage.number for passage in passages}
    anchored = False
    blocks = []
    for start, end, kind in _spans(article.text):
        cuts = sorted({start, end, *_inside(start, end, numbers), *_inside(start, end, _edges(mark))})
        pieces = []
        for first, last in pairwise(cuts):
            marked = mark is not None and kind is not None and mark.start <= first < mark.end
            named = mark.anchor if mark is not None and marked and not anchored else None
            anchored = anchored or marked
            number = numbers.get(first)
            pieces.append(Piece(article.text[first:last], marked, number, named, number in answering))
        blocks.append(Block(kind, tuple(pieces)))
    return tuple(blocks)


def place_words(passage: PassageRef) -> str:
    """Say where a quotation stands: its passage's kind, page and number."""
    page = f"page{NO_BREAK_SPACE}{passage.page}, " if passage.page else ""
    return f"{KIND_WORDS[passage.kind]}, {page}paragraph{NO_BREAK_SPACE}{passage.number}"


def article_words(article: ArticleRef) -> str:
    """Name an article by title and date."""
    return f"{article.title}, {date_words(article.published)}" if article.published else article.title


def confidence_words(quotation: Quotation) -> str:
    """Say a confidence in words and number."""
    return f"{quotation.band.capitalize()} confidence, {percent(quotation.confidence)}{NO_BREAK_SPACE}%"


def quotation_address(quotation: Quotation) -> str:
    """Give the address that opens a quotation's article with it marked."""
    return marked_address(quotation.article.id, quotation.start, quotation.end)


def quotation_pane(quotation: Quotation) -> str:
    """Give the address of a quotation's article for the pane, with it marked."""
    return pane_address(quotation.article.id, quotation.start, quotation.end)


def publisher_address(quotation: Quotation, text: str) -> str | None:
    """Give the address of a quotation's words at their publisher, if the article has one."""
    address = source_address(quotation.article.source_url)
    if address is None:
        return None
    fragment = text_fragment(text, quotation.start, quotation.end)
    return f"{address}{'' if '#' in address else '#'}{fragment}"


def copied_words(quotation: Quotation) -> str:
    """Give a quotation as it is copied: its words, its article and its place."""
    page = f"page {quotation.passage.page}, " if quotation.passage.page else ""
    place = f"{page}paragraph {quotation.passage.number}"
    return f"“{quotation.quote}”\n{article_words(quotation.article)}, {place}"


def searched_words(answer: Answer) -> tuple[str, tuple[str, ...]]:
    """Give the question that was searched for, and the words of earlier turns that it does not show."""
    text = corrected_question(answer) or answer.question
    shown = {word.folded for word in words(text)}
    added = (
        term for term in answer.searched.added_terms if not all(word.folded in shown for word in words(term))
    )
    return text, tuple(added)


def judged_question(answer: Answer) -> str:
    """Give the question that feedback is on: as it stands alone if words were added, else as it was asked.

    As it was asked it is given, too, where words that were added make it too long to be asked.
    """
    alone = answer.searched.text
    return alone if answer.searched.added_terms and len(alone) <= LONGEST_QUESTION else answer.question


def announcement(answer: Answer, asked_articles: int) -> str:
    """Say an answer in one breath, for those who hear the page."""
    if answer.not_found is None:
        best = answer.answers[0]
        return f"{confidence_words(best)}: {best.quote}"
    return SMALL_TALK if answer.not_found.reason == "small_talk" else refusal_words(asked_articles)


def problem_heading(status: int, title: str, detail: str = "") -> str:
    """Give the heading of an error's page."""
    if detail == EMPTY:
        return "No article yet"
    return PROBLEM_HEADINGS.get(status, title)


def sentence(message: str) -> str:
    """Write an error's message as a sentence."""
    return message[:1].upper() + message[1:]


def offered_questions(
    suggestions: Iterable[str], asked: Iterable[str], limit: int = OFFERED
) -> tuple[str, ...]:
    """Pick questions to offer that were not asked yet."""
    known = {question.casefold() for question in asked}
    return tuple(question for question in suggestions if question.casefold() not in known)[:limit]


def with_chosen(values: tuple[str, ...], chosen: str) -> tuple[str, ...]:
    """Give the values to choose from, with the chosen one though it is none of them."""
    return values if not chosen or chosen in values else (*values, chosen)


def source_address(written: str | None) -> str | None:
    """Give an article's address at its publisher if it is one of the web."""
    return written if written and WEB_ADDRESS.fullmatch(written) else None


def _spans(text: str) -> Iterable[tuple[int, int, Kind | None]]:
    at = 0
    for (start, end), kind in paragraphs(text):
        if at < start:
            yield at, start, None
        yield start, end, kind
        at = end
    if at < len(text):
        yield at, len(text), None


def _edges(mark: Mark | None) -> tuple[int, ...]:
    return (mark.start, mark.end) if mark else ()


def _inside(start: int, end: int, cuts: Iterable[int]) -> Iterable[int]:
    return (cut for cut in cuts if start < cut < end)
