"""The OpenAPI description: errors documented as what they are, problem details."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from web.examples import ANSWERED_EXAMPLES
from web.problems import DETAILS, MEDIA_TYPE, FieldError, Problem, make_problem

WHEN = {
    400: (
        "The body is not JSON",
        "Expected a body of JSON, got something else: Expecting value at character 0.",
    ),
    401: (
        "The token is missing or wrong",
        "Expected the header Authorization: Bearer and the server's token, got another or none.",
    ),
    403: (
        "The article is a seed",
        "expected an article that was added, got x, which is a seed; delete its file",
    ),
    404: ("There is no such article", "expected the id of one of the library's 1 articles, got 'x'"),
    409: (
        "The article's text has changed",
        "expected the sha256 of the text that the article has now; ask again and judge the new answer",
    ),
    413: ("The body is too large", "Expected a body of at most 65536 bytes, got 70000; send less."),
    415: (
        "The body is of another type",
        "Expected a body of application/json, got text/plain; set the header.",
    ),
    422: ("Fields were refused", "Some of the request was refused: question. Correct it and ask again."),
    429: ("Too many questions", "Expected at most 600 questions a minute, got more; ask again in 12 seconds."),
    500: ("The server failed", DETAILS[500]),
    503: ("The library is not open yet", "The library is being opened; ask again in a few seconds."),
}
WITH_RETRY_AFTER = (429, 503)
RETRY_AFTER = {
    "description": "seconds to wait before asking again",
    "schema": {"type": "integer", "minimum": 0},
}
SCHEMA = "#/components/schemas/"


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Give the ``responses`` of a route for the errors that it can answer with."""
    return {status: _error(status) for status in statuses}


class DescribedApp(FastAPI):
    """An app whose OpenAPI description also holds the schema of its errors."""

    def openapi(self) -> dict[str, Any]:
        """Describe the app; made once."""
        if self.openapi_schema is None:
            described = get_openapi(
                title=self.title,
                version=self.version,
                summary=self.summary,
                description=self.description,
                routes=self.routes,
                tags=self.openapi_tags,
            )
            # set here, since ``get_openapi`` leaves fields out that are null
            for path, examples in ANSWERED_EXAMPLES.items():
                answered = described["paths"][path]["post"]["responses"]["200"]
                answered["content"]["application/json"]["examples"] = examples
            schemas = described.setdefault("components", {}).setdefault("schemas", {})
            for model in (Problem, FieldError):
                schema = model.model_json_schema(ref_template=SCHEMA + "{model}")
                schema.pop("$defs", None)
                schemas[model.__name__] = schema
            self.openapi_schema = described
        return self.openapi_schema


def _error(status: int) -> dict[str, Any]:
    when, detail = WHEN[status]
    refused = [FieldError(field="question", message="expected 1 to 500 characters, got 0; type a question")]
    example = make_problem(status, detail, refused if status == 422 else None)
    described: dict[str, Any] = {
        "description": when,
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": f"{SCHEMA}Problem"},
                "example": example.model_dump(exclude_none=True),
            }
        },
    }
    if status in WITH_RETRY_AFTER:
        described["headers"] = {"Retry-After": RETRY_AFTER}
    return described
