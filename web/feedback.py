"""Feedback's routes: a label of an answer, from the page's script, its form or any client."""

import logging
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from pydantic import BeforeValidator, ConfigDict, Field
from starlette.exceptions import HTTPException

from chatbot.errors import StoreError
from chatbot.feedback import Feedback, FeedbackStore, Label, StaleFeedbackError, check_feedback
from web.api import JsonBody
from web.engine import RETRY_AFTER_SECONDS, ChatbotLike, ReadyChatbot
from web.examples import FEEDBACK_REQUEST_EXAMPLES
from web.limits import CountedLabel
from web.openapi import errors
from web.own_page import require_own_page
from web.rendering import render
from web.schemas import ArticleId, Offset, Question, StrictBody

FEEDBACK_ERRORS = (400, 404, 409, 413, 415, 422, 429, 500, 503)
router = APIRouter()
logger = logging.getLogger(__name__)


class FeedbackBody(StrictBody):
    """A label of an answer to a question: of the quotation at `[start, end)`, or of a refusal."""

    question: Question
    article_id: ArticleId
    sha256: Annotated[
        str,
        Field(pattern="^[0-9a-f]{64}$", description="the digest that the answer gave of the article's text"),
    ]
    start: Annotated[
        Offset | None, Field(description="the quotation's, as answered; null for an answer without one")
    ] = None
    end: Annotated[Offset | None, Field(description="the same")] = None
    label: Label

    def feedback(self) -> Feedback:
        """Give what is kept of it."""
        return Feedback(self.question, self.article_id, self.sha256, self.start, self.end, self.label)


OfForm = BeforeValidator(lambda value: value or None)  # an empty field is none


class FeedbackForm(FeedbackBody):
    """The same from a page's form."""

    model_config = ConfigDict(strict=False, extra="ignore")

    start: Annotated[Offset | None, OfForm] = None
    end: Annotated[Offset | None, OfForm] = None


@router.post(
    "/api/feedback",
    summary="Judge an answer",
    tags=["questions"],
    status_code=204,
    responses=errors(*FEEDBACK_ERRORS),
    openapi_extra={"requestBody": {"content": {"application/json": {"examples": FEEDBACK_REQUEST_EXAMPLES}}}},
    dependencies=[JsonBody],
)
def judge(request: Request, body: FeedbackBody, chatbot: ReadyChatbot, counted: CountedLabel) -> Response:
    """Keep what a user says of an answer; nothing about the user is kept.

    Of a quotation, `right` says that it answers, `wrong_words` that its passage does but
    other words of it, `wrong` that neither does. Of an answer without quotation (`start` and
    `end` null), `right` says that the article does not answer, `wrong` that it does. A label
    replaces the one that the same question and range had.
    """
    _keep(request, chatbot, body)
    return Response(status_code=204)


@router.post("/feedback", include_in_schema=False, dependencies=[Depends(require_own_page)])
def judge_without_script(
    request: Request, chatbot: ReadyChatbot, counted: CountedLabel, form: Annotated[FeedbackForm, Form()]
) -> Response:
    """Keep the same from a form; the page opens the answer beside the conversation."""
    _keep(request, chatbot, form)
    return render(request, "feedback.html", {"article_id": form.article_id})


def _keep(request: Request, chatbot: ChatbotLike, body: FeedbackBody) -> None:
    store: FeedbackStore = request.app.state.feedback
    given = body.feedback()
    try:
        check_feedback(given, chatbot.article(given.article_id))
    except StaleFeedbackError as error:
        raise HTTPException(409, str(error)) from error
    try:
        store.add(given, datetime.now(UTC))
    except StoreError as error:
        logger.error("what was said of an answer cannot be kept: %s", error)
        detail = "What was said of the answer cannot be kept; the server's log says why."
        raise HTTPException(503, detail, {"Retry-After": str(RETRY_AFTER_SECONDS)}) from error
