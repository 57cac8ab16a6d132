"""The benchmark of what grows, whole, at a size that takes seconds."""

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from test_eval_squad import qa, write

from eval.bench import main

PASSAGES = 200


@pytest.fixture
def towns(tmp_path: Path) -> Path:
    """Give a SQuAD file of 30 passages, with a question on each."""
    said = "The harbour of town {0} opened on Monday. Mayor Lind met crew {0}."
    paragraphs = [
        {
            "context": said.format(number),
            "qas": [
                qa(f"q{number}", f"Who met crew {number}?", ("Mayor Lind", said.format(number).index("Mayor")))
            ],
        }
        for number in range(10, 40)
    ]
    return write(tmp_path, {"version": "1.1", "data": [{"title": "Towns", "paragraphs": paragraphs}]})


def test_bench_measures_a_library_that_it_grows_and_asks(
    tmp_path: Path, towns: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder := tmp_path / "built").mkdir()
    out, plot = tmp_path / "scale.json", tmp_path / "scale.svg"
    asked = ["scale", "--squad", str(towns), "--size", str(PASSAGES), "--folder", str(folder)]

    assert main([*asked, "--json", str(out), "--plot", str(plot)]) == 0

    written = json.loads(out.read_text())
    (size,) = written["sizes"]
    assert (size["passages"], size["articles"], size["index_mib"], size["index_s"]) == (PASSAGES, 10, 0, 0)
    assert size["recall"] == 1
    assert 0 < size["p50_ms"] <= size["p95_ms"]
    assert 0 < size["open_s"] <= size["ready_s"]
    assert all(size[name] > 0 for name in ("added_each", "store_mib", "open_cpu_s", "p95_cpu_ms", "peak_mib"))
    assert "30 passages are real" in written["said"]
    assert f"| {PASSAGES} | 10 |" in capsys.readouterr().out
    ElementTree.fromstring(plot.read_text())
    assert list(folder.iterdir()) == []


def test_bench_says_what_file_it_lacks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scale", "--squad", str(tmp_path / "nowhere.json"), "--folder", str(tmp_path)]) == 2

    assert "expected a SQuAD file at" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
