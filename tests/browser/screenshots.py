"""Make the README's screenshots, with the real chatbot over the real article.

From the folder ``tests``: ``python -m browser.screenshots``.
"""

import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from browser.chromium import ARGUMENTS, find_chromium
from browser.serving import served
from chatbot.chatbot import Chatbot
from chatbot.settings import load_settings
from web.app import create_app

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "web" / "screenshots"
VIEWPORT = ViewportSize(width=1280, height=800)


def ask(page: Page, question: str) -> None:
    """Ask a question in a new conversation."""
    page.goto("/")
    page.locator("#question").fill(question)
    page.locator("#question").press("Enter")
    expect(page.locator(".turn")).to_have_count(1)


def answered(page: Page) -> None:
    """Show an answer."""
    ask(page, "Who met Zelenskyy?")
    expect(page.locator("#pane mark").first).to_be_visible()


def not_found(page: Page) -> None:
    """Show that the article does not say."""
    ask(page, "How many tanks did Japan send?")


def article(page: Page) -> None:
    """Show an article with a quotation marked."""
    ask(page, "Which memorial did Hayashi visit?")
    page.goto(page.locator(".place").first.get_attribute("href") or "")
    expect(page.locator("mark").first).to_be_in_viewport()


def take(browser: Browser, address: str) -> None:
    """Take each screen, light and dark."""
    for scheme in ("light", "dark"):
        for screen in (answered, not_found, article):
            context = browser.new_context(
                base_url=address, viewport=VIEWPORT, color_scheme=scheme, reduced_motion="reduce"
            )
            page = context.new_page()
            screen(page)
            page.mouse.move(0, 0)
            page.wait_for_timeout(300)
            picture = FOLDER / f"{screen.__name__}-{scheme}.png"
            page.screenshot(path=picture)
            context.close()
            # a palette is a third of the size, and shows the same
            Image.open(picture).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(
                picture, optimize=True
            )


def main() -> None:
    """Serve the article and take the screenshots."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        settings = load_settings(seeds_dir=ROOT / "seeds", data_dir=data)
        with Chatbot.open(settings) as chatbot, served(create_app(settings, chatbot)) as address:
            browser = playwright.chromium.launch(executable_path=find_chromium(playwright), args=ARGUMENTS)
            take(browser, address)
            browser.close()


if __name__ == "__main__":
    main()
