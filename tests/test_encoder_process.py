import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from tiny_models import save_sentence_model

from chatbot.encoder import ModelFiles, SentenceTransformerEncoder
from chatbot.encoder_process import EncoderProcess
from chatbot.errors import ModelError
from chatbot.export import ExportedEncoder, export_folder
from chatbot.making import EncoderSource

TEXTS = [f"The ferry to Oslo carried {number} passengers. " * (number % 3 + 1) for number in range(70)]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> ModelFiles:
    return ModelFiles("tiny", save_sentence_model(tmp_path_factory.mktemp("tiny")), "0" * 64)


def running(encoder: EncoderProcess) -> "subprocess.Popen[bytes] | None":
    return encoder._process


def test_process_encodes_counts_and_exports_as_the_encoder_of_record(files: ModelFiles, tmp_path: Path) -> None:
    record = SentenceTransformerEncoder(files, threads=1, cores=1)
    apart = EncoderProcess(files, threads=1)
    seen: list[tuple[int, int]] = []

    vectors = apart.encode_passages(TEXTS, lambda what, done, total: seen.append((done, total)))

    np.testing.assert_allclose(vectors, record.encode_passages(TEXTS), atol=1e-6)
    np.testing.assert_allclose(apart.encode_queries(TEXTS[:2]), record.encode_queries(TEXTS[:2]), atol=1e-6)
    assert apart.encode_passages([]).shape == record.encode_passages([]).shape
    assert seen == [(32, 70), (64, 70), (70, 70)]
    assert (apart.dimension, apart.max_tokens) == (record.dimension, record.max_tokens)
    assert [apart.count_tokens(text) for text in TEXTS[:3]] == [record.count_tokens(text) for text in TEXTS[:3]]
    apart.export(tmp_path)
    assert ExportedEncoder(export_folder(tmp_path, files), threads=1).manifest.checksum == files.checksum
    apart.close()


def test_process_ends_when_nothing_is_asked_and_comes_back(
    files: ModelFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatbot.encoder_process.IDLE_SECONDS", 0.05)
    apart = EncoderProcess(files, threads=1)
    apart.open()
    process = running(apart)

    until = time.monotonic() + 60
    while running(apart) is not None and time.monotonic() < until:
        time.sleep(0.01)

    assert process is not None
    assert process.wait(60) != 0  # killed
    assert apart.count_tokens("The ferry.") > 0
    apart.close()


def test_process_outlives_a_request_that_takes_longer_than_it_may_be_idle(
    files: ModelFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatbot.encoder_process.IDLE_SECONDS", 0.5)
    apart = EncoderProcess(files, threads=1)
    apart.open()

    def linger(what: str, done: int, total: int) -> None:
        monkeypatch.setattr("chatbot.encoder_process.IDLE_SECONDS", 60.0)
        time.sleep(1)

    apart.encode_passages(TEXTS[:2], linger)
    time.sleep(0.1)

    assert running(apart) is not None
    apart.close()


def test_process_that_is_killed_is_an_error_and_comes_back(files: ModelFiles) -> None:
    apart = EncoderProcess(files, threads=1)
    apart.open()
    process = running(apart)
    assert process is not None

    with pytest.raises(ModelError, match="expected the process that encodes to answer"):
        apart.encode_passages(TEXTS * 20, lambda what, done, total: process.kill())

    assert len(apart.encode_passages(TEXTS)) == len(TEXTS)
    apart.close()


def test_model_that_does_not_load_says_so_each_time(tmp_path: Path) -> None:
    source = EncoderSource(ModelFiles("none", tmp_path / "none", "0" * 64), 1, apart=True)

    for _ in range(2):
        with pytest.raises(ModelError, match="expected a sentence-transformers model"):
            source.load()
