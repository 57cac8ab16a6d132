import pytest
from fakes import FakeEncoder, make_passage, make_passages
from hypothesis import given
from hypothesis import strategies as st

from chatbot.reader import OVERLAP_WEIGHT, TYPE_WEIGHT, SentenceReader, score_sentence

TEXT = "The harbour opened on Monday. Mayor Ana Lind met the crews."


def read(question: str, *texts: str) -> list[str]:
    spans = SentenceReader(FakeEncoder()).read(question, make_passages("\n\n".join(texts)))
    whole = "\n\n".join(texts)
    return [whole[span.start : span.end] for span in spans]


def test_span_is_the_best_sentence_when_no_type_is_asked_for() -> None:
    assert read("harbour opened", TEXT) == ["The harbour opened on Monday."]


def test_span_is_the_words_of_the_type_that_is_asked_for() -> None:
    assert read("Who met the crews?", TEXT) == ["Mayor Ana Lind"]
    assert read("When was the harbour opened?", TEXT) == ["Monday"]


def test_span_counts_from_the_articles_start() -> None:
    (span,) = SentenceReader(FakeEncoder()).read("Who met the crews?", [make_passage(TEXT, 1000)])

    assert TEXT[span.start - 1000 : span.end - 1000] == "Mayor Ana Lind"


def test_each_passage_has_one_span_in_the_passages_order() -> None:
    passages = make_passages("The mayor spoke.\n\nNothing.\n\nThe mayor met the crews.")

    spans = SentenceReader(FakeEncoder()).read("mayor crews", passages)

    assert [span.passage.number for span in spans] == [1, 2, 3]
    assert spans[2].score > spans[0].score > spans[1].score


def test_score_adds_cosine_overlap_and_type() -> None:
    span = score_sentence("Who met the crews?", make_passage(TEXT), 30, 59, cosine=0.25)

    assert TEXT[span.start : span.end] == "Mayor Ana Lind"
    assert span.score == pytest.approx(0.25 + OVERLAP_WEIGHT * 1.0 + TYPE_WEIGHT)


def test_score_is_the_cosine_when_nothing_is_shared() -> None:
    assert score_sentence("ferry", make_passage(TEXT), 0, 29, cosine=0.25).score == 0.25


def test_earlier_sentence_wins_a_tie() -> None:
    (span,) = SentenceReader(FakeEncoder()).read("ferry", [make_passage("A ferry came. A ferry left.")])

    assert span.start == 0


@pytest.mark.parametrize("question", ["the", "?", "who"])
def test_question_without_content_is_read(question: str) -> None:
    assert len(read(question, TEXT)) == 1


def test_no_passages_have_no_spans() -> None:
    assert SentenceReader(FakeEncoder()).read("who", []) == ()


@given(
    st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=80).filter(lambda text: bool(text.strip()))
)
def test_span_lies_in_its_passage_for_any_text(question: str, text: str) -> None:
    passage = make_passage(text, 7)

    for span in SentenceReader(FakeEncoder()).read(question, [passage]):
        assert 7 <= span.start < span.end <= 7 + len(text)
