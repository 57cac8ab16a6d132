"""Articles put in and taken out through the server."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import (
    ARTICLES,
    CALIBRATION,
    FakeEncoder,
    FakeReader,
    FakeSource,
    as_source,
    make_articles,
    make_chatbot,
)
from starlette.testclient import TestClient
from test_web_api import assert_problem

from chatbot.chatbot import Chatbot
from chatbot.database import FILE_NAME
from chatbot.errors import StoreError
from chatbot.library import read_library
from chatbot.making import EncoderSource, prepare, synchronize
from chatbot.settings import Settings, load_settings
from chatbot.store import Store
from web.adding import Intake
from web.app import create_app
from web.engine import Engine

TOKEN = "a-token-of-many-characters"
MARKET = "The market sells books.\n\nIt opens at noon."
OCTETS = {"Content-Type": "application/octet-stream"}


class FakeIntake(Intake):
    """Writes with a fake encoder."""

    def open(self) -> tuple[Store, EncoderSource]:
        store, source = Store(self._settings.data_dir), as_source(FakeSource())
        synchronize(store, make_articles(ARTICLES), source)
        return store, source


class FakeEngine(Engine):
    """Opens a chatbot over the small articles, no model involved."""

    def open_chatbot(self, settings: Settings) -> Chatbot:
        return make_chatbot(ARTICLES, settings.data_dir)


def serve(settings: Settings) -> Iterator[TestClient]:
    app = create_app(settings)
    engine = app.state.engine = FakeEngine()
    intake = app.state.intake = FakeIntake(settings)
    engine.start(settings)
    engine.wait(10)
    yield TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False)
    intake.close()
    engine.close()


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    yield from serve(load_settings(data_dir=tmp_path, adding=True, file_mebibytes=1))


def listed(client: TestClient) -> list[str]:
    return [article["id"] for article in client.get("/api/articles").json()["articles"]]


def test_article_is_added_found_and_removed(client: TestClient) -> None:
    response = client.post("/api/articles?name=market.txt", content=MARKET.encode(), headers=OCTETS)

    assert response.status_code == 201
    added = response.json()
    assert added["state"] == "added"
    assert (added["article"]["id"], added["article"]["characters"]) == ("market", len(MARKET))
    assert listed(client) == ["harbour", "library", "market"]
    answer = client.post("/api/answer", json={"question": "What does the market sell?"}).json()
    assert answer["answers"][0]["quote"] == "The market sells books."

    assert client.delete("/api/articles/market").status_code == 204
    assert listed(client) == ["harbour", "library"]
    assert_problem(client.delete("/api/articles/market"), 404)


def test_text_that_the_library_has_is_not_added_again(client: TestClient) -> None:
    response = client.post("/api/articles", content=ARTICLES["harbour"].encode(), headers=OCTETS)

    assert (response.status_code, response.json()["state"]) == (200, "same")
    assert response.json()["article"]["id"] == "harbour"
    assert listed(client) == ["harbour", "library"]


def test_article_is_larger_than_other_bodies_may_be(client: TestClient) -> None:
    text = "\n\n".join(f"Ferry {number} came." for number in range(6000))
    assert len(text) > 64 * 1024

    assert client.post("/api/articles", content=text.encode(), headers=OCTETS).status_code == 201
    assert_problem(client.post("/api/articles", content=b"x" * (2**20 + 1), headers=OCTETS), 413)
    assert_problem(client.post("/api/answer", content=text.encode(), headers=OCTETS), 413)


@pytest.mark.parametrize(
    ("name", "said"),
    [("a.txt", "a.txt: expected"), ("", "The file: expected"), ("über/b.md", "b.md: expected")],
)
def test_refusal_names_the_file_as_it_is_written(client: TestClient, name: str, said: str) -> None:
    response = client.post("/api/articles", params={"name": name}, content=b"", headers=OCTETS)

    assert response.json()["detail"].startswith(said)


@pytest.mark.parametrize(
    ("content", "said"), [(b"", "empty file"), (b"\x89PNG\r\n\x1a\n", "PNG"), (b"\xff\xfe\x00", "text")]
)
def test_what_is_no_article_is_refused(client: TestClient, content: bytes, said: str) -> None:
    response = client.post("/api/articles?name=../a.txt", content=content, headers=OCTETS)

    assert_problem(response, 422)
    assert said in response.json()["detail"]
    assert listed(client) == ["harbour", "library"]


@pytest.mark.parametrize("media_type", ["text/plain", "multipart/form-data", "application/json"])
def test_what_a_form_of_another_site_could_send_is_refused(client: TestClient, media_type: str) -> None:
    response = client.post("/api/articles", content=MARKET.encode(), headers={"Content-Type": media_type})

    assert_problem(response, 415)
    assert listed(client) == ["harbour", "library"]


def test_seed_is_not_removed(client: TestClient) -> None:
    response = client.delete("/api/articles/harbour")

    assert_problem(response, 403)
    assert "harbour.txt" in response.json()["detail"]
    assert listed(client) == ["harbour", "library"]


def test_library_that_cannot_be_written_is_said_without_its_path(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(self: Store, *given: object) -> bool:
        raise StoreError(f"cannot write the store {tmp_path / FILE_NAME}: database or disk is full")

    monkeypatch.setattr(Store, "add", fail)
    response = client.post("/api/articles", content=MARKET.encode(), headers=OCTETS)

    assert_problem(response, 503)
    assert str(tmp_path) not in response.text
    assert "disk is full" in caplog.text


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer wrong", TOKEN, f"bearer {TOKEN}", f"Bearer {TOKEN}x"]
)
def test_nobody_without_the_token_adds_or_removes(tmp_path: Path, header: str | None) -> None:
    settings = load_settings(data_dir=tmp_path, adding=True, adding_token=TOKEN, host="0.0.0.0")
    client = TestClient(create_app(settings), raise_server_exceptions=False)
    sent = OCTETS if header is None else {**OCTETS, "Authorization": header}

    for response in (
        client.post("/api/articles", content=MARKET.encode(), headers=sent),
        client.delete("/api/articles/harbour", headers=sent),
    ):
        assert_problem(response, 401)
        assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "host", ["news.example", "news.example:8000", "127.0.0.1.news.example", "new_s.example"]
)
def test_site_whose_name_is_made_to_point_here_neither_adds_nor_removes(client: TestClient, host: str) -> None:
    for response in (
        client.post("/api/articles", content=MARKET.encode(), headers={**OCTETS, "Host": host}),
        client.delete("/api/articles/harbour", headers={"Host": host}),
    ):
        assert_problem(response, 403)
        assert "CHATBOT_ADDING_TOKEN" in response.json()["detail"]


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:8000"])
def test_this_machine_adds_by_any_of_its_names(client: TestClient, host: str) -> None:
    response = client.post("/api/articles", content=MARKET.encode(), headers={**OCTETS, "Host": host})

    assert response.status_code == 201


def test_who_has_the_token_adds(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path, adding=True, adding_token=TOKEN, host="0.0.0.0")
    serving = serve(settings)
    client = next(serving)
    sent = {**OCTETS, "Authorization": f"Bearer {TOKEN}", "Host": "news.example"}

    assert client.post("/api/articles", content=MARKET.encode(), headers=sent).status_code == 201
    assert next(serving, None) is None


def test_nothing_is_added_or_removed_unless_the_setting_allows_it(tmp_path: Path) -> None:
    client = TestClient(create_app(load_settings(data_dir=tmp_path)))

    for response in (
        client.post("/api/articles", content=MARKET.encode(), headers=OCTETS),
        client.delete("/api/articles/harbour"),
    ):
        assert_problem(response, 405)
    assert "post" not in client.get("/openapi.json").json()["paths"]["/api/articles"]


def test_whoever_asks_after_an_article_was_added_finds_it_whatever_others_ask(client: TestClient) -> None:
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            client.post("/api/search", json={"query": "books"})

    asking = [threading.Thread(target=ask) for _ in range(3)]
    for thread in asking:
        thread.start()
    found = []
    for number in range(10):
        text = f"The market sells {number} books."
        added = client.post(f"/api/articles?name=m{number}.txt", content=text.encode(), headers=OCTETS)
        found.append(client.get(f"/api/articles/m{number}").status_code)
        assert added.status_code == 201
        client.delete(f"/api/articles/m{number}")
        found.append(client.get(f"/api/articles/m{number}").status_code)
    done.set()
    for thread in asking:
        thread.join()

    assert found == [200, 404] * 10


class EmptyEngine(Engine):
    """Opens a chatbot over what is in the library, no model involved."""

    def open_chatbot(self, settings: Settings) -> Chatbot:
        with Store(settings.data_dir) as store:
            prepare(store, as_source(FakeSource()))
        return Chatbot(read_library(Store(settings.data_dir)), FakeEncoder(), FakeReader(), CALIBRATION, 8)


class EmptyIntake(Intake):
    def open(self) -> tuple[Store, EncoderSource]:
        store, source = Store(self._settings.data_dir), as_source(FakeSource())
        prepare(store, source)
        return store, source


def test_server_begins_without_an_article_and_serves_the_first_that_is_added(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path, adding=True)
    app = create_app(settings)
    engine = app.state.engine = EmptyEngine()
    intake = app.state.intake = EmptyIntake(settings)
    engine.start(settings)
    assert engine.wait(10) is None
    client = TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False)
    refused = client.post("/api/answer", json={"question": "What does the market sell?"})
    assert_problem(refused, 503)
    assert "library is empty" in refused.json()["detail"]

    added = client.post("/api/articles?name=market.txt", content=MARKET.encode(), headers=OCTETS)

    assert added.status_code == 201
    answer = client.post("/api/answer", json={"question": "What does the market sell?"}).json()
    assert answer["answers"][0]["quote"] == "The market sells books."
    assert client.delete("/api/articles/market").status_code == 204
    assert_problem(client.get("/api/articles"), 503)
    intake.close()
    engine.close()


def test_routes_are_described_where_they_are_allowed(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]

    assert set(paths["/api/articles"]["post"]["responses"]) == {*"200 201 401 403 413 415 422 500 503".split()}
    assert set(paths["/api/articles/{article_id}"]["delete"]["responses"]) == {
        *"204 401 403 404 422 500 503".split()
    }
    assert client.get("/docs").status_code == 200
