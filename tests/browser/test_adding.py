"""Adding an article and removing it: with script and without, by keyboard, dropped, and refused."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from test_web_adding import MARKET, TOKEN, FakeEngine, FakeIntake
from web_fakes import fake_chatbot

from browser.conftest import NARROW, WIDE, MakePage
from browser.serving import served
from browser.test_accessibility import assert_accessible
from browser.test_chat import press_until
from chatbot.settings import Settings, load_settings
from web.app import create_app

# Gives the page files as if they were dropped on it.
DROP = """(texts) => {
  const dropped = new DataTransfer();
  texts.forEach((text, at) => dropped.items.add(new File([text], `dropped ${at}.txt`)));
  for (const type of ["dragover", "drop"]) {
    document.getElementById("drop").dispatchEvent(
      new DragEvent(type, { dataTransfer: dropped, bubbles: true, cancelable: true }));
  }
}"""


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    app = create_app(settings, fake_chatbot())  # which keeps the app from opening one
    engine = app.state.engine = FakeEngine()
    app.state.intake = FakeIntake(settings)
    engine.start(settings)
    engine.wait(60)
    with served(app) as address:
        yield address
    app.state.intake.close()
    engine.close()


@pytest.fixture
def adding_site(tmp_path: Path) -> Iterator[str]:
    with serving(load_settings(data_dir=tmp_path, adding=True, file_mebibytes=1)) as address:
        yield address


@pytest.fixture
def guarded_site(tmp_path: Path) -> Iterator[str]:
    with serving(load_settings(data_dir=tmp_path, adding=True, adding_token=TOKEN)) as address:
        yield address


def add(page: Page) -> None:
    page.get_by_role("button", name="Add the article").click()


@pytest.mark.parametrize("scripted", [True, False])
def test_pasted_text_is_added_asked_and_removed(adding_site: str, make_page: MakePage, scripted: bool) -> None:
    page = make_page(adding_site, java_script_enabled=scripted)
    page.goto("/")
    page.get_by_role("link", name="Add", exact=True).click()
    page.get_by_label("Text", exact=True).fill(MARKET)
    page.get_by_label("Title").fill("Market <b>day</b> 🚢")
    page.get_by_label("Source address").fill("https://news.example/market")
    page.get_by_label("Published").fill("2024-05-06")
    add(page)
    expect(page.locator(".done")).to_contain_text("Added.")
    expect(page.locator("h1")).to_have_text("Market <b>day</b> 🚢")
    expect(page.locator(".colophon")).to_contain_text("Published 6 May 2024")
    page.get_by_role("link", name="Ask it").click()
    page.locator("#question").fill("What does the market sell?")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".turn .from").first).to_have_text("Market <b>day</b> 🚢, 6 May 2024")
    page.locator(".turn .place").first.click()
    page.goto("/articles?q=market")
    page.locator(".articles div > a").click()
    page.get_by_role("link", name="Remove this article").click()
    expect(page.locator("main")).to_contain_text("Market <b>day</b> 🚢")
    page.get_by_role("button", name="Remove it").click()
    expect(page.locator(".done")).to_have_text("Removed: Market <b>day</b> 🚢")
    expect(page.locator(".count")).to_have_text("1 to 2 of 2 articles")


@pytest.mark.parametrize("scripted", [True, False])
def test_a_chosen_file_is_added(adding_site: str, make_page: MakePage, tmp_path: Path, scripted: bool) -> None:
    page = make_page(adding_site, java_script_enabled=scripted)
    file = tmp_path / "market day.txt"
    file.write_text(MARKET)
    page.goto("/add")
    page.locator("#file").set_input_files(file)
    add(page)
    page.wait_for_url("**/articles/market-day?is=added")


def test_a_dropped_file_is_added(adding_site: str, make_page: MakePage) -> None:
    page = make_page(adding_site)
    page.goto("/add")
    page.evaluate(DROP, [MARKET, MARKET])
    expect(page.locator(".problem")).to_contain_text("One article at a time")
    page.evaluate(DROP, [MARKET])
    expect(page.locator("#file")).to_be_focused()
    add(page)
    page.wait_for_url("**/articles/dropped-0?is=added")


def test_by_keyboard_alone(adding_site: str, make_page: MakePage) -> None:
    page = make_page(adding_site, viewport=NARROW)
    page.goto("/add")
    press_until(page, "Tab", page.locator("#text"))
    page.keyboard.type(MARKET)
    press_until(page, "Tab", page.get_by_role("button", name="Add the article"))
    page.keyboard.press("Enter")
    expect(page.locator(".done")).to_contain_text("Added.")
    press_until(page, "Tab", page.get_by_role("link", name="Remove this article"))
    page.keyboard.press("Enter")
    press_until(page, "Tab", page.get_by_role("button", name="Remove it"))
    page.keyboard.press("Enter")
    expect(page.locator(".done")).to_contain_text("Removed")


@pytest.mark.parametrize("scripted", [True, False])
def test_what_is_refused_is_said_and_the_text_kept(
    adding_site: str, make_page: MakePage, tmp_path: Path, scripted: bool
) -> None:
    page = make_page(adding_site, java_script_enabled=scripted)
    page.goto("/add")
    add(page)
    expect(page.locator("[data-problem]")).to_contain_text("got neither")
    file = tmp_path / "market.txt"
    file.write_text(MARKET)
    page.locator("#file").set_input_files(file)
    page.locator("#text").fill("<script>window.broken = 1</script>\n\nمرحبا")
    add(page)
    expect(page.locator("[data-problem]")).to_contain_text("got both")
    expect(page.locator("#text")).to_have_value("<script>window.broken = 1</script>\n\nمرحبا")


def test_the_name_of_a_refused_file_is_shown_as_it_is(
    adding_site: str, make_page: MakePage, tmp_path: Path
) -> None:
    page = make_page(adding_site)
    page.goto("/add")
    file = tmp_path / "empty.txt"
    file.write_text(" ")
    page.locator("#file").set_input_files(file)
    add(page)
    problem = page.locator("[data-problem] p")
    expect(problem).to_have_text(re.compile("^empty.txt: "))
    drawn = problem.evaluate("(element) => getComputedStyle(element, '::first-letter').textTransform")
    assert drawn == "none"


def test_a_file_that_is_too_large_is_not_sent(adding_site: str, make_page: MakePage, tmp_path: Path) -> None:
    page = make_page(adding_site)
    page.route("**/add", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    page.goto("/add")
    file = tmp_path / "large.txt"
    file.write_bytes(b"x" * (2**20 + 1))
    page.locator("#file").set_input_files(file)
    add(page)
    expect(page.locator(".problem")).to_contain_text("larger than 1 MiB")
    page.locator("#file").set_input_files([])
    page.locator("#text").fill(MARKET)
    add(page)
    expect(page.locator(".problem")).to_contain_text("cannot be reached")
    expect(page.locator("#text")).to_have_value(MARKET)


def test_while_it_is_read_the_page_says_so(adding_site: str, make_page: MakePage) -> None:
    page = make_page(adding_site)
    page.goto("/add")
    page.locator("#text").fill(MARKET)
    page.route("**/add", lambda route: None)
    add(page)
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("read and indexed")


def test_back_returns_to_a_form_that_adds_another(adding_site: str, make_page: MakePage) -> None:
    page = make_page(adding_site)
    page.goto("/add")
    page.locator("#text").fill(MARKET)
    page.route(
        "**/articles/**", lambda route: route.fulfill(status=204)
    )  # so that the page stays, as Back finds it
    with page.expect_response(lambda response: response.status == 204):
        add(page)
    expect(page.locator("#add[data-busy]")).to_be_visible()
    page.evaluate("() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(page.get_by_role("progressbar")).to_have_count(0)
    page.unroute("**/articles/**")
    add(page)
    page.wait_for_url("**/articles/*")


def test_the_token_is_asked_for_and_remembered_by_the_tab_alone(guarded_site: str, make_page: MakePage) -> None:
    page = make_page(guarded_site)
    page.goto("/add")
    page.locator("#text").fill(MARKET)
    page.locator("#token").fill("wrong")
    add(page)
    expect(page.locator("[data-problem]")).to_contain_text("token")
    expect(page.locator("#token")).to_be_focused()
    expect(page.locator("#text")).to_have_value(MARKET)
    page.locator("#token").fill(TOKEN)
    add(page)
    expect(page.locator(".done")).to_contain_text("Added.")
    page.get_by_role("link", name="Remove this article").click()
    expect(page.locator("#token")).to_have_value(TOKEN)
    page.get_by_role("button", name="Remove it").click()
    expect(page.locator(".done")).to_contain_text("Removed")
    assert page.evaluate("localStorage.length") == 0
    other = page.context.new_page()
    other.goto(f"{guarded_site}/add")
    expect(other.locator("#token")).to_have_value("")


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_what_adds_and_removes(
    guarded_site: str, make_page: MakePage, viewport: dict[str, int], scheme: str
) -> None:
    page = make_page(guarded_site, viewport=viewport, color_scheme=scheme)
    page.goto("/add")
    assert_accessible(page, "form")
    page.locator("#text").fill(MARKET)
    page.locator("#token").fill("wrong")
    add(page)
    expect(page.locator("[data-problem]")).to_be_visible()
    assert_accessible(page, "refused")
    page.locator("#token").fill(TOKEN)
    add(page)
    expect(page.locator(".done")).to_be_visible()
    assert_accessible(page, "added")
    page.get_by_role("link", name="Remove this article").click()
    assert_accessible(page, "remove")
    page.get_by_role("button", name="Remove it").click()
    expect(page.locator(".done")).to_contain_text("Removed")
    assert_accessible(page, "removed")
