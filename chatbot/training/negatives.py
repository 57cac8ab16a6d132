"""Find texts that look as if they answered a question and do not."""

import random
from collections.abc import Collection, Sequence

from chatbot.training.data import Document, Passage, Question, Span, window
from chatbot.training.ranking import BM25, stems

Place = tuple[int, int]
"""Which document, and which of its passages."""


def answer_texts(question: Question, passage: Passage) -> set[str]:
    """Give every annotator's answer, lower case."""
    return {passage.text[a:b].lower().strip(" .,") for a, b in question.answers}


def holds_answer(text: str, answers: Collection[str]) -> bool:
    """Tell whether a text holds one of the answers (then it is no certain negative)."""
    lowered = text.lower()
    return any(answer in lowered for answer in answers if answer)


def overlap(question: str, text: str) -> float:
    """Give the share of the question's stems that the text holds."""
    asked = set(stems(question))
    return len(asked & set(stems(text))) / max(1, len(asked))


def best_window(question: str, passage: Passage, size: int, answers: set[str]) -> str | None:
    """Give the window of ``size`` sentences most like the question that lacks the answer."""
    last = len(passage.sentences) - size
    texts = (
        [window(passage, i, i + size - 1)[0] for i in range(max(0, last) + 1)]
        if (last >= 0)
        else [passage.text]
    )
    lacking = [text for text in texts if not holds_answer(text, answers)]
    return max(lacking, key=lambda text: overlap(question, text)) if lacking else None


def without_answer(passage: Passage, first: int, last: int, answers: set[str]) -> str | None:
    """Give sentences ``first`` to ``last`` less those that hold an answer; None if none stay."""
    kept = [
        passage.text[a:b]
        for a, b in passage.sentences[first : last + 1]
        if not holds_answer(passage.text[a:b], answers)
    ]
    text = " ".join(kept)
    return text if kept and not holds_answer(text, answers) else None


def sentences_of(passage: Passage, span: Span) -> tuple[int, int]:
    """Give the first and last sentence that a span touches."""
    touched = [i for i, (a, b) in enumerate(passage.sentences) if a < span[1] and b > span[0]] or [0]
    return touched[0], touched[-1]


def hard_places(
    documents: Sequence[Document], pooled: bool, limit: int = 6
) -> dict[tuple[int, int, int], list[Place]]:
    """Rank for each question the other passages that look most like answering it.

    Args:
        documents: The documents to take questions and passages from.
        pooled: Rank passages of all documents together; else of the question's own.
        limit: Passages kept for a question.

    Returns:
        (document, passage, question) indices to the places, best first.
    """
    groups = [list(range(len(documents)))] if pooled else [[i] for i in range(len(documents))]
    ranked: dict[tuple[int, int, int], list[Place]] = {}
    for group in groups:
        places = [(d, p) for d in group for p in range(len(documents[d].passages))]
        if len(places) < 2:
            continue
        index = BM25([documents[d].passages[p].text for d, p in places])
        for d, p in places:
            passage = documents[d].passages[p]
            for q, question in enumerate(passage.questions):
                answers = answer_texts(question, passage)
                said = " ".join(text for turn in question.history for text in turn)
                found = [places[i] for i in index.top(f"{question.text} {said}", limit + 4)]
                ranked[d, p, q] = [
                    place
                    for place in found
                    if place != (d, p)
                    and not _answers(documents[place[0]].passages[place[1]], question, answers)
                ][:limit]
    return ranked


def _answers(passage: Passage, question: Question, answers: set[str]) -> bool:
    """Tell whether a passage holds an answer, or has the question itself with others."""
    return holds_answer(passage.text, answers) or any(one.id == question.id for one in passage.questions)


def choose_window(
    passage: Passage, first: int, last: int, rng: random.Random, longest: int = 1600
) -> tuple[int, int]:
    """Choose a window of sentences around ``first`` to ``last``: mostly short, at times all."""
    final = len(passage.sentences) - 1
    if len(passage.text) <= longest and rng.random() < 0.4:
        return 0, final
    before = rng.choices((0, 1, 2, 3), (5, 4, 2, 1))[0]
    after = rng.choices((0, 1, 2, 3), (5, 4, 2, 1))[0]
    return max(0, first - before), min(final, last + after)
