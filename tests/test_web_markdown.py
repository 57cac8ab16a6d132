"""A conversation as Markdown: what a CommonMark reader makes of it."""

import re
from html import unescape

from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from web_fakes import FakeChatbot, fake_chatbot

from web.conversation import AskedBody, replay
from web.markdown import conversation_markdown, escape

HOME = "https://news.example"


def shown(markdown: str) -> str:
    """Give the text that a reader sees, and nothing but text."""
    html = MarkdownIt("commonmark").render(markdown)
    assert set(re.findall(r"</?([a-z0-9]+)", html)) <= {"p", "br"}, html
    return unescape(re.sub(r"<[^>]+>", "", html))


@given(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=60))
@example("1. a list")
@example("- another")
@example("# heading")
@example("    code")
@example("<script>alert(1)</script> [a](b) ![c](d) &amp; <https://x.example>")
@example("===")
def test_escaped_text_is_shown_as_it_is(text: str) -> None:
    assert shown(escape(text)).split() == text.split()


def test_lines_stay_lines() -> None:
    assert MarkdownIt("commonmark").render(escape("one\n- two")) == "<p>one<br />\n- two</p>\n"


def markdown(chatbot: FakeChatbot, *questions: str) -> str:
    asked = [AskedBody(question=question, article_id="station") for question in questions]
    return conversation_markdown(replay(chatbot, asked), HOME, 1)


def test_a_quotation_is_written_with_its_words_marked_and_its_place() -> None:
    written = markdown(fake_chatbot(), "How many million")
    assert "## How many million" in written
    assert "> Mayor Ana Lindström said: “It cost 40 **million** euros.”" in written
    assert (
        "[Station reopens after ten years, 6 May 2024, Body text, paragraph\u00a04](<https://news.example/articles/"
        in written
    )
    assert "High confidence, 86\u00a0%" in written
    assert "[Link to this answer](<https://news.example/ask?q=How+many+million&article=station>)" in written


def test_a_follow_up_names_the_words_that_were_added() -> None:
    assert "Searched for: and million + reopened" in markdown(fake_chatbot(), "What reopened", "and million")


def test_a_refusal_of_several_articles_says_so() -> None:
    chatbot = fake_chatbot(both=True)
    conversation = replay(chatbot, [AskedBody(question="How many tanks")])
    assert "The articles do not say." in conversation_markdown(conversation, HOME, 2)


def test_a_refusal_and_small_talk_are_written_as_the_page_says_them() -> None:
    written = markdown(fake_chatbot(), "How many <b>tanks</b>", "hello")
    assert "The article does not say." in written
    assert "<b>" not in written.replace("\\<b", "")
    assert "answers questions about its articles" in written
