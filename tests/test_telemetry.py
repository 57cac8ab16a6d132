"""Nothing is told to anyone: what a library would report to its maker stays unsaid."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def written_by(program: str, home: Path) -> list[Path]:
    """Give what a program writes into an empty home; ONNX Runtime keeps there what it reports.

    Little of the environment is handed on: it reports nothing of machines that only test.
    """
    environment = {"HOME": str(home), "HF_HUB_OFFLINE": "1"}
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, check=True)
    return [path for path in home.rglob("*") if path.is_file()]


def test_encoder_and_reader_report_nothing(tmp_path: Path) -> None:
    assert written_by("import chatbot.export, chatbot.extractive", tmp_path) == []


def test_library_that_reports_by_itself_is_noticed(tmp_path: Path) -> None:
    assert written_by("import onnxruntime", tmp_path) != []
