"""Extractive reader: a trained encoder that sees question and passage together.

For each passage it gives the best span and how much better it scores than "no answer
here" (the [CLS] position), the standard form of BERT on SQuAD 2.0 (Devlin et al. 2019).
The packaged model runs on ONNX Runtime; any extractive question-answering model that
transformers can load, or an ONNX export of one, takes its place by a setting.
"""

import json
import os
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise, repeat
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tokenizers

from chatbot.answer_types import excluded_terms
from chatbot.context import without_context
from chatbot.encoder import file_sha256
from chatbot.errors import ModelError
from chatbot.export import make_session
from chatbot.passages import Passage
from chatbot.reader import Span
from chatbot.terms import words

PACKAGED_READER = Path(__file__).parent / "models" / "reader"
MAX_TOKENS = 384  # of question and passage together; longer passages are read in windows
STRIDE = 128  # tokens that two windows share
MAX_QUESTION_TOKENS = 192
MAX_ANSWER_TOKENS = 64
JOINS = re.compile(r"[,;&]|\b(?:and|or|with)\b", re.IGNORECASE)

Ids = npt.NDArray[np.int64]
Logits = npt.NDArray[np.float32]
# (input_ids, attention_mask, token_type_ids), each (1, t) -> start and end logits, each (1, t)
Model = Callable[[Ids, Ids, Ids], tuple[Logits, Logits]]


@dataclass(frozen=True)
class Window:
    """Token ids of a question and a piece of a passage.

    ``offsets`` gives the passage's characters of each token, None where the token is not
    the passage's; ``of`` is the passage's position among those read.
    """

    of: int
    ids: tuple[int, ...]
    types: tuple[int, ...]
    offsets: tuple[tuple[int, int] | None, ...]


class ExtractiveReader:
    """Reads passages with a question-answering model, ``threads`` of their windows at a time.

    ``reads_context`` says whether the model was trained on questions and passages with their context.
    """

    def __init__(
        self,
        name: str,
        tokenizer: tokenizers.Tokenizer,
        model: Model,
        max_tokens: int = MAX_TOKENS,
        threads: int = 1,
        reads_context: bool = False,
    ) -> None:
        self.name = name
        self.reads_context = reads_context
        self._model = model
        self._threads = ThreadPoolExecutor(threads, "read")
        self._question_tokenizer = tokenizers.Tokenizer.from_str(tokenizer.to_str())
        self._question_tokenizer.no_padding()
        self._question_limit = min(MAX_QUESTION_TOKENS, max_tokens // 2)
        self._question_tokenizer.enable_truncation(self._question_limit)
        self._tokenizer = tokenizers.Tokenizer.from_str(tokenizer.to_str())
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(
            max_tokens, stride=min(STRIDE, max_tokens // 3), strategy="only_second"
        )

    def read(self, question: str, passages: Sequence[Passage], leads: Sequence[str] = ()) -> tuple[Span, ...]:
        """Give each passage's best span; its score is a log-odds against "no answer here".

        Each is read behind its lead, the words before it, if leads are given; no span is in them.
        """
        question = self._cut_question(question)
        windows = [
            window
            for at, (passage, lead) in enumerate(zip(passages, leads or repeat(""), strict=False))
            for window in self._windows(question, passage, at, lead)
        ]
        excluded = excluded_terms(without_context(question))
        best: dict[int, Span] = {}
        logits = self._threads.map(self._run, windows)
        for window, (start_logits, end_logits) in zip(windows, logits, strict=True):
            span = best_span(window, start_logits, end_logits, passages[window.of], excluded)
            if span and (window.of not in best or span.score > best[window.of].score):
                best[window.of] = span
        return tuple(best[at] for at in sorted(best))

    def read_together(self, question: str, passages: Sequence[Passage]) -> tuple[float, ...]:
        """Give the score of each passage's best span where all are read as one text, () if that is too long."""
        question = self._cut_question(question)
        starts = (0, *accumulate(len(passage.text) + 1 for passage in passages))
        joined = replace(passages[0], start=0, end=starts[-1] - 1, text=" ".join(one.text for one in passages))
        windows = list(self._windows(question, joined, 0))
        if len(windows) > 1:
            return ()
        logits = self._run(windows[0])
        excluded = excluded_terms(without_context(question))
        parts = (_part(windows[0], start, end) for start, end in pairwise(starts))
        spans = [best_span(part, *logits, joined, excluded) for part in parts]
        return tuple(span.score for span in spans if span) if all(spans) else ()

    def _cut_question(self, question: str) -> str:
        """Shorten a question that leaves no room for a passage; 500 letters seldom do."""
        offsets = self._question_tokenizer.encode(question, add_special_tokens=False).offsets
        return question[: offsets[-1][1]] if len(offsets) == self._question_limit else question

    def _windows(self, question: str, passage: Passage, at: int, lead: str = "") -> Iterator[Window]:
        text = f"{lead} {passage.text}" if lead else passage.text
        begin = len(text) - len(passage.text)
        encoding = self._tokenizer.encode(question, text)
        for part in (encoding, *encoding.overflowing):
            offsets = tuple(
                (start - begin, end - begin) if sequence == 1 and start >= begin else None
                for (start, end), sequence in zip(part.offsets, part.sequence_ids, strict=True)
            )
            yield Window(at, tuple(part.ids), tuple(part.type_ids), offsets)

    def _run(self, window: Window) -> tuple[Logits, Logits]:
        """Run the model over one window; start and end logits, each (t,).

        Never over several at once: an int8 graph scales its numbers by all that it is given,
        so that a passage beside others scored up to 1.3 differently. In batches of like
        length it was no faster either; threads are what helps.
        """
        columns = (np.array([row], dtype=np.int64) for row in (window.ids, [1] * len(window.ids), window.types))
        start_logits, end_logits = self._model(*columns)
        return start_logits[0], end_logits[0]


def _part(window: Window, start: int, end: int) -> Window:
    """Give a window with only those of the passage's tokens that begin at ``[start, end)`` of it."""
    kept = (offset if offset and start <= offset[0] < end else None for offset in window.offsets)
    return replace(window, offsets=tuple(kept))


def best_span(
    window: Window,
    start_logits: Logits,
    end_logits: Logits,
    passage: Passage,
    excluded: Collection[str] = (),
) -> Span | None:
    """Give the window's best span of at most ``MAX_ANSWER_TOKENS``; ties go to the earlier, shorter.

    Its score is its start and end logit less those of the first token, "no answer here". It
    holds no word whose term is excluded, nor anything of a better span that does; None when
    there is no such span.
    """
    inside = [at for at, offset in enumerate(window.offsets) if offset is not None and offset[0] < offset[1]]
    if not inside:
        return None
    sums = start_logits[inside][:, np.newaxis] + end_logits[inside][np.newaxis, :]  # (t, t)
    allowed = np.triu(np.ones_like(sums, dtype=bool)) & ~np.triu(
        np.ones_like(sums, dtype=bool), MAX_ANSWER_TOKENS
    )
    sums = np.where(allowed, sums, -np.inf)
    offsets = [offset for at in inside if (offset := window.offsets[at]) is not None]
    barred = np.array(list(_barred(offsets, passage.text, excluded)), dtype=bool)
    first, last = _argmax(sums)
    while np.isfinite(sums[first, last]) and barred[first : last + 1].any():
        within = slice(first, last + 1)
        sums[: first + _wrong_tokens(passage.text, offsets[within], barred[within]), first:] = -np.inf
        first, last = _argmax(sums)
    if not np.isfinite(sums[first, last]):
        return None
    start, end = offsets[first], offsets[last]
    score = float(sums[first, last]) - float(start_logits[0] + end_logits[0])
    return Span(passage, passage.start + start[0], passage.start + _after_accents(passage.text, end[1]), score)


def _argmax(sums: Logits) -> tuple[int, int]:
    first, last = np.unravel_index(int(sums.argmax()), sums.shape)
    return int(first), int(last)


def _wrong_tokens(text: str, offsets: Sequence[tuple[int, int]], barred: npt.NDArray[np.bool_]) -> int:
    """Give how many of a span's tokens its excluded words make wrong.

    What is joined to one ("X and Y") is as wrong as it, the name that follows it ("X's premier Y") is not.
    """
    wrong = int(np.flatnonzero(barred)[-1]) + 1
    while wrong < len(offsets) and text[slice(*offsets[wrong])] in {"'", "’", "s"}:
        wrong += 1
    rest = text[offsets[wrong - 1][1] : offsets[-1][1]]
    is_named = any(word.text[0].isupper() for word in words(rest))
    is_joined = JOINS.search(text[offsets[0][0] : offsets[-1][1]]) is not None
    return wrong if is_named and not is_joined else len(offsets)


def _barred(offsets: Sequence[tuple[int, int]], text: str, excluded: Collection[str]) -> Iterator[bool]:
    """Tell for each token whether it belongs to a word whose term is excluded."""
    spans = [(word.start, word.end) for word in words(text) if word.stem in excluded] if excluded else []
    for offset in offsets:
        yield any(start < offset[1] and offset[0] < end for start, end in spans)


def _after_accents(text: str, end: int) -> int:
    """Move an end past accents written as characters of their own, which tokenisers drop."""
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    return end


def load_extractive(folder: Path, threads: int) -> ExtractiveReader:
    """Load a reader: the packaged one, an ONNX export, or a model of transformers' own form.

    Raises:
        ModelError: the folder holds neither, or a file is not the recorded one.
    """
    if not folder.is_dir():
        raise ModelError(
            "expected CHATBOT_READER to be 'extractive', 'sentence' or the folder of an extractive "
            f"question-answering model, got {str(folder)!r}; give one of these"
        )
    manifest = _check_manifest(folder)
    graphs = [path for path in (folder / "model.onnx", folder / "onnx" / "model.onnx") if path.is_file()]
    tokenizer = _load_tokenizer(folder / "tokenizer.json")
    name = "extractive" if folder == PACKAGED_READER else f"{folder.name} (folder)"
    model = _onnx_model(graphs[0]) if graphs else _torch_model(folder)
    reads_context = manifest.get("reads_context") is True
    return ExtractiveReader(name, tokenizer, model, _max_tokens(folder), threads, reads_context)


def _load_tokenizer(path: Path) -> tokenizers.Tokenizer:
    if not path.is_file():
        raise ModelError(
            f"expected a {path.name} in {path.parent}, found none; save the model's fast tokeniser there"
        )
    try:
        return tokenizers.Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises no narrower class
        raise ModelError(f"expected a tokeniser at {path}, got: {error}; save the model's again") from error


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ModelError(f"expected JSON at {path}, got: {error}; install the model anew") from error
    if not isinstance(content, dict):
        raise ModelError(f"expected a JSON object at {path}, got {content!r}; install the model anew")
    return content


def _check_manifest(folder: Path) -> Mapping[str, Any]:
    """Compare a folder's files with the checksums of its manifest, and give it; {} where it has none."""
    path = folder / "manifest.json"
    if not path.is_file():
        if folder == PACKAGED_READER:
            raise ModelError(
                f"expected the packaged reader in {folder}, found none; reinstall, or set CHATBOT_READER"
            )
        return {}
    manifest = _read_json(path)
    digests = manifest.get("sha256", {})
    if not isinstance(digests, dict):
        raise ModelError(
            f"expected the files' digests under sha256 in {path}, got {digests!r}; install the model anew"
        )
    for name, recorded in digests.items():
        if (found := file_sha256(folder / name)) != recorded:
            raise ModelError(
                f"expected {folder / name} with sha256 {recorded}, got {found}; install the model anew"
            )
    return manifest


def _max_tokens(folder: Path) -> int:
    """Give how many tokens the model reads, from its settings, at most ``MAX_TOKENS``."""
    path = folder / "config.json"
    positions = _read_json(path).get("max_position_embeddings") if path.is_file() else None
    # RoBERTa's kind keeps two positions for padding; a model without a limit names none, or -1
    return min(MAX_TOKENS, positions - 2) if isinstance(positions, int) and positions > 0 else MAX_TOKENS


def _onnx_model(path: Path) -> Model:
    session = make_session(path, threads=1)
    inputs = {entry.name for entry in session.get_inputs()}
    outputs = [entry.name for entry in session.get_outputs()]
    if "input_ids" not in inputs or not {"start_logits", "end_logits"} <= set(outputs):
        raise ModelError(
            f"expected {path} to turn input_ids into start_logits and end_logits, got inputs {sorted(inputs)} "
            f"and outputs {outputs}; export a question-answering model"
        )

    def run(ids: Ids, mask: Ids, types: Ids) -> tuple[Logits, Logits]:
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
        found = session.run(
            ["start_logits", "end_logits"], {name: feed[name] for name in feed if name in inputs}
        )
        return found[0], found[1]

    return run


def _torch_model(folder: Path) -> Model:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    import torch  # only for a model that is not exported: importing it takes seconds
    from safetensors import SafetensorError
    from transformers import AutoModelForQuestionAnswering

    torch.set_num_threads(1)
    try:
        network: Any
        network, loaded = AutoModelForQuestionAnswering.from_pretrained(folder, output_loading_info=True)
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            f"expected a question-answering model in {folder}, got one that does not load: {error}"
        ) from error
    if missing := sorted(loaded["missing_keys"]):
        # transformers would fill them with random numbers
        raise ModelError(
            f"expected a question-answering model in {folder}, got one without {', '.join(missing)}; "
            "give one that was trained for extractive question answering"
        )
    network.eval()
    takes_types = network.config.model_type in {
        "bert",
        "electra",
        "albert",
        "deberta",
        "deberta-v2",
        "mobilebert",
    }

    def run(ids: Ids, mask: Ids, types: Ids) -> tuple[Logits, Logits]:
        feed = {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}
        if takes_types:
            feed["token_type_ids"] = torch.from_numpy(types)
        with torch.inference_mode():
            found = network(**feed)
        return found.start_logits.float().numpy(), found.end_logits.float().numpy()

    return run
