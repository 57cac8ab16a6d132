"""Suggestions: questions to offer for an article before anybody has asked one.

An article's own come from its metadata; for one without, they are made of the people that
its text names. ``Chatbot.suggestions`` offers those only that it answers.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice, zip_longest

from chatbot.answer_types import typed_spans
from chatbot.article import Article
from chatbot.limits import LONGEST_QUESTION
from chatbot.names import ROLES, TITLES
from chatbot.passages import paragraphs
from chatbot.terms import Word, words

MOST = 5  # questions of an article
LONGEST_BEFORE = 40  # characters before a name that are looked at
ROLE = rf"(?i:{'|'.join(sorted(ROLES | TITLES))})"
SPEAKS = r"(?:said|says|told|tells|added|adds|explained|explains|recalled|recalls|replied|wrote|writes)"
# What tells of a person right before a name, and right after it.
PERSON_BEFORE = re.compile(rf"\b(?:{ROLE}(?:,|\s+(?:is|was))?|{SPEAKS}|\d+-year-old)\s+$")
PERSON_AFTER = re.compile(
    rf"(?:,[^,.;]{{1,60}},)?\s+{SPEAKS}\b|,?\s+who\b"
    r"|(?:,\s+(?:aged\s+)?|\s+\()\d{1,3}(?:[,.)]|\s+years\s+old)"
    rf"|(?:,|\s+(?:is|was|became))\s+(?!where\b|which\b)(?:[\w-]+\s+){{0,3}}{ROLE}\b"
)
# A name that begins a sentence, if no other comes between it and the pronoun.
SENTENCE_BEFORE = re.compile(r"(?:^|[.!?][\"”’]?\s)\s*$")
PRONOUN_AFTER = re.compile(
    r"[^.!?A-Z]*(?:\b(?:he|she|his|her|him|himself|herself)\b|[.!?][\"”’]?\s+(?:He|She|His|Her)\b)"
)


def suggested_questions(article: Article) -> tuple[str, ...]:
    """Give an article's questions, or who its most mentioned people are."""
    if article.questions:
        return article.questions
    names = list(_names(article))
    people = {name for name, is_person in names if is_person}  # "Ana Lind", and "Lind" after her full name
    counts = Counter(
        " ".join(name) for name, _ in names if 2 <= len(name) <= 3 and not people.isdisjoint((name, name[-1:]))
    )
    questions = (f"Who is {name}?" for name, _ in counts.most_common())
    return tuple(islice((question for question in questions if len(question) <= LONGEST_QUESTION), MOST))


def take_turns(offers: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """Give the questions of several articles, one of each in turn, none twice."""
    rounds = zip_longest(*offers)
    return tuple(dict.fromkeys(question for each in rounds for question in each if question is not None))


def _names(article: Article) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Give the names in an article's body, without titles, and whether the text around shows a person."""
    for (start, end), kind in paragraphs(article.text):
        paragraph = article.text[start:end]
        if kind == "body":
            for first, last in typed_spans(paragraph, "person"):
                written = tuple(words(paragraph[first:last]))
                name = _without_titles(written)
                if name and not any(word.is_stop for word in name):
                    is_person = len(name) < len(written) or _shows_person(paragraph, first, last)
                    yield tuple(word.text for word in name), is_person


def _without_titles(name: tuple[Word, ...]) -> tuple[Word, ...]:
    titles = [at for at, word in enumerate(name) if word.folded in TITLES]
    return name[titles[-1] + 1 :] if titles else name


def _shows_person(text: str, first: int, last: int) -> bool:
    """Tell whether a title, a role, an age, words that are said or a pronoun stand by a name."""
    before = text[max(0, first - LONGEST_BEFORE) : first]
    if PERSON_BEFORE.search(before) or PERSON_AFTER.match(text, last):
        return True
    return bool(SENTENCE_BEFORE.search(before) and PRONOUN_AFTER.match(text, last))
