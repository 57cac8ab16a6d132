"""Fakes for the evaluation: an article of four sentences and a chatbot with a table of answers."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from chatbot.answer import Answer, NotFound, Quotation, Scores, Searched
from chatbot.article import Article, make_article
from chatbot.errors import UnknownArticleError
from chatbot.followup import Turn
from chatbot.limits import check_question
from chatbot.listing import ArticleListing, ArticleQuery, Facets
from chatbot.passages import Passage, split_article
from chatbot.quotation import quote
from chatbot.reader import Span
from chatbot.retriever import Hit, Mode
from eval.collection import Collection, Gold, Question

TEXT = "Ann met Bo.\n\nThe tram is red.\n\nTwo dogs sleep.\n\nRain fell in May.\n"
ARTICLE = make_article("story", TEXT)
THRESHOLD = 0.5


def gold(words: str, text: str = TEXT) -> Gold:
    start = text.index(words)
    return Gold(start, start + len(words), words)


def question(name: str, text: str, *answers: str, near_miss: bool = False, kind: str = "who") -> Question:
    return Question(name, text, kind, "test", near_miss, "story", tuple(map(gold, answers)))


def collection(
    *questions: Question, articles: Sequence[Article] = (ARTICLE,), pooled: bool = True
) -> Collection:
    return Collection("a story", "python -m eval --fake", tuple(articles), questions, pooled)


def count_words(text: str) -> int:
    return len(text.split())


def quotation(passage: Passage, span: str, confidence: float, rank: int = 1) -> Quotation:
    start = passage.start + passage.text.index(span)
    found = Span(passage, start, start + len(span), confidence)
    return quote(ARTICLE, found, rank, confidence, Scores(0.0, 0.0, confidence))


@dataclass
class FakeChatbot:
    """Looks answers up: question to (passage number, span, confidence), best first."""

    table: dict[str, list[tuple[int, str, float]]] = field(default_factory=dict)
    asked_of: list[str | None] = field(default_factory=list)
    closed: bool = False

    @property
    def article_count(self) -> int:
        return 1

    @property
    def first_article(self) -> Article:
        return ARTICLE

    def list_articles(self, query: ArticleQuery) -> ArticleListing:
        raise NotImplementedError

    def facets(self) -> Facets:
        raise NotImplementedError

    def article(self, article_id: str) -> Article:
        if article_id != ARTICLE.id:
            raise UnknownArticleError(article_id, 1)
        return ARTICLE

    def passages(self, article_id: str) -> tuple[Passage, ...]:
        return split_article(self.article(article_id), count_words, 50)

    def read(self, question: str, *, article_id: str | None = None) -> tuple[Quotation, ...]:
        passages = self.passages(ARTICLE.id)
        return tuple(
            quotation(passages[number - 1], span, confidence, rank)
            for rank, (number, span, confidence) in enumerate(
                self.table.get(check_question(question), []), start=1
            )
        )

    def answer(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        article_id: str | None = None,
        article_ids: Sequence[str] | None = None,
        published_from: str | None = None,
        published_to: str | None = None,
        limit: int = 3,
        min_confidence: float | None = None,
    ) -> Answer:
        self.asked_of.append(article_id)
        found = self.read(question)
        searched = Searched(question)
        if found and found[0].confidence >= THRESHOLD:
            return Answer(question, "answered", found[:limit], None, searched, took_ms=len(self.asked_of))
        not_found = NotFound("below_threshold", 0.0, THRESHOLD, closest=found)
        return Answer(question, "not_found", (), not_found, searched, took_ms=len(self.asked_of))

    def search(
        self,
        query: str,
        *,
        article_id: str | None = None,
        article_ids: Sequence[str] | None = None,
        published_from: str | None = None,
        published_to: str | None = None,
        limit: int = 10,
        mode: Mode = "fusion",
    ) -> tuple[Hit, ...]:
        passages = self.passages(ARTICLE.id)
        ranked = self.table.get(check_question(query), [])
        return tuple(
            Hit(passages[number - 1], rank, score, score, 0.0)
            for rank, (number, _, score) in enumerate(ranked[:limit], start=1)
        )

    def suggestions(self, article_id: str | None = None) -> tuple[str, ...]:
        return ()

    def suggested_answers(self, article_id: str) -> tuple[Answer, ...]:
        return ()

    def close(self) -> None:
        self.closed = True
