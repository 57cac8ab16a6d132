"""The chat: asking and what comes of it, by keyboard and without script."""

import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from browser.conftest import NARROW, PATIENCE, MakePage
from web.pages import SMALL_TALK

ANSWERED = "Who met Zelenskyy?"
NOT_FOUND = "How many tanks did Japan send?"
# Where the marked words begin and what they are, counted in code points of the article's text.
MARKED_RANGE = """(article) => {
  const marks = [...article.querySelectorAll("mark")];
  const before = document.createRange();
  before.setStart(article, 0);
  before.setEndBefore(marks[0]);
  const start = [...before.toString()].length;
  const marked = document.createRange();
  marked.setStartBefore(marks[0]);
  marked.setEndAfter(marks[marks.length - 1]);
  return {start, end: start + [...marked.toString()].length, text: marked.toString()};
}"""


def send(page: Page) -> None:
    expect(page.locator("html.scripted")).to_be_attached()  # before, Enter is a line's end
    page.locator("#question").press("Enter")


def ask(page: Page, question: str) -> None:
    turns = page.locator(".turn").count()
    page.locator("#question").fill(question)
    send(page)
    expect(page.locator(".turn")).to_have_count(turns + 1)


def assert_marked(page: Page, article: str, address: str) -> None:
    start, end = map(int, address.rpartition("#c")[2].split("-"))
    page.wait_for_function(  # the article's part comes after the click
        f"""([selector, start, end]) => {{
          const article = document.querySelector(selector);
          if (!article?.querySelector("mark")) return false;
          const marked = ({MARKED_RANGE})(article);
          return marked.start === start && marked.end === end;
        }}""",
        arg=[article, start, end],
        timeout=PATIENCE,
    )
    expect(page.locator(f"{article} mark").first).to_be_in_viewport()


def press_until(page: Page, key: str, target: Locator) -> None:
    for _ in range(40):
        page.keyboard.press(key)
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{key} does not reach it")


def test_asking_by_keyboard_answers_without_a_reload(site: str, make_page: MakePage) -> None:
    page = make_page(site)
    page.goto("/")
    page.evaluate("window.sameDocument = true")
    expect(page.locator("#question")).to_be_focused()
    page.keyboard.type(ANSWERED)
    send(page)
    quotation = page.locator(".turn blockquote").first
    expect(quotation).to_contain_text("Zelenskyy")
    expect(quotation.locator("mark")).to_have_count(1)
    expect(page.locator(".turn .confidence").first).to_contain_text("confidence")
    expect(page.locator("#announcer")).to_contain_text(quotation.inner_text())
    expect(page.locator("#question")).to_be_focused()
    expect(page.locator("#question")).to_have_value("")
    assert page.evaluate("window.sameDocument")


def test_shift_and_enter_start_a_new_line(site: str, make_page: MakePage) -> None:
    page = make_page(site)
    page.goto("/")
    page.locator("#question").focus()
    page.keyboard.type("Who met")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("Zelenskyy?")
    expect(page.locator("#question")).to_have_value("Who met\nZelenskyy?")
    expect(page.locator(".turn")).to_have_count(0)


def test_a_suggested_question_is_asked_and_has_an_answer(site: str, make_page: MakePage) -> None:
    page = make_page(site)
    page.goto("/")
    suggestion = page.locator(".first .offered button").first
    question = suggestion.inner_text()
    suggestion.click()
    expect(page.locator(".turn .question")).to_contain_text(question)
    expect(page.locator(".turn blockquote").first).to_be_visible()
    expect(page.locator(".first")).to_be_hidden()


@pytest.mark.parametrize("scripted", [True, False])
def test_enter_beside_the_question_asks_what_is_typed(
    fake_site: str, make_page: MakePage, scripted: bool
) -> None:
    page = make_page(fake_site, java_script_enabled=scripted)
    page.goto("/")
    page.locator("#scope summary").click()
    date, tick = page.locator("#scope [name=from]"), page.locator("#scope [name=article]").first
    for field in (date, tick):
        field.press("Enter")
        expect(page.locator("#question")).to_be_focused()
    expect(page.locator(".turn, .pending")).to_have_count(0)
    page.locator("#question").fill("What about midnight")
    date.press("Enter")
    expect(page.locator(".turn .question")).to_contain_text(["What about midnight"])


def test_not_found_is_said_plainly_with_unknown_words_and_closest_passages(
    site: str, make_page: MakePage
) -> None:
    page = make_page(site)
    page.goto("/")
    ask(page, NOT_FOUND)
    turn = page.locator(".turn")
    expect(turn.locator(".refusal")).to_have_text("The article does not say.")
    expect(turn.locator(".unknown")).to_contain_text("tanks")
    expect(turn.locator("details blockquote").first).to_be_hidden()
    turn.locator("summary").click()
    expect(turn.locator("details blockquote").first).to_be_visible()
    expect(turn.locator(".offered button").first).to_be_visible()
    expect(page.locator("#announcer")).to_have_text("The article does not say.")


def test_without_script_the_form_shows_the_whole_conversation(site: str, make_page: MakePage) -> None:
    page = make_page(site, java_script_enabled=False)
    page.goto("/")
    for question in (ANSWERED, NOT_FOUND):
        page.locator("#question").fill(question)
        page.get_by_role("button", name="Ask", exact=True).click()
        page.wait_for_url("**/#latest")
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator(".turn .question").nth(0)).to_contain_text(ANSWERED)
    expect(page.locator(".turn blockquote").first).to_contain_text("Zelenskyy")
    expect(page.locator(".turn .refusal")).to_have_text("The article does not say.")
    expect(page.locator(".turn").nth(1)).to_be_in_viewport()


def test_a_question_that_is_refused_stays_in_the_box(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site)
    page.goto("/")
    page.locator("#question").fill("x" * 501)
    send(page)
    expect(page.locator("#problem-slot")).to_contain_text("500 characters")
    expect(page.locator("#question")).to_have_value("x" * 501)
    expect(page.locator("#question")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#question")).to_have_accessible_description(re.compile("500 characters"))
    page.locator("#question").fill("Who is the Mayor")
    send(page)
    expect(page.locator(".turn")).to_have_count(1)
    expect(page.locator("#problem-slot .problem")).to_have_count(0)


def test_a_server_that_is_gone_is_told_and_the_question_kept(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site)
    page.goto("/")
    page.route("**/turn", lambda route: route.abort())
    page.locator("#question").fill(ANSWERED)
    send(page)
    expect(page.locator("#problem-slot")).to_contain_text("cannot be reached")
    expect(page.locator("#question")).to_have_value(ANSWERED)


def test_a_question_that_fails_is_kept_with_what_is_typed_meanwhile(
    fake_site: str, make_page: MakePage
) -> None:
    page = make_page(fake_site)
    page.goto("/")
    held: list[Route] = []
    page.route("**/turn", lambda route: held.append(route))
    page.locator("#question").fill("What reopened")
    send(page)
    expect(page.locator(".pending")).to_be_visible()
    page.locator("#question").fill("Which crews")
    held[0].abort()
    expect(page.locator("#problem-slot")).to_contain_text("cannot be reached")
    expect(page.locator("#question")).to_have_value("What reopened\nWhich crews")


def test_a_problem_that_is_not_the_questions_does_not_mark_it_as_wrong(
    fake_site: str, make_page: MakePage
) -> None:
    page = make_page(fake_site)
    page.goto("/")
    question, problem = page.locator("#question"), page.locator("#problem-slot .problem")
    question.fill("x" * 501)
    send(page)
    expect(question).to_have_attribute("aria-invalid", "true")
    page.locator("#scope summary").click()
    page.locator("#scope [name=from]").fill("2024-01-01")
    page.locator("#scope [name=to]").fill("2023-01-01")
    expect(problem).to_contain_text("2023")
    expect(question).not_to_have_attribute("aria-invalid", "true")
    page.route("**/turn", lambda route: route.abort())
    send(page)
    expect(problem).to_contain_text("cannot be reached")
    expect(question).not_to_have_attribute("aria-invalid", "true")


@pytest.mark.parametrize("status", [200, 502])
def test_a_page_that_another_server_puts_between_is_told_as_unreachable(
    fake_site: str, make_page: MakePage, status: int
) -> None:
    page = make_page(fake_site)
    page.goto("/")
    page.locator("#scope summary").click()
    page.route("**", lambda route: route.fulfill(status=status, body="<p>Bad gateway"))
    page.get_by_role("checkbox").first.check()
    expect(page.locator("#problem-slot")).to_contain_text("cannot be reached")
    page.get_by_role("checkbox").first.uncheck()
    page.locator("#question").fill(ANSWERED)
    send(page)
    expect(page.locator("#question")).to_have_value(ANSWERED)
    expect(page.locator("#problem-slot")).to_contain_text("cannot be reached")


def test_more_quotations_are_shown_on_request(crowded_site: str, make_page: MakePage) -> None:
    page = make_page(crowded_site)
    page.goto("/")
    ask(page, "Which ferry")
    more = page.locator("details.more blockquote")
    assert page.locator(".turn blockquote").count() - more.count() == 3
    expect(more.first).to_be_hidden()
    page.get_by_text("7 more quotations").click()
    expect(more).to_have_count(7)
    expect(more.last).to_be_visible()
    page.locator("details.more .place").last.click()
    assert_marked(page, "#pane .text", page.locator("details.more .place").last.get_attribute("href") or "")


def test_a_slow_answer_is_waited_for_in_sight(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site)
    page.goto("/")
    held: list[Route] = []
    page.route("**/turn", lambda route: held.append(route))
    page.locator("#question").fill("What reopened")
    send(page)
    expect(page.locator(".pending .question")).to_have_text("What reopened")
    expect(page.locator(".pending")).to_contain_text("Reading…")
    expect(page.locator(".hint .waits")).to_be_hidden()
    expect(page.locator(".first")).to_be_hidden()
    expect(page.locator(".pending .slow")).to_be_hidden()
    expect(page.locator(".pending .slow")).to_be_visible()  # in its time
    send(page)  # asks nothing twice
    page.wait_for_function("() => document.querySelector('#ask').hasAttribute('data-busy')")
    held[0].continue_()
    expect(page.locator(".turn")).to_have_count(1)
    expect(page.locator(".pending")).to_have_count(0)
    assert len(held) == 1


@pytest.mark.parametrize(
    ("wish", "scrolling", "moving"),
    [("reduce", "auto", "appear"), ("no-preference", "smooth", "appear, breathe")],
)
def test_who_wants_less_motion_gets_less(
    fake_site: str, make_page: MakePage, wish: str, scrolling: str, moving: str
) -> None:
    page = make_page(fake_site, reduced_motion=wish)
    page.goto("/")
    page.route("**/turn", lambda route: None)
    page.locator("#question").fill("What reopened")
    send(page)
    expect(page.locator(".pending .refusal")).to_have_css("animation-name", moving)
    expect(page.locator("html")).to_have_css("scroll-behavior", scrolling)


def test_high_contrast_keeps_what_colours_alone_would_tell(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site, forced_colors="active", viewport=NARROW)
    page.goto("/")
    ask(page, "What about midnight")
    for opaque in ("#ask", ".tabs"):
        canvas = page.locator("body").evaluate(
            "() => getComputedStyle(document.documentElement).backgroundColor"
        )
        expect(page.locator(opaque)).to_have_css("background-color", canvas)
    expect(page.get_by_role("button", name="Ask", exact=True)).to_have_css("border-top-style", "solid")
    right, wrong = (page.get_by_role("button", name=name, exact=True).first for name in ("Right", "Wrong"))
    right.click()
    expect(right).to_have_attribute("aria-pressed", "true")
    page.mouse.move(0, 0)
    assert_colours_differ(right, wrong, "backgroundColor")
    chosen, other = (page.get_by_role("tab", name=name) for name in ("Chat", "Article"))
    assert_colours_differ(chosen, other, "borderBottomColor")


def assert_colours_differ(one: Locator, other: Locator, which: str) -> None:
    colours = [place.evaluate(f"(element) => getComputedStyle(element).{which}") for place in (one, other)]
    assert colours[0] != colours[1]


@pytest.mark.parametrize("touch", [True, False])
def test_keys_are_explained_where_there_is_a_keyboard(fake_site: str, make_page: MakePage, touch: bool) -> None:
    page = make_page(fake_site, has_touch=touch, is_mobile=touch)
    page.goto("/")
    expect(page.locator("html.scripted")).to_be_attached()
    expect(page.locator(".keys")).to_be_visible(visible=not touch)


def test_small_talk_is_told_apart_and_offers_questions(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site)
    page.goto("/")
    ask(page, "hello")
    turn = page.locator(".turn").first
    expect(turn.locator(".refusal")).to_have_text(SMALL_TALK)
    expect(page.locator("#announcer")).to_have_text(SMALL_TALK)
    expect(turn.locator("h3")).to_have_text("Questions they answer")
    expect(turn.locator(".judge, .unknown, details")).to_have_count(0)
    turn.locator(".offered button").first.click()
    expect(page.locator(".turn blockquote").first).to_be_visible()


def test_the_site_has_an_icon(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site)
    page.goto("/")
    icon = page.request.get(page.locator("link[rel=icon]").get_attribute("href") or "")
    assert icon.headers["content-type"].startswith("image/svg+xml")
    page.wait_for_function("() => document.querySelector('.brand img').naturalWidth > 0")


def test_being_offline_is_told_and_the_question_kept(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site)
    page.goto("/")
    page.context.set_offline(True)
    page.locator("#question").fill("What reopened")
    send(page)
    expect(page.locator("#problem-slot")).to_contain_text("You are offline")
    expect(page.locator("#question")).to_have_value("What reopened")
    page.context.set_offline(False)
    send(page)
    expect(page.locator(".turn")).to_have_count(1)
    expect(page.locator("#problem-slot .problem")).to_have_count(0)


def test_a_suggestion_that_fails_is_kept_too(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site)
    page.goto("/")
    page.route("**/turn", lambda route: route.abort())
    suggestion = page.locator(".first .offered button").first
    question = suggestion.inner_text()
    suggestion.click()
    expect(page.locator("#problem-slot")).to_contain_text("cannot be reached")
    expect(page.locator("#question")).to_have_value(question)


@pytest.mark.parametrize("scripted", [True, False])
def test_what_is_typed_is_shown_as_text(fake_site: str, make_page: MakePage, scripted: bool) -> None:
    page = make_page(fake_site, java_script_enabled=scripted)
    page.goto("/")
    typed = '<script>window.broken = 1</script><img src=x onerror=alert(1)> & "quoted" the'
    page.locator("#question").fill(typed)
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".turn .question")).to_contain_text(typed)
    assert page.locator(".turn img, .turn script").count() == 0


def test_answers_of_several_articles_name_their_article_and_date(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site)
    page.goto("/")
    ask(page, "What about midnight")
    expect(page.locator(".turn .from")).to_have_text("The library <b>stays</b> open, 2 January 2023")
    expect(page.locator(".turn .asked")).to_have_text("Asked: all 2 articles")
