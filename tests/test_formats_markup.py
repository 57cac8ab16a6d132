from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from made_files import EXTRACTOR

from chatbot.formats import Extracted, ExtractionError

PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="{charset}">
<title>Harbour opens after the storm | The Odesa Courier</title>
<meta property="og:title" content="Harbour opens after the storm"><meta name="author" content="Ira Koval">
<meta property="article:published_time" content="2023-09-09T10:00:00+03:00">
<link rel="canonical" href="https://courier.example/harbour"><style>p {{ color: red }}</style></head><body>
<header><nav><ul><li><a href="/">Home</a></li><li><a href="/sport">Sport news</a></li></ul></nav></header>
<main><article><h1>Harbour opens after the storm</h1>
<p>The harbour of Odesa <b>opened</b> again on Monday after a <a href="/storm">storm</a> that had closed it for
three days, the port's director said.<!-- no word of the article --></p>
<figure class="caption"><img src="pier.jpg" alt="A pier">
<figcaption class="caption">Captain Marchenko on the pier, September 9, 2023</figcaption></figure>
<h2>Repairs</h2><p>{words} Repairs will cost 4.2 million euros, and the city asked for help.</p>
<ul><li>The northern pier was lost.</li><li>Two cranes fell.</li></ul>
<table><tr><th>Ship</th><th>Day</th></tr><tr><td>Aurora</td><td>Monday</td></tr></table>
<blockquote><p>&ldquo;We waited three days,&rdquo; the captain said.</p></blockquote></article>
<section id="comments" class="comments"><h3>Comments</h3>
<div class="comment"><p>troll42: This harbour is a lie, I was there and no ship came.</p></div></section></main>
<aside class="sidebar"><h3>Most read</h3><a href="/cats">Ten cats that look like ships</a></aside>
<footer><p>Copyright 2023 The Odesa Courier. Subscribe to our newsletter.</p></footer>
<script>alert("script")</script></body></html>"""


def read_page(charset: str = "utf-8", words: str = "“So it is.”", name: str = "page.html") -> Extracted:
    return EXTRACTOR.read_bytes(PAGE.format(charset=charset, words=words).encode(charset), name)


def test_page_gives_its_article_in_paragraphs() -> None:
    assert read_page().text.split("\n\n") == [
        "Harbour opens after the storm",
        "The harbour of Odesa opened again on Monday after a storm that had closed it for three days, the "
        "port's director said.",
        "Captain Marchenko on the pier, September 9, 2023",
        "Repairs",
        "“So it is.” Repairs will cost 4.2 million euros, and the city asked for help.",
        "The northern pier was lost.",
        "Two cranes fell.",
        "Ship\tDay",
        "Aurora\tMonday",
        "“We waited three days,” the captain said.",
    ]


def test_page_gives_title_author_date_and_source() -> None:
    page = read_page()

    assert (page.title, page.author) == ("Harbour opens after the storm", "Ira Koval")
    assert (page.published, page.source_url) == ("2023-09-09", "https://courier.example/harbour")
    assert page.pages is None


@pytest.mark.parametrize("charset", ["windows-1251", "koi8-r", "utf-8"])
def test_page_is_read_in_the_encoding_that_it_declares(charset: str) -> None:
    assert "\n\nПорт открыт. Repairs" in read_page(charset, "Порт открыт.").text


def test_page_is_told_by_its_content() -> None:
    assert read_page(name="page.txt") == read_page()


def test_page_of_xhtml_is_read() -> None:
    page = '<?xml version="1.0" encoding="utf-8"?>\n' + PAGE.format(charset="utf-8", words="So it is.")

    assert EXTRACTOR.read_bytes(page.encode(), "page.xhtml").title == "Harbour opens after the storm"


def test_page_without_article_is_refused() -> None:
    page = "<!doctype html><nav><a href='/'>Home</a></nav><script>start()</script>"

    with pytest.raises(ExtractionError, match=r"^p\.html: expected an article, got a web page") as caught:
        EXTRACTOR.read_bytes(page.encode(), "p.html")

    assert caught.value.reason == "no_article"


def test_page_gives_no_address_but_of_the_web() -> None:
    page = PAGE.replace("https://courier.example/harbour", "javascript:alert(1)").format(
        charset="utf-8", words=""
    )

    assert EXTRACTOR.read_bytes(page.encode(), "page.html").source_url is None


def test_short_page_keeps_its_paragraphs() -> None:
    page = "<!doctype html><h1>Port</h1><article>" + "".join(
        f"<p>The port of {name} opened again on Monday.</p>" for name in ("Odesa", "Izmail", "Reni")
    )

    assert EXTRACTOR.read_bytes(page.encode(), "p.html").text.split("\n\n")[-3:] == [
        "The port of Odesa opened again on Monday.",
        "The port of Izmail opened again on Monday.",
        "The port of Reni opened again on Monday.",
    ]


def test_page_asks_nothing_of_the_network() -> None:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        host = f"http://127.0.0.1:{server.server_port}"
        page = PAGE.format(charset="utf-8", words="").replace("https://courier.example", host)
        page = page.replace("<!DOCTYPE html>", f'<!DOCTYPE html SYSTEM "{host}/page.dtd">')
        page = page.replace(
            "</article>", f'<img src="{host}/a.png"><iframe src="{host}/frame"></iframe></article>'
        )
        EXTRACTOR.read_bytes(page.encode(), "page.html")
        server.shutdown()

    assert asked == []


MARKDOWN = """# Harbour **opens**

The [port](https://example.org/port) opened
*again* &amp; ~~not~~ `now`. <!-- no word of the article -->

- The northern pier was lost.
- Two cranes fell.

| Ship   | Day    |
|--------|--------|
| Aurora | Monday |

![Captain Marchenko on board](captain.jpg)

<script>alert(1)</script>
"""


def test_markdown_gives_its_words_without_marks() -> None:
    extracted = EXTRACTOR.read_bytes(MARKDOWN.encode(), "a.md")

    assert extracted.title == "Harbour opens"
    assert extracted.text.split("\n\n") == [
        "Harbour opens",
        "The port opened again & not now.",
        "The northern pier was lost.",
        "Two cranes fell.",
        "Ship\tDay",
        "Aurora\tMonday",
        "Captain Marchenko on board",
    ]


def test_markdown_gives_what_its_front_matter_says() -> None:
    matter = '---\r\ntitle: "Harbour opens"\r\ndate: 2023-09-09\r\ntags: [port]\r\nurl: https://example.org/a\r\n---\r\n'

    extracted = EXTRACTOR.read_bytes((matter + "\r\nThe port opened.\r\n\r\n## Repairs\r\n").encode(), "a.md")

    assert extracted.text == "Harbour opens\n\nThe port opened.\n\nRepairs"
    assert (extracted.title, extracted.published) == ("Harbour opens", "2023-09-09")
    assert extracted.source_url == "https://example.org/a"


def test_markdown_that_begins_with_a_rule_keeps_its_first_section() -> None:
    content = b"---\n\nThe harbour opened on Monday.\n\n---\n\nMore follows.\n"

    assert EXTRACTOR.read_bytes(content, "a.md").text == "The harbour opened on Monday.\n\nMore follows."


def test_front_matter_may_begin_with_any_key() -> None:
    content = b"---\n\ncover-image: a.jpg\ntitle: Harbour opens\n---\nThe port opened.\n"

    assert EXTRACTOR.read_bytes(content, "a.md").text == "Harbour opens\n\nThe port opened."


def test_markdown_that_begins_with_html_is_markdown() -> None:
    assert EXTRACTOR.read_bytes(b"<h1>Harbour</h1>\n\nIt *opened*.", "a.md").text == "Harbour\n\nIt opened."


def test_markdown_without_heading_is_titled_by_its_first_words() -> None:
    assert EXTRACTOR.read_bytes(b"The *port* opened.\n\nOn Monday.", "a.md").title == "The port opened."


def test_markdown_of_marks_alone_is_refused() -> None:
    with pytest.raises(ExtractionError, match=r"^a\.md: expected an article, got Markdown without text"):
        EXTRACTOR.read_bytes(b"---\n\n***\n", "a.md")
