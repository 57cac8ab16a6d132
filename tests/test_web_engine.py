"""The server before, while and after its library is opened."""

import threading
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from web_fakes import FakeChatbot, fake_chatbot

from chatbot.chatbot import Chatbot
from chatbot.settings import Settings, load_settings
from web.app import create_app
from web.engine import Engine

WAIT_SECONDS = 10


class OpeningEngine(Engine):
    """Opens a fake when it is told to go on."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = threading.Event()

    def open_chatbot(self, settings: Settings) -> Chatbot:
        assert self.go_on.wait(WAIT_SECONDS)
        return OpenedChatbot()  # type: ignore[return-value]


class OpenedChatbot(FakeChatbot):
    def __init__(self) -> None:
        super().__init__({"station": "The station reopened."})
        self.closed = False

    def close(self) -> None:
        self.closed = True


def test_health_answers_while_the_library_is_being_opened() -> None:
    app = create_app(load_settings())
    app.state.engine = Engine()
    client = TestClient(app)
    assert client.get("/api/health").json() == {"status": "ok"}
    for path in ("/api/ready", "/api/articles", "/api/articles/x"):
        response = client.get(path)
        assert response.status_code == 503
        assert response.headers["content-type"] == "application/problem+json"
        assert int(response.headers["retry-after"]) > 0


def test_questions_wait_while_the_library_is_being_opened() -> None:
    app = create_app(load_settings())
    app.state.engine = Engine()
    response = TestClient(app).post("/api/answer", json={"question": "x"})
    assert response.status_code == 503
    assert "retry-after" in response.headers


def test_the_page_says_that_the_library_is_being_opened() -> None:
    app = create_app(load_settings())
    app.state.engine = Engine()
    response = TestClient(app).get("/")
    assert response.status_code == 503
    assert response.headers["content-type"].startswith("text/html")
    assert "The library is being opened" in response.text
    assert "retry-after" in response.headers


def test_a_library_that_was_handed_over_is_ready_at_once() -> None:
    with TestClient(create_app(load_settings(), fake_chatbot())) as client:
        assert client.get("/api/ready").json() == {"status": "ready", "articles": 1}


def test_the_engine_is_ready_once_opened_and_closes_what_it_opened() -> None:
    engine = OpeningEngine()
    engine.start(load_settings())
    engine.go_on.set()
    opened = engine.wait(WAIT_SECONDS)
    assert isinstance(opened, OpenedChatbot)
    assert engine.require() is opened
    engine.close()
    assert opened.closed


def test_a_library_that_cannot_be_opened_says_so_without_its_path(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    missing = tmp_path / "nowhere"
    engine = Engine()
    engine.start(load_settings(seeds_dir=missing, data_dir=tmp_path / "data"))
    assert engine.wait(WAIT_SECONDS * 6) is None
    app = create_app(load_settings())
    app.state.engine = engine
    response = TestClient(app).get("/api/ready")
    assert response.status_code == 503
    assert "could not be opened" in response.json()["detail"]
    assert str(tmp_path) not in response.text
    assert str(missing) in caplog.text
