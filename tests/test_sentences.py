import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.sentences import split_sentences


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize(
    "text",
    [
        "The visit, which began on Sept. 9, was announced late.",
        "Japan gives $7 billion in aid.",
        "Mr. Smith met Mrs. Jones and Dr. Brown.",
        "Lt. Gen. Ben Hodges and Sen. Lee spoke.",
        "The U.S. Army agreed at 5 p.m. on Monday.",
        "Prices rose 3.5 percent to $1.2 million.",
        "It was No. 7 of 10.",
    ],
)
def test_sentence_stays_whole_when_a_full_stop_does_not_end_it(text: str) -> None:
    assert sentences(text) == [text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It began on Sept. 9. Then it ended.", ["It began on Sept. 9.", "Then it ended."]),
        ("It cost $7 billion. He paid.", ["It cost $7 billion.", "He paid."]),
        ("He said: “It is over.” She left.", ["He said: “It is over.”", "She left."]),
        ('She said, "We won." They went.', ['She said, "We won."', "They went."]),
        ("“Go!” he said. “Now.” He went.", ["“Go!” he said.", "“Now.”", "He went."]),
        ("Who came? Nobody! So it goes.", ["Who came?", "Nobody!", "So it goes."]),
        (
            "\U0001f6a2\U0001f6a2 One e\u0301. Київ далеко. Three.",
            ["\U0001f6a2\U0001f6a2 One e\u0301.", "Київ далеко.", "Three."],
        ),
    ],
)
def test_sentences_end_where_they_end(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_sentence_has_no_space_around_it() -> None:
    assert sentences("\u00a0 One.  \n Two. \t") == ["One.", "Two."]


@pytest.mark.parametrize("text", ["", " ", "\n\u00a0\n"])
def test_text_without_words_has_no_sentences(text: str) -> None:
    assert sentences(text) == []


@given(st.text() | st.text(alphabet="ab .!?\n\r\u00a0\u201c\u201d\U0001f642\u0301"))
def test_sentences_lose_nothing_of_any_text(text: str) -> None:
    done = 0
    for start, end in split_sentences(text):
        assert done <= start < end
        assert not text[done:start].strip()
        assert text[start:end] == text[start:end].strip()
        done = end
    assert not text[done:].strip()
