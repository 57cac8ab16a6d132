"""The server before, while and after its library is opened."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import ARTICLES, FakeEncoder, make_chatbot
from starlette.testclient import TestClient
from web_fakes import FakeChatbot, fake_chatbot

from chatbot.article import make_article
from chatbot.chatbot import Chatbot
from chatbot.database import FILE_NAME
from chatbot.library import make_passages
from chatbot.settings import Settings, load_settings
from chatbot.store import Store
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

    def refreshed(self) -> "OpenedChatbot":
        return self

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


# A library that changes while it is served


class ServingEngine(Engine):
    """Opens a chatbot over the small articles, no model involved."""

    def open_chatbot(self, settings: Settings) -> Chatbot:
        return make_chatbot(ARTICLES, settings.data_dir)


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[TestClient]:
    app = create_app(load_settings(data_dir=tmp_path))
    engine = app.state.engine = ServingEngine()
    engine.start(load_settings(data_dir=tmp_path))
    engine.wait(WAIT_SECONDS)
    yield TestClient(app)
    engine.close()


def add(folder: Path, name: str, text: str) -> None:
    """Add an article as another process does."""
    article = replace(make_article(name, text), added=True)
    with Store(folder) as store:
        assert store.add(article, *make_passages(article, FakeEncoder()))


def remove(folder: Path, *names: str) -> None:
    with Store(folder) as store:
        for name in names:
            store.remove(name)


def listed(client: TestClient) -> list[str]:
    return [article["id"] for article in client.get("/api/articles").json()["articles"]]


def eventually(look: Callable[[], bool]) -> bool:
    """Look again and again: a library that took long to read is left alone for a while."""
    until = time.monotonic() + WAIT_SECONDS
    while not look() and time.monotonic() < until:
        time.sleep(0.01)
    return look()


def test_server_notices_articles_that_are_added_and_removed(serving: TestClient, tmp_path: Path) -> None:
    ask = {"question": "What does the market sell?"}
    assert serving.post("/api/answer", json=ask).json()["status"] == "not_found"

    add(tmp_path, "market", "The market sells books.")
    assert eventually(lambda: "market" in listed(serving))
    answer = serving.post("/api/answer", json=ask).json()
    assert [quotation["quote"] for quotation in answer["answers"]] == ["The market sells books."]

    remove(tmp_path, "market", "harbour")
    assert eventually(lambda: listed(serving) == ["library"])
    assert serving.post("/api/answer", json=ask).json()["status"] == "not_found"
    assert serving.get("/api/articles/market").status_code == 404


def test_emptied_library_is_not_served_until_it_holds_an_article_again(
    serving: TestClient, tmp_path: Path
) -> None:
    remove(tmp_path, *ARTICLES)
    assert eventually(lambda: serving.get("/api/ready").status_code == 503)
    assert "library is empty" in serving.get("/").text

    add(tmp_path, "market", "The market sells books.")
    assert eventually(lambda: serving.get("/api/ready").status_code == 200)
    assert listed(serving) == ["market"]


def test_library_is_served_as_it_was_when_it_cannot_be_read(
    serving: TestClient, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.execute("UPDATE article SET text = 'It fell.' WHERE id = 'harbour'")
    connection.execute("UPDATE generation SET number = number + 1")
    connection.commit()
    connection.close()

    assert listed(serving) == ["harbour", "library"]
    assert serving.get("/api/articles/harbour").json()["text"] == ARTICLES["harbour"]
    assert caplog.text.count("cannot be read; it is served as it was") == 1


class SlowlyReadChatbot(OpenedChatbot):
    """Takes its time to read the library, and counts how often it did."""

    def __init__(self) -> None:
        super().__init__()
        self.reading = threading.Event()
        self.go_on = threading.Event()
        self.looks = 0

    def refreshed(self) -> "SlowlyReadChatbot":
        self.looks += 1
        self.reading.set()
        assert self.go_on.wait(WAIT_SECONDS)
        return self


class SlowEngine(Engine):
    def open_chatbot(self, settings: Settings) -> Chatbot:
        return SlowlyReadChatbot()  # type: ignore[return-value]


def test_what_is_added_while_the_library_is_being_read_is_found_by_the_next_request() -> None:
    engine = SlowEngine()
    engine.start(load_settings())
    opened = engine.wait(WAIT_SECONDS)
    assert isinstance(opened, SlowlyReadChatbot)
    asking = threading.Thread(target=engine.require)
    asking.start()
    assert opened.reading.wait(WAIT_SECONDS)

    adding = threading.Thread(target=engine.look_at_once)
    adding.start()
    adding.join(0.1)  # it may wait for the reading
    opened.go_on.set()
    asking.join()
    adding.join()

    engine.require()
    assert opened.looks == 2


def test_every_answer_is_of_one_moment_while_articles_come_and_go(serving: TestClient, tmp_path: Path) -> None:
    done = threading.Event()

    def change() -> None:
        for _ in range(20):
            add(tmp_path, "market", "The market sells books.")
            remove(tmp_path, "market")
        done.set()

    changing = threading.Thread(target=change)
    changing.start()
    statuses = set()
    while not done.is_set():
        response = serving.post("/api/search", json={"query": "books"})
        statuses.add(response.status_code)
    changing.join()

    assert statuses == {200}
