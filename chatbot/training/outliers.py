"""Outliers: the inputs of a matrix that are so large that int8 keeps little of the others.

An int8 product scales its inputs by the largest of them. Of the inputs to a feed-forward matrix one
or two are up to a hundred times as large as most, always the same ones. So these few are taken
out and multiplied in fp32 (Dettmers et al. 2022, arXiv:2208.07339).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from tokenizers import Tokenizer
from transformers import BertForQuestionAnswering

from chatbot.training.data import read_squad
from chatbot.training.features import Example, featurise

DATA = Path(__file__).parent / "data"
FILES = ("newsroom_a.json", "magazine_s.json")
TEXTS = 50  # of each file
OUTLIERS = 4  # inputs of a matrix
FEED_FORWARD = ("intermediate.dense", "output.dense")
ATTENTION = "attention"

Channels = np.ndarray[tuple[int], np.dtype[np.int64]]


def sample() -> list[Example]:
    """Give questions on practice passages, to see what a model's inputs are like."""
    return [
        Example(passage.questions[0].text, passage.text, None, "sample")
        for name in FILES
        for passage in [one for article in read_squad(DATA / name, "") for one in article.passages][:TEXTS]
        if passage.questions
    ]


def find_outliers(
    model: BertForQuestionAnswering, tokenizer: Tokenizer, examples: Sequence[Example], count: int = OUTLIERS
) -> dict[str, Channels]:
    """Give the ``count`` inputs that grow largest of each feed-forward matrix, by its module's name."""
    largest: dict[str, torch.Tensor] = defaultdict(lambda: torch.zeros(()))
    handles = []
    for name, module in model.named_modules():
        if name.endswith(FEED_FORWARD) and ATTENTION not in name:

            def see(_: torch.nn.Module, given: tuple[torch.Tensor], name: str = name) -> None:
                largest[name] = torch.maximum(largest[name], given[0].abs().amax(dim=(0, 1)))

            handles.append(module.register_forward_pre_hook(see))
    model.train(False)
    with torch.no_grad():
        for feature in featurise(tokenizer, examples):
            ids, types = (torch.tensor([row]) for row in (feature.ids, feature.types))
            model(input_ids=ids, attention_mask=torch.ones_like(ids), token_type_ids=types)
    for handle in handles:
        handle.remove()
    chosen = {name: seen.topk(min(count, len(seen))).indices for name, seen in largest.items()}
    return {name: indices.sort().values.numpy() for name, indices in chosen.items()}


def take_out(graph: onnx.GraphProto, outliers: Mapping[str, Channels]) -> list[str]:
    """Split each matrix product with outliers into one without them and one of them alone.

    Returns:
        The names of the new nodes, which are to stay fp32.

    Raises:
        ValueError: If the graph lacks a matrix that has outliers.
    """
    weights = {tensor.name: tensor for tensor in graph.initializer}
    nodes: list[onnx.NodeProto] = []
    added: dict[str, str] = {}  # the output of a product without its outliers -> the part of them alone
    found = set()
    for node in graph.node:
        module = node.name.strip("/").removeprefix("model/").removesuffix("/MatMul").replace("/", ".")
        if node.op_type == "MatMul" and module in outliers:
            found.add(module)
            base = f"{node.name.removesuffix('/MatMul')}/outliers"
            weight = numpy_helper.to_array(weights[node.input[1]])
            rest = np.ones(len(weight), dtype=np.float32)
            rest[outliers[module]] = 0
            constants = {"index": outliers[module], "weight": weight[outliers[module]], "rest": rest}
            for name, value in constants.items():
                graph.initializer.append(numpy_helper.from_array(value, f"{base}/{name}"))
            given = node.input[0]
            node.input[0] = f"{base}/without"
            added[node.output[0]] = f"{base}/added"
            nodes += [
                helper.make_node("Mul", [given, f"{base}/rest"], [f"{base}/without"], f"{base}/Mul"),
                helper.make_node(
                    "Gather", [given, f"{base}/index"], [f"{base}/taken"], f"{base}/Gather", axis=-1
                ),
                helper.make_node(
                    "MatMul", [f"{base}/taken", f"{base}/weight"], [f"{base}/added"], f"{base}/MatMul"
                ),
                node,
            ]
            continue
        nodes.append(node)
        if node.op_type == "Add" and (part := next((added[one] for one in node.input if one in added), None)):
            # behind the bias, which the runtime makes one operation with the int8 product
            whole, node.output[0] = node.output[0], f"{part}/before"
            nodes.append(helper.make_node("Add", [node.output[0], part], [whole], f"{part}/Add"))
    if missing := sorted(outliers.keys() - found):
        raise ValueError(f"expected a matrix product of each of {', '.join(missing)}, found none in the graph")
    del graph.node[:]
    graph.node.extend(nodes)
    return [node.name for node in nodes if "/outliers/" in node.name]
