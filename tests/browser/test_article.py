"""The article's page: the address names the range that is marked."""

import pytest
from playwright.sync_api import expect
from web_fakes import STATION

from browser.conftest import NARROW, MakePage
from browser.test_chat import MARKED_RANGE

WORD = STATION.index("million")
SENTENCE = STATION.index("She thanked")
ACROSS = (STATION.index("ten years of work"), STATION.index("said:"))


@pytest.mark.parametrize("scripted", [True, False])
def test_the_page_holds_every_character_of_the_article_in_order(
    fake_site: str, make_page: MakePage, scripted: bool
) -> None:
    page = make_page(fake_site, java_script_enabled=scripted)
    page.goto("/articles/station")
    assert page.locator(".text").text_content() == STATION


@pytest.mark.parametrize(
    ("start", "end"),
    [(WORD, WORD + 7), (SENTENCE, SENTENCE + 22), (0, 7), ACROSS, (len(STATION) - 4, len(STATION))],
)
@pytest.mark.parametrize("address", ["/articles/station#c{}-{}", "/articles/station?c={0}-{1}#c{0}-{1}"])
def test_the_range_in_the_address_is_marked_and_seen(
    fake_site: str, make_page: MakePage, address: str, start: int, end: int
) -> None:
    page = make_page(fake_site, viewport=NARROW)
    page.goto(address.format(start, end))
    expect(page.locator(".text mark").first).to_be_in_viewport()
    marked = page.locator(".text").evaluate(MARKED_RANGE)
    assert (marked["start"], marked["end"]) == (start, end)
    assert marked["text"] == STATION[start:end]


def test_another_place_in_the_address_moves_the_mark(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site)
    page.goto("/articles/station#c0-7")
    expect(page.locator("#c0-7")).to_have_text("Station")
    page.evaluate("location.hash = '#c8-15'")
    expect(page.locator("#c8-15")).to_have_text("reopens")
    expect(page.locator("#c0-7")).to_have_count(0)


@pytest.mark.parametrize("place", ["99999-100000", "7-3", "somewhere"])
def test_a_wrong_place_is_told_and_the_article_shown(fake_site: str, make_page: MakePage, place: str) -> None:
    page = make_page(fake_site)
    page.goto(f"/articles/station?c={place}")
    expect(page.locator(".problem")).to_contain_text("Nothing is marked")
    assert page.locator(".text").text_content() == STATION
    assert page.locator("mark").count() == 0


def test_markup_in_an_article_is_text(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site)
    page.goto("/articles/library")
    expect(page.locator("h1")).to_have_text("The library <b>stays</b> open")
    assert page.locator(".text b").count() == 0
