"""Answer types: what kind of words a question asks for, and where a text has such words."""

import re
from collections.abc import Collection, Iterator
from typing import Literal

from chatbot.grammar import ASKING
from chatbot.terms import content_words, without_acronyms, words

AnswerType = Literal["person", "place", "date", "number", "yes_no", "reason", "any"]

# in lower case "may" and "march" are verbs, unless a number follows
MONTHS = (
    r"(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|(?-i:Mar(?:ch|\.)?|May|MARCH|MAY)|(?:march|may)(?=\s+\d)"
    r"|Apr(?:il|\.)?|June?|July?|Aug(?:ust|\.)?"
    r"|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)"
)
DATE = re.compile(
    rf"\b{MONTHS}(?!\w)(?:\s+\d{{1,2}}\b)?(?:,?\s+(?:of\s+)?(?:this|last|next)?\s*(?:year|\d{{4}}))?"
    r"|\b(?:1[5-9]|20)\d\d\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b"
    r"|\b(?:today|yesterday|tomorrow)\b|\b(?:last|next|this|past|upcoming)\s+(?:\w+\s+)?"
    r"(?:week|month|year|winter|spring|summer|autumn|season|decade|century)\b|\b\d{1,2}(?::\d\d)?\s*[ap]\.?m\b"
    r"|\b(?:[01]?\d|2[0-4]):[0-5]\d\b|\b(?:noon|midday|midnight|dawn|dusk|sunrise|sunset)\b"
    r"|\b(?:(?:in|on|during)\s+the|this|that|early|every|each)\s+(?:morning|afternoon|evening|night)\b",
    re.IGNORECASE,
)
NUMBER = re.compile(
    r"[$€£¥]?\d[\d,.]*(?:\s*(?:%|percent|per cent|thousand|million|billion|trillion))?"
    r"|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    r"|(?:thir|four|fif|six|seven|eigh|nine)teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty"
    r"(?:-(?:one|two|three|four|five|six|seven|eight|nine))?|dozens?|hundreds?|thousands?|millions?"
    r"|billions?|half|twice|several|few)\b",
    re.IGNORECASE,
)
NAME = re.compile(r"\b[A-Z][\w’'-]*(?:\s+(?:of\s+(?=[A-Z]))?[A-Z][\w’'-]*)*")
PLACE_BEFORE = re.compile(r"\b(?:in|at|to|from|near|on|outside|of)\s+(?:the\s+)?$", re.IGNORECASE)

YES_NO = re.compile(
    r"^\W*(?:and |but |so )?(?:is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|should"
    r"|may|might|must|(?:is|are|was|were|do|does|did|has|have|had|wo|could|would|should)nt?)\b",
    re.IGNORECASE,
)

# Wording that asks for a type; the first pattern that matches decides.
WORDINGS: tuple[tuple[str, AnswerType], ...] = (
    (r"\bhow (?:many|much|long|old|far|often|big|large|high|tall|few|heavy)\b", "number"),
    (r"\bwhat (?:number|amount|sum|share|percentage|proportion|age)\b|\bnumber of\b", "number"),
    (
        r"\b(?:when|since when)\b|\bw(?:hat|hich) (?:date|day|month|year|time|season|week|century|decade)\b",
        "date",
    ),
    (r"\bwhere\b|\bw(?:hat|hich) (?:country|city|town|place|region|state|village|location|nation)\b", "place"),
    (
        r"\bwho(?:m|se)?\b|\bw(?:hat|hich) (?:person|man|woman|minister|president|politician|official)\b",
        "person",
    ),
    (r"\bwhy\b|\bwhat (?:reason|purpose)\b|\bwhat for\b", "reason"),
    (YES_NO.pattern, "yes_no"),
)
ASKED = tuple((re.compile(pattern, re.IGNORECASE), answer_type) for pattern, answer_type in WORDINGS)


AS = re.compile(r"\bas\s+(?:an?|the)?\b.*", re.IGNORECASE)  # "Who came as foreign minister?"
# "Who met X?" asks for somebody other than X; "Who is X?" may be answered by "Minister X".
ASKS_FOR_ANOTHER = re.compile(r"\b(?:who|whom)\b(?!\s*(?:['’]?s|is|was|are|were|am|be|been)\b)", re.IGNORECASE)


def excluded_terms(question: str) -> frozenset[str]:
    """Give the terms that cannot be part of the answer: those of a question for another person."""
    if YES_NO.match(question) or not _asks(ASKS_FOR_ANOTHER, without_acronyms(question)):
        return frozenset()
    return frozenset(word.stem for word in content_words(AS.sub("", question)))


def expected_type(question: str) -> AnswerType:
    """Tell the type of answer that a question's wording asks for; "any" when it does not say."""
    plain = without_acronyms(question)
    return next((answer_type for pattern, answer_type in ASKED if _asks(pattern, plain)), "any")


def _asks(pattern: re.Pattern[str], question: str) -> bool:
    """Tell whether a pattern matches, but for one of a clause: "What happened when it fell?"."""
    later = [word.start for word in words(question) if word.folded in ASKING][1:]
    return any(match.start() not in later for match in pattern.finditer(question))


def holds_type(text: str, answer_type: AnswerType) -> bool:
    """Tell whether a text has words of a type; texts always hold types without a form."""
    return answer_type in {"any", "yes_no", "reason"} or next(typed_spans(text, answer_type), None) is not None


def find_typed(text: str, answer_type: AnswerType, asked: Collection[str]) -> tuple[int, int] | None:
    """Find the first words of a type that do not merely repeat the question's terms."""
    for start, end in typed_spans(text, answer_type):
        if any(word.stem not in asked for word in words(text[start:end])):
            return start, end
    return None


def typed_spans(text: str, answer_type: AnswerType) -> Iterator[tuple[int, int]]:
    """Give the ``[start, end)`` of each run of words that can be of a type."""
    if answer_type == "date":
        yield from (match.span() for match in DATE.finditer(text))
    elif answer_type == "number":
        yield from (match.span() for match in NUMBER.finditer(text))
    elif answer_type in {"person", "place"}:
        for match in NAME.finditer(text):
            place_before = PLACE_BEFORE.search(text, max(0, match.start() - 16), match.start())
            if (place_before is not None) == (answer_type == "place"):
                yield match.span()
