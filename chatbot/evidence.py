"""Evidence: whether what was read speaks of a follow-up's own words, not of added ones alone."""

from collections.abc import Sequence

from chatbot.answer_types import NAME, AnswerType, expected_type, holds_type
from chatbot.confidence import Judged
from chatbot.fragments import is_fragment
from chatbot.grammar import PREPOSITIONS
from chatbot.names import Names
from chatbot.reader import Span
from chatbot.terms import content_words, terms

# Types that a text shows by its form.
FORMED: tuple[AnswerType, ...] = ("person", "place", "date", "number")


def evident(
    question: str, judged: Sequence[Judged], names: Names, threshold: float
) -> tuple[tuple[Judged, ...], tuple[Judged, ...]]:
    """Part what was read for a follow-up: what may answer it, and the rest.

    A passage has to hold one of the follow-up's own words. Where it has none ("when?"), the
    span has to be of the kind that is asked for. So it has where none is held but the words
    may be said otherwise ("when were they killed?"), and the confidence then stands half way
    from ``threshold`` to certainty. Nothing speaks of a name that the library lacks.
    """
    if any(name.unknown for name in names.find(question)):
        return (), tuple(judged)
    own = {word.stem for word in content_words(question) if word.folded not in PREPOSITIONS}
    needed = 0.0 if not own else 1.1 if names.find(question) or is_fragment(question) else (1 + threshold) / 2
    answer_type = expected_type(question)
    kept = [
        item
        for item in judged
        if not own.isdisjoint(terms(item.candidate.span.passage.text))
        or (item.confidence >= needed and _is_of_type(item.candidate.span, answer_type, formed=bool(own)))
    ]
    return tuple(kept), tuple(item for item in judged if item not in kept)


def _is_of_type(span: Span, answer_type: AnswerType, *, formed: bool) -> bool:
    text = span.passage.text[span.start - span.passage.start : span.end - span.passage.start]
    if answer_type in {"person", "place"}:  # the words before, which tell them apart, are not in the span
        return NAME.search(text) is not None
    return holds_type(text, answer_type) and (not formed or answer_type in FORMED)
