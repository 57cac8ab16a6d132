from dataclasses import replace

import pytest
from fakes import make_passage, make_passages
from hypothesis import given
from hypothesis import strategies as st

from chatbot.answer import Band, Scores
from chatbot.article import Page, is_blank, make_article
from chatbot.quotation import AROUND, band, quote, says_the_same, sentence_range
from chatbot.reader import Span

SCORES = Scores(0.5, 2.0, 1.0)
TEXT = "Ana came. Omar said: “We won.” They left."


def span(start: int, end: int, at: int = 0, text: str = TEXT) -> Span:
    return Span(make_passage(text, at), at + start, at + end, 1.0)


@pytest.mark.parametrize("at", [0, 77])
def test_quotation_is_the_whole_sentence_around_the_span(at: int) -> None:
    start, end = sentence_range(span(10, 14, at))

    assert TEXT[start - at : end - at] == "Omar said: “We won.”"


def test_quotation_is_every_sentence_that_the_span_touches() -> None:
    assert sentence_range(span(4, 14)) == (0, 30)


def test_quotation_of_a_span_in_white_space_is_the_span() -> None:
    assert sentence_range(Span(make_passage("   ", 5), 6, 7, 1.0)) == (6, 7)


@pytest.mark.parametrize(
    ("confidence", "words"),
    [(1.0, "high"), (0.8, "high"), (0.79, "medium"), (0.5, "medium"), (0.49, "low"), (0, "low")],
)
def test_band_puts_the_confidence_into_words(confidence: float, words: Band) -> None:
    assert band(confidence) == words


def test_quotation_says_what_stands_around_it() -> None:
    text = "x" * 40 + " \n\n" + TEXT + "\n\n" + "y" * 40
    quotation = quote(make_article("a", text), span(10, 14, 43), 1, 0.9, SCORES)

    assert quotation.prefix == text[53 - AROUND : 53]
    assert quotation.suffix == text[73 : 73 + AROUND]
    assert len(quotation.prefix) == AROUND


def test_quotation_at_the_ends_of_the_text_has_less_around_it() -> None:
    quotation = quote(make_article("a", "Ana came."), span(0, 3, 0, "Ana came."), 1, 0.9, SCORES)

    assert (quotation.prefix, quotation.suffix) == ("", "")


def test_segments_mark_the_span_alone() -> None:
    quotation = quote(make_article("a", TEXT), span(15, 19), 1, 0.9, SCORES)

    assert [(segment.text, segment.mark) for segment in quotation.segments] == [
        ("Omar ", False),
        ("said", True),
        (": “We won.”", False),
    ]


def test_href_escapes_the_article_id() -> None:
    quotation = quote(make_article("a b/ä?#", TEXT), span(0, 3), 1, 0.9, SCORES)

    assert quotation.href == "/articles/a%20b%2F%C3%A4%3F%23#c0-9"


@given(st.data())
def test_quotation_is_the_articles_text_for_any_span(data: st.DataObject) -> None:
    text = data.draw(
        st.text(min_size=1, max_size=80) | st.text("ab .!?\n”“🙂\u0301\ufeff", min_size=1, max_size=80)
    )
    if is_blank(text):
        return
    passage = data.draw(st.sampled_from(make_passages(text, max_tokens=4)))
    start = data.draw(st.integers(passage.start, passage.end - 1))
    end = data.draw(st.integers(start + 1, passage.end))

    quotation = quote(make_article("a", text), Span(passage, start, end, 0.0), 1, 0.5, SCORES)

    assert quotation.quote == text[quotation.start : quotation.end]
    assert quotation.span.text == text[start:end]
    assert passage.start <= quotation.start <= start < end <= quotation.end <= passage.end
    assert "".join(segment.text for segment in quotation.segments) == quotation.quote
    assert [segment.text for segment in quotation.segments if segment.mark] == [quotation.span.text]


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ("The old ferry carried 40 passengers to Oslo.", True),
        ("The old ferries carry 40 passengers to Oslo", True),
        ("The old ferry carried 40 passengers over to Oslo.", True),
        ("The old ferry carried 50 passengers to Oslo.", False),
        ("The old ferry carried 40 passengers twice to Oslo.", False),
        ("The old ferry never carried 40 passengers to Oslo.", False),
        ("The old ferry carried 40 passengers to Kyiv.", False),
        ("The new, fast ferry carried 40 tourists to Oslo.", False),
        ("…", False),
    ],
)
def test_a_quotation_says_the_same_without_another_name_number_or_negation(other: str, same: bool) -> None:
    quotation = "The old ferry carried 40 passengers to Oslo."

    assert says_the_same(quotation, other) is says_the_same(other, quotation) is same


def test_quotation_names_the_page_it_begins_on() -> None:
    article = replace(make_article("a", TEXT), pages=(Page(1, 0), Page(4, 10)))
    before, across = quote(article, span(0, 3), 1, 0.5, SCORES), quote(article, span(10, 14), 1, 0.5, SCORES)
    assert (before.passage.page, across.start, across.passage.page) == (1, 10, 4)
    assert quote(make_article("a", TEXT), span(0, 3), 1, 0.5, SCORES).passage.page is None
