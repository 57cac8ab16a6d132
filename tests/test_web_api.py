"""The JSON interface, as the contract has it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient
from web_fakes import STATION, FakeChatbot, fake_chatbot

from chatbot.answer import Answer, answer_json
from chatbot.settings import load_settings
from web.app import create_app

PROBLEM = "application/problem+json"


@pytest.fixture
def chatbot() -> FakeChatbot:
    return fake_chatbot(both=True)


@pytest.fixture
def client(chatbot: FakeChatbot) -> Iterator[TestClient]:
    with TestClient(create_app(load_settings(), chatbot), raise_server_exceptions=False) as client:
        yield client


def assert_problem(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status
    assert response.headers["content-type"] == PROBLEM
    problem: dict[str, Any] = response.json()
    assert set(problem) <= {"type", "title", "status", "detail", "errors"}
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    return problem


def refused_fields(response: Any) -> list[str]:
    return [error["field"] for error in assert_problem(response, 422)["errors"]]


@pytest.mark.parametrize("question", ["How many million?", "How many tanks?", "hello"])
def test_answer_is_the_engines_answer_byte_for_byte(
    client: TestClient, chatbot: FakeChatbot, question: str
) -> None:
    response = client.post("/api/answer", json={"question": question})
    assert response.status_code == 200
    assert response.text == answer_json(chatbot.answer(question))


def test_answer_quotes_the_article_at_its_offsets(client: TestClient) -> None:
    answer = client.post("/api/answer", json={"question": "the crews", "article_id": "station"}).json()
    for quotation in answer["answers"]:
        assert STATION[quotation["start"] : quotation["end"]] == quotation["quote"]
        assert "".join(segment["text"] for segment in quotation["segments"]) == quotation["quote"]


def test_answer_passes_every_field_on(client: TestClient, chatbot: FakeChatbot) -> None:
    body = {
        "question": "  and when?  ",
        "history": [
            {"question": "What reopened?", "quotations": [{"article_id": "station", "start": 0, "end": 9}]}
        ],
        "article_id": "station",
        "limit": 1,
        "min_confidence": 0.5,
    }
    answer = client.post("/api/answer", json=body).json()
    assert answer["question"] == "and when?"
    assert answer["searched"]["from_turns"] == [1]
    assert chatbot.histories[-1][0].quotations[0].article_id == "station"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "question"),
        ({"question": ""}, "question"),
        ({"question": " \n\t "}, "question"),
        ({"question": "x" * 501}, "question"),
        ({"question": "a\u0000b"}, "question"),
        ({"question": "a\u0085b"}, "question"),
        ({"question": 7}, "question"),
        ({"question": "x", "limit": 0}, "limit"),
        ({"question": "x", "limit": 11}, "limit"),
        ({"question": "x", "limit": 2.5}, "limit"),
        ({"question": "x", "limit": "3"}, "limit"),
        ({"question": "x", "limit": True}, "limit"),
        ({"question": "x", "min_confidence": 1.01}, "min_confidence"),
        ({"question": "x", "history": [{"question": ""}]}, "history.0.question"),
        ({"question": "x", "history": [{"question": "y"}] * 11}, "history"),
        (
            {
                "question": "x",
                "history": [{"question": "y", "quotations": [{"article_id": "a", "start": 3, "end": 3}]}],
            },
            "history.0.quotations.0",
        ),
        ({"question": "x", "depth": 3}, "depth"),
        ([], "body"),
        ("question", "body"),
    ],
)
def test_answer_names_the_refused_field(client: TestClient, body: object, field: str) -> None:
    assert refused_fields(client.post("/api/answer", json=body)) == [field]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"question": 5}, "expected a string, got 5; correct it"),
        ({"foo": 1}, "expected only fields that /docs describes, got another, 1; leave it out"),
        ({"limit": "3"}, 'expected a whole number, got "3"; correct it'),
        ({"limit": 2.5}, "expected a whole number, got 2.5; correct it"),
        ({"limit": 0}, "expected 1 or more, got 0; correct it"),
        ({"limit": 11}, "expected 10 or less, got 11; correct it"),
        ({"min_confidence": "high"}, 'expected a number, got "high"; correct it'),
        ({"article_id": ""}, 'expected a string of 1 or more characters, got ""; correct it'),
        ({"article_ids": []}, "expected 1 or more entries, got 0; correct it"),
        ({"article_ids": "x"}, 'expected an array, got "x"; correct it'),
        ({"history": [[]]}, "expected an object, got []; correct it"),
        ({"published_to": "xx"}, "expected a date such as 2023-09-09, got 'xx'; correct it or leave it out"),
        ({"history": "é" * 99}, f'expected an array, got "{"é" * 59}…; correct it'),
        (None, "expected an object, got []; correct it"),
    ],
)
def test_refusal_says_what_was_expected_what_came_and_what_to_do(
    client: TestClient, changes: dict[str, Any] | None, message: str
) -> None:
    body = [] if changes is None else {"question": "who won?", **changes}
    (refused,) = assert_problem(client.post("/api/answer", json=body), 422)["errors"]
    assert refused["message"] == message


def test_missing_field_and_query_are_refused_in_the_same_form(client: TestClient) -> None:
    (missing,) = assert_problem(client.post("/api/answer", json={}), 422)["errors"]
    assert missing["message"] == "expected a value, got none; send one"
    (date,) = assert_problem(client.get("/api/articles?published_from=xx"), 422)["errors"]
    assert date["message"].startswith("expected a date such as 2023-09-09, got 'xx'")
    (limit,) = assert_problem(client.get("/api/articles?limit=many"), 422)["errors"]
    assert limit["message"] == 'expected a whole number, got "many"; correct it'


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b'{"question": "caf\xe9"}', "got byte 0xe9 at offset 17; encode it as UTF-8."),
        (b"[" * 20_000, "got one nested too deeply, or with a number of too many digits; make it simpler."),
        (b'{"question": ', "got something else at character 13 (Expecting value); correct it."),
    ],
)
def test_body_that_cannot_be_read_says_what_to_do(client: TestClient, body: bytes, detail: str) -> None:
    response = client.post("/api/answer", content=body, headers={"content-type": "application/json"})
    problem = assert_problem(response, 400)
    assert problem["detail"].startswith("Expected a ")
    assert problem["detail"].endswith(detail)


def test_answer_names_all_refused_fields_at_once(client: TestClient) -> None:
    response = client.post("/api/answer", json={"question": "", "limit": 99, "colour": "red"})
    assert sorted(refused_fields(response)) == ["colour", "limit", "question"]


def test_a_question_of_exactly_500_characters_is_taken(client: TestClient) -> None:
    response = client.post("/api/answer", json={"question": "🚢" * 500})
    assert response.status_code == 200


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"question": "x"', b"[" * 20_000])
def test_a_body_that_is_not_json_is_a_bad_request(client: TestClient, body: bytes) -> None:
    response = client.post("/api/answer", content=body, headers={"content-type": "application/json"})
    assert_problem(response, 400 if body else 422)


def test_a_half_of_a_surrogate_pair_is_refused(client: TestClient) -> None:
    body = b'{"question": "half \\ud83d of a pair"}'
    response = client.post("/api/answer", content=body, headers={"content-type": "application/json"})
    assert refused_fields(response) == ["question"]


def test_not_a_number_is_refused_as_confidence(client: TestClient) -> None:
    body = b'{"question": "x", "min_confidence": NaN}'
    response = client.post("/api/answer", content=body, headers={"content-type": "application/json"})
    assert refused_fields(response) == ["min_confidence"]


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", None]
)
def test_another_media_type_is_unsupported(client: TestClient, media_type: str | None) -> None:
    headers = {"content-type": media_type} if media_type else {}
    response = client.post("/api/answer", content=b'{"question": "x"}', headers=headers)
    assert_problem(response, 415)


def test_json_with_a_charset_is_taken(client: TestClient) -> None:
    headers = {"content-type": "application/json; charset=utf-8"}
    response = client.post("/api/answer", content='{"question": "Омар"}'.encode(), headers=headers)
    assert response.json()["answers"][0]["span"]["text"] == "Омар"


def test_a_body_over_the_limit_is_too_large(client: TestClient) -> None:
    largest = {"question": "x", "history": []}
    assert_problem(client.post("/api/answer", json={**largest, "pad": "x" * 65_536}), 413)


def test_a_body_over_the_limit_without_a_declared_length_is_too_large(client: TestClient) -> None:
    def chunks() -> Iterator[bytes]:
        yield b'{"question": "'
        for _ in range(70):
            yield b"x" * 1024
        yield b'"}'

    response = client.post("/api/answer", content=chunks(), headers={"content-type": "application/json"})
    assert "content-length" not in response.request.headers
    assert_problem(response, 413)


def test_a_body_of_exactly_the_limit_is_read(client: TestClient) -> None:
    body = json.dumps({"question": "x", "pad": ""})
    padded = json.dumps({"question": "x", "pad": "y" * (65_536 - len(body))})
    assert len(padded) == 65_536
    response = client.post("/api/answer", content=padded, headers={"content-type": "application/json"})
    assert refused_fields(response) == ["pad"]


@pytest.mark.parametrize("path", ["/api/answer", "/api/search"])
def test_an_unknown_article_is_not_found(client: TestClient, path: str) -> None:
    field = "question" if path.endswith("answer") else "query"
    problem = assert_problem(client.post(path, json={field: "x", "article_id": "no/such"}), 404)
    assert problem["detail"].endswith("got 'no/such'; GET /api/articles lists them")


@pytest.mark.parametrize(
    ("asked", "quoted"),
    [
        ({"article_ids": ["library"]}, {"library"}),
        ({"article_ids": ["library", "station"]}, {"library", "station"}),
        ({"published_from": "2024-01-01"}, {"station"}),
        ({"published_to": "2023-01-02"}, {"library"}),
        ({"article_ids": ["library"], "published_from": "2024-01-01"}, set()),
    ],
)
def test_several_articles_and_dates_are_asked(
    client: TestClient, asked: dict[str, Any], quoted: set[str]
) -> None:
    answer = client.post("/api/answer", json={"question": "What is open", "limit": 10, **asked}).json()
    assert {quotation["article"]["id"] for quotation in answer["answers"]} == quoted
    hits = client.post("/api/search", json={"query": "open", **asked}).json()["hits"]
    assert {hit["article"]["id"] for hit in hits} == quoted


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"article_id": "station", "article_ids": ["library"]}, "article_ids"),
        ({"article_ids": []}, "article_ids"),
        ({"article_ids": ["x"] * 201}, "article_ids"),
        ({"article_ids": ["library", "gone"]}, "article_ids.1"),
        ({"published_from": "2024-13-01"}, "published_from"),
        ({"published_to": "May"}, "published_to"),
        ({"published_from": "2024-01-02", "published_to": "2024-01-01"}, "published_from"),
    ],
)
@pytest.mark.parametrize("path", ["/api/answer", "/api/search"])
def test_what_cannot_be_asked_together_is_refused(
    client: TestClient, path: str, asked: dict[str, Any], field: str
) -> None:
    body = {"question" if path.endswith("answer") else "query": "the", **asked}
    assert refused_fields(client.post(path, json=body)) == [field]


def test_the_list_of_articles_is_paged_and_narrowed(client: TestClient) -> None:
    def listed(**asked: object) -> tuple[int, list[str]]:
        page = client.get("/api/articles", params=asked).json()  # type: ignore[arg-type]
        return page["total"], [article["id"] for article in page["articles"]]

    assert listed(limit=1) == (2, ["station"])
    assert listed(limit=1, offset=1) == (2, ["library"])
    assert listed(q="stays") == (1, ["library"])
    assert listed(published_from="2024-01-01") == (1, ["station"])
    (one,) = client.get("/api/articles?q=stays").json()["articles"]
    assert (one["passage_count"], one["published"][:10]) == (2, "2023-01-02")
    assert refused_fields(client.get("/api/articles?limit=0")) == ["limit"]
    assert refused_fields(client.get("/api/articles?published_from=2024-02-30")) == ["published_from"]


def test_search_ranks_passages(client: TestClient, chatbot: FakeChatbot) -> None:
    found = client.post("/api/search", json={"query": "the", "limit": 2}).json()
    assert [hit["rank"] for hit in found["hits"]] == [1, 2]
    assert found["hits"][0]["score"] > found["hits"][1]["score"]
    for hit in found["hits"]:
        article = chatbot.article(hit["article"]["id"])
        passage = hit["passage"]
        assert article.text[passage["start"] : passage["end"]] == passage["text"]


def test_search_refuses_a_blank_query(client: TestClient) -> None:
    assert refused_fields(client.post("/api/search", json={"query": " "})) == ["query"]


def test_articles_are_listed_and_shown_whole(client: TestClient, chatbot: FakeChatbot) -> None:
    listed = client.get("/api/articles").json()["articles"]
    assert [article["id"] for article in listed] == ["station", "library"]
    shown = client.get("/api/articles/station").json()
    assert shown["text"] == STATION
    assert shown["sha256"] == chatbot.article("station").sha256
    for passage in shown["passages"]:
        assert STATION[passage["start"] : passage["end"]] == passage["text"]


def test_an_unknown_article_in_the_path_is_not_found(client: TestClient) -> None:
    assert_problem(client.get("/api/articles/none"), 404)


def test_an_unknown_address_of_the_interface_is_a_problem(client: TestClient) -> None:
    assert_problem(client.get("/api/nothing"), 404)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/api/answer", "POST"),
        ("DELETE", "/api/articles/station", "GET, HEAD"),
        ("POST", "/api/health", "GET, HEAD"),
        ("PUT", "/", "GET, HEAD, POST"),
        ("POST", "/static/site.css", "GET, HEAD"),
    ],
)
def test_another_method_is_told_which_are_allowed(
    client: TestClient, method: str, path: str, allowed: str
) -> None:
    response = client.request(method, path)
    assert response.status_code == 405
    assert response.headers["allow"] == allowed


def test_head_is_answered_as_get_without_its_body(client: TestClient) -> None:
    head, get = client.head("/api/articles"), client.get("/api/articles")
    assert head.status_code == 200
    assert not head.content
    assert head.headers["content-length"] == get.headers["content-length"]


class BrokenChatbot(FakeChatbot):
    def answer(self, question: str, **options: Any) -> Answer:
        raise RuntimeError("secret detail of /srv/chatbot")


def test_a_crash_is_a_problem_and_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(load_settings(), BrokenChatbot({"station": STATION}))
    with TestClient(app, raise_server_exceptions=False) as client:
        response = client.post("/api/answer", json={"question": "x"})
    problem = assert_problem(response, 500)
    assert "secret" not in response.text
    assert "/srv" not in response.text
    assert "Traceback" not in response.text
    assert "not_found" not in problem


def test_too_many_questions_are_refused_for_a_while() -> None:
    with TestClient(create_app(load_settings(requests_per_minute=2), fake_chatbot())) as client:
        answers = [client.post("/api/answer", json={"question": "the"}) for _ in range(3)]
        listed = client.get("/api/articles")
    assert [answer.status_code for answer in answers[:2]] == [200, 200]
    assert_problem(answers[2], 429)
    assert 1 <= int(answers[2].headers["retry-after"]) <= 60
    assert listed.status_code == 200


def test_every_response_has_the_security_headers(client: TestClient) -> None:
    responses = [
        client.get("/"),
        client.get("/api/health"),
        client.get("/api/nothing"),
        client.get("/nothing"),
        client.get("/static/site.css"),
        client.get("/docs"),
        client.post("/api/answer", content=b"x" * 70_000),
    ]
    for response in responses:
        policy = response.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["referrer-policy"] == "same-origin"
        assert response.headers["x-frame-options"] == "DENY"


def test_the_description_documents_errors_as_problems(client: TestClient) -> None:
    description = client.get("/openapi.json").json()
    operation = description["paths"]["/api/answer"]["post"]
    assert set(operation["responses"]) == {"200", "400", "404", "413", "415", "422", "429", "500", "503"}
    for status, response in operation["responses"].items():
        assert list(response["content"]) == ["application/json" if status == "200" else PROBLEM]
    assert "Retry-After" in operation["responses"]["503"]["headers"]
    assert set(description["components"]["schemas"]) >= {"Problem", "FieldError", "Answer"}
    assert "HTTPValidationError" not in description["components"]["schemas"]


@pytest.mark.parametrize(("path", "field"), [("/api/answer", "question"), ("/api/search", "query")])
def test_the_examples_of_the_description_are_accepted_and_shaped_as_answered(
    client: TestClient, path: str, field: str
) -> None:
    described = client.get("/openapi.json").json()["paths"][path]["post"]
    answer = client.post(path, json={field: "the"}).json()
    for example in described["responses"]["200"]["content"]["application/json"]["examples"].values():
        assert set(example["value"]) == set(answer)
        for hit in example["value"].get("hits", ()):
            assert set(hit) == set(answer["hits"][0])
            assert set(hit["passage"]) == set(answer["hits"][0]["passage"])
    for example in described["requestBody"]["content"]["application/json"]["examples"].values():
        assert client.post(path, json=example["value"]).status_code == 200
