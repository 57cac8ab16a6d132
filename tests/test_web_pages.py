"""What the pages say and how they lay articles out, without a server."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from web_fakes import STATION, FakeChatbot, fake_chatbot

from chatbot.answer import Searched, corrected_question, refusal_words
from chatbot.article import is_blank, make_article
from chatbot.chatbot import Chatbot, Turn
from chatbot.passages import split_article
from web.conversation import CARRIED, SHOWN, AskedBody, ask, read_asked, replay
from web.pages import (
    SHOWN_QUOTATIONS,
    Mark,
    PassageQuestions,
    announcement,
    confidence_words,
    copied_words,
    lay_out,
    offered_questions,
    passage_questions,
    place_words,
    publisher_address,
    read_mark,
    searched_words,
    source_address,
)

ARTICLE = make_article("station", STATION)
PASSAGES = split_article(ARTICLE, lambda text: len(text.split()), 12)
CROWDED = {"crowded": "\n\n".join(f"Pier {number} holds the ferry." for number in range(5))}
GAP = STATION.index("\n\n")
VISIBLE_TEXT = st.text().filter(lambda text: not is_blank(text))


@given(VISIBLE_TEXT, st.data())
def test_a_layout_holds_every_character_once_and_marks_the_range(text: str, data: st.DataObject) -> None:
    article = make_article("any", text)
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    blocks = lay_out(article, split_article(article, len, 40), Mark(start, end))
    assert "".join(piece.text for block in blocks for piece in block.pieces) == text
    at = 0
    for block in blocks:
        for piece in block.pieces:
            inside = start <= at and at + len(piece.text) <= end
            assert piece.marked == (inside and block.kind is not None)
            at += len(piece.text)
    anchors = [piece.anchor for block in blocks for piece in block.pieces if piece.anchor]
    shown = any(piece.marked for block in blocks for piece in block.pieces)
    assert anchors == ([f"c{start}-{end}"] if shown else [])


def test_every_passage_is_numbered_where_it_begins() -> None:
    pieces = [piece for block in lay_out(ARTICLE, PASSAGES) for piece in block.pieces]
    assert [piece.number for piece in pieces if piece.number] == [passage.number for passage in PASSAGES]
    for piece in pieces:
        if piece.number:
            assert piece.text.startswith(PASSAGES[piece.number - 1].text[:5])


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("", "two numbers"),
        ("7", "two numbers"),
        ("7-", "two numbers"),
        ("-1-7", "two numbers"),
        ("١-٢", "two numbers"),
        ("7-7", "holds none"),
        ("9-7", "holds none"),
        (f"0-{len(STATION) + 1}", "may have changed"),
        (f"{GAP}-{GAP + 2}", "blank"),
    ],
)
def test_a_wrong_range_is_refused_with_a_reason(written: str, words: str) -> None:
    mark, fault = read_mark(written, STATION)
    assert mark is None
    assert fault is not None
    assert words in fault


def test_a_range_is_read() -> None:
    assert read_mark(f"0-{len(STATION)}", STATION) == (Mark(0, len(STATION)), None)
    assert read_mark(None, STATION) == (None, None)


def test_a_quotation_is_told_in_words() -> None:
    answer = fake_chatbot().answer("How many million")
    quotation = answer.answers[0]
    assert confidence_words(quotation) == "High confidence, 86\u00a0%"
    assert place_words(quotation.passage) == "Body text, paragraph\u00a04"
    assert quotation.quote in announcement(answer, 1)


def test_not_found_is_told_of_as_many_articles_as_were_asked() -> None:
    answer = fake_chatbot().answer("How many tanks")
    assert announcement(answer, 1) == refusal_words(1) == "The article does not say."
    assert announcement(answer, 2) == refusal_words(2) == "The articles do not say."
    assert (
        announcement(answer, 0) == refusal_words(0) == "None of the articles asked is in that range of dates."
    )


def test_a_corrected_question_is_shown_as_it_was_read() -> None:
    answer = fake_chatbot().answer("and million", history=[Turn("What reopened")])
    assert corrected_question(answer) is None
    searched = Searched("and billion reopened", ("reopened",), (1,))
    assert corrected_question(replace(answer, searched=searched)) == "and billion reopened"


@pytest.mark.parametrize(
    ("question", "searched", "shown"),
    [
        ("When?", Searched("When reopened?", ("reopened",), (1,)), ("When?", ("reopened",))),
        ("whn?", Searched("when reopened?", ("reopened",), (1,)), ("when reopened?", ())),
        ("And Omar?", Searched("Who met Omar?", ("met",), (1,)), ("Who met Omar?", ())),
        ("Why?", Searched("Why Ana Lind 40?", ("Ana Lind", "40"), (1, 2)), ("Why?", ("Ana Lind", "40"))),
    ],
)
def test_what_was_searched_for_is_shown_with_each_added_word_once(
    question: str, searched: Searched, shown: tuple[str, tuple[str, ...]]
) -> None:
    answer = replace(fake_chatbot().answer("What reopened"), question=question, searched=searched)
    assert searched_words(answer) == shown


def test_a_copied_quotation_names_its_article_and_paragraph() -> None:
    quotation = fake_chatbot().answer("How many million").answers[0]
    words, place = copied_words(quotation).split("\n")
    assert words == f"“{quotation.quote}”"
    assert place == "Station reopens after ten years, 6 May 2024, paragraph 4"


def test_a_quotation_leads_to_its_words_at_the_publisher() -> None:
    quotation = fake_chatbot().answer("Which crews").answers[0]
    expected = "https://example.org/station#:~:text=She%20thanked%20the%20%F0%9F%9A%A2%20crews."
    assert publisher_address(quotation, STATION) == expected
    place = replace(quotation.article, source_url="https://example.org/station#top")
    assert publisher_address(replace(quotation, article=place), STATION) == expected.replace("#", "#top", 1)


def test_a_quotation_without_publisher_leads_nowhere() -> None:
    quotation = fake_chatbot(both=True).answer("until midnight").answers[0]
    assert publisher_address(quotation, STATION) is None


def test_questions_are_grouped_by_the_passage_that_answers_them_best() -> None:
    chatbot = fake_chatbot()
    groups = passage_questions(chatbot.suggested_answers("station"))
    assert groups == (
        PassageQuestions(3, ("What reopened",)),
        PassageQuestions(4, ("How many million", "Who is the Mayor")),
    )
    blocks = lay_out(ARTICLE, PASSAGES, None, {3, 4})
    assert [piece.number for block in blocks for piece in block.pieces if piece.answers] == [3, 4]


def test_questions_that_were_asked_are_not_offered_again() -> None:
    assert offered_questions(["A", "b", "C", "D"], ["B", "a"], limit=2) == ("C", "D")


@pytest.mark.parametrize(
    ("written", "given"),
    [
        ("https://example.org/a", "https://example.org/a"),
        ("javascript:alert(1)", None),
        ("https://example.org/a b", None),
        (None, None),
    ],
)
def test_only_addresses_of_the_web_become_links(written: str | None, given: str | None) -> None:
    assert source_address(written) == given


def test_a_page_carries_what_the_engine_needs_of_a_turn() -> None:
    exchange = ask(fake_chatbot(), AskedBody(question="What reopened", article_id="station"), [])
    (asked,) = read_asked([exchange.carried])
    assert asked.article_id == "station"
    quoted = exchange.answer.answers[0]
    assert asked.turn().question == "What reopened"
    assert (asked.turn().quotations[0].start, asked.turn().quotations[0].end) == (quoted.start, quoted.end)


def test_a_page_carries_the_quotations_that_are_shown_at_once() -> None:
    exchange = ask(FakeChatbot(CROWDED), AskedBody(question="Which ferry"), [])
    assert len(exchange.answer.answers) == 5
    assert len(read_asked([exchange.carried])[0].quotations) == SHOWN_QUOTATIONS


def test_a_follow_up_is_asked_with_the_turns_before_it() -> None:
    chatbot = fake_chatbot()
    exchange = ask(chatbot, AskedBody(question="and million"), [AskedBody(question="What reopened")])
    assert exchange.answer.searched.added_terms == ("reopened",)


def test_a_question_can_be_asked_without_the_turns_before_it() -> None:
    chatbot = fake_chatbot()
    before = [AskedBody(question="What reopened")]
    exchange = ask(chatbot, AskedBody(question="and million", alone=True), before)
    assert exchange.answer.searched.added_terms == ()
    again = replay(chatbot, [*before, *read_asked([exchange.carried])])
    assert again.exchanges[1].answer == exchange.answer


def test_an_answers_address_names_the_question_the_article_and_what_it_leans_on() -> None:
    chatbot = fake_chatbot()
    before = [AskedBody(question="What reopened")]
    follow_up = ask(chatbot, AskedBody(question="and million?", article_id="station"), before)
    asked = parse_qs(urlsplit(follow_up.address).query)
    assert (asked["q"], asked["article"]) == (["and million?"], ["station"])
    assert read_asked(asked["turn"]) == before
    other = ask(chatbot, AskedBody(question="How many million & more"), before)
    asked = parse_qs(urlsplit(other.address).query)
    assert asked["q"] == ["How many million & more"]
    assert read_asked(asked["turn"]) == before  # the reader may have read it behind them


@pytest.mark.parametrize("asked", [AskedBody(question="hello"), AskedBody(question="and million", alone=True)])
def test_the_address_of_what_nothing_before_has_a_say_in_names_no_turn(asked: AskedBody) -> None:
    exchange = ask(fake_chatbot(), asked, [AskedBody(question="What reopened")])
    assert parse_qs(urlsplit(exchange.address).query) == {"q": [asked.question]}


@pytest.mark.parametrize("question", ["Who else met Zelenskyy?", "What did Hayashi say about Bucha?"])
def test_an_address_in_mid_conversation_gives_the_same_answer(real_chatbot: Chatbot, question: str) -> None:
    earlier = ("Who met Zelenskyy?", "When did Hayashi arrive in Kyiv?")
    shown = replay(real_chatbot, [AskedBody(question=one) for one in earlier])
    before = read_asked([exchange.carried for exchange in shown.exchanges])
    exchange = ask(real_chatbot, AskedBody(question=question), before)
    linked = parse_qs(urlsplit(exchange.address).query)
    again = ask(real_chatbot, AskedBody(question=linked["q"][0]), read_asked(linked.get("turn", [])))
    assert replace(again.answer, took_ms=0) == replace(exchange.answer, took_ms=0)


def test_a_long_conversation_shows_its_end_with_the_same_answers() -> None:
    chatbot = fake_chatbot()
    asked = [AskedBody(question=f"and {number} the") for number in range(SHOWN + 5)]
    conversation = replay(chatbot, asked)
    assert [exchange.asked for exchange in conversation.exchanges] == asked[5:]
    assert conversation.unseen == tuple(asked[:5])
    assert conversation.exchanges[0].answer.searched.from_turns


def test_a_page_carries_no_more_than_its_limit() -> None:
    carried = [AskedBody(question=str(number)).model_dump_json() for number in range(CARRIED + 3)]
    assert [turn.question for turn in read_asked(carried)] == [str(number) for number in range(3, CARRIED + 3)]
