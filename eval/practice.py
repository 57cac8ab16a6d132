"""The practice articles that no reader is trained on, and the questions on them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

import chatbot.training.data
from chatbot.article import Article
from chatbot.training.data import KINDS, Document, read_asked, read_practice, split_by_title, title_fold
from eval.collection import Collection, EvaluationError, Gold, Question
from eval.questions import Split
from eval.squad import BETWEEN, question_type, read_squad

PRACTICE = Path(chatbot.training.data.__file__).parent / "data"
HALVES: Mapping[int, Split] = {0: "dev", 5: "test"}  # of ten folds by title, those in the first of five


def practice_questions(kind: str) -> Collection:
    """Give the questions on the practice articles of a kind that the reader's training leaves out."""
    files = [read_squad(path) for path in sorted(PRACTICE.glob(f"{kind}_*.json"))]
    articles = {
        f"{number}-{article.id}": replace(article, id=f"{number}-{article.id}")
        for number, file in enumerate(files)
        for article in file.articles
        if title_fold(article.title) == 0
    }
    asked = [
        replace(question, article_id=f"{number}-{question.article_id}")
        for number, file in enumerate(files)
        for question in file.questions
    ]
    kept = tuple(question for question in asked if question.article_id in articles)
    return replace(files[0], name=f"{kind}, held out", articles=tuple(articles.values()), questions=kept)


def asked_questions(split: Split | None) -> Collection:
    """Give what readers ask of half of these articles (None: of all), each of its own article alone.

    Raises:
        EvaluationError: the split has no questions.
    """
    articles = {
        article.title: replace(article, id=f"{kind}-{article.id}")
        for kind in KINDS
        for article in practice_questions(kind).articles
    }
    practice = read_practice(PRACTICE)
    asked = [one for path in sorted(PRACTICE.glob("asked_*.json")) for one in read_asked(path, practice)]
    questions = tuple(
        question
        for document in split_by_title(asked)[1]
        for question in _questions(document, articles[document.title])
        if split in (None, question.split)
    )
    if not questions:
        raise EvaluationError(f"expected questions of the split {split!r} in asked_*.json, got none; add some")
    told = {question.article_id for question in questions}
    return Collection(
        name=f"what readers ask of held-out practice articles, {f'{split} half' if split else 'both halves'}",
        command=f"python -m eval --asked --split {split or 'all'}",
        articles=tuple(article for article in articles.values() if article.id in told),
        questions=questions,
        pooled=False,
    )


def _questions(document: Document, article: Article) -> Iterator[Question]:
    """Give a document's questions, the golds of each from every passage that answers it."""
    texts: dict[str, str] = {}
    golds: dict[str, list[Gold]] = {}
    lengths = (len(passage.text) + len(BETWEEN) for passage in document.passages)
    for shift, passage in zip(accumulate(lengths, initial=0), document.passages, strict=False):
        for question in passage.questions:
            texts[question.id] = question.text
            found = golds.setdefault(question.id, [])
            found += [Gold(shift + a, shift + b, passage.text[a:b]) for a, b in question.answers]
    half = HALVES[title_fold(document.title, 10)]
    for name, text in texts.items():
        yield Question(name, text, question_type(text), half, False, article.id, tuple(golds[name]))
