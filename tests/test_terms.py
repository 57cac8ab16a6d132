import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.terms import content_words, fold, stem, terms, words

TRAPS = st.text() | st.text(alphabet="aé\u0301 _-’'9½ßİκΚ🙂\u200d\n")


@given(TRAPS)
def test_word_is_the_text_at_its_offsets(text: str) -> None:
    for word in words(text):
        assert text[word.start : word.end] == word.text


@given(TRAPS)
def test_words_miss_no_letter_or_digit(text: str) -> None:
    covered = {at for word in words(text) for at in range(word.start, word.end)}

    assert all(at in covered for at, character in enumerate(text) if character.isalnum())


@pytest.mark.parametrize(
    "written",
    ["Shmyhál", "SHMYHAL", "shmyha\u0301l", "Shmyh\u00c1l", "\U0001d412hmyhal"],
    ids=["composed", "capitals", "decomposed", "capital accent", "mathematical letter"],
)
def test_word_is_one_however_it_is_written(written: str) -> None:
    assert [word.folded for word in words(written)] == ["shmyhal"]


def test_fold_of_a_folded_word_is_the_same() -> None:
    letters = (chr(point) for point in range(sys.maxunicode + 1) if chr(point).isalpha())

    assert [letter for letter in letters if fold(fold(letter)) != fold(letter)] == []


@pytest.mark.parametrize(
    ("written", "folded"), [("Straße", "strasse"), ("İstanbul", "istanbul"), ("ΣΊΣΥΦΟΣ", "σισυφοσ")]
)
def test_fold_of_letters_with_a_history(written: str, folded: str) -> None:
    assert fold(written) == folded


def test_possessive_and_hyphen_end_a_word() -> None:
    assert [word.text for word in words("Japan’s anti-Russian $7 F_16")] == [
        *("Japan", "s", "anti", "Russian", "7", "F", "16")
    ]


@pytest.mark.parametrize(
    ("one", "other"), [("negotiations", "negotiation"), ("pledged", "pledges"), ("talks", "talk")]
)
def test_inflections_have_one_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other)


def test_content_words_leave_out_how_it_is_asked() -> None:
    question = "Could you please tell me: according to the article, who met Zelenskyy?"

    assert [word.text for word in content_words(question)] == ["met", "Zelenskyy"]


@pytest.mark.parametrize("word", ["met", "tanks", "japan", "first", "work", "support", "visit"])
def test_word_with_a_meaning_is_no_stop_word(word: str) -> None:
    assert content_words(word)


def test_terms_keep_order_and_repeats() -> None:
    assert terms("The ferries, the ferry!") == ("the", "ferri", "the", "ferri")


def test_emoji_alone_has_no_terms() -> None:
    assert terms("🙂 ?!") == ()
    assert not re.findall(r"\w", "🙂 ?!")
