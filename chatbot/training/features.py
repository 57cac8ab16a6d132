"""Turn examples into tensors: tokens, windows of long passages, batches of like length."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer

from chatbot.training.data import Span

MAX_TOKENS = 384
DOC_STRIDE = 128


@dataclass(frozen=True)
class Example:
    """A question on a text: the span that answers, or None where nothing does.

    Examples of one group other than 0 are one question on several texts.
    """

    question: str
    passage: str
    span: Span | None
    kind: str
    group: int = 0


@dataclass(frozen=True)
class Feature:
    """One window's tokens; ``start`` and ``end`` are token indices, 0 is no answer."""

    ids: tuple[int, ...]
    types: tuple[int, ...]
    start: int
    end: int
    group: int = 0


def load_tokenizer(folder: Path, max_tokens: int = MAX_TOKENS) -> Tokenizer:
    """Load a model's tokeniser, set to cut long passages (never questions) to windows."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens, stride=DOC_STRIDE, strategy="only_second")
    return tokenizer


def featurise(tokenizer: Tokenizer, examples: Sequence[Example]) -> list[Feature]:
    """Give the windows of the examples; one that does not hold the span has no answer."""
    encodings = tokenizer.encode_batch([(e.question, e.passage) for e in examples])
    features = []
    for example, encoding in zip(examples, encodings, strict=True):
        for window in (encoding, *encoding.overflowing):
            start, end = token_span(window, example.span)
            ids, types = tuple(window.ids), tuple(window.type_ids)
            features.append(Feature(ids, types, start, end, example.group))
    return features


def token_span(window: object, span: Span | None) -> tuple[int, int]:
    """Give the first and last token of a span of the passage, (0, 0) if not wholly there."""
    if span is None:
        return 0, 0
    inside = [
        index
        for index, (kind, (a, b)) in enumerate(
            zip(window.sequence_ids, window.offsets, strict=True)  # type: ignore[attr-defined]
        )
        if kind == 1 and a < span[1] and b > span[0]
    ]
    if not inside:
        return 0, 0
    offsets = window.offsets  # type: ignore[attr-defined]
    covers = offsets[inside[0]][0] <= span[0] and offsets[inside[-1]][1] >= span[1]
    # A span cut by the window's edge is not in this window; the overlapping one holds it.
    return (inside[0], inside[-1]) if covers else (0, 0)


def rounded(length: int) -> int:
    """Round up to 8 tokens: fewer shapes, so that kernels made for one are used again."""
    return -(-length // 8) * 8


def batches(
    features: Sequence[Feature], tokens: int, rng: random.Random, pool: int = 4096
) -> Iterator[list[Feature]]:
    """Give batches of about ``tokens`` tokens, alike in length, in random order, no group apart."""
    members: dict[int, list[Feature]] = defaultdict(list)
    for number, feature in enumerate(features, 1):
        members[feature.group or -number].append(feature)
    order = [group for group in members.values() if group]
    rng.shuffle(order)
    for begin in range(0, len(order), pool):
        made: list[list[Feature]] = [[]]
        for group in sorted(order[begin : begin + pool], key=_longest):
            if made[-1] and (len(made[-1]) + len(group)) * rounded(_longest(group)) > tokens:
                made.append([])
            made[-1] += group
        rng.shuffle(made)
        yield from made


def _longest(features: Sequence[Feature]) -> int:
    return max(len(feature.ids) for feature in features)


def tensors(batch: Sequence[Feature], pad: int = 0) -> dict[str, torch.Tensor]:
    """Pad a batch to its longest feature, rounded up to 8 tokens."""
    width = rounded(max(len(f.ids) for f in batch))
    ids = torch.full((len(batch), width), pad)
    types, mask = torch.zeros_like(ids), torch.zeros_like(ids)
    for row, feature in enumerate(batch):
        n = len(feature.ids)
        ids[row, :n] = torch.tensor(feature.ids)
        types[row, :n] = torch.tensor(feature.types)
        mask[row, :n] = 1
    return {
        "input_ids": ids,
        "token_type_ids": types,
        "attention_mask": mask,
        "start": torch.tensor([f.start for f in batch]),
        "end": torch.tensor([f.end for f in batch]),
        "group": torch.tensor([f.group for f in batch]),
    }
