"""From a label in the page to a figure: what users said, exported, read and counted."""

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from eval_fakes import ARTICLE, TEXT, FakeChatbot

from chatbot.cli import main as chatbot_main
from chatbot.feedback import Feedback, FeedbackStore, JudgedQuestion, Label, judged_questions
from chatbot.settings import Settings
from eval.collection import EvaluationError
from eval.feedback import agreement, ask, check_rows, figures, main, read_rows, report

# Each question's answer is a quotation from that passage, or a refusal.
CHATBOT = FakeChatbot({"Who met Bo?": [(1, "Ann", 0.9)], "What is red?": [(2, "tram", 0.9)]})
REAL = "000_21e44077a3ba8fcb"


def feedback(question: str, words: str | None, label: Label) -> Feedback:
    start = None if words is None else TEXT.index(words)
    end = None if words is None or start is None else start + len(words)
    return Feedback(question, ARTICLE.id, ARTICLE.sha256, start, end, label)


def rows(*every: Feedback) -> tuple[JudgedQuestion, ...]:
    return judged_questions(every, {ARTICLE.id: ARTICLE})[0]


def agrees(*every: Feedback) -> dict[str, bool]:
    (row,) = rows(*every)
    return agreement(row, ask(CHATBOT, row)).agrees


@pytest.mark.parametrize(
    ("question", "words", "label", "expected"),
    [
        ("Who met Bo?", "Ann met Bo.", "right", {"right": True, "passage": True, "answered": True}),
        ("Who met Bo?", "Rain fell in May.", "right", {"right": False, "passage": False, "answered": True}),
        ("Who slept?", "Two dogs sleep.", "right", {"right": False, "passage": False, "answered": False}),
        ("Who met Bo?", "Bo", "wrong_words", {"passage": True, "answered": True}),
        ("Who met Bo?", "Ann met Bo.", "wrong", {"wrong": False}),
        ("Who met Bo?", "Rain fell in May.", "wrong", {"wrong": True}),
        ("Who slept?", "Rain fell in May.", "wrong", {"wrong": True}),
        ("Who slept?", None, "right", {"refused": True}),
        ("Who met Bo?", None, "right", {"refused": False}),
        ("Who slept?", None, "wrong", {"answered": False}),
        ("Who met Bo?", None, "wrong", {"answered": True}),
    ],
)
def test_an_answer_agrees_with_what_was_said_of_it_and_of_nothing_else(
    question: str, words: str | None, label: Label, expected: dict[str, bool]
) -> None:
    assert agrees(feedback(question, words, label)) == expected


def test_figures_count_the_questions_that_say_something() -> None:
    judged = rows(
        feedback("Who met Bo?", "Ann met Bo.", "right"),
        feedback("Who met Bo?", "Rain fell in May.", "wrong"),
        feedback("What is red?", "The tram is red.", "wrong"),
        feedback("Who slept?", None, "right"),
    )
    every = [agreement(row, ask(CHATBOT, row)) for row in judged]

    counts = {key: (figure.count, figure.total) for key, figure in figures(every).items()}
    assert counts == {
        "right": (1, 1),
        "passage": (1, 1),
        "wrong": (1, 2),
        "answered": (1, 1),
        "refused": (1, 1),
    }
    lines = list(report(every))
    assert lines[0] == "feedback: 3 questions judged by users"
    assert lines[3].startswith("wrong quotations gone: 50.0% (1/2; ")
    assert lines[-1].endswith("'What is red?' is not among: wrong quotations gone")


def test_rows_read_as_they_were_exported(tmp_path: Path) -> None:
    judged = rows(feedback("Who met Bo?", "Ann met Bo.", "right"), feedback("Who slept?", None, "right"))
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(asdict(row)) + "\n" for row in judged))

    assert read_rows(path) == judged


def test_what_is_no_export_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('\n{"id": "f-1"}\n{\n')

    with pytest.raises(EvaluationError) as caught:
        read_rows(path)

    text = str(caught.value)
    assert "rows.jsonl:2: question: Field required" in text
    assert "rows.jsonl:3: " in text
    with pytest.raises(EvaluationError, match="expected exported feedback"):
        read_rows(tmp_path / "none.jsonl")


def test_rows_are_held_to_the_articles() -> None:
    (row,) = rows(feedback("Who met Bo?", "Ann met Bo.", "right"))
    (other,) = (replace(row.answers[0], text="Ben met Bo."),)

    articles = {ARTICLE.id: ARTICLE}
    check_rows([row], articles)
    for wrong, message in (
        (replace(row, article_id="gone"), "got 'gone'"),
        (replace(row, sha256="0" * 64), f"sha256 {'0' * 64}, got {ARTICLE.sha256}"),
        (replace(row, answers=(other,)), "expected 'Ben met Bo.'"),
    ):
        with pytest.raises(EvaluationError, match=message):
            check_rows([wrong], articles)


def test_labels_make_the_whole_way_through_both_commands(
    real_settings: Settings,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = (real_settings.seeds_dir / f"{REAL}.txt").read_bytes().decode()
    digest = json.loads((Path(__file__).parents[1] / "eval" / "articles.json").read_text())[REAL]
    quote = "Japan also pledged to provide Ukraine with 24 demining cranes."
    start = text.index(quote)
    said = Feedback("What did Japan pledge to provide?", REAL, digest, start, start + len(quote), "right")
    FeedbackStore(real_settings.data_dir).add(said, datetime.now(UTC))
    out = str(tmp_path / "rows.jsonl")
    monkeypatch.setenv("CHATBOT_SEEDS_DIR", str(real_settings.seeds_dir))
    monkeypatch.setenv("CHATBOT_DATA_DIR", str(real_settings.data_dir))
    monkeypatch.setenv("CHATBOT_READER", "sentence")

    try:
        assert chatbot_main(["feedback", "export", "--out", out]) == 0
        capsys.readouterr()
        assert main([out]) == 0
    finally:
        FeedbackStore(real_settings.data_dir).path.unlink()

    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "feedback: 1 questions judged by users"
    assert printed[1].startswith("right quotations first: 100.0% (1/1; ")


def test_the_command_says_what_it_cannot_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["none.jsonl"]) == 2
    assert capsys.readouterr().err.startswith("error: expected exported feedback at none.jsonl")
