"""A conversation: kept, linked to, copied from, saved and cleared."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect
from web_fakes import STATION

from browser.conftest import NARROW, MakePage
from browser.test_chat import ANSWERED, ask, assert_marked, send
from chatbot.article import load_text, make_article
from chatbot.settings import Settings
from chatbot.verify import verify_quotations
from web.conversation import CARRIED, SHOWN, AskedBody

JUDGED = {"question": "How many million", "article_id": "station", "label": "wrong_words"}


def is_post(route: Route) -> bool:
    return route.request.method == "POST"


@pytest.mark.parametrize("way", ["reload", "back", "brand"])
def test_the_conversation_is_found_again(fake_site: str, make_page: MakePage, way: str) -> None:
    page = make_page(fake_site)
    page.goto("/")
    ask(page, "Who is the Mayor")
    ask(page, "and million")
    if way == "reload":
        page.reload()
    else:
        page.goto("/articles/library")
        if way == "back":
            page.go_back()
        else:
            page.locator(".brand").click()
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator(".turn .searched")).to_contain_text("Mayor")
    ask(page, "What reopened")
    assert len(page.locator("input[name=turn]").all()) == 3


def test_a_conversation_that_is_found_again_offers_questions_of_what_is_asked(
    fake_site: str, make_page: MakePage
) -> None:
    page = make_page(fake_site)
    page.goto("/?article=library")  # which answers none
    ask(page, "How many drones")
    expect(page.locator(".turn .offered")).to_have_count(0)
    page.locator("#question").fill("half typ")
    page.reload()
    expect(page.locator(".turn")).to_have_count(1)
    expect(page.locator(".turn .offered")).to_have_count(0)


def test_a_question_typed_while_the_conversation_comes_back_follows_it(
    fake_site: str, make_page: MakePage
) -> None:
    page = make_page(fake_site)
    page.goto("/")
    ask(page, "What reopened")
    held: list[Route] = []
    page.route(f"{fake_site}/", lambda route: held.append(route) if is_post(route) else route.continue_())
    page.reload()
    expect(page.locator(".hint .waits")).to_be_visible()
    expect(page.locator(".first")).to_be_hidden()
    page.locator("#question").fill("and million")
    send(page)
    expect(page.locator("#ask[data-busy]")).to_be_visible()
    expect(page.locator(".hint .waits")).to_be_visible()
    held[0].continue_()
    expect(page.locator(".turn .question")).to_contain_text(["What reopened", "and million"])
    expect(page.locator(".turn .searched")).to_contain_text("reopened")


def test_a_passages_question_chosen_while_the_conversation_comes_back_follows_it(
    fake_site: str, make_page: MakePage
) -> None:
    page = make_page(fake_site)
    page.goto("/?article=station")
    ask(page, "What reopened")
    held: list[Route] = []
    page.route(f"{fake_site}/", lambda route: held.append(route) if is_post(route) else route.continue_())
    page.reload()
    page.get_by_role("link", name="Questions that paragraph 4 answers").click()
    page.get_by_role("button", name="Who is the Mayor", exact=True).last.click()
    expect(page.locator("#ask[data-busy]")).to_be_visible()
    held[0].continue_()
    expect(page.locator(".turn .question")).to_contain_text(["What reopened", "Who is the Mayor"])
    expect(page.locator("#ask[data-busy]")).to_have_count(0)


def refuse(route: Route, status: int | None) -> None:
    """Answer a POST as a server does that is gone (None), busy or asked too often."""
    if not is_post(route):
        route.continue_()
    elif status is None:
        route.abort()
    else:
        route.fulfill(status=status, content_type="text/html", body=f"<p data-problem>Problem {status}")


@pytest.mark.parametrize("status", [None, 429, 503])
def test_a_conversation_that_does_not_come_back_is_kept(
    fake_site: str, make_page: MakePage, status: int | None
) -> None:
    page = make_page(fake_site)
    page.goto("/")
    ask(page, "Who is the Mayor")
    page.route(f"{fake_site}/", lambda route: refuse(route, status))
    page.reload()
    lost = page.locator("#conversation .problem")
    expect(lost).to_contain_text("The conversation is kept")
    expect(lost).to_contain_text(f"Problem {status}" if status else "could not be loaded")
    expect(page.locator(".first")).to_be_hidden()
    expect(page.get_by_role("link", name="Clear")).to_be_visible()
    ask(page, "and million")
    expect(page.locator(".turn .searched")).to_contain_text("Mayor")
    page.reload()
    expect(lost).to_be_visible()
    lost.get_by_role("button", name="Try again").click()
    expect(lost).to_be_visible()
    expect(page.locator("#question")).to_be_focused()
    page.unroute(f"{fake_site}/")
    lost.get_by_role("button", name="Try again").click()
    expect(page.locator(".turn .question")).to_contain_text(["Who is the Mayor", "and million"])
    expect(lost).to_have_count(0)
    page.reload()
    expect(page.locator(".turn")).to_have_count(2)


def test_a_page_carries_as_many_questions_as_the_server_reads(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site)
    page.goto("/")
    turns = [AskedBody(question=f"What reopened {number}").carried for number in range(CARRIED)]
    page.evaluate("turns => sessionStorage.setItem('conversation long', JSON.stringify(turns))", turns)
    page.evaluate("() => sessionStorage.setItem('latest conversation', 'long')")
    page.reload()
    expect(page.locator(".turn")).to_have_count(SHOWN)
    expect(page.locator("input[name=turn]")).to_have_count(CARRIED)
    ask(page, "What reopened last")
    expect(page.locator("input[name=turn]")).to_have_count(CARRIED)
    kept = page.evaluate("() => JSON.parse(sessionStorage.getItem('conversation long'))")
    assert [json.loads(turn)["question"] for turn in (kept[0], kept[-1])] == [
        "What reopened 1",
        "What reopened last",
    ]


def test_another_tab_has_a_conversation_of_its_own(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site)
    page.goto("/")
    ask(page, "Who is the Mayor")
    other = page.context.new_page()
    other.goto(f"{fake_site}/")
    ask(other, "What reopened")
    expect(other.locator(".turn")).to_have_count(1)


def test_without_script_back_returns_to_the_conversation(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site, java_script_enabled=False)
    page.goto("/")
    page.locator("#question").fill("Who is the Mayor")
    page.get_by_role("button", name="Ask", exact=True).click()
    page.locator(".turn .place").first.click()
    page.wait_for_url("**/articles/**")
    page.go_back()
    expect(page.locator(".turn .question")).to_contain_text("Who is the Mayor")


def test_a_conversation_prints_as_questions_and_quotations(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site, viewport=NARROW)
    page.goto("/")
    ask(page, "Who is the Mayor")
    page.locator(".turn .place").first.click()
    expect(page.get_by_role("tab", name="Article")).to_have_attribute("aria-selected", "true")
    page.emulate_media(media="print")
    for part in (".question", "blockquote", ".confidence", "figcaption"):
        expect(page.locator(f".turn {part}").first).to_be_visible()
    for part in (".site", ".tabs", "#pane", ".composer", ".judge", ".copy", ".permanent"):
        expect(page.locator(part).first).to_be_hidden()


def test_quotations_print_unopened_and_closest_passages_only_open(
    crowded_site: str, fake_site: str, make_page: MakePage
) -> None:
    page = make_page(crowded_site)
    page.goto("/")
    ask(page, "Which ferry")
    page.emulate_media(media="print")
    expect(page.locator(".more blockquote").last).to_be_visible()
    expect(page.locator(".more summary")).to_be_hidden()
    page = make_page(fake_site)
    page.goto("/")
    ask(page, "How many drones")
    page.emulate_media(media="print")
    expect(page.locator(".turn details")).to_be_hidden()
    page.emulate_media(media="screen")
    page.locator(".turn summary").click()
    page.emulate_media(media="print")
    expect(page.locator(".turn details blockquote").first).to_be_visible()


def test_a_cleared_conversation_is_gone_for_good(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site)
    page.goto("/")
    ask(page, "What about the")
    page.locator(".turn .place").last.click()
    expect(page.locator("#announcer")).to_contain_text("Back returns")
    page.get_by_role("link", name="Clear").click()
    expect(page.locator(".turn")).to_have_count(0)
    expect(page.locator(".first .offered button").first).to_be_visible()
    page.go_back()
    expect(page.locator("#question")).to_be_visible()
    page.reload()
    expect(page.locator(".turn")).to_have_count(0)
    assert page.evaluate("Object.keys(sessionStorage)") == []


@pytest.mark.parametrize("scripted", [True, False])
def test_a_follow_up_is_asked_again_without_the_added_words(
    site: str, make_page: MakePage, scripted: bool
) -> None:
    page = make_page(site, java_script_enabled=scripted)
    page.goto("/")
    for question in ("Which memorial did Hayashi visit?", "When did he arrive?"):
        page.locator("#question").fill(question)
        page.get_by_role("button", name="Ask", exact=True).click()
        expect(page.locator(".turn .question").last).to_contain_text(question)
    expect(page.locator(".turn .searched")).to_contain_text("Searched for: When did he arrive? + Hayashi")
    page.get_by_role("button", name="Ask without the added words").click()
    expect(page.locator(".turn")).to_have_count(3)
    expect(page.locator(".turn .question").last).to_contain_text("When did he arrive?")
    expect(page.locator(".turn").last.locator(".searched")).to_have_count(0)


@pytest.mark.parametrize("scripted", [True, False])
def test_a_permanent_link_shows_the_same_answer(site: str, make_page: MakePage, scripted: bool) -> None:
    page = make_page(site)
    page.goto("/")
    ask(page, "Which memorial did Hayashi visit?")
    ask(page, "When did he arrive?")
    turn = page.locator(".turn").last
    shown = [turn.locator(part).all_inner_texts() for part in (".question", ".searched", ".quotation")]
    link = turn.locator(".permanent").get_attribute("href") or ""
    opened = make_page(site, java_script_enabled=scripted)
    opened.goto(link)
    expect(opened.locator(".turn")).to_have_count(1)
    again = opened.locator(".turn")
    assert again.locator(".question").all_inner_texts() == shown[0]
    assert again.locator("blockquote").all_inner_texts() == turn.locator("blockquote").all_inner_texts()
    assert again.locator(".searched b").all_inner_texts() == turn.locator(".searched b").all_inner_texts()
    opened.locator(".earlier summary").click()
    expect(opened.locator(".earlier li")).to_have_text("Which memorial did Hayashi visit?")


def test_a_permanent_link_shows_the_quotations_place_beside_it(site: str, make_page: MakePage) -> None:
    page = make_page(site)
    page.goto("/ask?q=Which+memorial+did+Hayashi+visit%3F")
    place = page.locator(".turn .place").first
    expect(place).to_have_attribute("aria-current", "true")
    assert_marked(page, "#pane .text", place.get_attribute("href") or "")


def test_a_conversation_goes_on_from_a_permanent_link(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site)
    page.goto("/ask?q=What+reopened&article_id=station")
    expect(page).to_have_title("What reopened – Ask the article")
    ask(page, "and million")
    expect(page).to_have_title("Ask the article")
    expect(page.locator(".searched")).to_contain_text("reopened")
    assert page.url == f"{fake_site}/?article=station"
    page.reload()
    expect(page.locator(".turn")).to_have_count(2)


def test_what_a_permanent_link_shows_stays_when_other_articles_are_chosen(
    fake_site: str, make_page: MakePage
) -> None:
    page = make_page(fake_site)
    page.goto("/ask?q=What+reopened")
    page.locator("#scope summary").click()
    page.get_by_role("checkbox", name="Station").check()
    expect(page).to_have_url(f"{fake_site}/?article=station")
    expect(page).to_have_title("Ask the article")
    page.reload()
    expect(page.locator(".turn .question")).to_contain_text(["What reopened"])


def test_a_quotation_is_copied_with_its_place_and_link(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site, permissions=["clipboard-read", "clipboard-write"])
    page.goto("/")
    ask(page, "How many million")
    page.get_by_role("button", name="Copy quotation").first.click()
    expect(page.locator("#announcer")).to_have_text("Copied.")
    words, place, link = page.evaluate("navigator.clipboard.readText()").splitlines()
    quotation = page.locator(".turn blockquote").first.inner_text()
    assert (words, place) == (f"“{quotation}”", "Station reopens after ten years, 6 May 2024, paragraph 4")
    page.goto(link)
    assert_marked(page, ".text", link)


def test_a_browser_that_lets_no_page_copy_is_told_of(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site)
    page.goto("/")
    ask(page, "How many million")
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error()); }")
    page.get_by_role("button", name="Copy quotation").first.click()
    expect(page.locator("#announcer")).to_contain_text("does not allow copying")


def test_a_quotation_leads_to_its_words_at_the_publisher(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site)
    page.goto("/")
    ask(page, "Which crews")
    link = page.get_by_role("link", name="At the publisher").first
    expect(link).to_have_attribute(
        "href", "https://example.org/station#:~:text=She%20thanked%20the%20%F0%9F%9A%A2%20crews."
    )
    ask(page, "until midnight")  # of an article without an address
    expect(page.locator(".turn").last.get_by_role("link", name="At the publisher")).to_have_count(0)


@pytest.mark.parametrize("scripted", [True, False])
def test_a_conversation_is_saved(
    site: str, make_page: MakePage, scripted: bool, tmp_path: Path, real_settings: Settings
) -> None:
    page = make_page(site, java_script_enabled=scripted)
    page.goto("/")
    page.locator("#question").fill(ANSWERED)
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".turn")).to_have_count(1)
    with page.expect_download() as saving:
        page.get_by_role("button", name="Save as JSON").click()
    saving.value.save_as(tmp_path / "saved.json")
    (article,) = real_settings.seeds_dir.glob("*.txt")
    verification = verify_quotations(tmp_path / "saved.json", [load_text(article)], [article.stem])
    assert {verdict.state for verdict in verification.verdicts} == {"ok"}
    with page.expect_download() as saving:
        page.get_by_role("button", name="Save as Markdown").click()
    assert f"## {ANSWERED}" in saving.value.path().read_text(encoding="utf-8")
    expect(page.locator(".turn")).to_have_count(1)


def test_a_quotation_is_judged_in_place(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site)
    sent: list[object] = []

    def keep(route: Route) -> None:
        sent.append(route.request.post_data_json)
        route.fulfill(status=204)

    page.route("**/api/feedback", keep)
    page.goto("/")
    ask(page, "How many million")
    button = page.get_by_role("button", name="Right passage, wrong words")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#announcer")).to_have_text("Noted, thank you.")
    expect(button).to_have_attribute("aria-pressed", "true")
    address = page.locator(".turn .place").first.get_attribute("href") or ""
    start, end = map(int, address.rpartition("#c")[2].split("-"))
    sha256 = make_article("station", STATION).sha256
    assert sent == [{**JUDGED, "start": start, "end": end, "sha256": sha256}]


def test_another_judgement_takes_the_place_of_the_first(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site)
    page.goto("/")
    ask(page, "How many million")
    right, wrong = (page.get_by_role("button", name=name, exact=True) for name in ("Right", "Wrong"))
    right.click()
    expect(right).to_have_attribute("aria-pressed", "true")
    with page.expect_request("**/api/feedback") as request:
        wrong.click()
    assert '"label":"wrong"' in (request.value.post_data or "")
    expect(wrong).to_have_attribute("aria-pressed", "true")
    expect(right).to_have_attribute("aria-pressed", "false")


def test_a_refusal_is_judged_without_a_range(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site)
    page.goto("/?article=station")
    ask(page, "How many tanks")
    with page.expect_request("**/api/feedback") as request:
        page.get_by_role("button", name="Wrong, it does say").click()
    body = request.value.post_data_json
    assert body is not None
    assert (body["start"], body["end"], body["label"]) == (None, None, "wrong")
    response = request.value.response()
    assert response is not None
    assert response.status == 204
    expect(page.locator("#announcer")).to_have_text("Noted, thank you.")


def test_a_judgement_that_cannot_be_kept_is_told(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site)
    page.route("**/api/feedback", lambda route: route.abort())
    page.goto("/")
    ask(page, "How many million")
    page.get_by_role("button", name="Right", exact=True).click()
    expect(page.locator("#announcer")).to_contain_text("could not be noted")
    expect(page.get_by_role("button", name="Right", exact=True)).not_to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("status", [404, 409, 422])
def test_a_judgement_of_what_has_changed_leads_to_a_new_answer(
    fake_site: str, make_page: MakePage, status: int
) -> None:
    page = make_page(fake_site)
    page.route("**/api/feedback", lambda route: route.fulfill(status=status))
    page.goto("/")
    ask(page, "How many million")
    page.get_by_role("button", name="Right", exact=True).click()
    expect(page.locator("#announcer")).to_contain_text("ask again and judge the new answer")
    expect(page.get_by_role("button", name="Right", exact=True)).not_to_have_attribute("aria-pressed", "true")


def test_without_script_a_judgement_leaves_the_conversation_open(fake_site: str, make_page: MakePage) -> None:
    page = make_page(fake_site, java_script_enabled=False)
    page.goto("/")
    page.locator("#question").fill("How many million")
    page.get_by_role("button", name="Ask", exact=True).click()
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Right", exact=True).click()
    expect(opened.value.locator("h1")).to_contain_text("thank you")
    expect(page.locator(".turn")).to_have_count(1)
