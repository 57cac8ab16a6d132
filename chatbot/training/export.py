"""Export a trained reader: ``python -m chatbot.training.export --help``."""

import argparse
import hashlib
import json
import shutil
import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process
from tokenizers import Tokenizer
from transformers import BertForQuestionAnswering

from chatbot.training.features import DOC_STRIDE, MAX_TOKENS, load_tokenizer
from chatbot.training.outliers import Channels, find_outliers, sample, take_out
from chatbot.training.train import load_reader, packaged_encoder

MAX_ANSWER_TOKENS = 64
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
OUTPUTS = ("start_logits", "end_logits")
MAX_BYTES = 30_000_000
NAME = "minilm-l6-news-reader"


class _Graph(torch.nn.Module):
    """The model as the two outputs of the exported graph."""

    def __init__(self, model: BertForQuestionAnswering) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Give start and end logits, each (batch, sequence)."""
        output = self.model(input_ids=ids, attention_mask=mask, token_type_ids=types)
        return output.start_logits, output.end_logits


def to_onnx(model: BertForQuestionAnswering, path: Path) -> None:
    """Write the model as an fp32 graph with dynamic batch and sequence."""
    example = tuple(torch.ones((2, 16), dtype=torch.int64) for _ in INPUTS)
    axes = {name: {0: "batch", 1: "sequence"} for name in (*INPUTS, *OUTPUTS)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracing exporter is deprecated, and exact
        torch.onnx.export(
            _Graph(model).train(False),
            example,
            str(path),
            input_names=list(INPUTS),
            output_names=list(OUTPUTS),
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )


def quantise(source: Path, target: Path, outliers: Mapping[str, Channels]) -> None:
    """Write the graph with int8 weights, per channel, word vectors included.

    With four outliers of each feed-forward matrix apart the logits' error (root mean square, 200
    practice questions) falls from 0.185 to 0.098.
    """
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        graph = onnx.load(str(source))
        exact = take_out(graph.graph, outliers)
        onnx.save(graph, str(prepared))
        quant_pre_process(str(prepared), str(prepared), skip_symbolic_shape=True)
        quantize_dynamic(
            str(prepared),
            str(target),
            weight_type=QuantType.QInt8,
            per_channel=True,
            nodes_to_exclude=exact,
        )


def largest_difference(model: BertForQuestionAnswering, path: Path) -> float:
    """Give the largest difference of a logit between the model and an exported graph."""
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(1000, 2000, (4, 48), generator=generator) % model.config.vocab_size
    inputs = (ids, torch.ones_like(ids), torch.zeros_like(ids))
    with torch.no_grad():
        expected = _Graph(model).train(False)(*inputs)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    feed = {name: tensor.numpy() for name, tensor in zip(INPUTS, inputs, strict=True)}
    found = session.run(list(OUTPUTS), feed)
    return max(float(np.abs(a.numpy() - b).max()) for a, b in zip(expected, found, strict=True))


def average(folders: Sequence[Path]) -> BertForQuestionAnswering:
    """Load a model, or the mean of the weights of several that were trained one from the other.

    The mean reads new texts better than either (Wortsman et al. 2022, arXiv:2109.01903).

    Raises:
        ValueError: If the models differ in their weights' names or shapes.
    """
    models = [load_reader(folder) for folder in folders]
    states = [model.state_dict() for model in models]
    shapes = [{name: tensor.shape for name, tensor in state.items()} for state in states]
    if any(other != shapes[0] for other in shapes):
        raise ValueError(f"expected models of one architecture, got others in {', '.join(map(str, folders))}")
    mean = {name: sum(state[name] for state in states) / len(states) for name in states[0]}
    models[0].load_state_dict(mean)
    return models[0]


def export(
    model_folders: Sequence[Path],
    tokenizer_folder: Path,
    target: Path,
    version: str,
    exact: bool = False,
    say: Callable[[str], None] = print,
) -> None:
    """Write ``model.onnx`` (int8), ``tokenizer.json``, ``config.json`` and ``manifest.json``.

    Raises:
        ValueError: If the graph is larger than 30 MB, or the fp32 graph is not the model.
    """
    target.mkdir(parents=True, exist_ok=True)
    model = average(model_folders)
    with tempfile.TemporaryDirectory() as folder:
        graph = target / "model.onnx" if exact else Path(folder) / "exact.onnx"
        to_onnx(model, graph)
        difference = largest_difference(model, graph)
        say(f"fp32 graph: logits differ by at most {difference:.2g} from the model")
        if difference > 1e-3:
            raise ValueError(
                f"expected the fp32 graph to equal the model within 0.001, got {difference}: "
                "check attn_implementation and the exporter"
            )
        if not exact:
            tokenizer = load_tokenizer(tokenizer_folder)
            quantise(graph, target / "model.onnx", find_outliers(model, tokenizer, sample()))
    size = (target / "model.onnx").stat().st_size
    if size > MAX_BYTES and not exact:
        raise ValueError(f"expected at most {MAX_BYTES} bytes, got {size}: quantise more")
    say(f"{size} bytes, {'fp32' if exact else 'int8'}")
    tokenizer = Tokenizer.from_file(str(tokenizer_folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.save(str(target / "tokenizer.json"))
    shutil.copyfile(model_folders[0] / "config.json", target / "config.json")
    write_manifest(target, version)


def write_manifest(target: Path, version: str) -> None:
    """Write the checksums of the exported files and how they are to be used."""
    files = ("model.onnx", "tokenizer.json", "config.json")
    manifest = {
        "name": NAME,
        "reads_context": True,
        "version": version,
        "max_tokens": MAX_TOKENS,
        "doc_stride": DOC_STRIDE,
        "max_answer_tokens": MAX_ANSWER_TOKENS,
        "inputs": list(INPUTS),
        "outputs": list(OUTPUTS),
        "sha256": {file: hashlib.sha256((target / file).read_bytes()).hexdigest() for file in files},
    }
    text = json.dumps(manifest, indent=2) + "\n"
    (target / "manifest.json").write_text(text, encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    """Export as the arguments say."""
    command = argparse.ArgumentParser(prog="chatbot.training.export", description=__doc__)
    command.add_argument(
        "models",
        type=Path,
        nargs="+",
        help="the trained model's folder (or an exported reader's); of several, the mean",
    )
    command.add_argument("--out", type=Path, required=True, help="folder to write to")
    command.add_argument("--tokenizer", type=Path, help="folder of tokenizer.json (packaged encoder)")
    command.add_argument("--version", default="1")
    command.add_argument("--exact", action="store_true", help="keep fp32 weights")
    given = command.parse_args(arguments)
    folder = given.tokenizer or packaged_encoder()
    export(given.models, folder, given.out, given.version, given.exact)


if __name__ == "__main__":
    main()
