"""Overview: questions on an article as a whole, which its headline and its first paragraph answer.

No words of a passage say what the article is about, so that no reader finds them: "What is this article
about?", "Give me a summary", "What's the headline?".
"""

import re
from collections.abc import Sequence

from chatbot.confidence import Candidate, Judged
from chatbot.passages import Passage
from chatbot.quotation import sentence_range
from chatbot.reader import Span
from chatbot.retriever import Hit
from chatbot.terms import words

TEXT = r"(?:(?:this|the|that|your) (?:news )?(?:article|story|text|piece|report|page|news|post|item))"
OF_TEXT = rf"(?: (?:of|in|to|from|behind) {TEXT})?"
GIVE = "(?:what is|what s|whats|give me|show me|write|i need|i want)"
POINT = "(?:topic|subject|theme|message|point|idea|news|takeaway|story)"
MAIN = "(?:main|key|central|basic|overall|most important)"
# Folded, of a plain question, one phrase a line.
HEADLINE = rf"""
(?:{GIVE} )?(?:the|its|{TEXT} s) (?:headline|title|heading){OF_TEXT}
(?:what is|what s|whats) {TEXT} (?:called|titled|headed)
(?:headline|title){OF_TEXT}
"""
POINTING = """
(?:what is|what s|whats|what was) (?:this|it|this all|it all) (?:all )?about
(?:summari[sz]e|sum up|outline) (?:this|it)(?: for me)?
"""
ABOUT = rf"""
(?:what is|what s|whats|what was) {TEXT} (?:all )?about
what (?:does|did) {TEXT} (?:say|tell|report|describe|deal with|cover|talk about|tell us|tell me)
what {TEXT} is (?:all )?about
(?:summari[sz]e|sum up|outline) {TEXT}(?: for me)?
(?:{GIVE} )?(?:a |the )?(?:short |brief |quick )?(?:summary|gist|overview|outline){OF_TEXT}
(?:{GIVE} )?the {MAIN} {POINT}{OF_TEXT}
(?:{GIVE} )?the {POINT}{OF_TEXT.removesuffix("?")}
{GIVE} {TEXT} s (?:{MAIN} )?{POINT}
in (?:short|brief|a nutshell)
tl dr|tldr
"""
IS_HEADLINE, IS_POINTING, IS_ABOUT = (
    re.compile("|".join(f"(?:{phrase})" for phrase in phrases.strip().splitlines()))
    for phrases in (HEADLINE, POINTING, ABOUT)
)
CERTAIN = 0.99  # as much as any answer: what it rests on is where a headline stands


def asks_overview(question: str, *, is_first: bool = True) -> bool:
    """Tell whether a plain question asks what an article is about, or for its headline.

    "What is it about?" does where it ``is_first``; later it may ask of what was spoken of.
    """
    said = _said(question)
    patterns = (IS_HEADLINE, IS_ABOUT, *([IS_POINTING] if is_first else []))
    return any(pattern.fullmatch(said) for pattern in patterns)


def overview(question: str, passages: Sequence[Passage]) -> tuple[Judged, ...]:
    """Give what of an article answers such a question: its headline, and its first sentence.

    The headline alone where that is asked for; nothing where the article's passages have neither.
    """
    headline = [one for one in passages[:1] if one.kind == "headline"]
    opening = [one for one in passages if one.kind == "body"][:1]
    told = headline if headline and IS_HEADLINE.fullmatch(_said(question)) else headline + opening
    return tuple(_judged(passage, rank) for rank, passage in enumerate(told, start=1))


def _judged(passage: Passage, rank: int) -> Judged:
    """Take a passage's first sentence for the answer."""
    start, end = sentence_range(Span(passage, passage.start, passage.start + 1, 0.0))
    span = Span(passage, start, passage.end if passage.kind == "headline" else end, 0.0)
    return Judged(Candidate(Hit(passage, rank, 0.0, 0.0, 0.0), span, 0.0), 0.0, CERTAIN)


def _said(question: str) -> str:
    return " ".join(word.folded for word in words(question))
