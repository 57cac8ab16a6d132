"""The articles' routes: the list to read and to choose from, and each article as reading matter."""

from math import ceil
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from chatbot.article import Article
from chatbot.errors import UnknownArticleError
from chatbot.listing import ArticleListing, ArticleQuery, Order
from chatbot.scope import Scope, make_scope
from web.asked import MOST_CHOSEN, AskedArticles, count_undated, undated_words
from web.engine import ChatbotLike, ReadyChatbot
from web.pages import lay_out, passage_questions, read_mark
from web.rendering import render
from web.schemas import LONGEST_SEARCH

ON_A_PAGE = 50
LAST_PAGE = 1_000_000
router = APIRouter(include_in_schema=False)
Marked = Annotated[str | None, Query(alias="c")]
Became = Annotated[Literal["added", "same"] | None, Query(alias="is")]


PageNumber = Annotated[int, Field(ge=1, le=LAST_PAGE)]


class ListFields(BaseModel):
    """The list's form: what is searched for, which page of it, and the articles that are ticked.

    ``tick`` ticks all of a page, ``untick`` unticks all articles and stays on a page.
    """

    q: Annotated[str, Field(max_length=LONGEST_SEARCH)] = ""
    site: str = ""
    author: str = ""
    after: str = ""
    before: str = ""
    sort: Order = "newest"
    page: PageNumber = 1
    article: list[str] = []
    tick: PageNumber | None = None
    untick: PageNumber | None = None
    removed: Annotated[str, Field(max_length=LONGEST_SEARCH)] = ""

    @property
    def shown_page(self) -> int:
        """Give the page to show: the one whose ticks were set, or the one asked for."""
        return self.tick or self.untick or self.page

    @property
    def dates(self) -> Scope:
        """Give the range of dates; raises QuestionError."""
        return make_scope(published_from=self.after or None, published_to=self.before or None)

    @property
    def query(self) -> ArticleQuery:
        """Give what is to be listed; raises QuestionError."""
        dates = self.dates
        return ArticleQuery(
            self.q,
            dates.published_from,
            dates.published_to,
            self.site or None,
            self.author or None,
            self.sort,
            ON_A_PAGE,
            (self.shown_page - 1) * ON_A_PAGE,
        )


@router.get("/articles")
def articles(request: Request, chatbot: ReadyChatbot, fields: Annotated[ListFields, Query()]) -> Response:
    """List the articles, to be read or ticked and asked."""
    listing = chatbot.list_articles(fields.query)
    ticked = _ticked(chatbot, fields, listing)
    undated = count_undated(chatbot, fields.query) if fields.dates.has_dates else 0
    shown = {article.id for article in listing.articles}
    return render(
        request,
        "articles.html",
        {
            "fields": fields,
            "listing": listing,
            "facets": chatbot.facets(),
            "library_size": chatbot.article_count,
            "first": (fields.shown_page - 1) * ON_A_PAGE + 1,
            "pages_count": max(1, ceil(listing.total / ON_A_PAGE)),
            "ticked": ticked,
            "elsewhere": [article for article_id, article in ticked.items() if article_id not in shown],
            "most": MOST_CHOSEN,
            "undated": undated_words(undated, "listed"),
            "dated": AskedArticles.of(chatbot, fields.dates) if fields.dates.has_dates else None,
        },
    )


@router.get("/articles/{article_id}")
def article(
    request: Request, chatbot: ReadyChatbot, article_id: str, c: Marked = None, became: Became = None
) -> Response:
    """Show an article as reading matter, with a range marked if the address names one."""
    return render(request, "article.html", {**laid_out(chatbot, article_id, c), "became": became})


@router.get("/articles/{article_id}/pane")
def pane(request: Request, chatbot: ReadyChatbot, article_id: str, c: Marked = None) -> Response:
    """Show an article for the pane beside the chat."""
    return render(request, "pane.html", laid_out(chatbot, article_id, c))


def laid_out(chatbot: ChatbotLike, article_id: str, c: str | None) -> dict[str, object]:
    """Give what the templates need to show an article with a range marked."""
    shown = chatbot.article(article_id)
    mark, fault = read_mark(c, shown.text)
    # an article without questions of its own gets none: those made for it are poor
    answerable = passage_questions(chatbot.suggested_answers(article_id)) if shown.questions else ()
    numbers = {passage.number for passage in answerable}
    blocks = lay_out(shown, chatbot.passages(article_id), mark, numbers)
    return {"article": shown, "blocks": blocks, "mark": mark, "fault": fault, "answerable": answerable}


def _ticked(chatbot: ChatbotLike, fields: ListFields, listing: ArticleListing) -> dict[str, Article]:
    """Give the ticked articles by id; one that is gone is left out."""
    if fields.untick:
        return {}
    ids = [*fields.article, *(one.id for one in listing.articles if fields.tick)]
    ticked = {}
    for article_id in ids:
        try:
            ticked[article_id] = chatbot.article(article_id)
        except UnknownArticleError:
            continue
    return ticked
