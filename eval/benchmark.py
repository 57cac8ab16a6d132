"""Speed and memory: ``python -m eval.benchmark``.

Measures whole answers, ``chatbot ask`` from a cold process, and a serving process, beside
plain PyTorch in the same run on the same machine (``eval.baseline``). Nothing is asserted:
times belong to a machine, and ratios travel better.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import psutil
from rich.console import Console
from rich.progress import track

from chatbot.errors import ChatbotError
from chatbot.settings import Settings, load_settings
from eval.collection import Collection, EvaluationError
from eval.library import open_chatbot, write_articles
from eval.measures import percentile
from eval.questions import fixed_questions
from eval.report import machine
from eval.timing import memory, times

CORES = 2
COLD_STARTS = 5
ASKED = 100  # questions, of the product
ASKED_PLAIN = 20  # questions, of the slow plain way
READY_SECONDS = 120
STDERR = Console(stderr=True)


@dataclass(frozen=True)
class Reading:
    """A measured number, and its ratio to the plain way where there is one."""

    name: str
    value: float
    unit: str
    ratio: float | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; 0, or 2 on an error."""
    parser = argparse.ArgumentParser("python -m eval.benchmark", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the readings as JSON")
    options = parser.parse_args(arguments)
    use_cores(CORES)
    try:
        collection = fixed_questions(load_settings().seeds_dir, "test")
        with tempfile.TemporaryDirectory(prefix="chatbot-benchmark-") as folder:
            readings = benchmark(collection, Path(folder))
    except (ChatbotError, OSError, subprocess.SubprocessError, httpx2.HTTPError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"{', '.join(f'{name} {value}' for name, value in machine().items())}\n\n{table(readings)}")
    if options.json:
        content = {"machine": machine(), "readings": [asdict(reading) for reading in readings]}
        options.json.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    return 0


def benchmark(collection: Collection, folder: Path) -> list[Reading]:
    """Measure everything over a library built below a folder."""
    write_articles(collection, folder / "seeds")
    settings = load_settings(seeds_dir=folder / "seeds", data_dir=folder / "data", requests_per_minute=0)
    questions = [question.text for question in collection.questions[:ASKED]]
    with open_chatbot(settings, STDERR) as chatbot:
        answers = times(
            chatbot.answer,
            track(questions, "answers", console=STDERR, transient=True, disable=not STDERR.is_terminal),
        )
        hits = chatbot.search(questions[0], limit=settings.passages_read)
    plain = baseline(questions[:ASKED_PLAIN], [hit.passage.text for hit in hits], settings.threads)
    cold = [ask_cold(question, settings) for question in questions[:COLD_STARTS]]
    served, held = serve(questions, settings)
    encode, read = (percentile(plain[key], 50) for key in ("encode_ms", "read_ms"))
    middle, of_http = percentile(answers, 50), percentile(served, 50)
    return [
        Reading("plain: sentence-transformers encodes a question, p50", encode, "ms"),
        Reading(f"plain: PyTorch reads {len(hits)} passages one by one, p50", read, "ms"),
        Reading("plain: memory of that process", plain["memory_mib"], "MiB"),
        Reading("whole answer, p50", middle, "ms", middle / (encode + read)),
        Reading("whole answer, p95", percentile(answers, 95), "ms"),
        Reading("whole answer over HTTP, p50", of_http, "ms", of_http / (encode + read)),
        Reading("whole answer over HTTP, p95", percentile(served, 95), "ms"),
        Reading(f"`chatbot ask`, from start to end, median of {len(cold)}", percentile(cold, 50), "s"),
        Reading(
            f"memory of the serving process after {len(served)} questions",
            held,
            "MiB",
            held / plain["memory_mib"],
        ),
    ]


def table(readings: Sequence[Reading]) -> str:
    """Give the readings as a Markdown table; the ratio is to the plain way."""
    lines = ["| | | beside the plain way |", "| --- | --- | --- |"]
    for one in readings:
        ratio = "" if one.ratio is None else f"x {one.ratio:.2f}"
        lines.append(f"| {one.name} | {one.value:.{2 if one.unit == 's' else 1}f} {one.unit} | {ratio} |")
    return "\n".join(lines)


def use_cores(count: int) -> None:
    """Keep this process, and those that it starts, to so many cores, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:count])


def baseline(questions: Sequence[str], passages: Sequence[str], threads: int) -> dict[str, Any]:
    """Run ``eval.baseline`` and give its readings."""
    asked = json.dumps({"questions": questions, "passages": passages, "threads": threads})
    done = subprocess.run(
        [sys.executable, "-m", "eval.baseline"], input=asked, stdout=subprocess.PIPE, text=True, check=True
    )
    readings: dict[str, Any] = json.loads(done.stdout)
    return readings


def ask_cold(question: str, settings: Settings) -> float:
    """Give the seconds from starting ``chatbot ask`` to its end.

    Raises:
        EvaluationError: it failed.
    """
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "chatbot", "ask", question],
        env=_environment(settings),
        capture_output=True,
        text=True,
    )
    took = time.perf_counter() - begin
    if done.returncode not in (0, 1):
        raise EvaluationError(
            f"expected `chatbot ask` to answer, got exit status {done.returncode}: {done.stderr}"
        )
    return took


def serve(questions: Sequence[str], settings: Settings) -> tuple[list[float], float]:
    """Give the milliseconds of each question asked of ``chatbot serve``, and its memory in MiB."""
    # One client for all: making one costs tens of milliseconds, which are not the server's.
    with _serving(settings) as (process, address), httpx2.Client(base_url=address, timeout=60) as client:
        taken = times(partial(_post, client), questions)
        return taken, memory(process)


@contextmanager
def _serving(settings: Settings) -> Iterator[tuple[psutil.Process, str]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "chatbot", "serve", "--host", "127.0.0.1", "--port", str(port)]
    with psutil.Popen(
        command, env=_environment(settings), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _wait_until_ready(process, f"http://127.0.0.1:{port}")
            yield process, f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _wait_until_ready(process: psutil.Popen, address: str) -> None:
    patience = time.monotonic() + READY_SECONDS
    while time.monotonic() < patience and process.poll() is None:
        try:
            if httpx2.get(f"{address}/api/ready", timeout=5).is_success:
                return
        except httpx2.TransportError:
            pass  # it does not listen yet
        time.sleep(0.1)
    raise EvaluationError(
        f"expected `chatbot serve` to be ready within {READY_SECONDS} seconds, got status {process.poll()}; "
        "start it by hand to see why"
    )


def _post(client: httpx2.Client, question: str) -> None:
    client.post("/api/answer", json={"question": question}).raise_for_status()


def _environment(settings: Settings) -> dict[str, str]:
    given = {
        "CHATBOT_SEEDS_DIR": str(settings.seeds_dir),
        "CHATBOT_DATA_DIR": str(settings.data_dir),
        "CHATBOT_REQUESTS_PER_MINUTE": "0",
    }
    return os.environ | given


if __name__ == "__main__":
    sys.exit(main())
