"""The JSON interface's routes; every error is described in ``web.problems``."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from starlette.exceptions import HTTPException

from chatbot.answer import Answer, answer_json
from chatbot.article import Article
from web.addresses import article_address
from web.engine import ReadyChatbot
from web.examples import ANSWER_REQUEST_EXAMPLES, SEARCH_REQUEST_EXAMPLES
from web.limits import CountedQuestion
from web.openapi import errors
from web.schemas import (
    MAX_ARTICLE_ID_LENGTH,
    AnswerRequest,
    ArticleBody,
    ArticleList,
    ArticleSummary,
    Health,
    Readiness,
    SearchRequest,
    SearchResponse,
    hit_body,
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
    hits = chatbot.search(body.query, article_id=body.article_id, limit=body.limit)
    return SearchResponse(
        query=body.query, hits=[hit_body(hit, chatbot.article(hit.passage.article_id)) for hit in hits]
    )


@router.get("/articles", summary="List the articles", tags=["articles"], responses=errors(500, 503))
def articles(chatbot: ReadyChatbot) -> ArticleList:
    """List the library's articles, without their texts."""
    return ArticleList(articles=[summarize(article) for article in chatbot.articles])


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


@router.get("/ready", summary="Ready?", tags=["operation"], responses=errors(500, 503))
def ready(chatbot: ReadyChatbot) -> Readiness:
    """Say that models and library are loaded; 503 until then."""
    return Readiness(articles=len(chatbot.articles))


def summarize(article: Article) -> ArticleSummary:
    """Give what the list of articles says of one."""
    return ArticleSummary(
        id=article.id,
        title=article.title,
        source_url=article.source_url,
        published=article.published,
        sha256=article.sha256,
        characters=len(article.text),
        href=article_address(article.id),
    )
