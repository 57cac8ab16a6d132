"""The widget's pages: who may frame them, and what they hold."""

import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient
from web_fakes import STATION, FakeChatbot, fake_chatbot

from chatbot.settings import load_settings
from web.app import create_app
from web.engine import Engine
from web.security import CONTENT_POLICY

ORIGINS = ("https://news.example", "http://localhost:8080")


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(create_app(load_settings(widget_origins=ORIGINS), fake_chatbot(both=True))) as client:
        yield client


@pytest.fixture
def closed_client() -> Iterator[TestClient]:
    with TestClient(create_app(load_settings(), fake_chatbot())) as client:
        yield client


def rules(policy: str) -> dict[str, str]:
    return dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))


def test_the_frames_policy_differs_in_who_may_frame_it_alone(client: TestClient) -> None:
    response = client.get("/widget")

    assert rules(response.headers["content-security-policy"]) == rules(CONTENT_POLICY) | {
        "frame-ancestors": "'self' https://news.example http://localhost:8080"
    }
    assert "x-frame-options" not in response.headers


@pytest.mark.parametrize(
    "path", ["/", "/demo", "/articles/station", "/feedback", "/nothing", "/docs", "/widget.js"]
)
def test_no_other_page_may_be_framed(client: TestClient, path: str) -> None:
    headers = client.get(path).headers

    assert rules(headers["content-security-policy"])["frame-ancestors"] == "'none'"
    assert headers["x-frame-options"] == "DENY"


def test_no_page_may_be_framed_by_default(closed_client: TestClient) -> None:
    headers = closed_client.get("/widget").headers

    assert headers["content-security-policy"] == CONTENT_POLICY
    assert headers["x-frame-options"] == "DENY"


def test_there_is_no_demo_by_default(closed_client: TestClient) -> None:
    assert closed_client.get("/demo").status_code == 404


def test_the_script_alone_may_be_loaded_by_other_sites(client: TestClient) -> None:
    script = client.get("/widget.js")

    assert script.headers["content-type"].startswith("text/javascript")
    assert script.headers["cross-origin-resource-policy"] == "cross-origin"
    assert client.get("/widget").headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/turn", "/api/answer", "/api/feedback"])
def test_nothing_may_be_asked_by_another_sites_script(client: TestClient, path: str) -> None:
    asking = {"Origin": ORIGINS[0], "Access-Control-Request-Method": "POST"}

    responses = [client.options(path, headers=asking), client.post(path, headers={"Origin": ORIGINS[0]})]

    assert not any(name.startswith("access-control") for one in responses for name in one.headers)


def test_the_frame_asks_one_article_or_all(client: TestClient) -> None:
    one, every = client.get("/widget?article_id=station").text, client.get("/widget").text

    assert '<input type="hidden" name="article" value="station">' in one
    assert "Station reopens after ten years" in one
    assert 'name="article_id"' not in every
    assert one.count('name="suggestion"') == 3


def test_the_frame_of_an_unknown_article_says_so_and_may_still_be_framed(client: TestClient) -> None:
    response = client.get("/widget", params={"article_id": "<script>"})

    assert response.status_code == 404
    assert "This article is no longer here." in response.text
    assert 'href="/articles"' in response.text
    assert "<script>" not in response.text
    assert "expected" not in response.text
    assert ORIGINS[0] in response.headers["content-security-policy"]
    assert "/static/frame.js" in response.text


def test_the_frame_waits_while_the_library_is_opened(client: TestClient) -> None:
    app = create_app(load_settings(widget_origins=ORIGINS), fake_chatbot())
    app.state.engine = Engine()

    response = TestClient(app).get("/widget")

    assert response.status_code == 503
    assert "waiting.js" in response.text
    assert ORIGINS[0] in response.headers["content-security-policy"]


def test_a_crash_is_not_taken_for_a_problem_to_show_in_a_frame() -> None:
    class BrokenChatbot(FakeChatbot):
        def suggestions(self, article_id: str | None = None) -> tuple[str, ...]:
            raise RuntimeError("secret detail")

    app = create_app(load_settings(widget_origins=ORIGINS), BrokenChatbot({"station": STATION}))
    response = TestClient(app, raise_server_exceptions=False).get("/widget")

    assert response.status_code == 500
    assert "secret" not in response.text


def test_the_demo_shows_the_line_and_does_as_it_says(client: TestClient) -> None:
    response = client.get("/demo?article_id=library")

    line = '<script src="{}/widget.js" data-article="library"></script>'
    escaped = line.format("http://testserver").replace("<", "&lt;").replace(">", "&gt;")
    assert escaped.replace('"', "&#34;") in response.text or escaped in response.text
    assert line.format("") in response.text
    assert "The library &lt;b&gt;stays&lt;/b&gt; open" in response.text
    assert rules(response.headers["content-security-policy"]) == rules(CONTENT_POLICY) | {"frame-src": "'self'"}


def test_the_demo_of_an_unknown_article_is_not_there(client: TestClient) -> None:
    assert client.get("/demo?article_id=none").status_code == 404


def test_the_turn_in_the_frame_is_the_pages_own(client: TestClient) -> None:
    frame = client.get("/widget").text

    assert re.search(r'<form [^>]*data-turn="/turn"', frame)
    assert 'class="turn"' not in frame
