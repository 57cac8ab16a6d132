"""Text fragments, as https://wicg.github.io/scroll-to-text-fragment/ has them."""

from urllib.parse import unquote

import pytest

from web.fragments import EDGE_WORDS, LONGEST_WHOLE, text_fragment

LONG = " ".join(f"word{number}" for number in range(LONGEST_WHOLE // 5))


def fragment(text: str, quotation: str, last: bool = False) -> str:
    start = text.rindex(quotation) if last else text.index(quotation)
    return text_fragment(text, start, start + len(quotation))


def test_words_that_stand_once_are_given_alone() -> None:
    assert fragment("One. Two & three, four-five. Six.", "Two & three, four-five.") == (
        ":~:text=Two%20%26%20three%2C%20four%2Dfive."
    )


def test_words_that_stand_again_are_given_with_those_around_them() -> None:
    text = "It came at last. It rained. They left. It rained. So did we."
    assert fragment(text, "It rained.", last=True) == (
        ":~:text=rained.%20They%20left.-,It%20rained.,-So%20did%20we."
    )


@pytest.mark.parametrize(
    ("text", "last", "given"),
    [
        ("It rained. It rained.", False, ":~:text=It%20rained.,-It%20rained."),
        ("It rained. It rained.", True, ":~:text=It%20rained.-,It%20rained."),
    ],
)
def test_words_at_an_end_have_context_on_one_side(text: str, last: bool, given: str) -> None:
    assert fragment(text, "It rained.", last) == given


def test_long_words_are_given_by_their_ends() -> None:
    words = LONG.split()
    first, last = " ".join(words[:EDGE_WORDS]), " ".join(words[-EDGE_WORDS:])
    assert unquote(fragment(f"Start. {LONG} End.", LONG)) == f":~:text={first},{last}"


def test_long_text_without_spaces_is_given_whole() -> None:
    assert fragment("字" * 200, "字" * 200) == ":~:text=" + "%E5%AD%97" * 200


def test_white_space_is_given_as_a_page_shows_it() -> None:
    assert fragment("A \u00a0b\tc. Then.", "\u00a0b\tc.") == ":~:text=b%20c."
