"""The pages as HTML, through the app."""

import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient
from web_fakes import LIBRARY, STATION, FakeChatbot, fake_chatbot

from chatbot.settings import load_settings
from web.app import create_app
from web.conversation import SHOWN, AskedBody


@pytest.fixture
def chatbot() -> FakeChatbot:
    return fake_chatbot()


@pytest.fixture
def client(chatbot: FakeChatbot) -> Iterator[TestClient]:
    with TestClient(create_app(load_settings(), chatbot), raise_server_exceptions=False) as client:
        yield client


def test_the_first_screen_says_what_it_is_and_offers_questions(client: TestClient) -> None:
    page = client.get("/").text
    assert "Ask the article" in page
    assert "Station reopens after ten years" in page
    assert page.count('name="suggestion"') == 4


def test_a_question_is_answered_in_the_page(client: TestClient) -> None:
    page = client.post("/", data={"question": "How many million?"}).text
    assert "<mark>million</mark>" in page
    assert "High confidence, 86\u00a0%" in page
    start = STATION.index("It cost") - len("Mayor Ana Lindström said: “")
    assert f'href="/articles/station?c={start}-' in page


def test_the_turn_for_the_script_is_the_turn_of_the_page(client: TestClient) -> None:
    for question in ("How many million?", "How many tanks?", "hello"):
        page = client.post("/", data={"question": question}).text
        turn = client.post("/turn", data={"question": question}).text
        found = re.search(r'<article class="turn".*?</article>', page, re.DOTALL)
        assert found is not None
        assert found[0].replace(" id=latest", "") in turn


def test_a_suggestion_wins_over_what_is_typed(client: TestClient) -> None:
    page = client.post("/", data={"question": "half typ", "suggestion": "What reopened"}).text
    assert "<mark>reopened</mark>" in page
    assert "half typ" not in page


def test_a_blank_question_is_refused_and_the_conversation_kept(client: TestClient) -> None:
    turn = AskedBody(question="What reopened").model_dump_json()
    response = client.post("/", data={"turn": [turn], "question": "   "})
    assert response.status_code == 422
    assert "What reopened" in response.text
    assert "1 to 500 characters" in response.text


def test_a_conversation_alone_is_shown_again(client: TestClient) -> None:
    turns = [AskedBody(question=question).model_dump_json() for question in ("What reopened", "and million")]
    response = client.post("/", data={"turn": turns})
    assert response.status_code == 200
    assert response.text.count('class="turn"') == 2


def test_a_long_conversation_says_that_its_beginning_is_not_shown(client: TestClient) -> None:
    turns = [AskedBody(question=f"What {number}").model_dump_json() for number in range(SHOWN + 1)]
    page = client.post("/", data={"turn": turns, "question": "last"}).text
    assert page.count('class="turn"') == SHOWN
    assert "no longer shown" in page
    assert page.count('name="turn"') == SHOWN + 2


def test_the_longest_conversation_fits_the_limit_of_a_body(client: TestClient) -> None:
    turns = [AskedBody(question="🚢" * 500).model_dump_json()] * 20
    response = client.post("/", data={"turn": turns, "question": "🚢" * 500}, files={"none": b""})
    assert response.status_code == 200


def test_a_conversation_that_no_page_made_is_refused(client: TestClient) -> None:
    response = client.post("/turn", data={"turn": ["{}"], "question": "x"})
    assert response.status_code == 422
    assert "start a new one" in response.text
    assert response.headers["content-type"].startswith("text/html")


def test_what_articles_and_questions_hold_is_escaped(client: TestClient) -> None:
    typed = '<script>alert("x")</script> the'
    page = client.post("/", data={"question": typed}).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt;" in page
    assert "Ferry line to close &lt;script&gt;" in page


def test_an_article_is_shown_with_its_range_marked(client: TestClient) -> None:
    start = STATION.index("40 million")
    page = client.get(f"/articles/station?c={start}-{start + 10}").text
    assert f'<mark id="c{start}-{start + 10}">40 million</mark>' in page


def test_a_range_across_paragraphs_has_one_anchor(client: TestClient) -> None:
    start, end = STATION.index("years of work"), STATION.index("Ana")
    page = client.get(f"/articles/station?c={start}-{end}").text
    assert page.count("<mark") == 2
    assert page.count(f'id="c{start}-{end}"') == 1


@pytest.mark.parametrize("path", ["/articles/none", "/nothing", "/static/nothing.js"])
def test_a_page_that_is_not_there_is_a_page(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert response.headers["content-type"].startswith("text/html")
    assert "Nothing here" in response.text


@pytest.mark.parametrize("path", ["/", "/articles", "/articles/station", "/docs"])
def test_pages_answer_head(client: TestClient, path: str) -> None:
    response = client.head(path)
    assert response.status_code == 200
    assert not response.content


def test_articles_with_awkward_names_have_addresses() -> None:
    chatbot = FakeChatbot({"a b#1?c=ü%": LIBRARY, "ч": STATION})
    with TestClient(create_app(load_settings(), chatbot)) as client:
        links = re.findall(r'<li><a href="([^"]+)"', client.get("/articles").text)
        assert [client.get(link).status_code for link in links] == [200, 200]


def test_asked_of_one_article_the_others_are_silent() -> None:
    with TestClient(create_app(load_settings(), fake_chatbot(both=True))) as client:
        answered = client.post("/", data={"question": "until midnight", "article_id": "library"}).text
        silent = client.post("/", data={"question": "until midnight", "article_id": "station"}).text
    assert "<mark>midnight</mark>" in answered
    assert "The article does not say." in silent


def test_no_template_switches_escaping_off_and_none_holds_code() -> None:
    from web.rendering import HERE

    for template in (HERE / "templates").iterdir():
        text = template.read_text(encoding="utf-8")
        assert template.suffix == ".html"
        assert "|safe" not in text.replace(" ", "")
        assert "autoescape" not in text
        assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=", text)
    for script in (HERE / "static").glob("*.js"):
        assert "innerHTML" not in script.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", ["/static/%00", "/articles/%00", "/static/..%2f..%2fapp.py", "/articles/%ff"])
def test_an_address_that_cannot_be_is_not_there(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_crash_is_a_page_that_tells_nothing() -> None:
    class BrokenChatbot(FakeChatbot):
        def suggestions(self, article_id: str | None = None) -> tuple[str, ...]:
            raise RuntimeError("secret detail")

    app = create_app(load_settings(), BrokenChatbot({"station": STATION}))
    with TestClient(app, raise_server_exceptions=False) as client:
        response = client.get("/")
    assert response.status_code == 500
    assert "Something broke" in response.text
    assert "secret" not in response.text
    assert response.headers["x-frame-options"] == "DENY"
