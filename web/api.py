"""The JSON interface's routes; every error is described in ``web.problems``."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from starlette.exceptions import HTTPException

from chatbot.answer import Answer, answer_json
from chatbot.errors import QuestionError, UnknownArticleError
from web.engine import ChatbotLike, Engine, ReadyChatbot
from web.examples import ANSWER_REQUEST_EXAMPLES, SEARCH_REQUEST_EXAMPLES
from web.limits import CountedQuestion
from web.openapi import errors
from web.problems import unknown_article
from web.schemas import (
    MAX_ARTICLE_ID_LENGTH,
    AnswerRequest,
    ArticleBody,
    ArticleList,
    Health,
    ListRequest,
    Readiness,
    SearchRequest,
    SearchResponse,
    hit_body,
    listed_summary,
    summarize,
)

ASKING_ERRORS = (400, 404, 413, 415, 422, 429, 500, 503)


def require_json(request: Request) -> None:
    """Refuse a body that does not say that it is JSON."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise HTTPException(
            415, f"Expected a body of application/json, got {media_type or 'no Content-Type'}; set the header."
        )


router = APIRouter(prefix="/api")
JsonBody = Depends(require_json)
ArticleIdInPath = Annotated[str, Path(min_length=1, max_length=MAX_ARTICLE_ID_LENGTH)]


@router.post(
    "/answer",
    summary="Answer a question",
    tags=["questions"],
    response_model=Answer,
    responses=errors(*ASKING_ERRORS),
    openapi_extra={"requestBody": {"content": {"application/json": {"examples": ANSWER_REQUEST_EXAMPLES}}}},
    dependencies=[JsonBody],
)
def answer(body: AnswerRequest, chatbot: ReadyChatbot, counted: CountedQuestion) -> Response:
    """Answer a question with verbatim quotations, or say that the articles do not.

    Both outcomes are 200: `status` is `answered` or `not_found`. Nothing is kept between
    requests; for a follow-up send what came before in `history`.
    """
    given = chatbot.answer(
        body.question,
        history=[turn.turn() for turn in body.history],
        article_id=body.article_id,
        article_ids=_known(chatbot, body.article_ids),
        published_from=body.published_from,
        published_to=body.published_to,
        limit=body.limit,
        min_confidence=body.min_confidence,
    )
    return Response(answer_json(given), media_type="application/json")


@router.post(
    "/search",
    summary="Rank passages",
    tags=["questions"],
    responses=errors(*ASKING_ERRORS),
    openapi_extra={"requestBody": {"content": {"application/json": {"examples": SEARCH_REQUEST_EXAMPLES}}}},
    dependencies=[JsonBody],
)
def search(body: SearchRequest, chatbot: ReadyChatbot, counted: CountedQuestion) -> SearchResponse:
    """Rank passages for a query, best first, without reading them for an answer."""
    hits = chatbot.search(
        body.query,
        article_id=body.article_id,
        article_ids=_known(chatbot, body.article_ids),
        published_from=body.published_from,
        published_to=body.published_to,
        limit=body.limit,
    )
    return SearchResponse(
        query=body.query, hits=[hit_body(hit, chatbot.article(hit.passage.article_id)) for hit in hits]
    )


@router.get("/articles", summary="List the articles", tags=["articles"], responses=errors(422, 500, 503))
def articles(chatbot: ReadyChatbot, asked: Annotated[ListRequest, Query()]) -> ArticleList:
    """List the library's articles, without their texts: `limit` of them from `offset` on.

    `total` says how many there are of those that are asked for.
    """
    listing = chatbot.list_articles(asked.query())
    return ArticleList(total=listing.total, articles=[listed_summary(article) for article in listing.articles])


@router.get(
    "/articles/{article_id}", summary="Give an article", tags=["articles"], responses=errors(404, 422, 500, 503)
)
def article(article_id: ArticleIdInPath, chatbot: ReadyChatbot) -> ArticleBody:
    """Give an article: its text, its passages and the digest of its text (UTF-8)."""
    held = chatbot.article(article_id)
    return ArticleBody(
        **summarize(held).model_dump(), text=held.text, passages=list(chatbot.passages(article_id))
    )


@router.get("/health", summary="Alive?", tags=["operation"], responses=errors(500))
def health() -> Health:
    """Say that the server is alive."""
    return Health()


@router.get(
    "/ready",
    summary="Ready?",
    tags=["operation"],
    responses=errors(500, 503),
    response_model_exclude_none=True,
)
def ready(chatbot: ReadyChatbot, request: Request) -> Readiness:
    """Say that models and library are loaded; 503 until then."""
    engine: Engine = request.app.state.engine
    return Readiness(notice=engine.notice, articles=chatbot.article_count)


def _known(chatbot: ChatbotLike, article_ids: list[str] | None) -> list[str] | None:
    """Give the ids back; raises QuestionError for one that the library lacks."""
    for at, article_id in enumerate(article_ids or ()):
        try:
            chatbot.article(article_id)
        except UnknownArticleError as error:
            raise QuestionError(f"article_ids.{at}", unknown_article(error)) from error
    return article_ids
