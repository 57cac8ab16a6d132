from collections.abc import Sequence

import pytest
from fakes import make_passage

from chatbot.article import Article, make_article
from chatbot.candidates import CLOSE, READ_ALONE, find_candidates
from chatbot.passages import Passage
from chatbot.reader import Span
from chatbot.retriever import Hit, Mode
from chatbot.scope import EVERYTHING, Scope

TEXTS = (
    "Ana met Bea. It rained.",
    "Omar slept.",
    "Nobody met. Ana sang.",
    "Ana left. Bea stayed.",
    "It ended. Ana said so.",
)


def article_of(article_id: str) -> Article:
    """Give an article with every text where its hit says, a link behind each."""
    paragraphs = (f"{text}\n\nRead also: it rains" for text in TEXTS)
    return make_article(
        article_id, "".join(f"{one:98}\n\n" for one in ("Ana", *paragraphs)), article_id.upper()
    )


class Hits:
    """Finds all texts, in their order."""

    def search(self, query: str, scope: Scope, limit: int, mode: Mode) -> tuple[Hit, ...]:
        found = (make_passage(text, 100 * number, number=number) for number, text in enumerate(TEXTS, start=1))
        return tuple(Hit(passage, rank, 1 / rank, 0.5, 1.0) for rank, passage in enumerate(found, 1))[:limit]


class LengthReader:
    """Takes the first three letters of a passage, and scores it by its length.

    ``most`` passages can be read together.
    """

    name = "length"
    reads_context = False

    def __init__(self, most: int = 0) -> None:
        self.read_texts: list[str] = []
        self.asked: set[str] = set()
        self.leads: list[str] = []
        self.joined: list[list[str]] = []
        self.most = most

    def read(self, question: str, passages: Sequence[Passage], leads: Sequence[str] = ()) -> tuple[Span, ...]:
        self.read_texts += [passage.text for passage in passages]
        self.asked.add(question)
        self.leads += leads
        return tuple(Span(one, one.start, one.start + 3, float(len(one.text))) for one in passages)

    def read_together(self, question: str, passages: Sequence[Passage]) -> tuple[float, ...]:
        self.joined.append([passage.text for passage in passages])
        return tuple(map(float, range(len(passages)))) if len(passages) <= self.most else ()


@pytest.fixture
def reader() -> LengthReader:
    return LengthReader()


def test_sentences_of_the_best_spans_are_read_by_themselves(reader: LengthReader) -> None:
    found = find_candidates(Hits(), reader, "fusion", 8, article_of, "Who?", EVERYTHING)  # type: ignore[arg-type]

    assert reader.read_texts[: len(TEXTS)] == list(TEXTS)
    assert sorted(reader.read_texts[len(TEXTS) :]) == ["Ana met Bea.", "It ended.", "Nobody met."]
    alone = {one.span.passage.text: one.alone for one in found}
    assert alone["Ana met Bea. It rained."] == len("Ana met Bea.")
    assert alone["It ended. Ana said so."] == len("It ended.")


def test_a_passage_of_one_sentence_or_not_among_the_best_keeps_its_score(reader: LengthReader) -> None:
    found = find_candidates(Hits(), reader, "fusion", 8, article_of, "Who?", EVERYTHING)  # type: ignore[arg-type]

    assert len(found) == len(TEXTS) > READ_ALONE
    kept = {one.span.passage.text: one.alone for one in found if one.alone == one.span.score}
    assert kept.keys() == {"Omar slept.", "Ana left. Bea stayed."}


def test_spans_stay_where_the_whole_passage_has_them(reader: LengthReader) -> None:
    for one in find_candidates(Hits(), reader, "fusion", 8, article_of, "Who?", EVERYTHING):  # type: ignore[arg-type]
        assert one.span.passage == one.hit.passage
        assert one.span.start == one.hit.passage.start


def test_as_many_passages_are_read_as_is_said(reader: LengthReader) -> None:
    assert len(find_candidates(Hits(), reader, "fusion", 2, article_of, "Who?", EVERYTHING)) == 2  # type: ignore[arg-type]
    assert len(find_candidates(Hits(), reader, "fusion", 2, article_of, "Who?", EVERYTHING, 4)) == 4  # type: ignore[arg-type]


def test_sentences_are_read_with_their_titles_by_a_reader_that_knows_titles(reader: LengthReader) -> None:
    reader.reads_context = True

    find_candidates(Hits(), reader, "fusion", 8, article_of, "Who?", EVERYTHING)  # type: ignore[arg-type]

    assert reader.asked == {"Who?", f"Who? | {make_passage('', 0).article_id.upper()}"}


def test_a_question_with_context_of_its_own_gets_no_title(reader: LengthReader) -> None:
    reader.reads_context = True
    asked = "Who? | When did it rain?"

    find_candidates(Hits(), reader, "fusion", 8, article_of, "Who?", EVERYTHING, None, asked)  # type: ignore[arg-type]

    assert reader.asked == {asked}


def test_passages_are_read_behind_what_the_story_says_before_them(reader: LengthReader) -> None:
    reader.reads_context = True

    find_candidates(Hits(), reader, "fusion", 8, article_of, "Who?", EVERYTHING)  # type: ignore[arg-type]

    assert reader.leads == ["", *TEXTS[:-1]]


def test_other_readers_get_no_leads(reader: LengthReader) -> None:
    find_candidates(Hits(), reader, "fusion", 8, article_of, "Who?", EVERYTHING)  # type: ignore[arg-type]

    assert reader.leads == []


CLOSE_BEST = ["Ana met Bea. It rained.", "It ended. Ana said so."]  # the third is as long as the fourth


def test_the_best_passages_are_read_as_one_text_in_the_texts_order() -> None:
    reader = LengthReader(most=3)
    found = find_candidates(Hits(), reader, "fusion", 8, article_of, "Who?", EVERYTHING)  # type: ignore[arg-type]

    assert reader.joined == [[CLOSE_BEST[0], "Nobody met. Ana sang.", CLOSE_BEST[1]]]
    together = {one.span.passage.text: one.together for one in found}
    assert [together.pop(text) for text in reader.joined[0]] == [0.0, 1.0, 2.0]
    assert set(together.values()) == {None}


def test_two_passages_are_read_as_one_text_where_three_are_too_long() -> None:
    reader = LengthReader(most=2)
    found = find_candidates(Hits(), reader, "fusion", 8, article_of, "Who?", EVERYTHING)  # type: ignore[arg-type]

    assert reader.joined[1:] == [CLOSE_BEST]
    assert sum(one.together is not None for one in found) == 2


def test_passages_that_are_too_long_are_not_read_as_one_text(reader: LengthReader) -> None:
    found = find_candidates(Hits(), reader, "fusion", 8, article_of, "Who?", EVERYTHING)  # type: ignore[arg-type]

    assert [len(texts) for texts in reader.joined] == [3, 2]
    assert all(one.together is None for one in found)


def test_nothing_is_read_beside_a_passage_that_stands_out() -> None:
    reader = LengthReader(most=3)
    found = find_candidates(Hits(), reader, "fusion", 2, article_of, "Who?", EVERYTHING)  # type: ignore[arg-type]

    assert abs(found[0].span.score - found[1].span.score) > CLOSE
    assert reader.joined == []
