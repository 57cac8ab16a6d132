"""WCAG 2.2 AA as far as axe sees it, and 320 pixels, on every page in every state."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from web_fakes import fake_chatbot

from browser.conftest import NARROW, WIDE, MakePage
from browser.serving import served
from browser.test_chat import ask, send
from chatbot.settings import load_settings
from web.app import create_app
from web.engine import Engine


@pytest.fixture(scope="module")
def single_site() -> Iterator[str]:
    """Serve one made-up article."""
    with served(create_app(load_settings(), fake_chatbot())) as address:
        yield address


def first_screen(page: Page) -> None:
    page.goto("/")


def answered(page: Page) -> None:
    page.goto("/")
    ask(page, "What about the")
    page.locator(".place").last.hover()


def follow_up(page: Page) -> None:
    page.goto("/")
    ask(page, "What reopened")
    ask(page, "and the")


def not_found(page: Page) -> None:
    page.goto("/")
    ask(page, "How many tanks")
    page.locator("summary").last.click()


def small_talk(page: Page) -> None:
    page.goto("/")
    ask(page, "hello")


def refused(page: Page) -> None:
    page.goto("/")
    page.locator("#question").fill("x" * 501)
    send(page)
    expect(page.locator("#problem-slot .problem")).to_be_visible()


def unreachable(page: Page) -> None:
    page.goto("/")
    page.route("**/turn", lambda route: route.abort())
    page.locator("#question").fill("Who is the Mayor")
    send(page)
    expect(page.locator("#problem-slot .problem")).to_be_visible()


def offline(page: Page) -> None:
    page.goto("/")
    page.context.set_offline(True)
    page.locator("#question").fill("Who is the Mayor")
    send(page)
    expect(page.locator("#problem-slot .problem")).to_be_visible()


def waiting(page: Page) -> None:
    page.goto("/")
    page.route("**/turn", lambda route: None)
    page.locator("#question").fill("Who is the Mayor")
    send(page)
    expect(page.locator(".pending .refusal")).to_be_visible()


def judged(page: Page) -> None:
    page.route("**/api/feedback", lambda route: route.fulfill(status=204))
    page.goto("/")
    ask(page, "How many million")
    page.get_by_role("button", name="Right", exact=True).click()
    expect(page.locator("[data-noted]")).to_be_visible()


def not_noted(page: Page) -> None:
    page.route("**/api/feedback", lambda route: route.abort())
    page.goto("/")
    ask(page, "How many million")
    page.get_by_role("button", name="Right", exact=True).click()
    expect(page.locator("[data-noted]")).to_be_visible()


def lost(page: Page) -> None:
    page.goto("/")
    ask(page, "How many million")
    page.route("**/", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    page.reload()
    expect(page.locator(".lost")).to_be_visible()


def noted_without_script(page: Page) -> None:
    page.goto("/")
    ask(page, "How many million")
    page.locator(".judge").first.evaluate(
        """(form) => {
          form.target = "_self";
          form.append(Object.assign(document.createElement("input"), { name: "label", value: "right" }));
          form.submit();
        }"""
    )
    expect(page.locator("h1")).to_contain_text("thank you")


def linked(page: Page) -> None:
    page.goto('/ask?q=and+million&article=station&from=2024-01-01&turn={"question":"What+reopened"}')
    page.locator(".earlier summary").click()


def article_chosen(page: Page) -> None:
    page.goto("/")
    ask(page, "Who is the Mayor")
    page.locator(".place").first.click()
    expect(page.locator("#announcer")).to_contain_text("The article shows the quotation")


def passage_chosen(page: Page) -> None:
    page.goto("/?article=station")
    if page.get_by_role("tab").count():
        page.get_by_role("tab", name="Article").click()
    page.locator("a.number").last.click()
    expect(page.locator(".answerable button:visible").first).to_be_focused()


def article(page: Page) -> None:
    page.goto("/articles/station")


def marked_article(page: Page) -> None:
    page.goto("/articles/station?c=0-80#c0-80")


def wrong_place(page: Page) -> None:
    page.goto("/articles/station?c=9-3")


def article_list(page: Page) -> None:
    page.goto("/articles?q=station&article=library&article=station&after=2020-01-01")


def long_list(page: Page) -> None:
    page.goto("/articles?page=2")
    page.get_by_role("button", name="Tick these").click()
    expect(page.get_by_role("button", name="Ask the")).to_be_enabled()


def some_articles_asked(page: Page) -> None:
    page.goto("/?article=station&from=2024-01-01")
    page.locator("#scope summary").click()
    expect(page.locator("#scope fieldset")).to_be_visible()


def dates_that_are_none(page: Page) -> None:
    page.goto("/?from=2024-01-01&to=2023-01-01")
    expect(page.locator("[data-problem]")).to_be_visible()


def missing(page: Page) -> None:
    page.goto("/articles/none")


STATES = (
    first_screen,
    answered,
    follow_up,
    not_found,
    small_talk,
    refused,
    unreachable,
    offline,
    waiting,
    judged,
    not_noted,
    lost,
    noted_without_script,
    linked,
    article_chosen,
    passage_chosen,
    article,
    marked_article,
    wrong_place,
    article_list,
    some_articles_asked,
    dates_that_are_none,
    missing,
)


def assert_accessible(page: Page, state: str) -> None:
    # axe reads colours, which must have come with their style sheet, and settled
    page.wait_for_load_state("load")
    page.wait_for_function(
        "() => document.getAnimations().every((animation) => animation.playState !== 'running'"
        " || animation.effect.getTiming().iterations === Infinity)"
    )
    found = Axe().run(page)
    assert found.violations_count == 0, f"{state}: {found.generate_report()}"
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, f"{state}: {overflow} pixels too wide"


# Narrow screens show a part of the colours of wide ones: one scheme will do.
@pytest.mark.parametrize(
    ("viewport", "scheme"),
    [(WIDE, "light"), (WIDE, "dark"), (NARROW, "dark")],
    ids=["wide-light", "wide-dark", "narrow-dark"],
)
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_axe_finds_nothing(
    fake_site: str, make_page: MakePage, state: Callable[[Page], None], viewport: dict[str, int], scheme: str
) -> None:
    page = make_page(fake_site, viewport=viewport, color_scheme=scheme)
    state(page)
    assert_accessible(page, state.__name__)


@pytest.mark.parametrize("state", [first_screen, not_found], ids=lambda state: state.__name__)
def test_axe_finds_nothing_over_one_article(
    single_site: str, make_page: MakePage, state: Callable[[Page], None]
) -> None:
    page = make_page(single_site)
    state(page)
    assert_accessible(page, state.__name__)


@pytest.mark.parametrize("state", [first_screen, long_list], ids=lambda state: state.__name__)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_over_many_articles(
    many_site: str, make_page: MakePage, state: Callable[[Page], None], scheme: str
) -> None:
    page = make_page(many_site, viewport=NARROW, color_scheme=scheme)
    state(page)
    assert_accessible(page, state.__name__)


@pytest.mark.parametrize(("named", "article"), [("fake", "Station reopens after ten years"), ("crowded", "")])
def test_what_is_done_with_each_quotation_has_a_name_of_its_own(
    request: pytest.FixtureRequest, make_page: MakePage, named: str, article: str
) -> None:
    page = make_page(request.getfixturevalue(f"{named}_site"))
    page.goto("/")
    ask(page, "Which ferry" if named == "crowded" else "What about the")
    for selector, says in ((".place", "Show in the article: "), (".copy", "Copy ")):
        names = page.locator(selector).all_text_contents()
        assert len(names) > 1
        assert len(set(names)) == len(names)
        assert names[0].startswith(f"{says}quotation 1, ")
        assert article in names[0]
    groups = [group.get_attribute("aria-label") or "" for group in page.locator(".judge [role=group]").all()]
    assert len(set(groups)) == len(groups)
    assert groups[0].startswith("Does it answer? quotation 1, ")


def test_axe_finds_nothing_in_further_quotations(crowded_site: str, make_page: MakePage) -> None:
    page = make_page(crowded_site)
    page.goto("/")
    ask(page, "Which ferry")
    page.get_by_text("7 more quotations").click()
    expect(page.locator(".more blockquote").last).to_be_visible()
    assert_accessible(page, "further quotations")


def test_axe_finds_nothing_where_too_much_was_asked(make_page: MakePage) -> None:
    with served(create_app(load_settings(requests_per_minute=1), fake_chatbot())) as address:
        page = make_page(address)
        page.goto("/ask?q=What+reopened")
        page.goto("/ask?q=What+reopened")
        expect(page.locator("h1")).to_have_text("Too many questions at once")
        assert_accessible(page, "too many questions")


def test_axe_finds_nothing_without_script(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site, java_script_enabled=False)
    page.goto("/")
    page.locator("#question").fill("What about the")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".turn")).to_have_count(1)
    shown = page.content()
    scripted = make_page(fake_site)
    scripted.goto("/")
    scripted.set_content(shown)
    assert_accessible(scripted, "without script")


def test_axe_finds_nothing_while_the_library_is_opened(make_page: MakePage) -> None:
    app = create_app(load_settings(), fake_chatbot())
    app.state.engine = Engine()
    with served(app) as address:
        page = make_page(address)
        page.goto("/")
        expect(page.locator("h1")).to_have_text("One moment")
        assert_accessible(page, "waiting")
        app.state.engine = Engine(fake_chatbot())
        expect(page.locator("#question")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_interfaces_description(
    fake_site: str, make_page: MakePage, scheme: str
) -> None:
    page = make_page(fake_site, color_scheme=scheme)
    page.goto("/docs")
    for summary in page.locator("summary").all():
        summary.click()
    page.locator(".try button").first.click()
    expect(page.locator(".try pre").first).to_contain_text("200")
    assert_accessible(page, "docs")
