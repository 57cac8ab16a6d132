"""The article beside the chat: chosen quotations, Back, tabs, and the questions that a passage answers."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Route, ViewportSize, expect
from web_fakes import FakeChatbot

from browser.conftest import NARROW, WIDE, MakePage
from browser.serving import served
from browser.test_chat import ANSWERED, MARKED_RANGE, ask, assert_marked, press_until
from chatbot.settings import load_settings
from web.app import create_app

# Right-to-left words, a character outside the basic plane and one of several code points, markup.
MIXED = """الميناء <script>alert(1)</script> فتح 🚢 أبوابه

قالت العمدة 👩🏽‍✈️ إن الميناء فتح يوم الاثنين & رحلت.

The ferry 🚢🇺🇦 left on Monday <b>early</b>."""
SELECT = """([block, from, length]) => {
  const paragraph = document.querySelectorAll("#pane .text > :not(.gap), #main .text > :not(.gap)")[block];
  const words = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT).nextNode();
  getSelection().setBaseAndExtent(words, from, words, from + length);
}"""


def test_the_keyboard_alone_reaches_question_answer_article_and_back(site: str, make_page: MakePage) -> None:
    page = make_page(site, viewport=NARROW)
    page.goto("/")
    expect(page.locator("html.scripted")).to_be_attached()
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    press_until(page, "Tab", page.locator("#question"))
    page.keyboard.type(ANSWERED)
    page.keyboard.press("Enter")
    place = page.locator(".turn .place").first
    expect(place).to_be_visible()
    press_until(page, "Shift+Tab", place)
    page.keyboard.press("Enter")
    expect(page.locator("#pane")).to_be_focused()
    assert_marked(page, "#pane .text", place.get_attribute("href") or "")
    page.go_back()  # the browser's own keys do not reach a page that is driven from outside
    expect(place).to_be_focused()
    expect(place).to_be_in_viewport()


def test_a_chosen_quotation_moves_the_article_beside_to_it_and_back_returns(
    site: str, make_page: MakePage
) -> None:
    page = make_page(site)
    page.goto("/")
    for question in (ANSWERED, "What did Hayashi visit in Bucha?"):
        ask(page, question)
    places = [page.locator(".turn").nth(turn).locator(".place").first for turn in (0, 1)]
    for turn, place in enumerate(places):
        place.click()
        expect(place).to_have_attribute("aria-current", "true")
        assert_marked(page, "#pane .text", place.get_attribute("href") or "")
        quotation = page.locator(".turn").nth(turn).locator("blockquote").first.text_content()
        assert page.locator("#pane .text").evaluate(MARKED_RANGE)["text"] == quotation
    assert page.url == f"{site}/"
    page.go_back()
    expect(places[0]).to_have_attribute("aria-current", "true")
    assert_marked(page, "#pane .text", places[0].get_attribute("href") or "")
    page.go_forward()
    expect(places[1]).to_have_attribute("aria-current", "true")
    expect(page.locator(".turn")).to_have_count(2)


def test_back_passes_over_what_the_pane_showed_already(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site)
    page.goto("/")
    ask(page, "What about the")
    entries = page.evaluate("history.length")
    places = page.locator(".turn .place")
    places.first.click()
    expect(page.locator("#announcer")).to_have_text("The article shows the quotation, marked.")
    places.last.click()
    expect(page.locator("#announcer")).to_contain_text("Back returns")
    assert page.evaluate("history.length") == entries + 1
    page.go_back()
    expect(places.first).to_have_attribute("aria-current", "true")


def test_of_two_places_chosen_at_once_the_latter_is_what_back_leaves(
    fake_site: str, make_page: MakePage
) -> None:
    page = make_page(fake_site)
    page.goto("/")
    ask(page, "What about the")
    entries = page.evaluate("history.length")
    held: list[Route] = []
    page.route("**/pane*", lambda route: held.append(route))
    former, latter = page.locator(".turn .place").nth(1), page.locator(".turn .place").nth(2)
    for place in (former, latter):
        with page.expect_request("**/pane*"):
            place.click()
    held[1].continue_()
    expect(page.locator("#announcer")).to_contain_text("Back returns")
    held[0].continue_()
    expect(page.locator("#announcer")).to_have_text("The article shows the quotation, marked.")
    assert page.evaluate("history.length") == entries + 1
    assert page.evaluate("history.state.pane") == latter.get_attribute("data-pane")


def test_a_new_answer_moves_the_article_beside_to_its_best_quotation(site: str, make_page: MakePage) -> None:
    page = make_page(site)
    page.goto("/")
    ask(page, ANSWERED)
    place = page.locator(".turn .place").first
    expect(page.locator("#pane mark").first).to_be_visible()
    assert_marked(page, "#pane .text", place.get_attribute("href") or "")


def test_without_script_a_quotation_leads_to_its_mark(site: str, make_page: MakePage) -> None:
    page = make_page(site, java_script_enabled=False)
    page.goto("/")
    page.locator(".first .offered button").first.click()
    place = page.locator(".turn .place").first
    address = place.get_attribute("href") or ""
    quotation = page.locator(".turn blockquote").first.text_content()
    place.click()
    page.wait_for_url(f"**{address}")
    # without script nothing runs in the page, so what is marked is read from outside
    assert "".join(page.locator(".text mark").all_text_contents()) == quotation
    expect(page.locator(".text mark").first).to_be_in_viewport()
    expect(page.locator(f"#{address.rpartition('#')[2]}")).to_have_count(1)


@pytest.fixture(scope="module")
def mixed_site() -> Iterator[str]:
    """Serve an article of two scripts, with emoji and markup in it."""
    with served(create_app(load_settings(), FakeChatbot({"mixed": MIXED}))) as address:
        yield address


@pytest.mark.parametrize("question", ["ماذا 👩🏽‍✈️ فتح", "<script>alert(1)</script> when Monday"])
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_any_script_and_emoji_are_marked_at_the_right_place(
    mixed_site: str, make_page: MakePage, question: str, viewport: dict[str, int]
) -> None:
    page = make_page(mixed_site, viewport=viewport)
    page.on("dialog", lambda dialog: pytest.fail(f"the page ran {dialog.message}"))
    page.goto("/")
    ask(page, question)
    expect(page.locator(".turn .question")).to_contain_text(question)
    for place in page.locator(".turn .place").all():
        place.click()
        expect(place).to_have_attribute("aria-current", "true")
        expect(page.locator("#pane mark").first).to_be_in_viewport()
        start, end = map(int, (place.get_attribute("href") or "").rpartition("#c")[2].split("-"))
        assert page.locator("#pane .text").evaluate(MARKED_RANGE) == {
            "start": start,
            "end": end,
            "text": MIXED[start:end],
        }
        if viewport == NARROW:
            page.go_back()
    assert page.locator("#pane .text").text_content() == MIXED
    assert page.locator(".turn script, #pane script, #pane b").count() == 0


def test_each_text_runs_in_its_own_direction(mixed_site: str, make_page: MakePage) -> None:
    page = make_page(mixed_site)
    page.goto("/")
    ask(page, "ماذا فتح")
    expect(page.locator(".turn .question [dir]")).to_have_css("direction", "rtl")
    expect(page.locator(".turn blockquote").first).to_have_css("direction", "rtl")
    expect(page.locator("#pane .text > p").last).to_have_css("direction", "ltr")


def test_on_a_narrow_screen_chat_and_article_are_tabs(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site, viewport=NARROW)
    page.goto("/")
    chat, article = (page.get_by_role("tab", name=name) for name in ("Chat", "Article"))
    expect(page.get_by_role("tabpanel", name="Chat")).to_be_visible()
    expect(page.locator("#pane")).to_be_hidden()
    chat.focus()
    page.keyboard.press("ArrowRight")
    expect(article).to_be_focused()
    expect(article).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("tabpanel", name="Article")).to_be_visible()
    expect(page.locator("#chat")).to_be_hidden()
    page.keyboard.press("Home")
    expect(chat).to_be_focused()
    expect(page.locator("#pane")).to_be_hidden()


def test_on_a_wide_screen_there_are_no_tabs(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site)
    page.goto("/")
    expect(page.get_by_role("tab")).to_have_count(0)
    expect(page.locator(".tabs")).to_be_hidden()
    expect(page.locator("#question")).to_be_visible()
    expect(page.locator("#pane h2")).to_be_visible()


def test_a_window_made_narrow_keeps_what_is_shown(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site)
    page.goto("/")
    ask(page, "Who is the Mayor")
    page.set_viewport_size(ViewportSize(width=320, height=640))
    expect(page.get_by_role("tab", name="Chat")).to_have_attribute("aria-selected", "true")
    page.get_by_role("tab", name="Article").click()
    expect(page.locator("#pane mark").first).to_be_visible()
    page.set_viewport_size(ViewportSize(width=1280, height=800))
    expect(page.locator(".turn")).to_be_visible()
    expect(page.locator("#pane")).not_to_have_attribute("role", "tabpanel")


def test_a_chosen_quotation_opens_the_articles_tab_and_back_returns(
    fake_site: str, make_page: MakePage
) -> None:
    page = make_page(fake_site, viewport=NARROW)
    page.goto("/")
    for question in ("Who is the Mayor", "What reopened", "What about the"):
        ask(page, question)
    place = page.locator(".turn").nth(1).locator(".place").first
    place.scroll_into_view_if_needed()
    place.click()
    expect(page.get_by_role("tab", name="Article")).to_have_attribute("aria-selected", "true")
    assert_marked(page, "#pane .text", place.get_attribute("href") or "")
    page.go_back()
    expect(page.get_by_role("tab", name="Chat")).to_have_attribute("aria-selected", "true")
    expect(place).to_be_focused()
    expect(place).to_be_in_viewport()
    expect(page.locator(".turn")).to_have_count(3)


def test_back_returns_to_the_chosen_quotation_though_the_page_was_loaded_since(
    fake_site: str, make_page: MakePage
) -> None:
    page = make_page(fake_site, viewport=NARROW)
    page.goto("/")
    for question in ("Who is the Mayor", "What reopened", "What about the"):
        ask(page, question)
    place = page.locator(".turn").nth(1).locator(".place").first
    place.click()
    expect(page.get_by_role("tab", name="Article")).to_have_attribute("aria-selected", "true")
    page.reload()
    expect(page.locator(".turn")).to_have_count(3)
    page.go_back()
    expect(page.get_by_role("tab", name="Chat")).to_have_attribute("aria-selected", "true")
    expect(place).to_be_in_viewport()


def test_on_a_narrow_screen_the_articles_tab_shows_what_was_quoted_or_chosen(
    fake_site: str, make_page: MakePage
) -> None:
    page = make_page(fake_site, viewport=NARROW)
    page.goto("/")
    chat, article = (page.get_by_role("tab", name=name) for name in ("Chat", "Article"))
    expect(page.locator("#pane h2")).to_contain_text("Station")
    for question in ("What about midnight", "which crews"):
        ask(page, question)
        place = page.locator(".turn").last.locator(".place").first
        expect(place).to_have_attribute("aria-current", "true")
        article.click()
        assert_marked(page, "#pane .text", place.get_attribute("href") or "")
        chat.click()
    page.reload()
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator(".turn").last.locator(".place").first).to_have_attribute("aria-current", "true")
    page.locator("#scope summary").click()
    page.get_by_role("checkbox", name="library").check()
    expect(page.locator("#pane h2")).to_contain_text("library")
    article.click()
    expect(page.locator("#pane h2")).to_be_in_viewport()


def test_the_skip_link_leads_from_the_articles_tab_to_the_conversation(
    fake_site: str, make_page: MakePage
) -> None:
    page = make_page(fake_site, viewport=NARROW)
    page.goto("/")
    page.get_by_role("tab", name="Article").click()
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#chat")).to_be_focused()
    expect(page.get_by_role("tab", name="Chat")).to_have_attribute("aria-selected", "true")


def test_back_returns_to_what_the_pane_showed_at_first(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site)
    page.goto("/")
    ask(page, "How many drones")
    page.locator(".turn summary").click()
    place = page.locator(".turn .place").last
    place.click()
    assert_marked(page, "#pane .text", place.get_attribute("href") or "")
    page.go_back()
    expect(page.locator("#pane mark")).to_have_count(0)
    expect(place).not_to_have_attribute("aria-current", "true")


def test_an_article_that_cannot_be_shown_is_told_and_the_conversation_stays(
    fake_site: str, make_page: MakePage
) -> None:
    page = make_page(fake_site)
    page.goto("/")
    for question in ("What reopened", "What about midnight"):
        ask(page, question)
    place = page.locator(".turn").first.locator(".place").first
    problem = page.locator("#problem-slot")
    expect(page.locator("#pane h2")).to_contain_text("The library")
    page.context.set_offline(True)
    place.click()
    expect(problem).to_contain_text("The article could not be loaded")
    expect(page.locator("#pane h2")).to_contain_text("The library")
    page.context.set_offline(False)
    gone = '<div class="problem" data-problem><p>It is gone.</p></div>'
    page.route("**/pane*", lambda route: route.fulfill(status=404, content_type="text/html", body=gone))
    place.click()
    expect(problem).to_have_text("It is gone.")
    page.unroute("**/pane*")
    place.click()
    expect(page.locator("#pane h2")).to_contain_text("Station")
    expect(problem).to_be_hidden()
    expect(page.locator(".turn")).to_have_count(2)


def test_an_article_that_back_cannot_bring_is_told(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site)
    page.goto("/")
    ask(page, "How many drones")
    page.locator(".turn summary").click()
    page.locator(".turn .place").last.click()
    expect(page.locator("#pane mark").first).to_be_visible()
    page.route("**/pane*", lambda route: route.abort())
    page.go_back()
    expect(page.locator("#problem-slot")).to_contain_text("The article could not be loaded")


def test_without_script_chat_and_article_are_two_sections(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site, viewport=NARROW, java_script_enabled=False)
    page.goto("/")
    expect(page.locator("#question")).to_be_visible()
    page.get_by_role("link", name="Article", exact=True).click()
    assert page.url.endswith("#pane")
    expect(page.locator("#pane h2")).to_be_in_viewport()
    page.get_by_role("link", name="Chat", exact=True).click()
    expect(page.locator(".title")).to_be_in_viewport()


def test_selecting_a_passage_offers_the_questions_it_answers(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site)
    page.goto("/?article=station")
    offered = page.locator(".answerable .group:visible")
    expect(page.locator("#pane h2")).to_contain_text("Station")
    expect(offered).to_have_count(0)
    page.evaluate(SELECT, [2, 4, 7])
    expect(offered).to_contain_text("Questions that paragraph\u00a03 answers")
    expect(offered.get_by_role("button")).to_have_text(["What reopened"])
    page.evaluate(SELECT, [3, 4, 7])
    expect(offered.get_by_role("button")).to_have_text(["How many million", "Who is the Mayor"])
    offered.get_by_role("button", name="Who is the Mayor").click()
    expect(page.locator(".turn .question")).to_contain_text("Who is the Mayor")
    page.evaluate(SELECT, [1, 0, 9])  # the caption, which answers none
    expect(offered).to_have_count(0)


def test_an_article_without_fixed_questions_offers_none(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site)
    page.goto("/articles/library")
    page.evaluate(SELECT, [1, 4, 7])
    expect(page.locator(".text a, .answerable")).to_have_count(0)


def test_a_passages_number_offers_its_questions_by_keyboard(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site, viewport=NARROW)
    page.goto("/?article=station")
    expect(page.locator("html.scripted")).to_be_attached()
    page.get_by_role("tab", name="Article").click()
    number = page.get_by_role("link", name="Questions that paragraph 4 answers")
    press_until(page, "Tab", number)
    page.keyboard.press("Enter")
    first = page.locator(".answerable button:visible").first
    expect(first).to_be_focused()
    page.keyboard.press("Escape")
    expect(number).to_be_focused()
    expect(first).to_be_hidden()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator(".turn .question")).to_contain_text("How many million")
    expect(page.get_by_role("tab", name="Chat")).to_have_attribute("aria-selected", "true")


@pytest.mark.parametrize("scripted", [True, False])
def test_on_the_articles_page_a_passages_questions_are_links(
    fake_site: str, make_page: MakePage, scripted: bool
) -> None:
    page = make_page(fake_site, java_script_enabled=scripted)
    page.goto("/articles/station")
    if scripted:
        page.evaluate(SELECT, [2, 4, 7])
    else:
        page.get_by_role("link", name="Questions that paragraph 3 answers").click()
    page.get_by_role("link", name="What reopened", exact=True).click()
    expect(page.locator(".turn .question")).to_contain_text("What reopened")
    expect(page.locator(".turn mark").first).to_have_text("reopened")
