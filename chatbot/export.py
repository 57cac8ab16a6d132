"""Export: the encoder as one ONNX graph, so that questions are encoded without PyTorch.

Pooling and normalisation are part of the graph. The export is checked against the encoder
of record on sentences of several lengths before it is used.
"""

import json
import logging
import shutil
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime
import tokenizers

from chatbot.encoder import ModelFiles, QueryEncoder, SentenceTransformerEncoder, Vectors, file_sha256
from chatbot.errors import ModelError

if TYPE_CHECKING:
    import torch

EXPORT_VERSION = 1
LOWEST_COSINE = 0.9999
# What the runtime makes of an addition before a normalisation takes eight times as long as the normalisation.
SLOWER = ["SkipLayerNormFusion"]
CHECKED_TEXTS = (
    "who met Zelenskyy?",
    "Où est le café? 東京 🙂",
    "The talks also delved into potential collaborations in housing reconstruction. " * 12,
)
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Manifest:
    """What an exported encoder is: its source's checksum and what it needs to run."""

    version: int
    source: str
    checksum: str
    onnx_sha256: str
    tokenizer_sha256: str
    dimension: int
    max_tokens: int
    query_prompt: str
    inputs: tuple[str, ...]


class ExportedEncoder:
    """Encodes questions with ONNX Runtime; same vectors as the encoder of record."""

    def __init__(self, folder: Path, threads: int) -> None:
        self.manifest = read_manifest(folder)
        self._session = make_session(folder / "model.onnx", threads)
        self._tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(self.manifest.max_tokens + 2)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Give unit vectors, shape (n, d); each text alone, so none depends on another."""
        vectors = [self._encode(self.manifest.query_prompt + text) for text in texts]
        return np.stack(vectors) if vectors else np.zeros((0, self.manifest.dimension), dtype=np.float32)

    def _encode(self, text: str) -> Vectors:
        encoding = self._tokenizer.encode(text)
        columns = {
            "input_ids": encoding.ids,
            "attention_mask": encoding.attention_mask,
            "token_type_ids": encoding.type_ids,
        }
        feed = {name: np.array([columns[name]], dtype=np.int64) for name in self.manifest.inputs}
        vector: Vectors = self._session.run(None, feed)[0][0]
        return vector


def make_session(path: Path, threads: int) -> Any:
    """Open an ONNX graph for the CPU.

    Raises:
        ModelError: the file is no ONNX graph that runs here.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # leave the cores to others
    try:
        return onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"], disabled_optimizers=SLOWER
        )
    except Exception as error:  # ONNX Runtime's errors share no class
        raise ModelError(f"expected an ONNX model at {path}, got one that does not load: {error}") from error


def read_manifest(folder: Path) -> Manifest:
    """Read an export's manifest and check its files against it.

    Raises:
        ModelError: there is none, it is of another version, or a file is not the recorded one.
    """
    path = folder / "manifest.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        manifest = Manifest(**{**content, "inputs": tuple(content["inputs"])})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ModelError(
            f"expected an exported encoder in {folder}, found none that is whole ({error})"
        ) from error
    if manifest.version != EXPORT_VERSION:
        raise ModelError(f"expected an export of version {EXPORT_VERSION}, got {manifest.version}")
    for name, recorded in (
        ("model.onnx", manifest.onnx_sha256),
        ("tokenizer.json", manifest.tokenizer_sha256),
    ):
        if (found := file_sha256(folder / name)) != recorded:
            raise ModelError(f"expected {name} with sha256 {recorded}, got {found}")
    return manifest


def export_folder(data_dir: Path, files: ModelFiles) -> Path:
    """Give the folder for a model's export; another model has another."""
    return data_dir / f"encoder-{files.checksum[:16]}"


def export_encoder(encoder: SentenceTransformerEncoder, data_dir: Path) -> Path:
    """Write the encoder's ONNX graph, tokeniser and manifest; give their folder.

    The folder appears whole or not at all.

    Raises:
        ModelError: the model cannot be exported, or the graph gives other vectors.
    """
    target = export_folder(data_dir, encoder.files)
    try:
        data_dir.mkdir(parents=True, exist_ok=True)  # no store may have made it: it may be in Milvus
        temporary = tempfile.TemporaryDirectory(dir=data_dir, prefix="export-")
    except OSError as error:
        raise ModelError(f"{encoder.files.name} cannot be exported to {target}: {error.strerror}") from error
    with temporary:
        folder = Path(temporary.name) / "encoder"
        try:
            folder.mkdir()
            _write_files(encoder, folder)
        except Exception as error:  # the exporter raises anything; the model is then served as it is
            raise ModelError(f"{encoder.files.name} cannot be exported to ONNX: {error}") from error
        check_same_vectors(encoder, ExportedEncoder(folder, threads=1))
        shutil.rmtree(target, ignore_errors=True)
        try:
            folder.replace(target)
        except OSError as error:
            raise ModelError(
                f"{encoder.files.name} cannot be exported to {target}: {error.strerror}"
            ) from error
    logger.info("exported %s to %s", encoder.files.name, target)
    return target


def check_same_vectors(record: QueryEncoder, exported: QueryEncoder) -> None:
    """Compare both encoders' vectors.

    Raises:
        ModelError: the cosine of some text is below ``LOWEST_COSINE``.
    """
    cosines = np.sum(record.encode_queries(CHECKED_TEXTS) * exported.encode_queries(CHECKED_TEXTS), axis=1)
    if not cosines.min() >= LOWEST_COSINE:
        raise ModelError(f"expected the exported encoder's vectors at a cosine of 1, got {cosines.min():.4f}")


def _write_files(encoder: SentenceTransformerEncoder, folder: Path) -> None:
    tokenizer = encoder.model.tokenizer
    backend = tokenizers.Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
    backend.no_padding()
    backend.no_truncation()
    backend.save(str(folder / "tokenizer.json"))
    inputs = tuple(
        name
        for name in ("input_ids", "attention_mask", "token_type_ids")
        if name in tokenizer.model_input_names
    )
    _write_graph(encoder, folder / "model.onnx", inputs)
    manifest = Manifest(
        version=EXPORT_VERSION,
        source=encoder.files.name,
        checksum=encoder.files.checksum,
        onnx_sha256=file_sha256(folder / "model.onnx"),
        tokenizer_sha256=file_sha256(folder / "tokenizer.json"),
        dimension=encoder.dimension,
        max_tokens=encoder.max_tokens,
        query_prompt=encoder.model.prompts.get("query") or "",
        inputs=inputs,
    )
    (folder / "manifest.json").write_text(json.dumps(asdict(manifest), indent=1), encoding="utf-8")


def _write_graph(encoder: SentenceTransformerEncoder, path: Path, inputs: tuple[str, ...]) -> None:
    import torch
    from sentence_transformers import SentenceTransformer

    class Graph(torch.nn.Module):
        """The whole way from token ids to a unit vector."""

        def __init__(self, model: "torch.nn.Module") -> None:
            super().__init__()
            self.model = model

        def forward(self, *columns: "torch.Tensor") -> "torch.Tensor":
            features = dict(zip(inputs, columns, strict=True))
            return torch.nn.functional.normalize(self.model(features)["sentence_embedding"], dim=-1)

    model = SentenceTransformer(
        str(encoder.files.folder), device="cpu", model_kwargs={"attn_implementation": "eager"}
    )
    example = tuple(torch.ones((2, 8), dtype=torch.int64) for _ in inputs)
    dynamic = {name: {0: "batch", 1: "sequence"} for name in inputs}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of tracing; the vectors are compared instead
        torch.onnx.export(
            Graph(model).eval(),
            example,
            str(path),
            input_names=list(inputs),
            output_names=["sentence_embedding"],
            dynamic_axes={**dynamic, "sentence_embedding": {0: "batch"}},
            opset_version=17,
            dynamo=False,  # the legacy exporter gives the same vectors; the newer needs a further package
        )
