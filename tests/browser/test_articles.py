"""Choosing what is asked: in the list of articles and beside the question, by keyboard and without script."""

import re

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import AWKWARD_TITLES, NARROW, MakePage
from browser.test_chat import ask, press_until


def titles(page: Page) -> list[str]:
    return page.locator(".articles div > a").all_inner_texts()


def test_the_list_answers_while_one_types(many_site: str, make_page: MakePage) -> None:
    page = make_page(many_site)
    page.goto("/articles")
    expect(page.locator(".count")).to_have_text("1 to 50 of 123 articles")
    page.evaluate("window.sameDocument = true")
    page.locator("#q").press_sequentially("pier 11")
    expect(page.locator(".count")).to_have_text("1 to 10 of 10 articles")
    expect(page.locator("#q")).to_be_focused()
    assert titles(page) == [f"Pier {number}" for number in range(110, 120)]
    expect(page).to_have_url(re.compile(r"/articles\?q=pier\+11&sort=title$"))
    page.locator("#q").press_sequentially("no such")
    expect(page.locator(".count")).to_have_text("No article is like that.")
    assert page.evaluate("window.sameDocument")
    page.reload()
    expect(page.locator("#q")).to_have_value("pier 11no such")


def test_ticks_survive_searching_and_paging_and_are_asked(many_site: str, make_page: MakePage) -> None:
    page = make_page(many_site)
    page.goto("/articles")
    page.get_by_label("Ask Pier 003").check()
    page.get_by_role("button", name="Next").click()
    expect(page.locator(".count")).to_have_text("51 to 100 of 123 articles")
    expect(page.locator(".elsewhere")).to_contain_text("Pier 003")
    page.get_by_label("Ask Pier 060").check()
    page.locator("#q").fill("ship")
    expect(page.locator(".elsewhere label")).to_have_count(2)
    page.get_by_role("button", name="Ask the 2 ticked").click()
    expect(page.locator("#scope summary")).to_have_text("Asking: 2 articles")
    assert page.url == f"{many_site}/?article=n006&article=n063"
    ask(page, "Where is the ferry")
    expect(page.locator(".turn .from")).to_have_text(["Pier 003", "Pier 060"])
    expect(page.locator(".turn .asked")).to_have_text("Asked: 2 articles")
    page.locator(".permanent").click()
    expect(page.locator(".turn .from")).to_have_text(["Pier 003", "Pier 060"])
    expect(page.locator("#scope summary")).to_have_text("Asking: 2 articles")


def test_what_a_page_lists_is_ticked_and_unticked_at_once(many_site: str, make_page: MakePage) -> None:
    page = make_page(many_site)
    page.goto("/articles?q=pier+01")
    expect(page.get_by_role("button", name="Ask those ticked")).to_be_disabled()
    page.get_by_role("button", name="Tick these 10").click()
    expect(page.get_by_role("button", name="Ask the 10 ticked")).to_be_enabled()
    page.get_by_label("Ask Pier 010").uncheck()
    expect(page.get_by_role("button", name="Ask the 9 ticked")).to_be_visible()
    page.locator("#q").fill("pier 010")
    expect(page.locator(".elsewhere label")).to_have_count(9)
    expect(page.get_by_label("Ask Pier 010")).not_to_be_checked()
    page.get_by_role("button", name="Untick all").click()
    expect(page.get_by_role("button", name="Ask those ticked")).to_be_disabled()


def test_a_later_page_is_ticked_and_stays(many_site: str, make_page: MakePage) -> None:
    page = make_page(many_site)
    page.goto("/articles?q=pier&page=2")
    first = page.locator(".articles input").first
    shown = first.get_attribute("value")
    page.get_by_role("button", name="Tick these").click()
    expect(page.get_by_role("button", name="Untick all")).to_be_visible()
    expect(first).to_have_value(shown or "")
    expect(first).to_be_checked()
    expect(page.locator(".elsewhere label")).to_have_count(0)
    assert "page=2" in page.url
    assert "tick" not in page.url


def test_a_half_typed_date_leaves_the_list(many_site: str, make_page: MakePage) -> None:
    page = make_page(many_site)
    page.goto("/articles?after=2024-01-01&article=n003")
    page.get_by_label("to", exact=True).fill("0002-12-31")
    expect(page.locator("#found .problem")).to_contain_text("Expected a first day up to the last one")
    expect(page.locator(".elsewhere input")).to_be_checked()
    page.get_by_label("to", exact=True).fill("2026-12-31")
    expect(page.locator("#found .problem")).to_have_count(0)
    assert "before=2026-12-31" in page.url


def test_what_is_typed_stays_while_other_articles_are_chosen(many_site: str, make_page: MakePage) -> None:
    page = make_page(many_site)
    page.goto("/?article=n003")
    page.locator("#question").fill("Where is the ferry")
    page.locator("#scope summary").click()
    page.get_by_role("link", name="Ask all articles").click()
    expect(page.locator("#scope summary")).to_contain_text("all 123 articles")
    expect(page.locator("#question")).to_have_value("Where is the ferry")
    ask(page, "Where is the ferry?")
    page.reload()
    expect(page.locator(".turn")).to_have_count(1)
    expect(page.locator("#question")).to_have_value("")


def test_back_returns_to_the_list_as_it_was(many_site: str, make_page: MakePage) -> None:
    page = make_page(many_site)
    page.goto("/articles")
    page.locator("#q").fill("pier 1")
    expect(page.locator(".count")).to_have_text("1 to 20 of 20 articles")
    page.get_by_label("Ask Pier 101").check()
    page.get_by_role("link", name="Pier 105", exact=True).click()
    expect(page.locator("h1")).to_have_text("Pier 105")
    page.go_back()
    expect(page.locator(".count")).to_have_text("1 to 20 of 20 articles")
    expect(page.get_by_label("Ask Pier 101")).to_be_checked()


def test_the_list_works_without_script(many_site: str, make_page: MakePage) -> None:
    page = make_page(many_site, java_script_enabled=False)
    page.goto("/articles")
    page.get_by_label("Ask Pier 003").check()
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Ask Pier 060").check()
    page.locator("#q").fill("ship")
    page.locator("#q").press("Enter")
    expect(page.locator(".count")).to_have_text("1 to 1 of 1 article")
    expect(page.locator(".elsewhere label")).to_have_count(2)
    page.get_by_role("button", name="Ask those ticked").click()
    expect(page.locator("#scope summary")).to_have_text("Asking: 2 articles")
    page.locator("#question").fill("Where is the ferry")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".turn .from")).to_have_text(["Pier 003", "Pier 060"])
    expect(page.locator("#scope summary")).to_have_text("Asking: 2 articles")


def test_the_list_is_used_by_keyboard_alone(many_site: str, make_page: MakePage) -> None:
    page = make_page(many_site, viewport=NARROW)
    page.goto("/articles")
    press_until(page, "Tab", page.locator("#q"))
    page.keyboard.type("ship")
    expect(page.locator(".count")).to_have_text("1 to 1 of 1 article")
    press_until(page, "Tab", page.get_by_label("Ask 🚢 A ship comes in"))
    page.keyboard.press("Space")
    press_until(page, "Tab", page.get_by_role("button", name="Ask the one ticked"))
    page.keyboard.press("Enter")
    expect(page.locator("#scope summary")).to_have_text("Asking: 🚢 A ship comes in")


def test_titles_are_shown_as_they_are(many_site: str, make_page: MakePage) -> None:
    page = make_page(many_site)
    for at, title in enumerate(AWKWARD_TITLES):
        page.goto("/articles")
        page.locator("#q").fill(title[:12])
        expect(page.locator(".articles div > a")).to_have_text([title])
        page.locator(".articles input").check()
        page.get_by_role("button", name="Ask the one ticked").click()
        expect(page.locator("#scope b")).to_have_text(title)
        page.goto(f"/ask?q=Where+is+the+ferry&article=n00{at}")
        expect(page.locator(".turn .from bdi")).to_have_text(title)
    direction = page.goto("/articles?q=مجلس") and page.locator(".articles div > a").evaluate(
        "element => getComputedStyle(element).direction"
    )
    assert direction == "rtl"
    assert page.evaluate("window.broken") is None


def test_what_is_asked_is_changed_beside_the_question(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site)
    page.goto("/")
    summary = page.locator("#scope summary")
    expect(summary).to_have_text("Asking: all 2 articles")
    summary.click()
    page.get_by_role("checkbox", name="The library").check()
    expect(summary).to_have_text("Asking: The library <b>stays</b> open")
    expect(page.locator("#pane h2")).to_contain_text("The library <b>stays</b> open")
    assert page.url == f"{fake_site}/?article=library"
    ask(page, "What about midnight")
    expect(page.locator(".turn .from")).to_contain_text("The library <b>stays</b> open")
    ask(page, "What about the crews")
    expect(page.locator(".turn .refusal")).to_have_text("The article does not say.")
    summary.click()  # asking closed it
    page.get_by_role("link", name="Ask all articles").click()
    expect(summary).to_have_text("Asking: all 2 articles")
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator(".turn .asked").first).to_have_text("Asked: The library <b>stays</b> open")


def test_on_a_small_screen_what_is_asked_does_not_hide_the_answer(fake_site: str, make_page: MakePage) -> None:
    phone = {"width": 360, "height": 480}  # above its keyboard
    page = make_page(fake_site, viewport=phone, reduced_motion="reduce")
    page.goto("/")
    page.locator("#scope summary").click()
    page.get_by_role("checkbox", name="The library").check()
    for question, shown in (("What about midnight", "blockquote"), ("How many tanks", ".refusal")):
        ask(page, question)
        expect(page.locator("#scope")).not_to_have_attribute("open", "")
        above = page.locator(".turn").last.locator(shown).bounding_box()
        composer = page.locator("#ask").bounding_box()
        assert above is not None
        assert composer is not None
        assert above["y"] + above["height"] <= composer["y"]


def test_a_range_of_dates_is_asked(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site)
    page.goto("/")
    summary = page.locator("#scope summary")
    summary.click()
    page.locator("#scope [name=to]").fill("2023-12-31")
    expect(summary).to_have_text("Asking: 1 article, published until 31 December 2023")
    page.locator("#scope [name=from]").fill("2024-06-01")
    expect(page.locator("#problem-slot")).to_contain_text("exchange the two")
    page.locator("#scope [name=from]").fill("2023-01-02")
    expect(summary).to_have_text("Asking: 1 article, published 2 January 2023 to 31 December 2023")
    expect(page.locator("#problem-slot .problem")).to_have_count(0)
    ask(page, "What about midnight")
    expect(page.locator(".turn .from").first).to_contain_text("The library <b>stays</b> open")
    assert page.url == f"{fake_site}/?from=2023-01-02&to=2023-12-31"
    page.reload()
    expect(summary).to_have_text("Asking: 1 article, published 2 January 2023 to 31 December 2023")
    expect(page.locator(".turn")).to_have_count(1)
    page.goto("/articles?after=2024-01-01")
    page.get_by_role("link", name="Ask 1 article, published since 1 January 2024").click()
    expect(summary).to_have_text("Asking: 1 article, published since 1 January 2024")


@pytest.mark.parametrize("scripted", [True, False])
def test_a_choice_that_cannot_be_asked_is_said(fake_site: str, make_page: MakePage, scripted: bool) -> None:
    page = make_page(fake_site, java_script_enabled=scripted)
    page.goto("/?from=2024-01-01&to=2023-01-01")
    expect(page.locator("[data-problem]")).to_contain_text("exchange the two")
    page.goto("/?article=gone")
    expect(page.locator("[data-problem]")).to_contain_text("no longer here")
