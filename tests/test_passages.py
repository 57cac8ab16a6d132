import pytest
from conftest import SEEDS
from fakes import make_passages
from hypothesis import example, given
from hypothesis import strategies as st

from chatbot.article import INVISIBLE, is_blank, load_article, make_article
from chatbot.passages import LONGEST_TOKEN, LOOK_BEFORE, Kind, paragraph_kind, split_article, text_before

TRAPS = "ab .!?\n\r\t\u00a0\ufeff\u200b\u2028\u201c\u201d\U0001f642\u0301"
REAL_KINDS = [
    "headline",
    "caption",
    *["body"] * 6,
    "related_link",
    *["body"] * 2,
    "related_link",
    *["body"] * 4,
    "notice",
    "notice",
]


def shows(text: str) -> bool:
    return bool(text.translate(dict.fromkeys(map(ord, INVISIBLE))).strip())


@given(st.text() | st.text(alphabet=TRAPS), st.integers(1, 12))
@example("a" * 50, 3)
@example("\u200b" * 9 + "a" + "\u200b" * 9, 4)
@example("one. \ufeff two. \u200b\u200b\u200b\u200b\u200b. three", 5)
def test_passages_tile_any_text(text: str, max_tokens: int) -> None:
    if is_blank(text):
        return
    passages = split_article(make_article("a", text), len, max_tokens)

    done = 0
    for passage in passages:
        assert done <= passage.start < passage.end
        assert not shows(text[done : passage.start])
        assert passage.text == text[passage.start : passage.end]
        assert len(passage.text) <= max_tokens
        assert passage.text == passage.text.strip()
        done = passage.end
    assert not shows(text[done:])
    assert passages
    assert [passage.number for passage in passages] == list(range(1, len(passages) + 1))


def test_real_article_has_its_18_passages() -> None:
    article = load_article(SEEDS / "000_21e44077a3ba8fcb.txt")
    passages = split_article(article, lambda text: len(text.split()), 254)

    assert [passage.kind for passage in passages] == REAL_KINDS
    assert (passages[0].start, passages[0].end) == (0, 102)
    assert (passages[2].start, passages[2].end) == (191, 402)
    assert passages[-1].end == len(article.text)


def test_passage_begins_after_a_no_break_space() -> None:
    article = load_article(SEEDS / "000_21e44077a3ba8fcb.txt")
    passage = split_article(article, lambda text: len(text.split()), 254)[7]

    assert article.text[passage.start - 1] == "\u00a0"
    assert passage.text.startswith("The talks also delved")


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_paragraph_ends_at_a_blank_line_and_not_at_a_line_break(newline: str) -> None:
    text = newline.join(["The harbour", "opened.", "", "Ferries", "came."])

    assert [passage.text for passage in make_passages(text)] == [
        f"The harbour{newline}opened.",
        f"Ferries{newline}came.",
    ]


@pytest.mark.parametrize("blank", ["\n\n", "\r\n\r\n", "\r\r", "\n \t\n", "\n\u00a0\n\n\n", "\r\n\u00a0\r\n"])
def test_blank_line_of_any_form_separates(blank: str) -> None:
    assert len(make_passages(f"One.{blank}Two.")) == 2


def test_long_paragraph_is_split_at_sentences() -> None:
    passages = make_passages("One two three. Four five six. Seven eight.", max_tokens=6)

    assert [passage.text for passage in passages] == ["One two three. Four five six.", "Seven eight."]


def test_long_sentence_is_cut_at_white_space() -> None:
    passages = make_passages("one two three four five six seven eight nine ten", max_tokens=3)

    assert " ".join(passage.text for passage in passages) == "one two three four five six seven eight nine ten"
    assert all(len(passage.text.split()) <= 3 for passage in passages)


@pytest.mark.parametrize(
    "text",
    [
        "The harbour opened late. " * 4_000,
        "harbour " * 12_000,
        "harbour" * 14_000,
        "One." + " " * 99_000 + "Two.",
    ],
    ids=["sentences", "words", "solid", "spaces"],
)
def test_very_long_paragraph_is_never_counted_whole(text: str) -> None:
    counted: list[int] = []

    def count(piece: str) -> int:
        counted.append(len(piece))
        return len(piece)

    passages = split_article(make_article("a", text), count, 40)

    assert max(counted) <= LONGEST_TOKEN * 40
    assert max(len(passage.text) for passage in passages) <= 40
    assert "".join("".join(passage.text for passage in passages).split()) == "".join(text.split())


def test_pieces_of_a_long_paragraph_keep_its_kind() -> None:
    passages = make_passages("Title\n\nRead also: one two three four five six seven", max_tokens=4)

    assert {passage.kind for passage in passages[1:]} == {"related_link"}


def test_passage_id_names_article_and_number() -> None:
    assert [passage.id for passage in make_passages("One.\n\nTwo.", article_id="x")] == ["x:1", "x:2"]


def test_split_is_refused_when_passages_may_hold_nothing() -> None:
    with pytest.raises(ValueError, match="got max_tokens 0"):
        make_passages("One.", max_tokens=0)


@pytest.mark.parametrize(
    ("paragraph", "kind"),
    [
        ("Read also: Ferry line to close", "related_link"),
        ("READ MORE: Ferry line to close", "related_link"),
        ("Related: Ferry line to close", "related_link"),
        ("Read the original article on The Harbour Post", "notice"),
        ("We bring the news. Support us with a one-time donation, or become a Patron!", "notice"),
        ("This article was originally published by The Post.", "notice"),
        ("First published on The Post.", "notice"),
        ("Photo: Ana Lind", "notice"),
        ("© 2023 The Post. All rights reserved.", "notice"),
        ("Ana Lind and the crews, May 4", "caption"),
        ("The harbour opened.", "body"),
        ("He said: “We will help them.”", "body"),
        ("“Join us,” said the mayor.", "body"),
        ("People follow the ferries, and donate to the crews.", "body"),
        ("He wants us to support our crews.", "body"),
        ("Read by thousands, the letter opened the debate.", "body"),
    ],
)
def test_kind_follows_the_wording(paragraph: str, kind: Kind) -> None:
    assert paragraph_kind(paragraph, first=False) == kind


@pytest.mark.parametrize(
    "paragraph",
    [
        "The novel, first published in 1949, is back in the shops.",
        "Her study was first published in May and caused a stir.",
        "Pictures by the photographer hang in the library.",
        "Reporting by the police shows that thefts fell.",
    ],
)
def test_kind_is_body_when_a_sentence_only_sounds_like_a_notice(paragraph: str) -> None:
    assert paragraph_kind(paragraph, first=False) == "body"


@pytest.mark.parametrize(
    "paragraph",
    [
        "Read more than a hundred books a year, the director says.",
        "See more of a town by walking, she advises.",
    ],
)
def test_kind_is_body_when_a_sentence_only_sounds_like_a_link(paragraph: str) -> None:
    assert paragraph_kind(paragraph, first=False) == "body"


def test_first_paragraph_without_a_full_stop_is_the_headline() -> None:
    assert paragraph_kind("Harbour opens", first=True) == "headline"


def test_first_paragraph_with_a_full_stop_is_body() -> None:
    assert paragraph_kind("The harbour opened.", first=True) == "body"


STORY = (
    "Bridge opens\n\nThe bridge, 2020\n\nAna Ruiz opened it. It rained.\n\nRead also: Rain\n\nShe left early."
)


@pytest.mark.parametrize(
    ("place", "before"),
    [
        ("Bridge", ""),
        ("The bridge", ""),
        ("Ana", ""),
        ("It rained", "Ana Ruiz opened it."),
        ("Read", "Ana Ruiz opened it. It rained."),
        ("She", "Ana Ruiz opened it. It rained."),
    ],
)
def test_before_a_place_stands_the_last_paragraph_of_the_story(place: str, before: str) -> None:
    assert text_before(STORY, STORY.index(place)) == before


def test_before_a_place_far_into_an_article_little_is_looked_at() -> None:
    text = "Ana met Bea. " * 10_000
    assert 0 < len(text_before(text, len(text))) <= LOOK_BEFORE
