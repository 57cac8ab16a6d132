"""The pages to add an article and to remove one; they work without script."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from chatbot.formats import MEBIBYTE, Given
from chatbot.formats.headers import iso_date, web_address
from web.adding import LONGEST_NAME, add_content, check_permission, refusal_of, remove_content
from web.addresses import article_address
from web.engine import ReadyChatbot
from web.own_page import require_own_page
from web.rendering import render
from web.schemas import LONGEST_SEARCH

FIELDS = ("title", "source", "published", "text")
NOT_PERMITTED = "Expected this server's token, got another or none; whoever runs the server knows it."


class RefusedError(Exception):
    """Refuse what a form holds; the page says why, and keeps what was typed."""

    def __init__(self, message: str, status: int = 422) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Sent:
    """What is to be added: the content of a file, its name, and what is typed beside it."""

    content: bytes
    name: str
    given: Given


def require_adding(request: Request) -> None:
    """Refuse the pages where nobody may add by this name of the server; raises HTTPException."""
    try:
        check_permission(request, "")
    except HTTPException as error:
        if error.status_code != 401:  # the page asks for the token
            raise


router = APIRouter(include_in_schema=False, dependencies=[Depends(require_adding)])


@router.get("/add")
def adding(request: Request) -> Response:
    """Show the form."""
    return _form(request, {})


@router.post("/add", dependencies=[Depends(require_own_page)])
async def add(request: Request) -> Response:
    """Add what the form holds, and lead to the article."""
    largest = request.app.state.largest_file
    async with request.form(max_files=1, max_fields=len(FIELDS) + 1, max_part_size=largest) as form:
        typed = {field: str(form.get(field, "")).replace("\r\n", "\n") for field in FIELDS}
        try:
            _check_token(request, form)
            sent = await _sent(form, typed)
            outcome, article = await run_in_threadpool(
                add_content, request, sent.content, sent.name, sent.given
            )
            if article is None:
                raise RefusedError(refusal_of(outcome))
        except RefusedError as error:
            return _form(request, typed, str(error), error.status)
        except HTTPException as error:
            return _form(request, typed, error.detail, error.status_code)
    return RedirectResponse(f"{article_address(article.id)}?is={outcome.state}", 303)


@router.get("/articles/{article_id}/remove")
def removing(request: Request, chatbot: ReadyChatbot, article_id: str) -> Response:
    """Ask whether the article is to go."""
    return _question(request, chatbot, article_id)


@router.post("/articles/{article_id}/remove", dependencies=[Depends(require_own_page)])
async def remove(request: Request, chatbot: ReadyChatbot, article_id: str) -> Response:
    """Remove the article, and lead to the list."""
    title = chatbot.article(article_id).title
    async with request.form(max_files=0, max_fields=1) as form:
        try:
            _check_token(request, form)
        except RefusedError as error:
            return _question(request, chatbot, article_id, str(error), error.status)
    await run_in_threadpool(remove_content, request, article_id)
    return RedirectResponse(f"/articles?removed={quote(title[:LONGEST_SEARCH], safe='')}", 303)


def _form(
    request: Request, typed: Mapping[str, str], problem: str | None = None, status: int = 200
) -> Response:
    context = {"typed": {**dict.fromkeys(FIELDS, ""), **typed}, "problem": problem}
    context["most"] = request.app.state.largest_file // MEBIBYTE
    return render(request, "add.html", context, status=status)


def _question(
    request: Request, chatbot: ReadyChatbot, article_id: str, problem: str | None = None, status: int = 200
) -> Response:
    article = chatbot.article(article_id)
    if not article.added:
        raise HTTPException(403, f"{article.title!r} is a seed; delete its file to remove it.")
    context = {"article": article, "problem": problem}
    return render(request, "remove.html", context, status=status)


def _check_token(request: Request, form: FormData) -> None:
    try:
        check_permission(request, f"Bearer {form.get('token', '')}")
    except HTTPException as error:
        raise RefusedError(NOT_PERMITTED, error.status_code) from error


async def _sent(form: FormData, typed: Mapping[str, str]) -> Sent:
    """Give the chosen file, or the pasted text as one, with what is typed beside it."""
    given = _given(typed)
    file = form.get("file")
    if isinstance(file, UploadFile) and file.filename:
        if typed["text"].strip():
            raise RefusedError("Expected a file or a text, got both; remove one of them.")
        return Sent(await file.read(), file.filename[-LONGEST_NAME:], given)
    if not typed["text"].strip():
        raise RefusedError(
            "Expected a file or a text, got neither; choose a file, or paste the article's text."
        )
    return Sent(typed["text"].encode(), "", given)


def _given(typed: Mapping[str, str]) -> Given:
    title, source, published = (" ".join(typed[field].split()) for field in ("title", "source", "published"))
    if source and not web_address(source):
        raise RefusedError(
            f"Expected a source such as https://example.org/article, got {source!r}; correct it."
        )
    if published and not iso_date(published):
        raise RefusedError(f"Expected a date such as 2023-09-09, got {published!r}; correct it.")
    return Given(title or None, iso_date(published), web_address(source))
