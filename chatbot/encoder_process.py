"""Encoder process: the encoder of record in a process of its own, for a server that is to stay small.

PyTorch takes some 500 MB, and stays once it is loaded. The process is started when it is
needed, and ends when nothing was asked of it for a while. It is asked over its standard
input, a line of JSON for each request, and answers on its standard output, with the bytes of
vectors after a line.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import numpy as np

from chatbot.encoder import ModelFiles, Progress, SentenceTransformerEncoder, Vectors
from chatbot.errors import ModelError
from chatbot.export import export_encoder

IDLE_SECONDS = 60.0
NICENESS = 5  # whoever asks a question goes first
Process: TypeAlias = "subprocess.Popen[bytes]"


class EncoderProcess:
    """A passage encoder that runs elsewhere; threads wait for each other."""

    def __init__(self, files: ModelFiles, threads: int) -> None:
        """Take a model, to be loaded by the process, and how many threads it may use."""
        self._files = files
        self._threads = threads
        self._lock = threading.RLock()
        self._process: Process | None = None
        self._opened: dict[str, int] = {}
        self._ending: threading.Timer | None = None

    def open(self) -> None:
        """Start the process and load the model, unless it runs.

        Raises:
            ModelError: the model does not load.
        """
        with self._lock:
            self._started()
            self._end_later()

    @property
    def dimension(self) -> int:
        """Give the length of a vector."""
        return self._about("dimension")

    @property
    def max_tokens(self) -> int:
        """Give how many tokens are read."""
        return self._about("max_tokens")

    def count_tokens(self, text: str) -> int:
        """Count a text's tokens; nothing is cut off."""
        return int(self._ask({"count": text})[0]["tokens"])

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Give unit vectors, shape (n, d)."""
        return self._ask({"passages": list(texts)}, progress)[1]

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Give unit vectors, shape (n, d)."""
        return self._ask({"queries": list(texts)})[1]

    def export(self, data_dir: Path) -> None:
        """Export the encoder to a data folder; see ``export.export_encoder``."""
        self._ask({"export": str(data_dir.absolute())})

    def close(self) -> None:
        """End the process, if there is one; the next request starts another."""
        with self._lock:
            self._stay()
            process, self._process = self._process, None
            if process is not None:
                process.kill()
                process.communicate()

    def _about(self, what: str) -> int:
        if not self._opened:
            self.open()
        return self._opened[what]

    def _ask(self, request: dict[str, Any], progress: Progress | None = None) -> tuple[dict[str, Any], Vectors]:
        """Ask the process, and start it if there is none.

        Raises:
            ModelError: the model does not load, or the process ended.
        """
        with self._lock:
            try:
                return _answer_of(self._started(), request, progress)
            except BaseException:
                self.close()  # what it may still answer is for nobody
                raise
            finally:
                self._end_later()

    def _started(self) -> Process:
        self._stay()
        if self._process is None or self._process.poll() is not None:
            self.close()
            # -P: no module is taken from the folder that this is run in
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "chatbot.encoder_process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
            model = {"name": self._files.name, "folder": str(self._files.folder.absolute())}
            asked = {"model": {**model, "checksum": self._files.checksum}, "threads": self._threads}
            try:
                self._opened = _answer_of(self._process, asked)[0]
            except BaseException:
                self.close()
                raise
        return self._process

    def _stay(self) -> None:
        if self._ending is not None:
            self._ending.cancel()

    def _end_later(self) -> None:
        self._stay()
        self._ending = threading.Timer(IDLE_SECONDS, self.close)
        self._ending.daemon = True
        self._ending.start()


def _answer_of(
    process: Process, request: dict[str, Any], progress: Progress | None = None
) -> tuple[dict[str, Any], Vectors]:
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(BrokenPipeError):  # which reading its answer says
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.flush()
    while True:
        line = process.stdout.readline()
        if not line.endswith(b"\n"):
            raise ModelError(
                f"expected the process that encodes to answer, got its end (status {process.wait()}); look "
                "whether there is memory enough, some 1 GB, and try again"
            )
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise ModelError(answer["error"])
        if "done" not in answer:
            break
        if progress:
            progress("encoding passages", answer["done"], answer["total"])
    shape = answer.get("shape", [0, 0])
    content = process.stdout.read(4 * shape[0] * shape[1])
    return answer, np.frombuffer(content, dtype="<f4").reshape(shape).astype(np.float32)


def main() -> None:
    """Answer requests until there are no more."""
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # what a library prints is no answer
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who asks ends this, by closing its input
    if hasattr(os, "nice"):  # there is none on Windows
        os.nice(NICENESS)
    encoder: SentenceTransformerEncoder | None = None
    while line := requests.readline():
        request = json.loads(line)
        try:
            if encoder is None:
                files = {**request["model"], "folder": Path(request["model"]["folder"])}
                encoder = SentenceTransformerEncoder(
                    ModelFiles(**files), request["threads"], request["threads"]
                )
                _send(answers, {"dimension": encoder.dimension, "max_tokens": encoder.max_tokens})
            else:
                _answer(encoder, request, answers)
        except ModelError as error:
            _send(answers, {"error": str(error)})


def _answer(encoder: SentenceTransformerEncoder, request: dict[str, Any], answers: BinaryIO) -> None:
    if "count" in request:
        _send(answers, {"tokens": encoder.count_tokens(request["count"])})
    elif "export" in request:
        export_encoder(encoder, Path(request["export"]))
        _send(answers, {})
    elif "queries" in request:
        _send_vectors(answers, encoder.encode_queries(request["queries"]))
    else:
        _send_vectors(
            answers,
            encoder.encode_passages(
                request["passages"], lambda _, done, total: _send(answers, {"done": done, "total": total})
            ),
        )


def _send_vectors(answers: BinaryIO, vectors: Vectors) -> None:
    _send(answers, {"shape": list(vectors.shape)}, vectors.astype("<f4").tobytes())


def _send(answers: BinaryIO, answer: dict[str, Any], content: bytes = b"") -> None:
    answers.write(json.dumps(answer).encode() + b"\n" + content)
    answers.flush()


if __name__ == "__main__":
    main()
