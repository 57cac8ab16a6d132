"""Which articles a page asks: as its addresses and forms say it, and in words."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from chatbot.article import Article
from chatbot.errors import QuestionError
from chatbot.listing import ArticleQuery
from chatbot.scope import Scope, make_scope, published_day
from web.dates import range_words
from web.engine import ChatbotLike

FIRST_DAY = date.min.isoformat()
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
    """What is asked: how many articles, and which if a single one is named, whatever its date.

    ``undated`` counts those that a range of dates leaves out because they have none.
    """

    scope: Scope
    count: int
    only: Article | None
    undated: int = 0

    @classmethod
    def of(cls, chatbot: ChatbotLike, scope: Scope) -> Self:
        """Count and name what is asked."""
        if scope.article_ids is not None:
            named = [chatbot.article(article_id) for article_id in scope.article_ids]
            held = [article for article in named if scope.holds(article)]
            undated = sum(published_day(article.published) is None for article in named)
            only = named[0] if len(named) == 1 else None
            return cls(scope, len(held), only, undated if scope.has_dates else 0)
        if scope.has_dates:
            dated = ArticleQuery(published_from=scope.published_from, published_to=scope.published_to, limit=0)
            undated = count_undated(chatbot, dated)
            return cls(scope, chatbot.list_articles(dated).total, None, undated)
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
    def left_out(self) -> str | None:
        """Say how many articles are not asked because they have no date; None for none."""
        return undated_words(self.undated, "asked")

    @property
    def words(self) -> str:
        """Say both."""
        return f"{self.name}, {self.range}" if self.range else self.name


def count_undated(chatbot: ChatbotLike, query: ArticleQuery) -> int:
    """Count the articles without a date among those that a query asks for but for its dates."""
    everything = replace(query, published_from=None, published_to=None, limit=0, offset=0)
    dated = replace(everything, published_from=FIRST_DAY)
    return chatbot.list_articles(everything).total - chatbot.list_articles(dated).total


def undated_words(undated: int, what: str) -> str | None:
    """Say how many articles are not ``what`` because they have no date; None for none."""
    if not undated:
        return None
    return f"{undated:,} article{' without a date is' if undated == 1 else 's without a date are'} not {what}"


def scope_parameters(scope: Scope) -> list[tuple[str, str]]:
    """Give the fields that name what is asked, as addresses and forms hold them."""
    dates = (("from", scope.published_from), ("to", scope.published_to))
    named = [("article", article_id) for article_id in scope.article_ids or ()]
    return named + [(name, day) for name, day in dates if day]


def list_fields(scope: Scope) -> list[tuple[str, str]]:
    """Give the fields of the list of articles that show what is asked: ticked, and the range of dates."""
    names = {"from": "after", "to": "before"}
    return [(names.get(name, name), value) for name, value in scope_parameters(scope)]
