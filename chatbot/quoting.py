"""Quoting: the quotations that are shown for what was read."""

from collections.abc import Mapping, Sequence

from chatbot.answer import Quotation, Scores
from chatbot.article import Article
from chatbot.confidence import Judged
from chatbot.quotation import quote, says_the_same, sentence_range


def cut_quotations(
    articles: Mapping[str, Article], judged: Sequence[Judged], limit: int
) -> tuple[Quotation, ...]:
    """Cut quotations, best first; of those of one article that say the same, the best alone."""
    quotations: list[Quotation] = []
    seen: dict[str, list[str]] = {}
    for item in judged:
        article = articles[item.candidate.span.passage.article_id]
        start, end = sentence_range(item.candidate.span)
        said, earlier = article.text[start:end], seen.setdefault(article.id, [])
        if any(says_the_same(said, other) for other in earlier):
            continue
        earlier.append(said)
        hit = item.candidate.hit
        scores = Scores(*(round(score, 4) for score in (hit.dense, hit.lexical, item.candidate.span.score)))
        rank, confidence = len(quotations) + 1, round(item.confidence, 4)
        quotations.append(quote(article, item.candidate.span, rank, confidence, scores))
        if len(quotations) == limit:
            break
    return tuple(quotations)
