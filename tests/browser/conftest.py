"""Fixtures: the site served on a port of its own, and pages that may ask nobody else."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright
from web_fakes import FakeChatbot, fake_chatbot

from browser.chromium import ARGUMENTS, NoChromiumError, find_chromium
from browser.serving import served
from chatbot.chatbot import Chatbot
from chatbot.extractive import PACKAGED_READER
from chatbot.settings import Settings, load_settings
from web.app import create_app

WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 320, "height": 640}
PATIENCE = 60_000  # milliseconds: a busy machine is no fault of the page
expect.set_options(timeout=PATIENCE)
MakePage = Callable[..., Page]
AWKWARD_TITLES = (
    "<script>window.broken = 1</script> in a title",
    "مجلس المدينة يوافق على <b>الميناء</b>",
    "🚢 A ship comes in",
)


@dataclass
class Watched:
    """What a page asked of other hosts, and what it complained about."""

    strangers: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def watch(self, page: Page, host: str) -> None:
        page.on("request", lambda request: self._request(request, host))
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _request(self, request: Request, host: str) -> None:
        address = urlsplit(request.url)
        if address.netloc != host and address.scheme not in ("data", "blob"):
            self.strangers.append(request.url)

    def _console(self, message: ConsoleMessage) -> None:
        # a page that answers 404 or 422 is logged too, and is what some tests ask for
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self.complaints.append(message.text)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        try:
            chromium = find_chromium(playwright)
        except NoChromiumError as error:
            if os.environ.get("CI"):
                pytest.fail(str(error))
            pytest.skip(str(error))
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def site(real_settings: Settings) -> Iterator[str]:
    """Serve the real chatbot over the real article, with the best reader that is packaged."""
    reader = "extractive" if (PACKAGED_READER / "manifest.json").is_file() else "sentence"
    settings = real_settings.model_copy(update={"reader": reader})
    with Chatbot.open(settings) as chatbot, served(create_app(settings, chatbot)) as address:
        yield address


@pytest.fixture(scope="package")
def fake_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve two made-up articles, read by a fake; feedback is kept apart from that of who runs the tests."""
    settings = load_settings(data_dir=tmp_path_factory.mktemp("data"))
    with served(create_app(settings, fake_chatbot(both=True))) as address:
        yield address


@pytest.fixture(scope="package")
def crowded_site() -> Iterator[str]:
    """Serve an article with more quotations for one question than are shown at once."""
    text = "\n\n".join(f"Pier {number} holds the ferry." for number in range(12))
    with served(create_app(load_settings(), FakeChatbot({"crowded": text}))) as address:
        yield address


@pytest.fixture(scope="package")
def many_site() -> Iterator[str]:
    """Serve more articles than one page of the list holds, with titles of all kinds."""
    titles = (*AWKWARD_TITLES, *(f"Pier {number:03}" for number in range(120)))
    texts = {f"n{at:03}": f"{title}\n\nThe ferry is at {at}." for at, title in enumerate(titles)}
    with served(create_app(load_settings(), FakeChatbot(texts))) as address:
        yield address


@pytest.fixture
def make_page(browser: Browser) -> Iterator[MakePage]:
    """Make pages; at the end none may have asked another host, or complained."""
    contexts = []
    watched = Watched()

    def make(address: str, **options: Any) -> Page:
        context = browser.new_context(base_url=address, **{"viewport": WIDE, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        watched.watch(page, urlsplit(address).netloc)
        return page

    yield make
    for context in contexts:
        context.close()
    assert watched.strangers == []
    assert watched.complaints == []
