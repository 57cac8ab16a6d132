"""Which articles a page asks: as its addresses and forms say it, and in words."""

from dataclasses import dataclass
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from chatbot.article import Article
from chatbot.errors import QuestionError
from chatbot.listing import ArticleQuery
from chatbot.scope import Scope, make_scope
from web.dates import range_words
from web.engine import ChatbotLike

MOST_CHOSEN = 100  # articles: a page carries them with each question


class ScopeFields(BaseModel):
    """The fields that name what is asked; none of them is all articles.

    ``article_id`` is how addresses of the first release name one article.
    """

    model_config = ConfigDict(populate_by_name=True)

    article: list[str] = []
    article_id: str = ""
    published_from: str = Field("", alias="from")
    published_to: str = Field("", alias="to")

    def scope(self, chatbot: ChatbotLike) -> Scope:
        """Give what is asked; the only article of a library is named.

        Raises:
            QuestionError: a date is none, or there are too many articles.
            UnknownArticleError: the library has no such article.
        """
        named = [article_id for article_id in (*self.article, self.article_id) if article_id]
        if len(set(named)) > MOST_CHOSEN:
            raise QuestionError(
                "article",
                f"expected at most {MOST_CHOSEN} articles, got {len(set(named))}; choose fewer, or dates",
            )
        scope = make_scope(None, named or None, self.published_from or None, self.published_to or None)
        for article_id in scope.article_ids or ():
            chatbot.article(article_id)
        if scope.is_everything and chatbot.article_count == 1:
            return scope.narrowed(chatbot.first_article.id)
        return scope


@dataclass(frozen=True)
class AskedArticles:
    """What is asked: how many articles, and which if a single one is named, whatever its date."""

    scope: Scope
    count: int
    only: Article | None

    @classmethod
    def of(cls, chatbot: ChatbotLike, scope: Scope) -> Self:
        """Count and name what is asked."""
        if scope.article_ids is not None:
            named = [chatbot.article(article_id) for article_id in scope.article_ids]
            held = [article for article in named if scope.holds(article)]
            return cls(scope, len(held), named[0] if len(named) == 1 else None)
        if scope.has_dates:
            dated = ArticleQuery(published_from=scope.published_from, published_to=scope.published_to, limit=0)
            return cls(scope, chatbot.list_articles(dated).total, None)
        count = chatbot.article_count
        return cls(scope, count, chatbot.first_article if count == 1 else None)

    @property
    def judged(self) -> Article | None:
        """Give the article that a refusal speaks of; None where several were read, or none."""
        return self.only if self.count else None

    @property
    def name(self) -> str:
        """Say which articles are asked, whatever their dates."""
        if self.only:
            return self.only.title
        articles = f"{self.count:,} article{'' if self.count == 1 else 's'}"
        return f"all {articles}" if self.scope.is_everything else articles

    @property
    def range(self) -> str | None:
        """Say the range of dates that is asked; None for any."""
        return range_words(self.scope.published_from, self.scope.published_to)

    @property
    def words(self) -> str:
        """Say both."""
        return f"{self.name}, {self.range}" if self.range else self.name


def scope_parameters(scope: Scope) -> list[tuple[str, str]]:
    """Give the fields that name what is asked, as addresses and forms hold them."""
    dates = (("from", scope.published_from), ("to", scope.published_to))
    named = [("article", article_id) for article_id in scope.article_ids or ()]
    return named + [(name, day) for name, day in dates if day]


def list_fields(scope: Scope) -> list[tuple[str, str]]:
    """Give the fields of the list of articles that show what is asked: ticked, and the range of dates."""
    names = {"from": "after", "to": "before"}
    return [(names.get(name, name), value) for name, value in scope_parameters(scope)]
