"""Reader: finds the words of passages that answer a question, and how sure they stand out.

This module holds the protocol and the baseline, which scores whole sentences by what is
at hand; the trained reader is in ``chatbot.extractive``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from chatbot.answer_types import expected_type, find_typed
from chatbot.encoder import QueryEncoder
from chatbot.passages import Passage
from chatbot.sentences import split_sentences
from chatbot.terms import content_words

OVERLAP_WEIGHT = 1.0
TYPE_WEIGHT = 0.5


@dataclass(frozen=True)
class Span:
    """Answering words at ``[start, end)`` of the article of ``passage``.

    ``score`` says how much better they answer than nothing in the passage does; scores of
    one question's passages can be compared.
    """

    passage: Passage
    start: int
    end: int
    score: float


class Reader(Protocol):
    """Reads passages for the words that answer."""

    @property
    def name(self) -> str:
        """Name the reader; a calibration belongs to one."""
        ...

    @property
    def reads_context(self) -> bool:
        """Tell whether it was trained on questions and passages with their context."""
        ...

    def read(self, question: str, passages: Sequence[Passage], leads: Sequence[str] = ()) -> tuple[Span, ...]:
        """Give the best span of each passage that has any, in the passages' order.

        ``leads`` are the words before each passage, for a reader that reads context: they help to
        understand it, and no span is in them.
        """
        ...

    def read_together(self, question: str, passages: Sequence[Passage]) -> tuple[float, ...]:
        """Give the score of each passage's best span where all are read as one text, () if it cannot."""
        ...


class SentenceReader:
    """The baseline: scores sentences by cosine, shared words and the kind of answer asked for."""

    name = "sentence"
    reads_context = False

    def __init__(self, encoder: QueryEncoder) -> None:
        self._encoder = encoder

    def read(self, question: str, passages: Sequence[Passage], leads: Sequence[str] = ()) -> tuple[Span, ...]:
        """Give each passage's best sentence, or the words in it that are of the kind asked for."""
        sentences = [
            (passage, start, end) for passage in passages for start, end in split_sentences(passage.text)
        ]
        if not sentences:
            return ()
        vectors = self._encoder.encode_queries(
            [question, *(passage.text[start:end] for passage, start, end in sentences)]
        )
        cosines = np.asarray(vectors[1:] @ vectors[0])
        best: dict[str, Span] = {}
        for (passage, start, end), cosine in zip(sentences, cosines, strict=True):
            span = score_sentence(question, passage, start, end, float(cosine))
            if passage.id not in best or span.score > best[passage.id].score:
                best[passage.id] = span
        return tuple(best[passage.id] for passage in passages if passage.id in best)

    def read_together(self, question: str, passages: Sequence[Passage]) -> tuple[float, ...]:
        """Give nothing: sentences are scored one by one."""
        return ()


def score_sentence(question: str, passage: Passage, start: int, end: int, cosine: float) -> Span:
    """Score the sentence at ``[start, end)`` of a passage and pick the answering words in it."""
    sentence = passage.text[start:end]
    asked = {word.stem for word in content_words(question)}
    held = {word.stem for word in content_words(sentence)}
    overlap = len(asked & held) / len(asked) if asked else 0.0
    typed = find_typed(sentence, expected_type(question), asked)
    first, last = typed or (0, len(sentence))
    return Span(
        passage,
        passage.start + start + first,
        passage.start + start + last,
        cosine + OVERLAP_WEIGHT * overlap + (TYPE_WEIGHT if typed else 0.0),
    )
