"""Candidates: passages found for a question and read, the likeliest of them twice.

What nearly answers often does so by the sentences around it. So the sentence that would be
quoted is read once more by itself: how well it answers then tells right answers from wrong
ones better than the passage alone (see eval/README.md). A reader that was trained for it sees
the article's title behind the question then, which says what the sentence speaks of. It reads whole
passages behind the words before them, which say who "she" is.

Scores of texts that were read one by one say little of which of two good ones is better. Where the
best are close, they are read once more as one text, in which their words compete.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from chatbot.article import Article
from chatbot.confidence import Candidate
from chatbot.context import about, lead_in, with_context
from chatbot.passages import Passage, text_before
from chatbot.quotation import sentence_range
from chatbot.reader import Reader, Span
from chatbot.retriever import Mode, Retriever
from chatbot.scope import Scope

READ_ALONE = 3  # of a question's passages, those with the best spans
READ_TOGETHER = 3  # of them, or two where three are too long
CLOSE = 3.0  # of log-odds, between the best span and the second


def find_candidates(
    retriever: Retriever,
    reader: Reader,
    mode: Mode,
    usual: int,
    article_of: Callable[[str], Article],
    question: str,
    scope: Scope,
    limit: int | None = None,
    read_as: str = "",
) -> list[Candidate]:
    """Retrieve passages, ``usual`` many or ``limit``, and read them; a candidate for each with a span.

    ``article_of`` gives an article by its id. ``read_as`` is the question as the reader
    is to see it, where that is not as it is searched for: it brings its own context.
    """
    hits = retriever.search(question, scope, limit or usual, mode)
    by_passage = {hit.passage.id: hit for hit in hits}
    is_titled = reader.reads_context and not read_as
    read_as = read_as or question
    passages = [hit.passage for hit in hits]
    leads = [_lead(article_of(one.article_id), one) for one in passages] if reader.reads_context else []
    spans = reader.read(read_as, passages, leads)
    alone = dict(_read_alone(reader, read_as, spans, article_of if is_titled else None))
    together = _read_together(reader, read_as, spans)
    return [
        Candidate(
            by_passage[span.passage.id],
            span,
            alone.get(span.passage.id, span.score),
            together.get(span.passage.id),
        )
        for span in spans
    ]


def _read_alone(
    reader: Reader, question: str, spans: Sequence[Span], article_of: Callable[[str], Article] | None
) -> Iterator[tuple[str, float]]:
    """Give the score that the quoted sentences of the best spans have by themselves, by passage."""
    sentences: dict[str, list[Passage]] = defaultdict(list)
    for span in sorted(spans, key=lambda span: -span.score)[:READ_ALONE]:
        sentence = _sentence(span)
        if sentence != span.passage:
            context = (about(article_of(span.passage.article_id).title),) if article_of else ()
            sentences[with_context(question, context)].append(sentence)
    for asked, texts in sentences.items():  # those of an article at once, on as many threads as the reader has
        for read in reader.read(asked, texts):
            yield read.passage.id, read.score


def _lead(article: Article, passage: Passage) -> str:
    return lead_in(text_before(article.text, passage.start))


def _read_together(reader: Reader, question: str, spans: Sequence[Span]) -> Mapping[str, float]:
    """Give the score that each of the best passages has in one text with the others, by passage.

    Nothing where the best stands out.
    """
    best = sorted(spans, key=lambda span: -span.score)[:READ_TOGETHER]
    while len(best) > 1 and best[0].score - best[1].score < CLOSE:
        passages = sorted((span.passage for span in best), key=lambda one: (one.article_id, one.start))
        if scores := reader.read_together(question, passages):
            return {passage.id: score for passage, score in zip(passages, scores, strict=True)}
        best.pop()
    return {}


def _sentence(span: Span) -> Passage:
    """Give the sentence or sentences of a span as a passage of their own."""
    start, end = sentence_range(span)
    offset = span.passage.start
    text = span.passage.text[start - offset : end - offset]
    return replace(span.passage, text=text, start=start, end=end)
