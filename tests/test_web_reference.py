"""The description of the JSON interface, read for its page."""

import pytest
from starlette.testclient import TestClient
from web_fakes import fake_chatbot

from chatbot.settings import load_settings
from web.app import create_app
from web.reference import Schema, operations, type_words

APP = create_app(load_settings(), fake_chatbot())


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer", "minimum": 1.0, "maximum": 10.0}, "integer, 1 to 10"),
        ({"type": "string", "minLength": 1, "maxLength": 500}, "string, 1 to 500 characters"),
        (
            {"type": "array", "items": {"$ref": "#/components/schemas/Turn"}, "maxItems": 3},
            "array of Turn, at most 3",
        ),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string or null"),
        ({"enum": ["high", "low"]}, '"high" or "low"'),
        ({"const": "ok"}, '"ok"'),
        ({"type": "string", "format": "date", "maxLength": 10}, "date, YYYY-MM-DD"),
        ({}, "any"),
    ],
)
def test_a_type_is_said_in_words(schema: dict[str, object], words: str) -> None:
    assert type_words(schema) == words


def test_every_operation_is_read_with_its_bodies() -> None:
    answer = next(one for one in operations(APP.openapi()) if one.path == "/api/answer")
    assert [schema.name for schema in answer.request] == ["AnswerRequest", "TurnBody", "CitedBody"]
    assert {"Answer", "Quotation", "NotFound", "Segment"} <= {schema.name for schema in answer.answer}
    assert [outcome.status for outcome in answer.outcomes if not outcome.error] == ["200"]
    assert field(answer.request[0], "question") == (True, None)
    assert field(answer.request[0], "limit") == (False, "3")
    assert field(answer.request[0], "article_id") == (False, "null")


def test_the_page_shows_every_operation_and_example() -> None:
    page = TestClient(APP).get("/docs").text
    for operation in operations(APP.openapi()):
        assert f'id="{operation.anchor}"' in page
        for example in operation.request_examples + operation.answer_examples:
            assert example.summary.lower() in page.lower()


def field(schema: Schema, name: str) -> tuple[bool, str | None]:
    """Give whether a field is required, and its default."""
    return next((one.required, one.default) for one in schema.fields if one.name == name)
