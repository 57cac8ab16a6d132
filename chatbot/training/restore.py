"""Restore a model that can be trained from an exported graph, when its checkpoint is gone."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from transformers import BertForQuestionAnswering

Array = np.ndarray[tuple[int, ...], np.dtype[np.float32]]

PREFIX = "model."
"""What the exporter puts before a weight's name."""

WORDS = "bert.embeddings.word_embeddings.weight"


def restore(path: Path, model: BertForQuestionAnswering) -> BertForQuestionAnswering:
    """Put the weights of an exported graph into a model of its architecture.

    An int8 weight comes back as its value times its channel's scale, off by at most half of
    one. The word vectors stay the model's own: training leaves them as they are.

    Args:
        path: ``model.onnx`` as :mod:`chatbot.training.export` writes it, int8 or fp32.
        model: The encoder's weights under a start and end layer.

    Raises:
        ValueError: If the graph lacks a weight of the model, or has one of another shape.
    """
    graph = onnx.load(str(path)).graph
    stored = {tensor.name: numpy_helper.to_array(tensor).astype(np.float32) for tensor in graph.initializer}
    found = {name.removeprefix(PREFIX): _weight(name, stored) for name in map(_base, stored)}
    for node in graph.node:
        if node.op_type in {"MatMul", "MatMulInteger"} and _base(node.input[1]) in found:
            module = node.name.strip("/").removeprefix("model/").rsplit("/", 1)[0]
            found[f"{module.replace('/', '.')}.weight"] = found[_base(node.input[1])].T
    state = model.state_dict()
    for name, value in state.items():
        if name == WORDS or not value.is_floating_point():
            continue
        if name not in found or found[name].shape != tuple(value.shape):
            got = found[name].shape if name in found else "nothing"
            raise ValueError(
                f"{path}: expected {name} of shape {tuple(value.shape)}, got {got}: give a graph of this recipe"
            )
        state[name] = torch.from_numpy(np.ascontiguousarray(found[name]))
    model.load_state_dict(state)
    return model


def _base(name: str) -> str:
    """Give the name that a weight had before it was quantised."""
    return name.removesuffix("_quantized").removesuffix("_scale").removesuffix("_zero_point")


def _weight(name: str, stored: Mapping[str, Array]) -> Array:
    """Give a stored weight in fp32."""
    if name in stored:
        return stored[name]
    return (stored[f"{name}_quantized"] - stored[f"{name}_zero_point"]) * stored[f"{name}_scale"]
