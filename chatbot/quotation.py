"""Quotations: the whole sentences around a span, cut from the article by offsets."""

from urllib.parse import quote as percent_encode

from chatbot.answer import (
    ArticleRef,
    Band,
    PassageRef,
    Quotation,
    QuotedSpan,
    Scores,
    Segment,
)
from chatbot.answer_types import NUMBER
from chatbot.article import Article
from chatbot.formats import page_number
from chatbot.reader import Span
from chatbot.sentences import split_sentences
from chatbot.terms import words

AROUND = 32  # characters shown before and after a quotation, at most
HIGH, MEDIUM = 0.8, 0.5
# the "t" is that of "isn't"
NEGATIONS = frozenset("no not t never none nobody nothing neither nor without cannot".split())
FEW = 0.2  # of two quotations' words together: if no more are in one alone, one of them is enough


def band(confidence: float) -> Band:
    """Put a confidence into words."""
    if confidence >= HIGH:
        return "high"
    return "medium" if confidence >= MEDIUM else "low"


def sentence_range(span: Span) -> tuple[int, int]:
    """Give the ``[start, end)`` of the sentence or sentences that a span lies in."""
    offset = span.passage.start
    touched = [
        (offset + start, offset + end)
        for start, end in split_sentences(span.passage.text)
        if offset + start < span.end and span.start < offset + end
    ]
    if not touched:
        return span.start, span.end
    return min(touched[0][0], span.start), max(touched[-1][1], span.end)


def says_the_same(one: str, other: str) -> bool:
    """Tell whether two quotations differ in a few words, none of them a name, a number or a negation."""
    first, second = ({word.stem: word.text for word in words(text)} for text in (one, other))
    differing = [text for stem, text in (first | second).items() if (stem in first) != (stem in second)]
    telling = any(
        text[0].isupper() or NUMBER.search(text) or text.casefold() in NEGATIONS for text in differing
    )
    return one == other or (not telling and len(differing) <= FEW * len(first | second))


def quote(article: Article, span: Span, rank: int, confidence: float, scores: Scores) -> Quotation:
    """Cut a quotation from its article; every word of it is the article's own."""
    start, end = sentence_range(span)
    text, passage = article.text, span.passage
    page = page_number(article.pages, start) if article.pages else None
    pieces = ((start, span.start, False), (span.start, span.end, True), (span.end, end, False))
    return Quotation(
        rank=rank,
        confidence=confidence,
        band=band(confidence),
        quote=text[start:end],
        start=start,
        end=end,
        span=QuotedSpan(text[span.start : span.end], span.start, span.end),
        segments=tuple(Segment(text[first:last], mark) for first, last, mark in pieces if first < last),
        prefix=text[max(0, start - AROUND) : start],
        suffix=text[end : end + AROUND],
        passage=PassageRef(passage.id, passage.number, passage.kind, passage.start, passage.end, page),
        article=ArticleRef(article.id, article.title, article.source_url, article.published, article.sha256),
        href=f"/articles/{percent_encode(article.id, safe='')}#c{start}-{end}",
        scores=scores,
    )
