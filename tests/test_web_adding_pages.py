"""The pages to add and to remove an article, as a browser without script uses them."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from fakes import ARTICLES
from made_files import pdf, write_lines
from reportlab.pdfgen.canvas import Canvas
from starlette.testclient import TestClient
from test_web_adding import MARKET, TOKEN, listed, serve

from chatbot.settings import load_settings
from web.app import create_app

OWN = {"Sec-Fetch-Site": "same-origin"}
NO_FILE = {"file": ("", b"")}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    yield from serve(load_settings(data_dir=tmp_path, adding=True, file_mebibytes=1))


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[TestClient]:
    yield from serve(load_settings(data_dir=tmp_path, adding=True, adding_token=TOKEN, host="0.0.0.0"))


def text_of(page: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", page))


def test_pasted_text_is_added_with_what_stands_beside_it(client: TestClient) -> None:
    form = {
        "text": MARKET.replace("\n", "\r\n"),  # as browsers send it
        "title": " The   market.txt ",
        "source": "https://news.example/market",
        "published": "2024-05-06",
    }
    response = client.post("/add", data=form, files=NO_FILE, headers=OWN)

    assert str(response.url).endswith("/articles/The-market-txt?is=added")
    assert "Added. It can be asked now." in response.text
    added = client.get("/api/articles/The-market-txt").json()
    assert (added["text"], added["title"]) == (f"The market.txt\n\n{MARKET}", "The market.txt")
    assert (added["source_url"], added["published"]) == ("https://news.example/market", "2024-05-06")


def test_chosen_file_is_added_under_its_name(client: TestClient) -> None:
    file = {"file": ("../market day.txt", MARKET.encode())}
    response = client.post("/add", data={"text": " "}, files=file, headers=OWN)

    assert str(response.url).endswith("/articles/market-day?is=added")
    assert listed(client) == ["harbour", "library", "market-day"]


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("market day.txt", MARKET, f"Books sold\n\n{MARKET}"),
        ("market day.md", f"# Market\n\n{MARKET}", f"A market\n\nMarket\n\n{MARKET}"),
    ],
)
def test_what_is_typed_beside_a_chosen_file_goes_before_what_it_says(
    client: TestClient, name: str, content: str, text: str
) -> None:
    header = "title: A market\nauthor: Kim Ode\npublished: 2020-01-01\n\n"
    form = {"title": "Books sold", "source": "https://news.example/market", "published": "2024-05-06"}
    client.post("/add", data=form, files={"file": (name, (header + content).encode())}, headers=OWN)

    added = client.get("/api/articles/market-day").json()
    assert (added["title"], added["text"], added["author"]) == ("Books sold", text, "Kim Ode")
    assert (added["source_url"], added["published"]) == ("https://news.example/market", "2024-05-06")


def test_header_lines_of_pasted_text_are_read_beside_what_is_typed(client: TestClient) -> None:
    header = "title: A market\nauthor: Kim Ode\npublished: 2020-01-01\n\n"
    form = {"text": header + MARKET, "title": "Books sold"}
    client.post("/add", data=form, files=NO_FILE, headers=OWN)

    added = client.get("/api/articles/Books-sold").json()
    assert (added["title"], added["text"]) == ("Books sold", f"Books sold\n\n{MARKET}")
    assert (added["author"], added["published"]) == ("Kim Ode", "2020-01-01")


def test_pasted_web_page_is_read_as_one_under_a_typed_title(client: TestClient) -> None:
    paragraph = "The market sells books of all kinds, and opens at noon on every day of the week."
    page = f"<html><body><article><h1>Market</h1><p>{paragraph}</p></article></body></html>"
    client.post("/add", data={"text": page, "title": "Books sold"}, files=NO_FILE, headers=OWN)

    added = client.get("/api/articles/Books-sold").json()
    assert added["title"] == "Books sold"
    assert paragraph in added["text"]
    assert "<p>" not in added["text"]


def test_text_that_the_library_has_leads_to_it(client: TestClient) -> None:
    response = client.post("/add", data={"text": ARTICLES["harbour"]}, files=NO_FILE, headers=OWN)

    assert str(response.url).endswith("/articles/harbour?is=same")
    assert "has this text already" in response.text
    assert "Remove this article" not in response.text  # it is a seed


@pytest.mark.parametrize(
    ("form", "file", "said"),
    [
        ({}, ("", b""), "got neither"),
        ({"text": " \r\n "}, ("", b""), "got neither"),
        ({"text": MARKET}, ("a.txt", b"Ferry."), "got both"),
        ({"text": MARKET, "source": "javascript:alert(1)"}, ("", b""), "Expected a source"),
        ({"text": MARKET, "published": "yesterday"}, ("", b""), "Expected a date"),
        ({"published": "yesterday"}, ("a.txt", b"Ferry."), "Expected a date"),
        ({}, ("a.txt", b""), "empty file"),
        ({}, ("a.txt", b"\x89PNG\r\n\x1a\n"), "PNG"),
    ],
)
def test_what_cannot_be_added_is_said_and_what_was_typed_is_kept(
    client: TestClient, form: dict[str, str], file: tuple[str, bytes], said: str
) -> None:
    typed = {"title": "A <b>title</b>", **form}
    response = client.post("/add", data=typed, files={"file": file}, headers=OWN)

    assert response.status_code == 422
    assert said in text_of(response.text)
    assert 'value="A &lt;b&gt;title&lt;/b&gt;"' in response.text
    assert form.get("text", "").strip() in response.text
    assert listed(client) == ["harbour", "library"]


def test_file_over_the_limit_is_refused_by_a_page(client: TestClient) -> None:
    file = {"file": ("a.txt", b"x" * (2**20 + 1))}
    assert client.post("/add", data={}, files=file, headers=OWN).status_code == 422
    file = {"file": ("a.txt", b"x" * (2**21 + 1))}
    response = client.post("/add", data={}, files=file, headers=OWN)
    assert response.status_code == 413
    assert "data-problem" in response.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:8000"},
        {"Origin": "https://news.example"},
        {"Origin": "null"},
    ],
)
def test_form_of_another_site_neither_adds_nor_removes(client: TestClient, headers: dict[str, str]) -> None:
    client.post("/add", data={"text": MARKET, "title": "market"}, files=NO_FILE, headers=OWN)
    before = listed(client)
    added = client.post("/add", data={"text": "Another text."}, files=NO_FILE, headers=headers)
    removed = client.post("/articles/market/remove", headers=headers)

    assert (added.status_code, removed.status_code) == (403, 403)
    assert listed(client) == before


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://127.0.0.1:8000"}, OWN])
def test_form_of_the_own_page_adds_in_any_browser(client: TestClient, headers: dict[str, str]) -> None:
    response = client.post("/add", data={"text": MARKET, "title": "market"}, files=NO_FILE, headers=headers)
    assert response.status_code == 200
    assert "market" in listed(client)


def test_added_article_is_removed_after_a_question(client: TestClient) -> None:
    client.post("/add", data={"text": MARKET, "title": "market"}, files=NO_FILE, headers=OWN)
    assert 'href="/articles/market/remove"' in client.get("/articles/market").text
    assert "Remove this article?" in client.get("/articles/market/remove").text
    assert "market" in listed(client)
    response = client.post("/articles/market/remove", headers=OWN)
    assert "Removed: market" in text_of(response.text)
    assert listed(client) == ["harbour", "library"]
    assert client.post("/articles/market/remove", headers=OWN).status_code == 404


def test_seed_is_not_removed(client: TestClient) -> None:
    assert client.get("/articles/harbour/remove").status_code == 403
    assert client.post("/articles/harbour/remove", headers=OWN).status_code == 403
    assert listed(client) == ["harbour", "library"]


def test_token_is_asked_for_and_checked(guarded: TestClient) -> None:
    assert 'name="token"' in guarded.get("/add").text
    form = {"text": MARKET, "title": "market"}
    for token in ("", "wrong", TOKEN + " "):
        refused = guarded.post("/add", data={**form, "token": token}, files=NO_FILE, headers=OWN)
        assert refused.status_code == 401
        assert "whoever runs the server" in refused.text
        assert MARKET in refused.text
        assert token == "" or token not in refused.text
    taken = guarded.post("/add", data={**form, "token": TOKEN}, files=NO_FILE, headers=OWN)
    assert taken.status_code == 200
    assert 'name="token"' in guarded.get("/articles/market/remove").text
    assert guarded.post("/articles/market/remove", headers=OWN).status_code == 401
    assert "market" in listed(guarded)
    removed = guarded.post("/articles/market/remove", data={"token": TOKEN}, headers=OWN)
    assert removed.status_code == 200
    assert "market" not in listed(guarded)


def test_pages_are_not_there_under_a_name_that_is_made_to_point_here(client: TestClient) -> None:
    for path in ("/add", "/articles/harbour/remove"):
        assert client.get(path, headers={"Host": "news.example"}).status_code == 403


def test_nothing_leads_to_adding_where_it_is_off(tmp_path: Path) -> None:
    client = TestClient(create_app(load_settings(data_dir=tmp_path)))
    assert client.get("/add").status_code == 404
    assert "/add" not in client.get("/docs").text


def test_everything_leads_to_adding_where_it_is_on(client: TestClient) -> None:
    for path in ("/", "/articles", "/docs", "/nothing"):
        assert 'href="/add"' in client.get(path).text


def test_page_of_a_pdf_is_named_with_its_quotation(client: TestClient) -> None:
    def draw(canvas: Canvas) -> None:
        write_lines(canvas, ["The market opens at noon, and closes late."])
        canvas.showPage()
        write_lines(canvas, ["Its director is Ana Lind. She sells books."])

    client.post("/add", data={"text": ""}, files={"file": ("market.pdf", pdf(draw))}, headers=OWN)
    page = client.get("/ask", params={"q": "Who sells books?", "article": "market"}).text
    assert "page\u00a02, paragraph" in page
    copied = re.search(r'data-copy="([^"]+)"', page)
    assert copied is not None
    assert ", page 2, paragraph" in copied[1]
