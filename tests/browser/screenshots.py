"""Make the README's screenshots, with the real chatbot over the real article.

From the folder ``tests``: ``python -m browser.screenshots``, or ``python -m browser.screenshots --all
FOLDER`` to look at every state of the page, wide and narrow.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from fastapi import FastAPI
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright
from web_fakes import FakeChatbot

from browser.chromium import ARGUMENTS, find_chromium
from browser.conftest import PATIENCE
from browser.serving import served
from chatbot.chatbot import Chatbot
from chatbot.settings import load_settings
from web.app import create_app

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "web" / "screenshots"
WIDE, NARROW = ViewportSize(width=1280, height=800), ViewportSize(width=360, height=740)
Screen = Callable[[Page], None]


def type_question(page: Page, question: str) -> None:
    """Type a question and send it."""
    page.locator("#question").fill(question)
    page.locator("#question").press("Enter")


def ask(page: Page, *questions: str) -> None:
    """Ask questions in a new conversation."""
    page.goto("/")
    for count, question in enumerate(questions, start=1):
        type_question(page, question)
        expect(page.locator(".turn")).to_have_count(count)


def first_screen(page: Page) -> None:
    """Show the page before anything was asked."""
    page.goto("/")


def answered(page: Page) -> None:
    """Show an answer."""
    ask(page, "Who met Zelenskyy?")
    if page.viewport_size == WIDE:
        expect(page.locator("#pane mark").first).to_be_visible()


def follow_up(page: Page) -> None:
    """Show a question that leans on the one before."""
    ask(page, "Which memorial did Hayashi visit?", "When did he arrive?")


def several(page: Page) -> None:
    """Show an answer of several quotations."""
    ask(page, "What did Hayashi do in Ukraine?")


def not_found(page: Page) -> None:
    """Show that the article does not say."""
    ask(page, "How many tanks did Japan send?")


def closest(page: Page) -> None:
    """Show the closest passages of a refusal."""
    not_found(page)
    page.get_by_text("Closest passages").click()


def small_talk(page: Page) -> None:
    """Show what a greeting gets."""
    ask(page, "hello")


def judged(page: Page) -> None:
    """Show an answer that was judged."""
    answered(page)
    page.get_by_role("button", name="Right", exact=True).first.click()
    expect(page.locator("[data-noted]")).to_be_visible()


def linked(page: Page) -> None:
    """Show a permanent link to a follow-up's answer."""
    follow_up(page)
    page.locator(".permanent").last.click()
    page.locator(".earlier summary").click()


def waiting(page: Page) -> None:
    """Show a question whose answer takes its time."""
    page.goto("/")
    page.route("**/turn", lambda route: None)
    type_question(page, "Who met Zelenskyy?")
    expect(page.locator(".pending .refusal")).to_be_visible()


def offline(page: Page) -> None:
    """Show a question that was asked without a connection."""
    page.goto("/")
    page.context.set_offline(True)
    type_question(page, "Who met Zelenskyy?")
    expect(page.locator("#problem-slot .problem")).to_be_visible()


def refused(page: Page) -> None:
    """Show a question that cannot be asked."""
    page.goto("/")
    type_question(page, "Who met Zelenskyy? " * 40)
    expect(page.locator("#problem-slot .problem")).to_be_visible()


def place_chosen(page: Page) -> None:
    """Show a chosen quotation's place."""
    ask(page, "What did Hayashi visit in Bucha?")
    page.locator(".place").first.click()
    expect(page.locator("#pane mark").first).to_be_in_viewport()


def passage_chosen(page: Page) -> None:
    """Show the questions that a chosen passage answers."""
    page.goto("/")
    if page.viewport_size == NARROW:
        page.get_by_role("tab", name="Article").click()
    page.locator("a.number").first.click()


def article(page: Page) -> None:
    """Show an article with a quotation marked."""
    ask(page, "Which memorial did Hayashi visit?")
    page.goto(page.locator(".place").first.get_attribute("href") or "")
    expect(page.locator("mark").first).to_be_in_viewport()


def missing(page: Page) -> None:
    """Show an address where nothing is."""
    page.goto("/articles/none")


def articles(page: Page) -> None:
    """Show the list of articles, two of them ticked."""
    page.goto("/articles?q=pier")
    page.get_by_label("Ask Pier 003").check()
    page.get_by_label("Ask Pier 005").check()


def some_asked(page: Page) -> None:
    """Show what is asked beside the question, opened."""
    page.goto("/?article=n003&article=n005&from=2024-01-01")
    page.locator("#scope summary").click()


def adding(page: Page) -> None:
    """Show the form that adds an article, after a refusal."""
    page.goto("/add")
    page.get_by_role("button", name="Add the article").click()
    expect(page.locator("[data-problem]")).to_be_visible()


README: tuple[Screen, ...] = (answered, not_found, article)
ALL: tuple[Screen, ...] = (
    first_screen,
    answered,
    follow_up,
    several,
    not_found,
    closest,
    small_talk,
    judged,
    linked,
    waiting,
    offline,
    refused,
    place_chosen,
    passage_chosen,
    article,
    missing,
)
OF_MANY: tuple[Screen, ...] = (articles, some_asked, adding)


def take(browser: Browser, address: str, screens: Iterable[Screen], viewport: ViewportSize, name: str) -> None:
    """Take each screen, light and dark; ``name`` is the picture's path, with SCREEN and SCHEME in it."""
    for screen in screens:
        for scheme in ("light", "dark"):
            context = browser.new_context(
                base_url=address, viewport=viewport, color_scheme=scheme, reduced_motion="reduce"
            )
            page = context.new_page()
            page.set_default_timeout(PATIENCE)
            screen(page)
            page.mouse.move(0, 0)
            page.wait_for_timeout(300)
            picture = Path(name.replace("SCREEN", screen.__name__).replace("SCHEME", scheme))
            page.screenshot(path=picture)
            context.close()
            # a palette is a third of the size, and shows the same
            Image.open(picture).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(
                picture, optimize=True
            )


def many_articles() -> FastAPI:
    """Make an app over many made-up articles, to which more can be added."""
    texts = {f"n{number:03}": f"Pier {number:03}\n\nThe ferry is at {number}." for number in range(120)}
    return create_app(load_settings(adding=True), FakeChatbot(texts))


def main() -> None:
    """Serve the article and take the screenshots."""
    parser = argparse.ArgumentParser(description="Take screenshots: the README's, or those of every state.")
    parser.add_argument("--all", metavar="FOLDER", type=Path, help="take every state into this folder")
    folder: Path | None = parser.parse_args().all
    (folder or FOLDER).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        settings = load_settings(seeds_dir=ROOT / "seeds", data_dir=data)
        with Chatbot.open(settings) as chatbot, served(create_app(settings, chatbot)) as address:
            browser = playwright.chromium.launch(executable_path=find_chromium(playwright), args=ARGUMENTS)
            if folder is None:
                take(browser, address, README, WIDE, f"{FOLDER}/SCREEN-SCHEME.png")
            else:
                for viewport in (WIDE, NARROW):
                    take(browser, address, ALL, viewport, f"{folder}/SCREEN-SCHEME-{viewport['width']}.png")
                with served(many_articles()) as many:
                    for viewport in (WIDE, NARROW):
                        name = f"{folder}/SCREEN-SCHEME-{viewport['width']}.png"
                        take(browser, many, OF_MANY, viewport, name)
            browser.close()


if __name__ == "__main__":
    main()
