"""A chatbot for the web's tests: real articles, passages and quotations, a reader done by hand."""

from collections.abc import Mapping, Sequence

from chatbot.answer import Answer, NotFound, Scores, Searched
from chatbot.article import Article, make_article
from chatbot.chatbot import Hit, Turn
from chatbot.errors import UnknownArticleError
from chatbot.limits import check_question
from chatbot.listing import ArticleListing, ArticleQuery, Facets, ListedArticle, site_of
from chatbot.passages import Passage, split_article
from chatbot.quotation import quote
from chatbot.reader import Span
from chatbot.scope import Scope, make_scope

STATION = """Station reopens after ten years

Ministers at the new station in Harbour Street, May 4

The harbour station reopened on Monday after ten years of work.

\u00a0Mayor Ana Lindström said: “It cost 40 million euros.” She thanked the 🚢 crews.

Read also: Ferry line to close <script>alert(1)</script>

Read the original article on The Harbour Post"""
LIBRARY = """The library <b>stays</b> open

The town library stays open until midnight. Its director is Омар Хасан."""
SOURCES = {"station": "https://example.org/station"}
DATES = {"station": "2024-05-06", "library": "2023-01-02T10:00:00+00:00"}
OWN_QUESTIONS = {"station": ("How many million", "Who is the Mayor", "What reopened", "How many tanks")}
GREETING = "hello"
SCORES = Scores(dense=0.5, lexical=2.0, reader=1.0)


class FakeChatbot:
    """Finds the question's last word in the articles; the word is the span.

    Quotations come in the text's order, with confidences 0.86, 0.61, 0.31, ... A follow-up
    "and WORD" searches with the last word of the turn before, too.
    """

    def __init__(self, articles: Mapping[str, str], questions: Sequence[str] = ()) -> None:
        self._articles = {
            name: make_article(
                name,
                text,
                source_url=SOURCES.get(name),
                published=DATES.get(name),
                questions=OWN_QUESTIONS.get(name, ()),
            )
            for name, text in articles.items()
        }
        self._questions = tuple(questions)
        self.histories: list[tuple[Turn, ...]] = []

    @property
    def article_count(self) -> int:
        return len(self._articles)

    @property
    def first_article(self) -> Article:
        return next(iter(self._articles.values()))

    def list_articles(self, query: ArticleQuery) -> ArticleListing:
        dates = make_scope(None, None, query.published_from, query.published_to)
        found = [
            self._listed(article)
            for article in sorted(self._articles.values(), key=lambda article: article.title)
            if query.text.lower() in article.title.lower() and dates.holds(article)
        ]
        return ArticleListing(len(found), tuple(found[query.offset : query.offset + query.limit]))

    def _listed(self, article: Article) -> ListedArticle:
        beside = (article.id, article.title, article.author, article.source_url, article.published)
        return ListedArticle(
            *beside,
            article.sha256,
            len(article.text),
            len(self.passages(article.id)),
            article.added,
        )

    def facets(self) -> Facets:
        dated = any(article.published for article in self._articles.values())
        return Facets(tuple(sorted(filter(None, map(site_of, SOURCES.values())))), (), dated)

    def article(self, article_id: str) -> Article:
        if article_id not in self._articles:
            raise UnknownArticleError(article_id, len(self._articles))
        return self._articles[article_id]

    def passages(self, article_id: str) -> tuple[Passage, ...]:
        return split_article(self.article(article_id), lambda text: len(text.split()), 12)

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
        text = check_question(question)
        scope = make_scope(article_id, article_ids, published_from, published_to)
        self.histories.append(tuple(history))
        added = tuple(_last_word(turn.question) for turn in history[-1:]) if text.startswith("and ") else ()
        searched = Searched(" ".join([text, *added]), added, (len(history),) if added else ())
        if text == GREETING:
            return Answer(text, "not_found", (), NotFound("small_talk", 0.0, 0.5), searched)
        spans = self._spans(_last_word(text), scope)[:limit]
        quotations = tuple(
            quote(
                self.article(span.passage.article_id), span, rank, max(0.86 - 0.25 * (rank - 1), 0.01), SCORES
            )
            for rank, span in enumerate(spans, start=1)
        )
        if quotations and quotations[0].confidence >= (min_confidence or 0.0):
            return Answer(text, "answered", quotations, None, searched)
        closest = self._spans("the", scope)[:1]
        near = tuple(quote(self.article(span.passage.article_id), span, 1, 0.08, SCORES) for span in closest)
        unknown = (_last_word(text),) if not quotations else ()
        return Answer(text, "not_found", (), NotFound("below_threshold", 0.08, 0.5, unknown, near), searched)

    def search(
        self,
        query: str,
        *,
        article_id: str | None = None,
        article_ids: Sequence[str] | None = None,
        published_from: str | None = None,
        published_to: str | None = None,
        limit: int = 10,
    ) -> tuple[Hit, ...]:
        scope = make_scope(article_id, article_ids, published_from, published_to)
        spans = self._spans(_last_word(check_question(query, "query")), scope)[:limit]
        return tuple(Hit(span.passage, rank, 1 / rank, 0.5, 2.0) for rank, span in enumerate(spans, start=1))

    def suggestions(self, article_id: str | None = None) -> tuple[str, ...]:
        if article_id is None:
            return self._questions
        return tuple(answer.question for answer in self.suggested_answers(article_id))

    def suggested_answers(self, article_id: str) -> tuple[Answer, ...]:
        questions = self.article(article_id).questions or self._questions
        answers = (self.answer(question, article_id=article_id, limit=1) for question in questions)
        return tuple(answer for answer in answers if answer.status == "answered")

    def _spans(self, word: str, scope: Scope) -> list[Span]:
        for article_id in scope.article_ids or ():
            self.article(article_id)
        asked = [article for article in self._articles.values() if scope.holds(article)]
        return [
            Span(passage, passage.start + at, passage.start + at + len(word), 1.0)
            for article in asked
            for passage in self.passages(article.id)
            if word and (at := passage.text.find(word)) >= 0
        ]


def _last_word(text: str) -> str:
    return text.rstrip("?!. ").split()[-1] if text.rstrip("?!. ") else ""


def fake_chatbot(*, both: bool = False) -> FakeChatbot:
    """Give a chatbot over one article, or over both."""
    articles = {"station": STATION, "library": LIBRARY} if both else {"station": STATION}
    return FakeChatbot(articles, ["How many million", "Who is the Mayor", "What reopened", "Which crews"])
