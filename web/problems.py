"""Errors as clients get them: RFC 9457 problem details, and the same in HTML for pages."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from chatbot.errors import QuestionError, UnknownArticleError
from web.methods import allowed_methods
from web.refusals import refusal_message
from web.rendering import render
from web.security import HEADERS

MEDIA_TYPE = "application/problem+json"
DETAILS = {
    404: "There is nothing at this address.",
    405: "This address does not take this method; the Allow header names those it takes.",
    500: "The server failed at this request; its log says where. Nothing was changed.",
}
logger = logging.getLogger(__name__)


class FieldError(BaseModel):
    """One refused field of a request: its name, with a dot before each part, and why."""

    field: str = Field(examples=["question"])
    message: str = Field(examples=["expected 1 to 500 characters, got 0; type a question"])


class Problem(BaseModel):
    """An error (RFC 9457). ``errors`` is there when fields of the request were refused."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[FieldError] | None = None


def install_problems(app: FastAPI) -> None:
    """Answer every error of an app as a problem."""
    for kind in (HTTPException, RequestValidationError, QuestionError, UnknownArticleError, Exception):
        app.add_exception_handler(kind, respond)


def respond(request: Request, error: Exception) -> Response:
    """Answer an error: problem details for the JSON interface, a page for the pages."""
    problem = describe(error)
    headers = {**HEADERS, **(getattr(error, "headers", None) or {})}
    if problem.status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = allowed_methods(request)
    if is_api(request.url.path):
        return problem_response(problem, headers)
    context = {"problem": problem, "article_gone": isinstance(error, UnknownArticleError)}
    return render(request, "error.html", context, status=problem.status, headers=headers)


def problem_response(problem: Problem, headers: Mapping[str, str]) -> Response:
    """Give problem details as a response."""
    body = problem.model_dump_json(exclude_none=True)
    return Response(body, problem.status, dict(headers), MEDIA_TYPE)


def is_api(path: str) -> bool:
    """Tell whether a path belongs to the JSON interface."""
    return path in ("/api", "/openapi.json") or path.startswith("/api/")


def describe(error: Exception) -> Problem:
    """Say what a client may know of an error: never a traceback, never a path."""
    match error:
        case RequestValidationError():
            return _refused_request(error.errors())
        case QuestionError():
            return _refused_fields([FieldError(field=error.field, message=str(error))])
        case UnknownArticleError():
            return make_problem(404, unknown_article(error))
        case HTTPException(status_code=400, __cause__=UnicodeDecodeError() as cause):
            byte = f"byte 0x{cause.object[cause.start]:02x} at offset {cause.start}"
            return make_problem(400, f"Expected a body of JSON in UTF-8, got {byte}; encode it as UTF-8.")
        case HTTPException(status_code=400, __cause__=RecursionError() | ValueError()):
            fault = "one nested too deeply, or with a number of too many digits"
            return make_problem(400, f"Expected a readable body of JSON, got {fault}; make it simpler.")
        case HTTPException():
            named = error.detail if error.detail != HTTPStatus(error.status_code).phrase else None
            return make_problem(error.status_code, named)
        case _:
            return make_problem(500)


def unknown_article(error: UnknownArticleError) -> str:
    """Say that there is no such article, and which address lists those that there are."""
    return f"{error.fault}; GET /api/articles lists them"


def make_problem(status: int, detail: str | None = None, errors: list[FieldError] | None = None) -> Problem:
    """Make a problem; the title is the status' own phrase."""
    title = HTTPStatus(status).phrase
    return Problem(title=title, status=status, detail=detail or DETAILS.get(status, title), errors=errors)


def _refused_request(errors: Sequence[Mapping[str, object]]) -> Problem:
    for error in errors:
        if error["type"] == "json_invalid":
            return make_problem(400, f"Expected a body of JSON, got {_json_fault(error)}; correct it.")
    return _refused_fields(
        [FieldError(field=_field(error), message=refusal_message(error)) for error in errors]
    )


def _refused_fields(errors: list[FieldError]) -> Problem:
    names = ", ".join(dict.fromkeys(error.field for error in errors))
    return make_problem(422, f"Some of the request was refused: {names}. Correct it and ask again.", errors)


def _json_fault(error: Mapping[str, object]) -> str:
    context, place = error.get("ctx"), error["loc"]
    fault = context.get("error") if isinstance(context, dict) else None
    at = place[-1] if isinstance(place, tuple) else 0
    return f"something else at character {at}" + (f" ({fault})" if fault else "")


def _field(error: Mapping[str, object]) -> str:
    """Name a field as its client knows it: ``history.0.question``, without where it came from."""
    place = error["loc"]
    parts = [str(part) for part in place] if isinstance(place, tuple) else [str(place)]
    return ".".join(parts[1:]) or parts[0]
