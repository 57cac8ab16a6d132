"""The JSON interface against its own description, with requests made up from it."""

from collections.abc import Mapping
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance
from web_fakes import fake_chatbot

from chatbot.settings import load_settings
from web.app import create_app

CONTRACT_STATUSES = {
    ("POST", "/api/answer"): {200, 400, 404, 413, 415, 422, 429, 500, 503},
    ("POST", "/api/search"): {200, 400, 404, 413, 415, 422, 429, 500, 503},
    ("POST", "/api/feedback"): {204, 400, 404, 409, 413, 415, 422, 429, 500, 503},
    ("GET", "/api/articles"): {200, 422, 500, 503},
    ("GET", "/api/articles/{article_id}"): {200, 404, 422, 500, 503},
    ("GET", "/api/health"): {200, 500},
    ("GET", "/api/ready"): {200, 500, 503},
}
APP = create_app(load_settings(), fake_chatbot(both=True))
schema = schemathesis.openapi.from_asgi("/openapi.json", APP)


@schema.parametrize()
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_every_request_is_answered_as_described(case: schemathesis.Case[Any]) -> None:
    # a schema cannot say that a range ends after its start, or which articles there are
    unsaid = has_reversed_range(case.body) or names_articles(case.body) or has_reversed_range(case.query)
    excluded: list[Any] = [positive_data_acceptance] if unsaid else []
    response = case.call_and_validate(excluded_checks=excluded)
    assert not has_reversed_range(case.body) or response.status_code in (404, 422)


def has_reversed_range(body: object) -> bool:
    """Tell whether a range somewhere in a body ends before it starts, or a range of offsets where it does."""
    match body:
        case {"start": int() | float() as start, "end": int() | float() as end} if start >= end:
            return True
        case {"published_from": str() as first, "published_to": str() as last} if first > last:
            return True
        case Mapping():
            return any(map(has_reversed_range, body.values()))
        case list():
            return any(map(has_reversed_range, body))
        case _:
            return False


def names_articles(body: object) -> bool:
    """Tell whether a body names several articles."""
    return isinstance(body, dict) and body.get("article_ids") is not None


@pytest.mark.parametrize("operation", CONTRACT_STATUSES)
def test_the_described_statuses_are_the_contracts(operation: tuple[str, str]) -> None:
    method, path = operation
    described = APP.openapi()["paths"][path][method.lower()]["responses"]
    assert {int(status) for status in described} == CONTRACT_STATUSES[operation]


def test_nothing_else_is_described() -> None:
    paths = APP.openapi()["paths"]
    assert {(method.upper(), path) for path, methods in paths.items() for method in methods} == set(
        CONTRACT_STATUSES
    )
