import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from chatbot.article import make_article
from chatbot.cli import main
from chatbot.errors import QuestionError, StoreError
from chatbot.feedback import (
    FILE_NAME,
    Feedback,
    FeedbackStore,
    Label,
    StaleFeedbackError,
    check_feedback,
    judged_questions,
)
from chatbot.store import Store

TEXT = "Harbour opens\n\nThe 🚢 harbour opened on Monday. Mayor Ana Lind met the crews.\n\nFerries carry 40.\n"
ARTICLE = make_article("harbour", TEXT)
ARTICLES = {"harbour": ARTICLE}
NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def feedback(words: str | None, label: Label = "right", question: str = "What opened?") -> Feedback:
    """Judge the words' place in the text; the refusal for None."""
    start = None if words is None else TEXT.index(words)
    end = None if words is None or start is None else start + len(words)
    return Feedback(question, "harbour", ARTICLE.sha256, start, end, label)


def rows(folder: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(folder / FILE_NAME) as connection:
        return connection.execute("SELECT * FROM feedback").fetchall()


def test_store_keeps_the_judgement_and_nothing_of_the_person(tmp_path: Path) -> None:
    one = feedback("Mayor Ana Lind")

    FeedbackStore(tmp_path).add(one, datetime(2026, 5, 4, 14, tzinfo=timezone(timedelta(hours=2))))

    assert FeedbackStore(tmp_path).all() == (one,)
    assert rows(tmp_path) == [(*asdict(one).values(), "2026-05-04T12:00:00+00:00")]


@pytest.mark.parametrize("words", ["Mayor Ana Lind", None])
def test_store_keeps_the_same_feedback_once(tmp_path: Path, words: str | None) -> None:
    store = FeedbackStore(tmp_path)

    store.add(feedback(words), NOW)
    store.add(feedback(words), NOW + timedelta(days=1))

    assert len(rows(tmp_path)) == 1
    assert rows(tmp_path)[0][-1] == NOW.isoformat()


@pytest.mark.parametrize("words", ["Mayor Ana Lind", None])
def test_store_replaces_a_label_of_the_same_question_and_range(tmp_path: Path, words: str | None) -> None:
    store = FeedbackStore(tmp_path)

    store.add(feedback(words, "right"), NOW)
    store.add(feedback(words, "wrong"), NOW)

    assert store.all() == (feedback(words, "wrong"),)


def test_store_keeps_other_questions_ranges_and_texts_apart(tmp_path: Path) -> None:
    store = FeedbackStore(tmp_path)
    every = (
        feedback("Mayor"),
        feedback("Mayor Ana"),
        feedback("Mayor", question="Who?"),
        replace(feedback("Mayor"), sha256="0" * 64),
        feedback(None),
    )

    for one in every:
        store.add(one, NOW)

    assert store.all() == every


def test_store_reads_none_and_makes_no_file_before_the_first(tmp_path: Path) -> None:
    assert FeedbackStore(tmp_path / "data").all() == ()
    assert not (tmp_path / "data").exists()


def test_store_takes_feedback_from_many_threads_at_once(tmp_path: Path) -> None:
    store = FeedbackStore(tmp_path)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: store.add(feedback(None, question=f"{number}?"), NOW), range(40)))

    assert len(store.all()) == 40


def test_store_refuses_a_file_of_a_later_version(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        connection.execute("PRAGMA user_version = 2")

    with pytest.raises(StoreError, match=r"expected feedback of version 1 or earlier .* got 2"):
        FeedbackStore(tmp_path).add(feedback(None), NOW)


def test_store_refuses_a_damaged_file_and_leaves_it(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database at all" * 100)

    with pytest.raises(StoreError, match="move the file away"):
        FeedbackStore(tmp_path).all()

    assert (tmp_path / FILE_NAME).read_bytes() == b"no database at all" * 100


def test_store_without_a_folder_says_what_it_needs(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")

    with pytest.raises(StoreError, match="look whether the disk is full, the folder can be written"):
        FeedbackStore(tmp_path / "taken").add(feedback("Mayor"), NOW)


@pytest.mark.parametrize(
    ("start", "end"),
    [(0, len(TEXT) + 1), (3, 3), (4, 3), (-1, 3), (None, 3), (0, None), (len(TEXT) - 1, len(TEXT))],
)
def test_check_refuses_a_range_that_is_not_one_of_the_text(start: int | None, end: int | None) -> None:
    with pytest.raises(QuestionError, match=f"<= {len(TEXT)}, .* got {start} and {end}") as caught:
        check_feedback(replace(feedback("Mayor"), start=start, end=end), ARTICLE)

    assert caught.value.field == "end"


def test_check_refuses_wrong_words_of_an_answer_without_any() -> None:
    with pytest.raises(QuestionError, match="expected right or wrong"):
        check_feedback(feedback(None, "wrong_words"), ARTICLE)


def test_check_refuses_a_text_that_has_changed() -> None:
    with pytest.raises(StaleFeedbackError, match=f"{ARTICLE.sha256}, got {'0' * 64}"):
        check_feedback(replace(feedback("Mayor"), sha256="0" * 64), ARTICLE)


@pytest.mark.parametrize("one", [feedback(TEXT), feedback(None), feedback(None, "wrong")])
def test_check_takes_what_the_page_sends(one: Feedback) -> None:
    check_feedback(one, ARTICLE)


def test_right_gives_a_question_with_its_quotation_as_answer() -> None:
    ((row,), left_out) = judged_questions([feedback("Mayor Ana Lind")], ARTICLES)

    assert left_out == ()
    assert row.answerable is True
    (answer,) = row.answers
    assert TEXT[answer.start : answer.end] == answer.text == "Mayor Ana Lind"
    assert row.passages == row.wrong == ()


def test_wrong_words_give_the_whole_paragraph_and_no_answer() -> None:
    ((row,), _) = judged_questions([feedback("Mayor Ana Lind", "wrong_words")], ARTICLES)

    assert row.answerable is True
    assert row.answers == ()
    assert [one.text for one in row.passages] == [
        "The 🚢 harbour opened on Monday. Mayor Ana Lind met the crews."
    ]


def test_a_wrong_quotation_does_not_make_a_question_unanswerable() -> None:
    ((row,), _) = judged_questions([feedback("Ferries", "wrong")], ARTICLES)

    assert row.answerable is None
    assert [one.text for one in row.wrong] == ["Ferries"]


@pytest.mark.parametrize(("label", "answerable"), [("right", False), ("wrong", True)])
def test_a_judged_refusal_says_whether_the_article_answers(label: Label, answerable: bool) -> None:
    ((row,), _) = judged_questions([feedback(None, label)], ARTICLES)

    assert row.answerable is answerable
    assert row.answers == row.passages == row.wrong == ()


def test_labels_of_one_question_are_joined() -> None:
    every = [feedback("Ferries", "wrong"), feedback("Mayor"), feedback("Ana"), feedback("40", question="Who?")]

    joined, _ = judged_questions(every, ARTICLES)

    assert [row.question for row in joined] == ["What opened?", "Who?"]
    assert [one.text for one in joined[0].answers] == ["Mayor", "Ana"]
    assert [one.text for one in joined[0].wrong] == ["Ferries"]
    assert joined[0].id != joined[1].id


def test_what_contradicts_itself_or_has_changed_is_left_out_and_told() -> None:
    every = [
        feedback("Mayor"),
        feedback(None, "right"),
        replace(feedback("Mayor", question="Who?"), sha256="0" * 64),
        replace(feedback("Mayor", question="Gone?"), article_id="gone"),
    ]

    joined, left_out = judged_questions(every, ARTICLES)

    assert joined == ()
    assert sorted(line.partition(":")[0] for line in left_out) == ["'Gone?'", "'What opened?'", "'Who?'"]


def make_library(folder: Path) -> None:
    store = Store(folder)
    with sqlite3.connect(store.path) as connection:
        connection.execute(
            "INSERT INTO article (id, title, text, sha256, questions) VALUES ('harbour', 'H', ?, ?, '[]')",
            (TEXT, ARTICLE.sha256),
        )
    store.close()


def test_command_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for one in (feedback("Mayor"), feedback("Ana", "wrong"), feedback(None, "wrong")):
        FeedbackStore(tmp_path).add(one, NOW)

    assert main(["feedback", "--data-dir", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"3 labels in {tmp_path / FILE_NAME}",
        "right\t1 quotation\t0 refusals",
        "wrong_words\t0 quotations\t0 refusals",
        "wrong\t1 quotation\t1 refusal",
    ]


def test_command_exports_json_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_library(tmp_path)
    FeedbackStore(tmp_path).add(feedback("The 🚢 harbour opened on Monday."), NOW)
    FeedbackStore(tmp_path).add(replace(feedback("Mayor"), sha256="0" * 64), NOW)

    assert main(["feedback", "export", "--data-dir", str(tmp_path)]) == 0
    printed = capsys.readouterr()
    (row,) = map(json.loads, printed.out.splitlines())
    assert row["answers"][0] == {"start": 15, "end": 46, "text": "The 🚢 harbour opened on Monday."}
    assert "left out: 'What opened?'" in printed.err

    out = tmp_path / "rows.jsonl"
    assert main(["feedback", "export", "--data-dir", str(tmp_path), "--out", str(out)]) == 0
    assert out.read_text("utf-8") == printed.out


def test_command_says_what_it_cannot_write(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_library(tmp_path)
    out = str(tmp_path / "none" / "rows.jsonl")

    assert main(["feedback", "export", "--data-dir", str(tmp_path), "--out", out]) == 2
    assert "expected a file that can be written" in capsys.readouterr().err
    assert main(["feedback", "--data-dir", str(tmp_path), "--out", out]) == 2
    assert "add export" in capsys.readouterr().err
