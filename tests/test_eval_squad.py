import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from eval.collection import EvaluationError
from eval.library import write_articles
from eval.squad import read_squad

FIRST = "\u00a0Ann met Bo 🙂.\n\nIt rained.\n"
SECOND = "The tram is red.\r\n"


def qa(name: str, text: str, *answers: tuple[str, int], **fields: Any) -> dict[str, Any]:
    return {
        "id": name,
        "question": text,
        "answers": [{"text": words, "answer_start": start} for words, start in answers],
    } | fields


def squad(*qas: dict[str, Any]) -> dict[str, Any]:
    return {
        "version": "v2.0",
        "data": [
            {
                "title": "A_Story",
                "paragraphs": [
                    {"context": FIRST, "qas": list(qas)},
                    {"context": SECOND, "qas": [qa("red", "what colour is it", ("red", 12), ("red", 12))]},
                ],
            }
        ],
    }


def write(folder: Path, content: Any) -> Path:
    path = folder / "file.json"
    path.write_text(json.dumps(content), "utf-8")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(EvaluationError) as caught:
        read_squad(path)
    return str(caught.value)


def test_read_joins_contexts_by_blank_lines_and_shifts_the_answers(tmp_path: Path) -> None:
    collection = read_squad(write(tmp_path, squad(qa("bo", "Who was it?", ("Bo 🙂", 9)))))

    (article,) = collection.articles
    assert article.text == FIRST + "\n\n" + SECOND
    assert article.title == "A Story"
    for question in collection.questions:
        for gold in question.answers:
            assert article.text[gold.start : gold.end] == gold.text
    assert [len(question.answers) for question in collection.questions] == [1, 1]
    assert [question.type for question in collection.questions] == ["who", "what"]


def test_read_takes_impossible_questions_as_not_answerable(tmp_path: Path) -> None:
    impossible = qa("no", "Why?", is_impossible=True, plausible_answers=[{"text": "Bo", "answer_start": 9}])

    collection = read_squad(write(tmp_path, squad(impossible)))

    assert [question.answerable for question in collection.questions] == [False, True]


@pytest.mark.parametrize("name", ["file.json.gz", "file"])
def test_read_tells_gzip_by_its_bytes(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(json.dumps(squad()).encode()))

    assert len(read_squad(path).questions) == 1


def test_read_asks_each_article_alone_unless_pooled(tmp_path: Path) -> None:
    path = write(tmp_path, squad())
    alone, pooled = read_squad(path), read_squad(path, pooled=True)

    assert alone.scope(alone.questions[0]) == alone.articles[0].id
    assert pooled.scope(pooled.questions[0]) is None
    assert pooled.command == "python -m eval --squad file.json --pooled"


def test_read_keeps_articles_of_one_title_apart(tmp_path: Path) -> None:
    content = squad()
    content["data"].append({"title": "A_Story", "paragraphs": [{"context": "Other.", "qas": []}]})

    assert len({article.id for article in read_squad(write(tmp_path, content)).articles}) == 2


def test_read_names_every_wrong_answer_and_where_it_stands(tmp_path: Path) -> None:
    path = write(tmp_path, squad(qa("a", "Who?", ("Bo", 0)), qa("b", "Who?", ("Bo", 500))))

    lines = refusal(path).splitlines()

    assert lines[0].startswith(
        "file.json: data.0.paragraphs.0.qas.0.answers.0: expected the passage's text at 0"
    )
    assert lines[1].startswith("file.json: data.0.paragraphs.0.qas.1.answers.0: ")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], "Input should be an object"),
        ({"version": "1.1"}, "data: Field required"),
        ({"data": []}, "data: expected questions, got none"),
        (
            {"data": [{"title": "x", "paragraphs": [{"context": " \n", "qas": []}]}]},
            "expected an article with text",
        ),
        (
            {"data": [{"paragraphs": [{"context": 3, "qas": []}]}]},
            "data.0.paragraphs.0.context: Input should be",
        ),
        (squad(qa("a", "Who?", ("", 0))), "answers.0.text: String should have at least 1 character"),
        (
            squad(qa("a", "Who?", ("Bo", -1))),
            "answers.0.answer_start: Input should be greater than or equal to 0",
        ),
        (squad(qa("red", "Who?")), "expected each once, got 'red' again"),
        (squad(qa("a", "Who?", ("Bo", 9), is_impossible=True)), "expected none where is_impossible is true"),
    ],
)
def test_read_refuses_files_of_another_form(tmp_path: Path, content: Any, message: str) -> None:
    assert message in refusal(write(tmp_path, content))


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b"\x1f\x8b broken", gzip.compress(b"{}" * 99)[:-9]]
)
def test_read_refuses_what_is_not_json(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(content)

    assert "file.json" in refusal(path)


def test_read_refuses_a_missing_file(tmp_path: Path) -> None:
    assert "expected a SQuAD file at" in refusal(tmp_path / "none.json")


def test_read_refuses_text_that_cannot_be_written(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_text(json.dumps({"data": [{"paragraphs": [{"context": "\ud800", "qas": []}]}]}))

    assert "file.json" in refusal(path)


def test_articles_are_written_byte_for_byte(tmp_path: Path) -> None:
    collection = read_squad(write(tmp_path, squad()))

    write_articles(collection, tmp_path / "seeds")

    (path,) = (tmp_path / "seeds").glob("*.txt")
    assert path.read_bytes().decode() == collection.articles[0].text


def test_articles_are_not_written_beside_others(tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("Other.")

    with pytest.raises(EvaluationError, match=r"got one with 1 others \(other, "):
        write_articles(read_squad(write(tmp_path, squad())), tmp_path)
