"""Feedback through the app: kept, refused, switched off."""

import json
import re
import sqlite3
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from test_web_api import assert_problem, refused_fields
from web_fakes import STATION, FakeChatbot, fake_chatbot

from chatbot.article import text_sha256
from chatbot.feedback import FILE_NAME, FeedbackStore
from chatbot.settings import load_settings
from web.app import create_app
from web.conversation import AskedBody
from web.examples import FEEDBACK_REQUEST_EXAMPLES

JUDGED = {
    "question": "What reopened?",
    "article_id": "station",
    "sha256": text_sha256(STATION),
    "start": 0,
    "end": 16,
    "label": "right",
}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    app = create_app(load_settings(data_dir=tmp_path), fake_chatbot(both=True))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def test_feedback_is_kept_as_sent(client: TestClient, tmp_path: Path) -> None:
    response = client.post("/api/feedback", json={**JUDGED, "question": "  What reopened? "})

    assert response.status_code == 204
    assert not response.content
    (kept,) = FeedbackStore(tmp_path).all()
    assert vars(kept) == JUDGED


def test_feedback_on_a_refusal_needs_no_range(client: TestClient, tmp_path: Path) -> None:
    body = {name: value for name, value in JUDGED.items() if name not in ("start", "end")}

    assert client.post("/api/feedback", json={**body, "label": "wrong"}).status_code == 204
    assert client.post("/api/feedback", json={**JUDGED, "start": None, "end": None}).status_code == 204

    (kept,) = FeedbackStore(tmp_path).all()
    assert (kept.start, kept.end, kept.label) == (None, None, "right")


def test_the_pages_own_answer_can_be_judged_as_it_came(client: TestClient, tmp_path: Path) -> None:
    quotation = client.post("/api/answer", json={"question": "the crews"}).json()["answers"][0]
    article = quotation["article"]
    body = {"article_id": article["id"], "sha256": article["sha256"], **JUDGED} | {
        "start": quotation["start"],
        "end": quotation["end"],
    }

    assert client.post("/api/feedback", json=body).status_code == 204
    assert len(FeedbackStore(tmp_path).all()) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"label": "perhaps"}, "label"),
        ({"label": "wrong_words", "start": None, "end": None}, "label"),
        ({"start": 16}, "end"),
        ({"start": None}, "end"),
        ({"end": None}, "end"),
        ({"end": len(STATION) + 1}, "end"),
        ({"start": -1}, "start"),
        ({"start": "0"}, "start"),
        ({"question": " "}, "question"),
        ({"question": "x" * 501}, "question"),
        ({"sha256": "0"}, "sha256"),
        ({"name": "Ana"}, "name"),
    ],
)
def test_what_is_not_feedback_is_refused(
    client: TestClient, tmp_path: Path, changes: dict[str, Any], field: str
) -> None:
    assert refused_fields(client.post("/api/feedback", json={**JUDGED, **changes})) == [field]
    assert FeedbackStore(tmp_path).all() == ()


def test_refused_digest_and_label_say_what_was_expected(client: TestClient) -> None:
    response = client.post("/api/feedback", json={**JUDGED, "sha256": "00", "label": "fine"})
    digest, label = assert_problem(response, 422)["errors"]
    assert digest["message"] == 'expected a string that matches ^[0-9a-f]{64}$, got "00"; correct it'
    assert label["message"] == "expected 'right', 'wrong_words' or 'wrong', got \"fine\"; correct it"


def test_feedback_on_an_unknown_article_is_not_found(client: TestClient) -> None:
    assert_problem(client.post("/api/feedback", json={**JUDGED, "article_id": "none"}), 404)


def test_feedback_on_a_text_that_changed_is_a_conflict(client: TestClient, tmp_path: Path) -> None:
    problem = assert_problem(client.post("/api/feedback", json={**JUDGED, "sha256": "0" * 64}), 409)

    assert "ask again" in problem["detail"]
    assert FeedbackStore(tmp_path).all() == ()


def test_feedback_must_be_json_and_small(client: TestClient) -> None:
    assert_problem(client.post("/api/feedback", data={"question": "x"}), 415)
    assert_problem(client.post("/api/feedback", json={**JUDGED, "pad": "x" * 70_000}), 413)


def test_labels_are_counted_beside_the_questions(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path, requests_per_minute=2)
    with TestClient(create_app(settings, fake_chatbot())) as client:
        for _ in range(2):
            assert client.post("/api/answer", json={"question": "the"}).status_code == 200
            assert client.post("/api/feedback", json=JUDGED).status_code == 204
        assert_problem(client.post("/api/answer", json={"question": "the"}), 429)
        refused = assert_problem(client.post("/api/feedback", json=JUDGED), 429)
    assert "at most 2 labels a minute" in refused["detail"]


def test_store_that_cannot_be_written_is_said_in_the_log_and_no_path_outside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database" * 100)
    app = create_app(load_settings(data_dir=tmp_path), fake_chatbot())
    with TestClient(app, raise_server_exceptions=False) as client:
        response = client.post("/api/feedback", json=JUDGED)

    assert_problem(response, 503)
    assert "Retry-After" in response.headers
    assert str(tmp_path) not in response.text
    assert "move the file away" in caplog.text
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("path", ["/api/feedback", "/feedback"])
def test_switched_off_there_is_no_feedback(tmp_path: Path, path: str) -> None:
    with TestClient(create_app(load_settings(data_dir=tmp_path, feedback=False), fake_chatbot())) as client:
        assert client.post(path, json=JUDGED).status_code == 404
        assert "/api/feedback" not in client.get("/openapi.json").json()["paths"]
    assert not (tmp_path / FILE_NAME).exists()


def test_only_what_is_described_is_kept(client: TestClient, tmp_path: Path) -> None:
    client.post("/api/feedback", json=JUDGED, headers={"User-Agent": "somebody", "Cookie": "name=Ana"})

    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(feedback)")]
    assert columns == ["question", "article_id", "sha256", "start", "end", "label", "created"]


def test_the_form_keeps_the_same(client: TestClient, tmp_path: Path) -> None:
    response = client.post("/feedback", data=JUDGED)

    assert response.status_code == 200
    assert "Noted" in response.text
    (kept,) = FeedbackStore(tmp_path).all()
    assert vars(kept) == JUDGED


@pytest.mark.parametrize("empty", [{"start": "", "end": ""}, {}])
def test_the_form_judges_a_refusal_with_empty_fields_or_none(
    client: TestClient, tmp_path: Path, empty: dict[str, str]
) -> None:
    form = {name: value for name, value in JUDGED.items() if name not in ("start", "end")}

    response = client.post("/feedback", data={**form, **empty})

    assert response.status_code == 200
    assert 'href="/?article=station"' in response.text
    assert [kept.start for kept in FeedbackStore(tmp_path).all()] == [None]


@pytest.mark.parametrize(
    ("changes", "status"), [({"label": "perhaps"}, 422), ({"sha256": "0" * 64}, 409), ({"end": "x"}, 422)]
)
def test_a_form_that_is_refused_says_so_in_a_page(
    client: TestClient, changes: dict[str, str], status: int
) -> None:
    response = client.post("/feedback", data={**JUDGED, **changes})

    assert response.status_code == status
    assert response.headers["content-type"].startswith("text/html")


def test_a_form_on_a_text_that_changed_says_so_without_digests(client: TestClient) -> None:
    page = client.post("/feedback", data={**JUDGED, "sha256": "0" * 64}).text

    assert "The article has changed" in page
    assert "ask again" in page
    assert not re.search("[0-9a-f]{64}", page)


def hidden_fields(form: str) -> dict[str, str]:
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form)
    return {name: unescape(value) for name, value in fields}


@pytest.mark.parametrize(
    ("question", "label"), [("How many million?", "wrong_words"), ("How many tanks?", "wrong")]
)
def test_the_page_offers_a_form_that_is_kept(tmp_path: Path, question: str, label: str) -> None:
    with TestClient(create_app(load_settings(data_dir=tmp_path), fake_chatbot())) as client:
        page = client.post("/", data={"question": question}).text
        (form,) = re.findall(r'<form class="judge".*?</form>', page, re.DOTALL)
        assert f'value="{label}"' in form
        assert client.post("/feedback", data={**hidden_fields(form), "label": label}).status_code == 200

    (kept,) = FeedbackStore(tmp_path).all()
    assert (kept.question, kept.label, kept.start is None) == (question, label, label == "wrong")


def test_a_follow_up_is_judged_as_it_stands_alone(tmp_path: Path) -> None:
    with TestClient(create_app(load_settings(data_dir=tmp_path), fake_chatbot())) as client:
        turns = [AskedBody(question="Who is the Mayor").model_dump_json()]
        page = client.post("/", data={"turn": turns, "question": "and million"}).text
        form = re.findall(r'<form class="judge".*?</form>', page, re.DOTALL)[-1]

    assert hidden_fields(form)["question"] == "and million Mayor"


def test_the_longest_follow_up_can_be_judged(tmp_path: Path) -> None:
    question = f"and{' million' * 62}"
    with TestClient(create_app(load_settings(data_dir=tmp_path), fake_chatbot())) as client:
        turns = [AskedBody(question="Who is the Mayor").model_dump_json()]
        page = client.post("/turn", data={"turn": turns, "question": question}).text
        (form,) = re.findall(r'<form class="judge".*?</form>', page, re.DOTALL)
        assert client.post("/feedback", data={**hidden_fields(form), "label": "right"}).status_code == 200

    assert [kept.question for kept in FeedbackStore(tmp_path).all()] == [question]


def test_switched_off_the_page_offers_no_form(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path, feedback=False)
    with TestClient(create_app(settings, fake_chatbot())) as client:
        assert "judge" not in client.post("/", data={"question": "How many million?"}).text


def test_the_examples_are_feedback_on_the_article_that_they_name() -> None:
    text = (Path(__file__).parents[1] / "seeds" / "000_21e44077a3ba8fcb.txt").read_bytes().decode()
    chatbot = FakeChatbot({"000_21e44077a3ba8fcb": text})
    for example in FEEDBACK_REQUEST_EXAMPLES.values():
        app = create_app(load_settings(data_dir=Path(".never")), chatbot)
        app.state.feedback = Kept()
        with TestClient(app) as client:
            assert client.post("/api/feedback", json=example["value"]).status_code == 204
        assert json.loads(json.dumps(vars(app.state.feedback.one))) == example["value"]


class Kept:
    """Keeps one label in memory."""

    one: object = None

    def add(self, feedback: object, at: object) -> None:
        self.one = feedback


@pytest.mark.parametrize(
    ("site", "status", "kept"),
    [("cross-site", 403, 0), ("same-site", 403, 0), ("same-origin", 200, 1), ("none", 200, 1)],
)
def test_form_of_another_site_is_refused(
    client: TestClient, tmp_path: Path, site: str, status: int, kept: int
) -> None:
    response = client.post("/feedback", data=JUDGED, headers={"Sec-Fetch-Site": site})

    assert response.status_code == status
    assert len(FeedbackStore(tmp_path).all()) == kept


@pytest.mark.parametrize(
    ("origin", "status"), [("http://testserver", 200), ("null", 403), ("https://news.example", 403)]
)
def test_form_is_known_by_its_origin_where_browsers_say_no_more(
    client: TestClient, origin: str, status: int
) -> None:
    """Over plain HTTP a browser sends no Sec-Fetch-Site, and the origin only as the page's policy lets it."""
    shown = client.post("/", data={"question": "How many million?"})

    assert shown.headers["referrer-policy"] == "same-origin"
    assert client.post("/feedback", data=JUDGED, headers={"Origin": origin}).status_code == status
