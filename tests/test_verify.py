from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import ARTICLES, make_chatbot

from chatbot.answer import answer_json
from chatbot.errors import ChatbotError
from chatbot.formats import Limits
from chatbot.verify import Verification, judge_quotation, read_texts, verify_quotations


@pytest.mark.parametrize(
    ("text", "state", "start"),
    [
        ("One. Two. Three.", "ok", 5),
        ("One. New. Two. Three.", "moved", 10),
        ("Two. One. Three.", "moved", 0),
        ("One. Too. Three.", "changed", 5),
        ("", "changed", 5),
    ],
)
def test_quotation_is_judged_by_the_text(text: str, state: str, start: int) -> None:
    verdict = judge_quotation(text, "Two.", 5, 9)

    assert (verdict.state, verdict.start, verdict.end) == (state, start, start + 4)


def test_quotation_is_ok_where_it_stood_though_its_words_stand_earlier_too() -> None:
    assert judge_quotation("Two. One. Two.", "Two.", 10, 14).state == "ok"


def test_offsets_count_code_points() -> None:
    assert judge_quotation("🙂e\u0301 Two.", "Two.", 4, 8).state == "ok"


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """Save an answer that quotes the library's article, and the article."""
    with make_chatbot(ARTICLES, tmp_path / "data") as chatbot:
        answer = chatbot.answer("Who is the director?")
    (tmp_path / "answer.json").write_text(answer_json(answer, indent=2), encoding="utf-8")
    (tmp_path / "library.txt").write_text(ARTICLES["library"], encoding="utf-8")
    return tmp_path


def verdicts(folder: Path, article: str = "library.txt") -> list[str]:
    return [verdict.state for verdict in verify(folder, article).verdicts]


def verify(folder: Path, article: str) -> Verification:
    path = folder / article
    return verify_quotations(folder / "answer.json", read_texts(path, Limits()), [path.stem])


def test_saved_answer_is_ok_while_the_article_stays(saved: Path) -> None:
    assert verdicts(saved) == ["ok"]


def test_saved_answer_has_moved_when_a_line_was_added(saved: Path) -> None:
    (saved / "library.txt").write_text("Update: new.\n\n" + ARTICLES["library"], encoding="utf-8")

    assert verdicts(saved) == ["moved"]


def test_saved_answer_is_changed_when_a_word_was(saved: Path) -> None:
    (saved / "library.txt").write_text(ARTICLES["library"].replace("Omar", "Omer"), encoding="utf-8")

    assert verdicts(saved) == ["changed"]


@pytest.mark.parametrize("form", ["{}", '{{"conversation": [{}]}}'])
def test_answer_without_quotations_is_refused(saved: Path, form: str) -> None:
    with make_chatbot(ARTICLES, saved / "data") as chatbot:
        (saved / "answer.json").write_text(form.format(answer_json(chatbot.answer("drones"))))

    with pytest.raises(ChatbotError, match=r"expected quotations to check in .*answer\.json, got none"):
        verdicts(saved)


def test_every_answer_of_a_saved_conversation_is_judged(saved: Path) -> None:
    with make_chatbot(ARTICLES, saved / "data") as chatbot:
        questions = ("Who is the director?", "drones", "Who is the mayor?", "When was the roof mended?")
        answers = [answer_json(chatbot.answer(question)) for question in questions]
    (saved / "answer.json").write_text(f'{{"conversation": [{", ".join(answers)}]}}', encoding="utf-8")
    text = ARTICLES["library"].replace("Omar", "Omer")
    (saved / "library.txt").write_text(text, encoding="utf-8")

    verification = verify(saved, "library.txt")
    assert [verdict.state for verdict in verification.verdicts] == ["changed", "ok"]
    assert verification.left_out == {"harbour": 1}


def test_article_is_known_by_its_text_whatever_it_is_called(saved: Path) -> None:
    (saved / "library.txt").rename(saved / "other.txt")

    assert verdicts(saved, "other.txt") == ["ok"]


def test_file_is_read_as_a_seed_and_as_one_that_was_added(saved: Path) -> None:
    (saved / "library.txt").write_text("author: Kim Ode\n\n" + ARTICLES["library"], encoding="utf-8")

    assert verdicts(saved) == ["ok"]
    assert read_texts(saved / "library.txt", Limits()) == (
        "author: Kim Ode\n\n" + ARTICLES["library"],
        ARTICLES["library"],
    )


def test_ids_are_not_asked_for_where_the_text_is_known(saved: Path) -> None:
    def ids() -> Iterator[str]:
        raise AssertionError("the text tells")
        yield

    texts = [ARTICLES["library"]]
    assert verify_quotations(saved / "answer.json", texts, ids()).left_out == {}


@pytest.mark.parametrize("content", ['{"conversation": {}}', '{"conversation": [{}]}', '{"conversation": '])
def test_broken_conversation_is_refused(saved: Path, content: str) -> None:
    (saved / "answer.json").write_text(content)

    with pytest.raises(ChatbotError, match="or a conversation that the page saved"):
        verdicts(saved)


def test_answer_from_another_article_is_refused(saved: Path) -> None:
    (saved / "harbour.txt").write_text(ARTICLES["harbour"])

    with pytest.raises(
        ChatbotError, match="expected quotations from harbour, got an answer that quotes library"
    ):
        verdicts(saved, "harbour.txt")


@pytest.mark.parametrize(
    "content",
    ["", "{}", "[]", '{"question": "Who?"}', '{"status": "answered", "answers": []}', "\udcff"],
)
def test_file_that_is_no_answer_is_refused(saved: Path, content: str) -> None:
    (saved / "answer.json").write_bytes(content.encode(errors="surrogateescape"))

    with pytest.raises(ChatbotError, match="expected an answer of `chatbot ask --json`"):
        verdicts(saved)


@pytest.mark.parametrize(
    ("word", "other"),
    [("Omar", "Omer Hasan and"), ('"start": ', '"start": -'), ('"rank": 1', '"rank": "first"')],
)
def test_answer_that_contradicts_itself_is_refused(saved: Path, word: str, other: str) -> None:
    content = (saved / "answer.json").read_text(encoding="utf-8")
    (saved / "answer.json").write_text(content.replace(word, other, 1), encoding="utf-8")

    with pytest.raises(ChatbotError, match="got at"):
        verdicts(saved)


def test_answer_that_is_missing_is_refused(saved: Path) -> None:
    (saved / "answer.json").unlink()

    with pytest.raises(ChatbotError, match=r"expected a saved answer at .* got: No such file"):
        verdicts(saved)


def test_article_that_is_missing_is_refused(saved: Path) -> None:
    with pytest.raises(ChatbotError, match=r"gone\.txt: expected a file that can be read"):
        verdicts(saved, "gone.txt")
