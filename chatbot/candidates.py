"""Candidates: passages found for a question and read, the likeliest of them twice.

What nearly answers often does so by the sentences around it. So the sentence that would be
quoted is read once more by itself: how well it answers then tells right answers from wrong
ones better than the passage alone (see eval/README.md).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from chatbot.confidence import Candidate
from chatbot.passages import Passage
from chatbot.quotation import sentence_range
from chatbot.reader import Reader, Span
from chatbot.retriever import Mode, Retriever
from chatbot.scope import Scope

READ_ALONE = 3  # of a question's passages, those with the best spans


def find_candidates(
    retriever: Retriever,
    reader: Reader,
    mode: Mode,
    usual: int,
    question: str,
    scope: Scope,
    limit: int | None = None,
    read_as: str = "",
) -> list[Candidate]:
    """Retrieve passages, ``usual`` many or ``limit``, and read them; a candidate for each with a span.

    ``read_as`` is the question as the reader is to see it, where that is not as it is searched for.
    """
    hits = retriever.search(question, scope, limit or usual, mode)
    by_passage = {hit.passage.id: hit for hit in hits}
    read_as = read_as or question
    spans = reader.read(read_as, [hit.passage for hit in hits])
    alone = dict(_read_alone(reader, read_as, spans))
    return [
        Candidate(by_passage[span.passage.id], span, alone.get(span.passage.id, span.score)) for span in spans
    ]


def _read_alone(reader: Reader, question: str, spans: Sequence[Span]) -> Iterator[tuple[str, float]]:
    """Give the score that the quoted sentences of the best spans have by themselves, by passage."""
    best = sorted(spans, key=lambda span: -span.score)[:READ_ALONE]
    sentences = [sentence for span in best if (sentence := _sentence(span)) != span.passage]
    for span in reader.read(question, sentences) if sentences else ():
        yield span.passage.id, span.score


def _sentence(span: Span) -> Passage:
    """Give the sentence or sentences of a span as a passage of their own."""
    start, end = sentence_range(span)
    offset = span.passage.start
    text = span.passage.text[start - offset : end - offset]
    return replace(span.passage, text=text, start=start, end=end)
