"""Suggestions: questions to offer for an article before anybody has asked one.

An article's own come from its metadata; for one without, they are made of the names that
its text mentions. ``Chatbot.suggestions`` offers those only that it answers.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import islice

from chatbot.answer_types import typed_spans
from chatbot.article import Article
from chatbot.limits import LONGEST_QUESTION
from chatbot.passages import paragraphs
from chatbot.terms import words

MOST = 5  # questions of an article


def suggested_questions(article: Article) -> tuple[str, ...]:
    """Give an article's questions, or who its most mentioned people are."""
    if article.questions:
        return article.questions
    counts = Counter(_names(article))
    questions = (f"Who is {name}?" for name, _ in counts.most_common())
    return tuple(islice((question for question in questions if len(question) <= LONGEST_QUESTION), MOST))


def _names(article: Article) -> Iterator[str]:
    """Give the names of two or three words in an article's body, as they are written."""
    for (start, end), kind in paragraphs(article.text):
        paragraph = article.text[start:end]
        if kind == "body":
            for first, last in typed_spans(paragraph, "person"):
                name = tuple(words(paragraph[first:last]))
                if 2 <= len(name) <= 3 and not any(word.is_stop for word in name):
                    yield " ".join(word.text for word in name)
