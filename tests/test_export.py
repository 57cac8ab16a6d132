import errno
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeEncoder
from tiny_models import save_sentence_model

from chatbot.encoder import SentenceTransformerEncoder, find_model
from chatbot.errors import ModelError
from chatbot.export import (
    ExportedEncoder,
    check_same_vectors,
    export_encoder,
    export_folder,
    make_session,
    read_manifest,
)
from chatbot.settings import PACKAGED_ENCODER, Settings

TEXTS = (
    "who met Zelenskyy?",
    "Où est le café? 東京 🙂",
    "",
    "a",
    "cafe\u0301",
    "harbour " * 120,
    "word " * 600,
)


@pytest.fixture(scope="module")
def record() -> SentenceTransformerEncoder:
    return SentenceTransformerEncoder(find_model(PACKAGED_ENCODER), threads=1)


@pytest.fixture
def folder(real_settings: Settings, tmp_path: Path) -> Path:
    """Give a copy of the packaged model's export."""
    (made,) = real_settings.data_dir.glob("encoder-*")
    return Path(shutil.copytree(made, tmp_path / "copy"))


@pytest.mark.parametrize("text", TEXTS)
def test_exported_vector_is_the_records(folder: Path, record: SentenceTransformerEncoder, text: str) -> None:
    exported = ExportedEncoder(folder, threads=1).encode_queries([text])

    assert exported.shape == (1, 384)
    assert float(exported[0] @ record.encode_queries([text])[0]) > 0.9999
    assert np.linalg.norm(exported) == pytest.approx(1, abs=1e-5)


def test_exported_vector_does_not_depend_on_what_else_is_asked(folder: Path) -> None:
    encoder = ExportedEncoder(folder, threads=1)

    together = encoder.encode_queries(TEXTS)

    for text, vector in zip(TEXTS, together, strict=True):
        assert np.array_equal(encoder.encode_queries([text])[0], vector)


def test_no_texts_have_no_vectors(folder: Path) -> None:
    assert ExportedEncoder(folder, threads=1).encode_queries([]).shape == (0, 384)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_export_is_refused_when_a_file_is_not_the_recorded_one(folder: Path, name: str) -> None:
    with (folder / name).open("ab") as file:
        file.write(b" ")

    with pytest.raises(ModelError, match=f"expected {name} with sha256"):
        ExportedEncoder(folder, threads=1)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "manifest.json"])
def test_export_is_refused_when_a_file_is_missing(folder: Path, name: str) -> None:
    (folder / name).unlink()

    with pytest.raises(ModelError, match="expected"):
        ExportedEncoder(folder, threads=1)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"version": 1, "inputs": []}'])
def test_manifest_that_is_not_whole_is_refused(folder: Path, content: str) -> None:
    (folder / "manifest.json").write_text(content)

    with pytest.raises(ModelError, match="expected an exported encoder in"):
        read_manifest(folder)


def test_export_of_another_version_is_refused(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "version": 0}))

    with pytest.raises(ModelError, match="expected an export of version"):
        read_manifest(folder)


def test_graph_that_does_not_load_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"no graph")

    with pytest.raises(ModelError, match="expected an ONNX model at"):
        make_session(tmp_path / "model.onnx", 1)


def test_encoders_with_other_vectors_are_told_apart() -> None:
    with pytest.raises(ModelError, match="at a cosine of 1, got 0"):
        check_same_vectors(FakeEncoder(("met",)), FakeEncoder(("housing",)))


def test_other_model_is_exported_to_another_folder(tmp_path: Path) -> None:
    encoder = SentenceTransformerEncoder(find_model(str(save_sentence_model(tmp_path / "tiny"))), threads=1)

    made = export_encoder(encoder, tmp_path)
    exported = ExportedEncoder(made, threads=1)

    assert (
        made == export_folder(tmp_path, encoder.files) != export_folder(tmp_path, find_model(PACKAGED_ENCODER))
    )
    assert exported.manifest.max_tokens == encoder.max_tokens == 62
    texts = ["who met ana?", "harbour " * 100]
    cosines = np.sum(exported.encode_queries(texts) * encoder.encode_queries(texts), axis=1)
    assert cosines.min() > 0.9999
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("export-")] == []


def test_export_into_a_folder_that_cannot_be_written_is_a_model_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = SentenceTransformerEncoder(find_model(str(save_sentence_model(tmp_path / "tiny"))), threads=1)

    def refuse(*arguments: object) -> str:  # as a folder of another user does, unless this one is root
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("tempfile.mkdtemp", refuse)

    with pytest.raises(ModelError, match=r"cannot be exported to .*: Permission denied"):
        export_encoder(encoder, tmp_path)


def test_export_that_cannot_take_its_place_is_a_model_error(tmp_path: Path) -> None:
    encoder = SentenceTransformerEncoder(find_model(str(save_sentence_model(tmp_path / "tiny"))), threads=1)
    export_folder(tmp_path, encoder.files).write_text("a file where the folder should be")

    with pytest.raises(ModelError, match="cannot be exported"):
        export_encoder(encoder, tmp_path)
