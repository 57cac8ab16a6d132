"""The server before, while and after its library is opened."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import ARTICLES, CALIBRATION, FakeEncoder, FakeReader, FakeSource, as_source, make_chatbot
from starlette.testclient import TestClient
from web_fakes import FakeChatbot, fake_chatbot

from chatbot.article import make_article
from chatbot.chatbot import Chatbot
from chatbot.database import FILE_NAME, LONGEST_LOG
from chatbot.errors import ModelError, StoreError
from chatbot.index_file import saved_digest
from chatbot.library import read_library
from chatbot.making import make_passages, prepare
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

    generation = 1

    def latest_generation(self) -> int:
        return 1

    def refreshed(self) -> "OpenedChatbot":
        return self

    def other_encoder(self) -> None:
        return None

    def mend_index(self) -> bool:
        return False

    def renew(self) -> None:
        pass

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


def test_library_without_articles_says_so_without_its_path(
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
    assert "library is empty" in response.json()["detail"]
    assert str(tmp_path) not in response.text
    assert str(missing) in caplog.text
    engine.close()


class FailingEngine(Engine):
    """Opens a fake at the third attempt."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.attempts = 0
        self._error = error

    def open_chatbot(self, settings: Settings) -> Chatbot:
        self.attempts += 1
        if self.attempts < 3:
            raise self._error
        return OpenedChatbot()  # type: ignore[return-value]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the engine look again and again, as fast as it can."""
    for name in ("LOOK_SECONDS", "RETRY_AFTER_SECONDS", "REST"):
        monkeypatch.setattr(f"web.engine.{name}", 0)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("error", [StoreError("the disk is full"), MemoryError("too little")])
def test_opening_is_tried_again_and_its_failure_said_once(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    engine = FailingEngine(error)
    engine.start(load_settings())

    assert engine.wait(WAIT_SECONDS) is None or engine.attempts == 3
    assert eventually(lambda: engine.wait() is not None)
    assert engine.attempts == 3
    assert caplog.text.count(f"cannot be opened; it is tried again: {error}") == 1
    assert ("Traceback" in caplog.text) == isinstance(error, MemoryError)
    engine.close()


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


class UnreadableChatbot(OpenedChatbot):
    def refreshed(self) -> OpenedChatbot:
        raise StoreError("it is damaged")


class UnreadableEngine(Engine):
    def open_chatbot(self, settings: Settings) -> Chatbot:
        return UnreadableChatbot()  # type: ignore[return-value]


@pytest.mark.usefixtures("impatient")
def test_library_is_served_as_it_was_when_it_cannot_be_read(caplog: pytest.LogCaptureFixture) -> None:
    engine = UnreadableEngine()
    engine.start(load_settings())
    opened = engine.wait(WAIT_SECONDS)
    assert opened is not None

    for _ in range(3):
        assert engine.require() is opened
    assert eventually(lambda: "served as it was" in caplog.text)
    assert caplog.text.count("cannot be read; it is served as it was: it is damaged") == 1
    engine.close()


def test_damaged_article_is_an_error_and_the_others_are_served(serving: TestClient, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.execute("UPDATE article SET text = 'It fell.' WHERE id = 'harbour'")
    connection.execute("UPDATE generation SET number = number + 1")
    connection.commit()
    connection.close()
    client = TestClient(serving.app, raise_server_exceptions=False)

    assert eventually(lambda: client.get("/api/articles/harbour").status_code == 500)
    assert "It fell" not in client.get("/api/articles/harbour").text
    assert client.get("/api/articles/library").json()["text"] == ARTICLES["library"]


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

    adding = threading.Thread(target=engine.catch_up)
    adding.start()
    adding.join(0.1)
    assert adding.is_alive()  # the reading began before: it may not see what was written
    opened.go_on.set()
    asking.join()
    adding.join()

    assert opened.looks == 2
    engine.close()


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


# While nobody asks


@pytest.mark.usefixtures("impatient")
def test_server_notices_what_is_added_though_nobody_asks(tmp_path: Path) -> None:
    engine = ServingEngine()
    engine.start(load_settings(data_dir=tmp_path))
    assert engine.wait(WAIT_SECONDS)

    add(tmp_path, "market", "The market sells books.")

    assert eventually(lambda: served(engine).article_count == 3)
    engine.close()


@pytest.mark.usefixtures("impatient")
def test_log_of_what_is_written_is_emptied_though_nobody_asks(tmp_path: Path) -> None:
    engine = ServingEngine()
    engine.start(load_settings(data_dir=tmp_path))
    assert engine.wait(WAIT_SECONDS)
    log = tmp_path / f"{FILE_NAME}-wal"

    with Store(tmp_path) as store:
        add(tmp_path, "market", "Books.")
        store.forget_passages("market")
        held = store.snapshot()
        for number in range(20):
            store.put_metadata(replace(make_article("market", "Books."), title=f"{number}" * 2**19, added=True))
        assert log.stat().st_size > LONGEST_LOG
        store.remove("market")
        held.close()

        assert eventually(lambda: log.stat().st_size <= LONGEST_LOG)
    engine.close()


@pytest.mark.usefixtures("impatient")
def test_server_makes_the_index_anew_where_much_is_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatbot.rankings.MOST_EXACT", 5)
    engine = ServingEngine()
    engine.start(load_settings(data_dir=tmp_path))
    assert engine.wait(WAIT_SECONDS)
    former = saved_digest(tmp_path)

    add(tmp_path, "market", "The market sells books.")

    assert eventually(lambda: served(engine).article_count == 3 and saved_digest(tmp_path) != former)
    store = Store(tmp_path)
    store.open_index()
    assert former is not None
    assert not store.is_index_stale()
    engine.close()


class UnmendableChatbot(OpenedChatbot):
    def mend_index(self) -> bool:
        raise StoreError("the disk is full")


class UnmendableEngine(Engine):
    def open_chatbot(self, settings: Settings) -> Chatbot:
        return UnmendableChatbot()  # type: ignore[return-value]


@pytest.mark.usefixtures("impatient")
def test_index_that_cannot_be_made_anew_is_said_and_the_library_followed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    engine = UnmendableEngine()
    engine.start(load_settings())

    assert eventually(lambda: "cannot be made anew; it is tried again later: the disk is full" in caplog.text)
    engine.catch_up()
    time.sleep(0.05)
    assert caplog.text.count("cannot be made anew") == 1
    assert engine._thread is not None
    assert engine._thread.is_alive()
    engine.close()


def served(engine: Engine) -> Chatbot:
    """Give what is served, without a look at the library."""
    chatbot = engine.wait()
    assert isinstance(chatbot, Chatbot)
    return chatbot


# A library that is made anew with another model


class SwitchingEngine(ServingEngine):
    """Opens a chatbot with the model that the settings name, if it is one that it has."""

    def reopen_chatbot(self, settings: Settings) -> Chatbot:
        if settings.encoder != "other":
            raise ModelError(f"expected other, got {settings.encoder}")
        library = read_library(Store(settings.data_dir))
        return Chatbot(library, FakeEncoder(axes=("ferry",)), FakeReader(), CALIBRATION, 8)


def make_anew(folder: Path, name: str) -> None:
    """Make all passages anew with another model, as another process does."""
    source = FakeSource(FakeEncoder(axes=("ferry",)), name=name, checksum="1" * 64)
    with Store(folder) as store:
        prepare(store, as_source(source))


@pytest.mark.usefixtures("impatient")
def test_server_takes_the_model_that_the_library_was_made_anew_with(tmp_path: Path) -> None:
    app = create_app(load_settings(data_dir=tmp_path))
    engine = app.state.engine = SwitchingEngine()
    engine.start(load_settings(data_dir=tmp_path))
    engine.wait(WAIT_SECONDS)
    client = TestClient(app)

    make_anew(tmp_path, "other")

    assert eventually(lambda: engine.settings is not None and engine.settings.encoder == "other")
    assert client.get("/api/ready").json() == {"status": "ready", "articles": 2}
    (hit, *_) = client.post("/api/search", json={"query": "ferry"}).json()["hits"]
    assert hit["dense"] == pytest.approx(1.0)
    engine.close()


@pytest.mark.usefixtures("impatient")
def test_server_that_lacks_the_model_serves_what_was_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(load_settings(data_dir=tmp_path))
    engine = app.state.engine = SwitchingEngine()
    engine.start(load_settings(data_dir=tmp_path))
    engine.wait(WAIT_SECONDS)
    client = TestClient(app)

    make_anew(tmp_path, str(tmp_path / "mine"))

    assert eventually(lambda: "notice" in client.get("/api/ready").json())
    ready = client.get("/api/ready")
    assert "Restart the server" in ready.json()["notice"]
    assert str(tmp_path) not in ready.text
    assert str(tmp_path / "mine") in caplog.text
    assert listed(client) == ["harbour", "library"]

    make_anew(tmp_path, "other")
    assert eventually(lambda: "notice" not in client.get("/api/ready").json())
    engine.close()
