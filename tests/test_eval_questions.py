import json
from pathlib import Path
from typing import Any

import pytest
from eval_fakes import ARTICLE, TEXT, collection, question

from eval.collection import EvaluationError, sample
from eval.questions import fixed_questions, load_labelled_articles, load_questions

ARTICLES = {"story": ARTICLE}


def row(**changes: Any) -> dict[str, Any]:
    return {
        "id": "q1",
        "question": "Who met Bo?",
        "type": "who",
        "split": "test",
        "near_miss": False,
        "article_id": "story",
        "answers": [{"start": 0, "end": 3, "text": "Ann"}],
    } | changes


def write(folder: Path, *rows: Any) -> Path:
    path = folder / "questions.jsonl"
    lines = (one if isinstance(one, str) else json.dumps(one) for one in rows)
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def refusal(folder: Path, *rows: Any) -> str:
    with pytest.raises(EvaluationError) as caught:
        load_questions(write(folder, *rows), ARTICLES)
    return str(caught.value)


def test_load_gives_questions_with_their_gold_ranges(tmp_path: Path) -> None:
    (loaded,) = load_questions(write(tmp_path, row()), ARTICLES)

    assert loaded.answerable
    assert [(gold.start, gold.end, gold.text) for gold in loaded.answers] == [(0, 3, "Ann")]


def test_load_takes_a_question_without_answers_as_not_answerable(tmp_path: Path) -> None:
    (loaded,) = load_questions(write(tmp_path, row(answers=[], near_miss=True)), ARTICLES)

    assert not loaded.answerable
    assert loaded.near_miss


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"answers": [{"start": 0, "end": 3, "text": "Bob"}]},
            "answers.0: expected the text at [0, 3), 'Ann', got 'Bob'",
        ),
        ({"answers": [{"start": 3, "end": 3, "text": ""}]}, "expected 0 <= start < end"),
        ({"answers": [{"start": 0, "end": len(TEXT) + 1, "text": TEXT}]}, f"end <= {len(TEXT)}, got 0 and"),
        ({"answers": [{"start": -3, "end": -1, "text": "y."}]}, "expected 0 <= start < end"),
        ({"answers": [{"start": 0, "end": 3}]}, "answers.0.text: Field required"),
        (
            {"answers": [{"start": "0", "end": 3, "text": "Ann"}]},
            "answers.0.start: Input should be a valid integer",
        ),
        (
            {"answers": [{"start": True, "end": 3, "text": "nn"}]},
            "answers.0.start: Input should be a valid integer",
        ),
        ({"split": "train"}, "split: Input should be 'dev' or 'test', got 'train'"),
        ({"type": "riddle"}, "type: Input should be"),
        ({"near_miss": True}, "expected no answers for a near miss"),
        ({"near_miss": 0}, "near_miss: Input should be a valid boolean"),
        ({"article_id": "other"}, "article_id: expected one of story, got 'other'"),
        ({"question": " "}, "question: "),
        ({"note": "x"}, "note: Extra inputs are not permitted"),
    ],
)
def test_load_refuses_a_wrong_label_with_file_and_line(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    text = refusal(tmp_path, row(id="q0", question="Who?"), row(**changes))

    assert text.startswith("questions.jsonl:2: ")
    assert message in text


def test_load_refuses_repeated_ids_and_questions(tmp_path: Path) -> None:
    text = refusal(tmp_path, row(), row())

    assert "questions.jsonl:2: id: expected each once, got 'q1' again (first on line 1)" in text
    assert "question: expected each once, got 'Who met Bo?' again" in text


def test_load_names_all_errors_at_once(tmp_path: Path) -> None:
    text = refusal(tmp_path, row(split="x"), "{", "[]", row(id="q4", question="?", type="x"))

    assert [line.split(": ")[0] for line in text.splitlines()] == [
        f"questions.jsonl:{number}" for number in range(1, 5)
    ]


def test_load_refuses_what_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_bytes(b"\xff")

    with pytest.raises(EvaluationError, match="expected questions in UTF-8"):
        load_questions(path, ARTICLES)


def seeds(folder: Path, digest: str) -> Path:
    (folder / "story.txt").write_bytes(TEXT.encode())
    (folder / "articles.json").write_text(json.dumps({"story": digest}))
    return folder / "articles.json"


def test_articles_that_changed_since_they_were_labelled_are_refused(tmp_path: Path) -> None:
    digests = seeds(tmp_path, "0" * 64)

    with pytest.raises(EvaluationError, match=rf"sha256 {'0' * 64} .* got {ARTICLE.sha256}"):
        load_labelled_articles(tmp_path, digests)


def test_fixed_questions_gives_the_half_asked_for(tmp_path: Path) -> None:
    digests = seeds(tmp_path, ARTICLE.sha256)
    path = write(tmp_path, row(), row(id="q2", question="And?", split="dev"))

    halves = {
        split: fixed_questions(tmp_path, split, path=path, digests=digests) for split in ("dev", "test", None)
    }

    assert {split: [one.id for one in half.questions] for split, half in halves.items()} == {
        "dev": ["q2"],
        "test": ["q1"],
        None: ["q1", "q2"],
    }
    assert halves["test"].command == "python -m eval --split test"


def test_fixed_questions_refuses_an_empty_half(tmp_path: Path) -> None:
    digests = seeds(tmp_path, ARTICLE.sha256)

    with pytest.raises(EvaluationError, match="expected questions of the split 'dev'"):
        fixed_questions(tmp_path, "dev", path=write(tmp_path, row()), digests=digests)


def test_sample_of_a_seed_is_the_same_and_keeps_order_and_articles() -> None:
    every = collection(*(question(f"q{number}", f"{number}?") for number in range(20)))

    first, again, other = sample(every, 5, 1), sample(every, 5, 1), sample(every, 5, 2)

    assert first == again
    assert [one.id for one in first.questions] != [one.id for one in other.questions]
    assert [every.questions.index(one) for one in first.questions] == sorted(
        every.questions.index(one) for one in first.questions
    )
    assert first.articles == every.articles
    assert first.command == "python -m eval --fake --sample 5 --seed 1"


@pytest.mark.parametrize("size", [0, -1, 3])
def test_sample_refuses_more_than_there_are(size: int) -> None:
    with pytest.raises(EvaluationError, match=rf"a sample of 1 to 2 questions, got {size}"):
        sample(collection(question("q1", "1?"), question("q2", "2?")), size, 0)
