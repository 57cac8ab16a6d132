"""The command itself, with the real models over a small SQuAD file."""

import json
from pathlib import Path

import pytest

from eval.__main__ import main

CONTEXT = "Mayor Ana Lind opened the harbour station on Monday. The work cost 40 million euros."
SQUAD = {
    "data": [
        {
            "title": "Station",
            "paragraphs": [
                {
                    "context": CONTEXT,
                    "qas": [
                        {
                            "id": "1",
                            "question": "Who opened it?",
                            "answers": [{"text": "Ana Lind", "answer_start": 6}],
                        },
                        {"id": "2", "question": "Who drew the plans?", "answers": [], "is_impossible": True},
                    ],
                },
                {"context": "Ferries stop running in May.", "qas": []},
            ],
        }
    ]
}


@pytest.fixture
def squad(tmp_path: Path) -> Path:
    path = tmp_path / "station.json"
    path.write_text(json.dumps(SQUAD))
    return path


def test_figures_are_recorded_checked_and_reported(
    squad: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded, page, numbers = (
        tmp_path / "recorded.json",
        tmp_path / "out" / "page.html",
        tmp_path / "numbers.json",
    )
    command = [
        "--squad",
        str(squad),
        "--system",
        "BM25",
        "--system",
        "sentence reader",
        "--recorded",
        str(recorded),
        "--keep",
        str(tmp_path / "library"),
    ]

    assert main([*command, "--check"]) == 2  # nothing is recorded yet
    assert "--record" in capsys.readouterr().err

    assert main([*command, "--record", "--html", str(page), "--json", str(numbers)]) == 0
    output = capsys.readouterr().out
    assert "each article asked alone: 2 questions, 1 answerable, 1 not" in output
    assert "function and endpoint gave the same bytes for 2 of 2" in output
    assert "Who opened it?" in page.read_text()
    figures = {one["name"]: one["figures"] for one in json.loads(numbers.read_text())["systems"]}
    assert figures["sentence reader"]["verbatim"]["value"] == 1
    assert figures["BM25"]["success_1"] | {"interval": None} == {
        "value": 1,
        "total": 1,
        "count": 1,
        "interval": None,
    }

    assert main([*command, "--check"]) == 0
    assert f"OK python -m eval --squad {squad.name}" in capsys.readouterr().out

    recorded.write_text(recorded.read_text().replace('"count": 1', '"count": 0', 1))
    assert main([*command, "--check"]) == 1
    assert "FAIL BM25, success_1: expected 1.0 (0/1), got 1.0 (1/1)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--squad", "none.json"], "expected a SQuAD file at none.json"),
        (["--squad", "none.json", "--split", "dev"], "expected --split without --squad FILE"),
        (["--pooled"], "expected --pooled together with --squad FILE"),
        (["--sample", "100000"], "expected a sample of 1 to"),
        (["--seeds", "nowhere"], "000_21e44077a3ba8fcb.txt"),
        (["--with", "other"], "expected NAME: SETTING=VALUE"),
        (["--system", "BM25", "--with", "other: colour=red"], "CHATBOT_COLOUR"),
    ],
)
def test_what_cannot_be_run_exits_2_and_says_why(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert message in error


@pytest.mark.parametrize(
    "arguments",
    [["--split", "train"], ["--system", "magic"], ["--newsroom", "--squad", "x"], ["--twins", "--asked"]],
)
def test_unknown_options_exit_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
