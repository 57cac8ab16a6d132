"""The answer: what a question gets, the same for the web, JSON, terminal and evaluation.

The types refuse to hold what the contract forbids: an answer without a quotation that is
not marked as not found, segments that do not join to the quotation, and the like.
"""

import math
from dataclasses import dataclass, field
from typing import Literal

from pydantic import TypeAdapter

from chatbot.passages import Kind
from chatbot.terms import words

Band = Literal["high", "medium", "low"]
Status = Literal["answered", "not_found"]
Reason = Literal["below_threshold", "no_passage", "small_talk"]
KIND_WORDS: dict[Kind, str] = {
    "headline": "Headline",
    "caption": "Caption",
    "body": "Body text",
    "related_link": "Link to another article (its headline)",
    "notice": "Notice",
}
OFFSET_UNIT: Literal["unicode_code_point"] = "unicode_code_point"


@dataclass(frozen=True)
class Segment:
    """A piece of a quotation; ``mark`` says whether it belongs to the answering words."""

    text: str
    mark: bool


@dataclass(frozen=True)
class QuotedSpan:
    """The answering words, at ``[start, end)`` of the article's text."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class PassageRef:
    """The passage that a quotation begins in; ``number`` counts the article's from 1.

    ``page`` is the one on which the quotation begins, counted from 1, where the article has pages.
    """

    id: str
    number: int
    kind: Kind
    start: int
    end: int
    page: int | None = None


@dataclass(frozen=True)
class ArticleRef:
    """The article that a quotation is from."""

    id: str
    title: str
    source_url: str | None
    published: str | None
    sha256: str


@dataclass(frozen=True)
class Scores:
    """Raw model scores, higher is better; none is a probability.

    ``dense`` is a cosine, ``lexical`` a BM25 score, ``reader`` how much better the span
    is than "no answer here".
    """

    dense: float
    lexical: float
    reader: float


@dataclass(frozen=True)
class Quotation:
    """The whole sentence or sentences around a span, verbatim, and where they stand."""

    rank: int
    confidence: float
    band: Band
    quote: str
    start: int
    end: int
    span: QuotedSpan
    segments: tuple[Segment, ...]
    prefix: str
    suffix: str
    passage: PassageRef
    article: ArticleRef
    href: str
    scores: Scores

    def __post_init__(self) -> None:
        """Refuse a quotation whose parts contradict each other."""
        if self.start < 0:
            raise ValueError(f"expected a quotation that starts at 0 or later, got {self.start}")
        if len(self.quote) != self.end - self.start or not self.quote:
            raise ValueError(f"expected {self.end - self.start} characters of quotation, got {len(self.quote)}")
        if "".join(segment.text for segment in self.segments) != self.quote:
            raise ValueError("expected segments that join to the quotation, got others")
        inside = self.quote[self.span.start - self.start : self.span.end - self.start]
        if not self.start <= self.span.start < self.span.end <= self.end or inside != self.span.text:
            raise ValueError(f"expected a span inside the quotation, got {self.span}")
        if not 0 <= self.confidence <= 1 or math.isnan(self.confidence):
            raise ValueError(f"expected a confidence from 0 to 1, got {self.confidence}")


@dataclass(frozen=True)
class NotFound:
    """Why there is no answer, and the closest quotations, which are not answers."""

    reason: Reason
    best_confidence: float
    threshold: float
    unknown_terms: tuple[str, ...] = ()
    closest: tuple[Quotation, ...] = ()


@dataclass(frozen=True)
class Searched:
    """What the retriever was given: the question and what earlier turns added to it.

    ``from_turns`` counts the history's turns from 1, oldest first.
    """

    text: str
    added_terms: tuple[str, ...] = ()
    from_turns: tuple[int, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What one question gets; ``status`` is "not_found" exactly when there is no quotation."""

    question: str
    status: Status
    answers: tuple[Quotation, ...]
    not_found: NotFound | None
    searched: Searched
    offset_unit: Literal["unicode_code_point"] = field(default=OFFSET_UNIT)
    took_ms: float = 0.0

    def __post_init__(self) -> None:
        """Refuse an answer that is both, or neither, answered and not found."""
        absent = self.status == "not_found"
        if absent != (not self.answers) or absent != (self.not_found is not None):
            raise ValueError(
                "expected status 'not_found' exactly when there are no answers and not_found is set, got "
                f"status {self.status!r}, {len(self.answers)} answers, not_found {self.not_found!r}"
            )


ANSWER = TypeAdapter(Answer)


def answer_json(answer: Answer, indent: int | None = None) -> str:
    """Write an answer as JSON, in the contract's form and order of fields."""
    return ANSWER.dump_json(answer, indent=indent).decode()


def percent(confidence: float) -> int:
    """Give a confidence as it is shown, in whole percent: at most 99, since no answer is certain."""
    return min(99, round(confidence * 100))


def refusal_words(asked_articles: int) -> str:
    """Say that there is no answer, of as many articles as were asked; none are where dates leave all out."""
    if not asked_articles:
        return "None of the articles asked is in that range of dates."
    return "The article does not say." if asked_articles == 1 else "The articles do not say."


def unknown_words(asked_articles: int) -> str:
    """Introduce the words of a question that stand nowhere in what was asked."""
    return "Not in the article:" if asked_articles == 1 else "Not in the articles:"


def corrected_question(answer: Answer) -> str | None:
    """Give a question as it was read, where that is not how it was typed."""
    searched = answer.searched
    typed = {word.folded for text in (answer.question, *searched.added_terms) for word in words(text)}
    other = any(word.folded not in typed for word in words(searched.text))
    return searched.text if other else None
