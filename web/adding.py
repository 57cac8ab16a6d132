"""Articles put in and taken out through the server: where a setting allows it, and for those it allows."""

import hmac
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from chatbot.adding import Adder, remove_added
from chatbot.article import Article
from chatbot.errors import ChatbotError, SeedArticleError
from chatbot.files import Outcome
from chatbot.formats import NOTHING_GIVEN, Extractor, Given, Limits
from chatbot.library import open_to_add
from chatbot.making import EncoderSource
from chatbot.passage_store import PassageStore
from chatbot.settings import Settings, is_this_machine
from web.api import ArticleIdInPath
from web.engine import RETRY_AFTER_SECONDS, Engine
from web.openapi import errors
from web.schemas import ArticleSummary, summarize

OCTETS = "application/octet-stream"
LONGEST_NAME = 200
logger = logging.getLogger(__name__)


class Intake:
    """Writes to the library of the settings, one request after the other; opened when first needed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._opened: tuple[PassageStore, EncoderSource] | None = None
        self._extractor = Extractor(Limits.of(settings))

    def open(self) -> tuple[PassageStore, EncoderSource]:
        """Open the store; a subclass may open another."""
        return open_to_add(self._settings)

    def follow(self, settings: Settings) -> None:
        """Write with the model of these settings from now on."""
        with self._lock:
            if settings.encoder != self._settings.encoder:
                self._settings = settings
                self._close_store()

    def add(self, data: bytes, name: str, given: Given = NOTHING_GIVEN) -> tuple[Outcome, Article | None]:
        """Add the article of a file's content; with it comes the article, unless that failed."""
        with self._writing() as (store, source):
            outcome = Adder(store, source, self._extractor).add_bytes(data, name, given=given)
            return outcome, store.article(outcome.article_id) if outcome.article_id else None

    def remove(self, article_id: str) -> None:
        """Remove an article that was added; see ``remove_added`` for what is refused."""
        with self._writing() as (store, _):
            remove_added(store, [article_id])

    def close(self) -> None:
        """Close what was opened."""
        with self._lock:
            self._extractor.close()
            self._close_store()

    @contextmanager
    def _writing(self) -> Iterator[tuple[PassageStore, EncoderSource]]:
        """Give what is written with; it is opened anew after a failure, when the world may be another."""
        with self._lock:
            if self._opened is None:
                self._opened = self.open()
            try:
                yield self._opened
            except ChatbotError:
                self._close_store()
                raise

    def _close_store(self) -> None:
        if self._opened is not None:
            for part in self._opened:
                part.close()
        self._opened = None


class AddedBody(BaseModel):
    """What became of an article: `added`, or `same` where the library has its text already."""

    state: Literal["added", "same"]
    article: ArticleSummary


def require_permission(request: Request) -> None:
    """Refuse a request without permission; see ``check_permission``."""
    check_permission(request, request.headers.get("authorization", ""))


def check_permission(request: Request, sent: str) -> None:
    """Refuse whoever lacks the token; where none is set, who calls the server by another machine's name.

    Such a name is of a site that lets it point to this machine (DNS rebinding), for browsers to
    take the server for the site's own, or of a proxy that brings requests from elsewhere.

    Raises:
        HTTPException: 403 for the name, 401 for the token.
    """
    token = request.app.state.adding_token
    if token is None and not is_this_machine(request.url.hostname or ""):
        raise HTTPException(
            403,
            "Expected a request for localhost or 127.0.0.1, got one for another host; set CHATBOT_ADDING_TOKEN "
            "to take articles under other names.",
        )
    if token is not None and not hmac.compare_digest(sent.encode(), f"Bearer {token}".encode()):
        raise HTTPException(
            401,
            "Expected the header Authorization: Bearer and the server's token, got another or none.",
            {"WWW-Authenticate": "Bearer"},
        )


router = APIRouter(prefix="/api", tags=["articles"], dependencies=[Depends(require_permission)])


@router.post(
    "/articles",
    summary="Add an article",
    status_code=201,
    response_model=AddedBody,
    responses={
        200: {"model": AddedBody, "description": "The library has its text already"},
        **errors(401, 403, 413, 415, 422, 500, 503),
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {OCTETS: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def add_article(
    request: Request,
    response: Response,
    name: Annotated[
        str, Query(max_length=LONGEST_NAME, description="the file's name; its end helps to tell the format")
    ] = "",
) -> AddedBody:
    """Add the article of a text, Markdown, HTML, PDF or DOCX file, sent as it is.

    The next request finds it. A text that the library has already is not added again: the
    answer is 200 then, with the article that has it.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != OCTETS:  # which no form of another site can send
        raise HTTPException(415, f"Expected a body of {OCTETS}, got {media_type or 'no Content-Type'}; set it.")
    outcome, article = await run_in_threadpool(add_content, request, await request.body(), name)
    if article is None or outcome.state not in ("added", "same"):
        raise HTTPException(422, refusal_of(outcome))
    if outcome.state == "same":
        response.status_code = 200
    return AddedBody(state=outcome.state, article=summarize(article))


@router.delete(
    "/articles/{article_id}",
    summary="Remove an article",
    status_code=204,
    responses=errors(401, 403, 404, 422, 500, 503),
)
def remove_article(request: Request, article_id: ArticleIdInPath) -> Response:
    """Remove an article that was added; the next request does not find it."""
    remove_content(request, article_id)
    return Response(status_code=204)


def remove_content(request: Request, article_id: str) -> None:
    """Remove an article, and see to it that the next request does not find it.

    Raises:
        HTTPException: 403 for a seed, 503 where the library cannot be written.
        UnknownArticleError: there is no such article.
    """
    intake, engine = _parts(request)
    try:
        intake.remove(article_id)
    except SeedArticleError as error:
        raise HTTPException(403, str(error)) from error
    except ChatbotError as error:
        raise _unwritable(error) from error
    engine.catch_up()


def add_content(
    request: Request, data: bytes, name: str, given: Given = NOTHING_GIVEN
) -> tuple[Outcome, Article | None]:
    """Add the article of a file's content, and see to it that the next request finds it.

    Raises:
        HTTPException: 503 where the library cannot be written.
    """
    intake, engine = _parts(request)
    try:
        added = intake.add(data, name, given)
    except ChatbotError as error:
        raise _unwritable(error) from error
    if added[1] is not None:
        engine.catch_up()
    return added


def refusal_of(outcome: Outcome) -> str:
    """Say why content is no article, as a sentence, but for the file's name, which stays as it is."""
    message, name = outcome.message, Path(outcome.name).name
    if name and message.startswith(name):
        return f"{message}."
    return f"{message[:1].upper()}{message[1:]}."


def _parts(request: Request) -> tuple[Intake, Engine]:
    """Give what writes, with the model that is served with, and what is to notice it."""
    intake: Intake = request.app.state.intake
    engine: Engine = request.app.state.engine
    if engine.settings is not None:
        intake.follow(engine.settings)
    return intake, engine


def _unwritable(error: ChatbotError) -> HTTPException:
    logger.error("the library cannot be written: %s", error)
    detail = "The library cannot be written; the server's log says why. What it held stays."
    return HTTPException(503, detail, {"Retry-After": str(RETRY_AFTER_SECONDS)})
