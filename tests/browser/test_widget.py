"""The widget in pages of other sites: one that may show it, and one that may not."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, FrameLocator, Page, Route, expect
from web_fakes import fake_chatbot

from browser.conftest import NARROW, WIDE
from browser.serving import served
from chatbot.feedback import FeedbackStore
from chatbot.settings import load_settings
from web.app import create_app

LINE = '<script src="{home}/widget.js" data-article="{article}"></script>'
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>News</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/site.css"><link rel="icon" href="data:,"></head>
<body><main><h1>News of the harbour</h1><p><a href="#before">Before</a></p>
{lines}
<p><a href="#after">After</a></p></main></body></html>"""
# A page's style that would spoil what it reached.
STYLE = """
:root { color-scheme: light dark; background: Canvas; }
body { background: Canvas; }
p, iframe, textarea, mark, h1, h2 { font-size: 31px !important; }
iframe { display: none !important; }
"""
POLICY = "default-src 'none'; style-src 'self'; img-src data:; script-src {home}; frame-src {home}"


@contextmanager
def serving_host(pages: dict[str, tuple[str, str]], policy: Callable[[], str]) -> Iterator[str]:
    """Serve pages, each (type, text) by its path, under a policy."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, text = pages.get(urlsplit(self.path).path, ("text/plain", ""))
            self.send_response(200)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Security-Policy", policy())
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Sites:
    """The addresses of the chat's server, of a site that may show it and of one that may not.

    ``feedback`` is what the chat's server keeps.
    """

    home: str
    allowed: str
    other: str
    feedback: FeedbackStore


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    pages = {"/site.css": ("text/css", STYLE)}
    known: dict[str, str] = {}
    data = tmp_path_factory.mktemp("data")

    def policy() -> str:
        return POLICY.format(**known)

    with ExitStack() as stack:
        allowed = stack.enter_context(serving_host(pages, policy))
        other = stack.enter_context(serving_host(pages, policy))
        settings = load_settings(widget_origins=(allowed,), data_dir=data)
        home = stack.enter_context(served(create_app(settings, fake_chatbot(both=True))))
        known["home"] = home
        shown = {"/": ["station"], "/two": ["", "library"], "/alike": ["", ""], "/unknown": ["gone"]}
        for path, articles in shown.items():
            lines = "\n".join(LINE.format(home=home, article=article) for article in articles)
            pages[path] = ("text/html", PAGE.format(lines=lines))
        line = LINE.format(home=home, article="station")
        pages["/placed"] = ("text/html", placed(line.replace(' data-article="station"', "")))
        pages["/head"] = ("text/html", PAGE.format(lines="").replace("</head>", f"{line}</head>"))
        yield Sites(home, allowed, other, FeedbackStore(data))


def placed(line: str) -> str:
    """Make a page that loads the script in its head and places the element itself."""
    page = PAGE.format(lines='<ask-the-article article="library"></ask-the-article>')
    return page.replace("</head>", f"{line}</head>")


@dataclass
class Host:
    """A page of another site, with what it asked for and what it complained about."""

    page: Page
    hosts: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    @property
    def widget(self) -> FrameLocator:
        return self.page.frame_locator("ask-the-article iframe")

    def ask(self, question: str) -> None:
        expect(self.widget.locator("html.scripted")).to_be_attached()  # before, Enter is a line's end
        turns = self.widget.locator(".turn").count()
        self.widget.locator("#question").fill(question)
        self.widget.locator("#question").press("Enter")
        expect(self.widget.locator(".turn")).to_have_count(turns + 1)


OpenHost = Callable[..., Host]


@pytest.fixture
def open_host(browser: Browser, sites: Sites) -> Iterator[OpenHost]:
    """Open pages of the site that may show the chat; at the end nobody else was asked."""
    with ExitStack() as stack:
        opened: list[Host] = []

        def open_page(path: str = "/", site: str = sites.allowed, **options: Any) -> Host:
            context = browser.new_context(base_url=site, **{"viewport": WIDE, **options})
            stack.callback(context.close)
            host = Host(context.new_page())
            opened.append(host)
            host.page.set_default_timeout(30_000)
            host.page.on("request", lambda request: host.hosts.add(urlsplit(request.url).netloc))
            host.page.on("pageerror", lambda error: host.complaints.append(str(error)))
            host.page.on(
                "console",
                lambda message: (
                    host.complaints.append(message.text) if message.type in ("error", "warning") else None
                ),
            )
            host.page.goto(path)
            return host

        yield open_page
        known = {urlsplit(address).netloc for address in (sites.home, sites.allowed, sites.other)} | {""}
        assert all(host.hosts <= known for host in opened)


def assert_fits(host: Host) -> None:
    """Hold frame and page to their content: as high, no wider, nothing to scroll inside."""
    frame = host.widget.locator("html")
    expect(frame).to_have_class("scripted framed")
    host.page.wait_for_function(
        """() => [...document.querySelectorAll("ask-the-article")].every(
            (one) => one.shadowRoot.querySelector("iframe").style.height !== "")"""
    )
    inside = frame.evaluate("(html) => [html.scrollHeight - innerHeight, html.scrollWidth - innerWidth]")
    assert max(inside) <= 0
    assert frame.evaluate("() => innerHeight - document.body.getBoundingClientRect().height") < 1
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert host.page.evaluate(wide) <= 0


def test_an_allowed_site_shows_the_chat_and_its_answers(open_host: OpenHost) -> None:
    host = open_host()
    host.ask("Who is the Mayor")

    expect(host.widget.locator(".turn mark").first).to_have_text("Mayor")
    expect(host.widget.locator(".turn .confidence").first).to_contain_text("86")
    expect(host.widget.locator("#announcer")).to_contain_text("Mayor Ana Lindström")
    host.ask("and million")
    expect(host.widget.locator(".turn").last).to_contain_text("Mayor")
    assert host.complaints == []


@pytest.mark.parametrize("path", ["/two", "/alike"])  # two chats, each with its own conversation
def test_a_conversation_survives_a_reload_until_it_is_begun_anew(path: str, open_host: OpenHost) -> None:
    host = open_host(path)
    first, second = (host.page.frame_locator("ask-the-article iframe").nth(at) for at in (0, 1))
    for chat, question in ((first, "What reopened"), (second, "until midnight")):
        expect(chat.locator("html.scripted")).to_be_attached()
        chat.locator("#question").fill(question)
        chat.locator("#question").press("Enter")
        expect(chat.locator(".turn")).to_have_count(1)
    host.page.reload()
    expect(first.locator(".turn .question")).to_contain_text("What reopened")
    expect(second.locator(".turn .question")).to_contain_text("until midnight")
    expect(first.locator("html.scripted")).to_be_attached()
    first.locator("#question").fill("and million")
    first.locator("#question").press("Enter")
    expect(first.locator(".turn .searched")).to_contain_text("reopened")
    second.get_by_role("link", name="Start over").click()
    expect(second.locator(".turn")).to_have_count(0)
    host.page.reload()
    expect(first.locator(".turn")).to_have_count(2)
    expect(second.locator("#question")).to_be_visible()
    expect(second.locator(".turn")).to_have_count(0)
    assert host.complaints == []


def test_a_conversation_that_does_not_come_back_is_kept(open_host: OpenHost, sites: Sites) -> None:
    host = open_host()
    host.ask("What reopened")
    host.page.route(f"{sites.home}/", lambda route: route.abort())
    host.page.reload()
    lost = host.widget.locator("#conversation .problem")
    expect(lost).to_contain_text("The conversation is kept")
    expect(host.widget.locator(".first")).to_be_hidden()
    expect(host.widget.get_by_role("link", name="Start over")).to_be_visible()
    host.ask("and million")
    expect(host.widget.locator(".turn .searched")).to_contain_text("reopened")
    host.page.unroute(f"{sites.home}/")
    lost.get_by_role("button", name="Try again").click()
    expect(host.widget.locator(".turn .question")).to_contain_text(["What reopened", "and million"])
    expect(lost).to_have_count(0)


def test_the_keyboard_alone_reaches_into_the_chat_and_out_of_it(open_host: OpenHost) -> None:
    host = open_host()
    question = host.widget.locator("#question")
    expect(host.widget.locator("html.scripted")).to_be_attached()

    def tab_until(focused: Callable[[], bool]) -> None:
        for _ in range(30):
            host.page.keyboard.press("Tab")
            if focused():
                return
        pytest.fail("30 presses of Tab did not get there")

    has_focus = "(element) => document.activeElement === element && document.hasFocus()"
    tab_until(lambda: bool(question.evaluate(has_focus)))
    host.page.keyboard.type("How many million")
    host.page.keyboard.press("Enter")
    expect(host.widget.locator(".turn mark").first).to_have_text("million")
    expect(question).to_have_value("")
    assert question.evaluate(has_focus)
    tab_until(lambda: bool(host.page.get_by_role("link", name="After").evaluate(has_focus)))


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_frame_is_as_high_as_what_it_holds(open_host: OpenHost, viewport: dict[str, int]) -> None:
    host = open_host(viewport=viewport)
    expect(host.widget.locator("#question")).to_be_visible()
    assert_fits(host)
    before = host.page.locator("ask-the-article").bounding_box()
    host.ask("What about the")
    assert_fits(host)
    after = host.page.locator("ask-the-article").bounding_box()
    assert before
    assert after
    assert after["height"] > before["height"] + 100
    assert after["y"] == before["y"]


def test_the_page_is_neither_scrolled_nor_its_focus_taken_by_showing_it(open_host: OpenHost) -> None:
    host = open_host(viewport=NARROW)
    expect(host.widget.locator("#question")).to_be_visible()

    assert host.page.evaluate("[scrollY, document.activeElement.tagName]") == [0, "BODY"]


def test_neither_pages_style_reaches_the_other(open_host: OpenHost) -> None:
    host = open_host()
    expect(host.widget.locator("#question")).to_be_visible()
    size = "(element) => getComputedStyle(element).fontSize"

    assert host.page.locator("p").first.evaluate(size) == "31px"
    assert host.widget.locator("#question").evaluate(size) == "16px"
    assert host.page.locator("h1").evaluate("(element) => getComputedStyle(element).fontFamily") != (
        host.widget.locator("h1").evaluate("(element) => getComputedStyle(element).fontFamily")
    )


def test_another_site_is_told_why_and_is_not_disturbed(open_host: OpenHost, sites: Sites) -> None:
    host = open_host(site=sites.other)

    expect(host.page.locator("ask-the-article")).to_be_hidden()
    told = [text for text in host.complaints if text.startswith("Ask the article: ")]
    assert len(told) == 1
    assert sites.other in told[0]
    assert sites.home in told[0]
    assert "CHATBOT_WIDGET_ORIGINS" in told[0]
    assert all("frame-ancestors" in text for text in host.complaints if text not in told)
    expect(host.page.get_by_role("link", name="After")).to_be_visible()
    assert not any(frame.url.startswith(sites.home) for frame in host.page.frames)


def test_a_page_may_place_the_element_itself(open_host: OpenHost) -> None:
    host = open_host("/placed")
    host.ask("until midnight")

    expect(host.widget.locator(".turn mark")).to_have_text("midnight")
    assert host.complaints == []


def test_a_line_in_the_pages_head_is_told_where_it_belongs(open_host: OpenHost) -> None:
    host = open_host("/head")

    expect(host.page.get_by_role("link", name="After")).to_be_visible()
    assert len(host.complaints) == 1
    assert "in the body" in host.complaints[0]
    expect(host.page.locator("ask-the-article")).to_have_count(0)


def test_two_in_one_page_are_sized_each_on_its_own(open_host: OpenHost) -> None:
    host = open_host("/two")
    frames = host.page.locator("ask-the-article")
    expect(frames).to_have_count(2)
    for number in (0, 1):
        widget = host.page.frame_locator("ask-the-article iframe").nth(number)
        expect(widget.locator("html.scripted")).to_be_attached()
        widget.locator("#question").fill("until midnight")
        widget.locator("#question").press("Enter")
        expect(widget.locator(".turn mark")).to_have_text("midnight")
        if number == 0:
            assert frames.nth(1).evaluate("(one) => one.offsetHeight") < frames.nth(0).evaluate(
                "(one) => one.offsetHeight"
            )
    assert host.complaints == []


def test_an_article_that_is_not_there_is_told_in_its_place(open_host: OpenHost) -> None:
    host = open_host("/unknown")

    expect(host.widget.locator(".problem")).to_contain_text("This article is no longer here")
    assert_fits(host)


def test_a_quotation_opens_its_article_beside_the_page(open_host: OpenHost, sites: Sites) -> None:
    host = open_host()
    host.ask("How many million")
    with host.page.expect_popup() as popup:
        host.widget.locator(".place").first.click()

    expect(popup.value.locator("mark").first).to_contain_text("40 million")
    assert popup.value.url.startswith(f"{sites.home}/articles/station")
    assert popup.value.evaluate("window.opener") is None
    expect(host.widget.locator(".turn")).to_have_count(1)


def test_an_answer_is_judged_where_it_is_shown(open_host: OpenHost, sites: Sites) -> None:
    host = open_host()
    host.ask("How many million")
    button = host.widget.get_by_role("button", name="Right", exact=True).first
    button.click()

    expect(button).to_have_attribute("aria-pressed", "true")
    (kept,) = sites.feedback.all()
    assert (kept.question, kept.article_id, kept.label) == ("How many million", "station", "right")
    assert host.complaints == []


def test_what_is_refused_or_lost_is_told_and_the_question_kept(open_host: OpenHost) -> None:
    host = open_host()
    question = host.widget.locator("#question")
    expect(host.widget.locator("html.scripted")).to_be_attached()
    question.fill("x" * 501)
    question.press("Enter")
    expect(host.widget.locator("#problem-slot .problem")).to_contain_text("500 characters")
    expect(question).to_have_value("x" * 501)
    host.page.route("**/turn", lambda route: route.abort())
    question.fill("Who is the Mayor")
    question.press("Enter")
    expect(host.widget.locator("#problem-slot .problem")).to_contain_text("cannot be reached")
    expect(question).to_have_value("Who is the Mayor")
    host.page.unroute("**/turn")
    question.press("Enter")
    expect(host.widget.locator(".turn")).to_have_count(1)
    expect(host.widget.locator(".problem")).to_have_count(0)


@pytest.mark.parametrize("status", [200, 502])
def test_a_page_that_another_server_puts_between_is_told_as_unreachable(
    open_host: OpenHost, status: int
) -> None:
    host = open_host()
    expect(host.widget.locator("html.scripted")).to_be_attached()
    host.page.route("**/turn", lambda route: route.fulfill(status=status, body="<p>Bad gateway"))
    host.widget.locator("#question").fill("Who is the Mayor")
    host.widget.locator("#question").press("Enter")
    expect(host.widget.locator("#problem-slot")).to_contain_text("cannot be reached")
    expect(host.widget.locator("#question")).to_have_value("Who is the Mayor")
    expect(host.widget.locator("#conversation")).to_have_text("")


def test_a_slow_answer_is_waited_for_in_sight(open_host: OpenHost) -> None:
    host = open_host()
    held: list[Route] = []
    expect(host.widget.locator("html.scripted")).to_be_attached()
    host.page.route("**/turn", lambda route: held.append(route))
    host.widget.locator("#question").fill("What reopened")
    host.widget.locator("#question").press("Enter")
    expect(host.widget.locator(".pending .question")).to_have_text("What reopened")
    expect(host.widget.locator(".pending .refusal")).to_be_visible()
    expect(host.widget.locator(".pending .slow")).to_be_visible()
    expect(host.widget.locator("#announcer")).to_have_text("Reading…")
    assert_fits(host)
    held[0].continue_()
    expect(host.widget.locator(".turn")).to_have_count(1)
    expect(host.widget.locator(".pending")).to_have_count(0)


def test_being_offline_is_told(open_host: OpenHost) -> None:
    host = open_host()
    expect(host.widget.locator("html.scripted")).to_be_attached()
    host.page.context.set_offline(True)
    host.widget.locator("#question").fill("What reopened")
    host.widget.locator("#question").press("Enter")
    expect(host.widget.locator("#problem-slot")).to_contain_text("You are offline")
    expect(host.widget.locator("#question")).to_have_value("What reopened")


def test_what_is_typed_is_shown_as_text(open_host: OpenHost) -> None:
    host = open_host("/two")
    typed = "<script>parent.broken = 1</script><img src=x onerror=alert(1)> שלום 🚢 director is Омар"
    widget = host.page.frame_locator("ask-the-article iframe").nth(1)
    expect(widget.locator("html.scripted")).to_be_attached()
    widget.locator("#question").fill(typed)
    widget.locator("#question").press("Enter")

    expect(widget.locator(".turn .question")).to_contain_text(typed)
    expect(widget.locator(".turn mark")).to_have_text("Омар")
    assert widget.locator(".turn img, .turn script").count() == 0
    assert host.page.evaluate("window.broken") is None


def test_the_chat_can_be_begun_anew(open_host: OpenHost) -> None:
    host = open_host()
    host.ask("Who is the Mayor")
    host.widget.get_by_role("link", name="Start over").click()

    expect(host.widget.locator(".turn")).to_have_count(0)
    expect(host.widget.locator("#question")).to_be_visible()
    assert_fits(host)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_nothing_in_page_and_frame(
    open_host: OpenHost, viewport: dict[str, int], scheme: str
) -> None:
    host = open_host(viewport=viewport, color_scheme=scheme)
    expect(host.widget.locator("#question")).to_be_visible()
    for question in (None, "What about the", "How many tanks", "hello"):
        if question:
            host.ask(question)
        for frame in host.page.frames:
            frame.wait_for_load_state("load")  # with its style sheet
            found = Axe().run(frame)  # type: ignore[no-untyped-call, unused-ignore]
            assert found.violations_count == 0, f"{question} in {frame.url}: {found.generate_report()}"


def test_the_demo_shows_the_widget(open_host: OpenHost, sites: Sites) -> None:
    host = open_host("/demo?article_id=library", site=sites.home)
    host.ask("until midnight")

    expect(host.widget.locator(".turn mark")).to_have_text("midnight")
    found = Axe().run(host.page)
    assert found.violations_count == 0, found.generate_report()
    assert host.complaints == []
