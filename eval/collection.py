"""What is asked and where: articles and judged questions on them."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from pydantic import ValidationError

from chatbot.article import Article
from chatbot.errors import ChatbotError
from chatbot.followup import Turn

SHOWN_ERRORS = 40


class EvaluationError(ChatbotError):
    """Report labels, files or figures that cannot be evaluated as they are."""


class Range(Protocol):
    """Characters ``[start, end)`` of an article's text."""

    @property
    def start(self) -> int: ...  # noqa: D102 - the class says it
    @property
    def end(self) -> int: ...  # noqa: D102


@dataclass(frozen=True)
class Gold:
    """A range of the article's text that answers, and its words."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Question:
    """A question with its judgement; no ``answers`` means that the article does not say.

    ``near_miss`` marks questions that the article does not answer though they name its own
    people and things. ``history`` are the turns before a follow-up, oldest first.
    """

    id: str
    text: str
    type: str
    split: str
    near_miss: bool
    article_id: str
    answers: tuple[Gold, ...]
    history: tuple[Turn, ...] = ()

    @property
    def answerable(self) -> bool:
        """Tell whether the article answers."""
        return bool(self.answers)


Chain = tuple[Question, ...]  # a conversation: a first question and follow-ups, in order


@dataclass(frozen=True)
class Collection:
    """Articles, the questions on them, and the command that gives this choice of them.

    ``pooled`` says that every question is asked of all the articles at once; otherwise each
    is asked of its own article alone. ``chains`` are conversations about the articles.
    """

    name: str
    command: str
    articles: tuple[Article, ...]
    questions: tuple[Question, ...]
    pooled: bool
    chains: tuple[Chain, ...] = ()

    def scope(self, question: Question) -> str | None:
        """Give the ``article_id`` to ask the question with; None asks all the articles."""
        return None if self.pooled else question.article_id


def overlaps(one: Range, other: Range) -> bool:
    """Tell whether two ranges of one article share a character."""
    return one.start < other.end and other.start < one.end


def answers_question(question: Question, article_id: str, found: Range) -> bool:
    """Tell whether a range of an article shares a character with one of the gold ranges."""
    return article_id == question.article_id and any(overlaps(gold, found) for gold in question.answers)


def sample(collection: Collection, size: int, seed: int) -> Collection:
    """Draw ``size`` of the questions, kept in their order; the same seed draws the same.

    The articles all stay, so that the task is as hard as with all the questions; chains go.

    Raises:
        EvaluationError: there are not as many questions.
    """
    known = len(collection.questions)
    if not 1 <= size <= known:
        raise EvaluationError(
            f"expected a sample of 1 to {known} questions, got {size}; choose another --sample"
        )
    chosen = sorted(random.Random(seed).sample(range(known), size))  # noqa: S311 - no secret
    return replace(
        collection,
        name=f"{collection.name}, {size} of {known} drawn with seed {seed}",
        command=f"{collection.command} --sample {size} --seed {seed}",
        questions=tuple(collection.questions[at] for at in chosen),
        chains=(),
    )


def refuse(errors: Iterable[str]) -> None:
    """Raise all errors as one EvaluationError, the first 40 in full; nothing when there are none."""
    listed = list(errors)
    if len(listed) > SHOWN_ERRORS:
        listed[SHOWN_ERRORS:] = [f"... and {len(listed) - SHOWN_ERRORS} more"]
    if listed:
        raise EvaluationError("\n".join(listed))


def validation_problems(error: ValidationError) -> Iterator[str]:
    """Say of each refused field where it stands, what was expected and what came."""
    for problem in error.errors(include_url=False):
        where = ".".join(map(str, problem["loc"])) or "the whole"
        got = "" if problem["type"] == "missing" else f", got {_short(problem['input'])}"
        yield f"{where}: {problem['msg']}{got}; correct it"


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 80 else f"{shown[:77]}..."
