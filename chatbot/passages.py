"""Passages: contiguous pieces of an article, with exact offsets and a kind."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, Self, get_args

from chatbot.article import INVISIBLE, Article
from chatbot.sentences import split_sentences

Kind = Literal["headline", "caption", "body", "related_link", "notice"]
KINDS: tuple[Kind, ...] = get_args(Kind)
TokenCounter = Callable[[str], int]

# Written into the store: a store made by another splitter is brought up to date.
SPLITTER_VERSION = 2

# atomic, or the two halves of one \r\n would count as two line ends
BLANK_LINE = re.compile(r"(?>\r\n|\r|\n)[^\S\r\n]*(?:\r\n|\r|\n)\s*")
ENDS_SENTENCE = re.compile(r"[.!?…。][\"'”’»)\]]*$")
RELATED_LINK = re.compile(
    r"(?:read|see|watch|learn) (?:also|more)(?:\s*:|\b[^.!?]*$)"
    r"|(?:also read|related(?: \w+)?|more on this|further reading)\s*:",
    re.IGNORECASE,
)
NOTICE = re.compile(
    r"read the (?:original|full) (?:article|story|text)\b"
    r"|^(?:originally|first) published (?:on|in|by|at)\b"
    r"|this (?:article|story) (?:was|is) (?:originally|first|republished|produced)\b"
    r"|(?-i:(?:^|[.!?]\s+)(?:Support|Donate to|Join|Follow|Subscribe to) (?:us|our)\b)"
    r"|\bone-time donation\b|\bbecome a (?:patron|member|subscriber|supporter)\b"
    r"|\b(?:sign up (?:for|to)|subscribe (?:to|for)) (?:our|the|this)\b"
    r"|^(?:photo(?:graph)?s?|image|picture|credits?|editing|reporting|translation|copyright)"
    r"(?: credit)?(?: by (?-i:(?![a-z]))|\s*:)|^(?:©|\(c\) ?\d)|\ball rights reserved\b",
    re.IGNORECASE,
)
LOOK_BEFORE = 1500  # characters before a place that are looked at for what tells of it
HEADLINE_LIMIT = 250  # characters; a longer first paragraph is no headline
CAPTION_LIMIT = 300
NOTICE_LIMIT = 400
# Characters. What has more for each token that it may have is too long without a count: a tokeniser
# takes 150 bytes for each character, and a paragraph may be a whole file.
LONGEST_TOKEN = 100


@dataclass(frozen=True)
class Passage:
    """The indexed unit: ``text`` is the article's text at ``[start, end)``.

    ``number`` counts the article's passages from 1.
    """

    id: str
    article_id: str
    number: int
    kind: Kind
    start: int
    end: int
    text: str

    def of(self, article_id: str) -> Self:
        """Give the passage as one of an article with this id and the same text."""
        return replace(self, id=passage_id(article_id, self.number), article_id=article_id)


def passage_id(article_id: str, number: int) -> str:
    """Give the id of an article's passage."""
    return f"{article_id}:{number}"


def split_article(article: Article, count_tokens: TokenCounter, max_tokens: int) -> tuple[Passage, ...]:
    """Split an article at its blank lines, and long paragraphs at their sentences.

    No passage is longer than ``max_tokens``, as ``count_tokens`` counts. Passages come in
    the text's order and do not overlap; between them stands nothing that shows.

    Raises:
        ValueError: ``max_tokens`` is less than 1.
    """
    if max_tokens < 1:
        raise ValueError(f"expected passages of at least 1 token, got max_tokens {max_tokens}")
    spans = [
        (start, end, kind)
        for (start, end), kind in paragraphs(article.text)
        for start, end in _split_long(article.text, start, end, count_tokens, max_tokens)
    ]
    return tuple(
        Passage(passage_id(article.id, number), article.id, number, kind, start, end, article.text[start:end])
        for number, (start, end, kind) in enumerate(spans, start=1)
    )


def paragraphs(text: str) -> Iterator[tuple[tuple[int, int], Kind]]:
    """Give the ``[start, end)`` and the kind of each paragraph that shows something."""
    cuts = [0, *(cut for match in BLANK_LINE.finditer(text) for cut in match.span()), len(text)]
    first = True
    for start, end in zip(cuts[::2], cuts[1::2], strict=True):
        span = trim(text, start, end)
        if span:
            yield span, paragraph_kind(text[span[0] : span[1]], first=first)
            first = False


def text_before(text: str, start: int) -> str:
    """Give the paragraph of the story before a place in an article, or what of its own stands before it.

    That is "" for the first: a headline is no sentence that it goes on from. Captions, links and notices
    are passed over.
    """
    begin = max(0, start - LOOK_BEFORE)
    told = [span for span, kind in paragraphs(text[begin:start]) if kind == "body"]
    return text[begin + told[-1][0] : begin + told[-1][1]] if told else ""


def trim(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Shrink ``[start, end)`` to what shows; None when nothing does."""
    while start < end and (text[start].isspace() or text[start] in INVISIBLE):
        start += 1
    while start < end and (text[end - 1].isspace() or text[end - 1] in INVISIBLE):
        end -= 1
    return (start, end) if start < end else None


def paragraph_kind(paragraph: str, *, first: bool) -> Kind:
    """Tell the kind of a paragraph by its wording, its place and its full stop."""
    if RELATED_LINK.match(paragraph):
        return "related_link"
    if len(paragraph) <= NOTICE_LIMIT and NOTICE.search(paragraph):
        return "notice"
    if ENDS_SENTENCE.search(paragraph):
        return "body"
    if first:
        return "headline" if len(paragraph) <= HEADLINE_LIMIT else "body"
    return "caption" if len(paragraph) <= CAPTION_LIMIT else "body"


def _split_long(
    text: str, start: int, end: int, count_tokens: TokenCounter, max_tokens: int
) -> Iterator[tuple[int, int]]:
    """Join a paragraph's sentences to passages of at most ``max_tokens``, greedily."""
    if _fits(text, start, end, count_tokens, max_tokens):
        yield start, end
        return
    pieces = [
        piece
        for first, last in split_sentences(text[start:end])
        for piece in _split_sentence(text, start + first, start + last, count_tokens, max_tokens)
    ]
    begin, finish = pieces[0]
    for first, last in pieces[1:]:
        if not _fits(text, begin, last, count_tokens, max_tokens):
            yield begin, finish
            begin = first
        finish = last
    yield begin, finish


def _split_sentence(
    text: str, start: int, end: int, count_tokens: TokenCounter, max_tokens: int
) -> Iterator[tuple[int, int]]:
    """Cut a sentence that is too long in halves, at white space where there is some."""
    if end - start == 1 or _fits(text, start, end, count_tokens, max_tokens):
        yield start, end
        return
    cut = _near_middle(text, start, end)
    for part in (trim(text, start, cut), trim(text, cut, end)):
        if part:
            yield from _split_sentence(text, *part, count_tokens, max_tokens)


def _near_middle(text: str, start: int, end: int) -> int:
    """Give the white space that is nearest to the middle, or the middle where there is none."""
    middle = (start + end) // 2
    for distance in range(middle - start):
        for at in (middle - distance, middle + distance):
            if start < at < end - 1 and text[at].isspace():
                return at
    return middle


def _fits(text: str, start: int, end: int, count_tokens: TokenCounter, max_tokens: int) -> bool:
    return end - start <= LONGEST_TOKEN * max_tokens and count_tokens(text[start:end]) <= max_tokens
