import hashlib
import json
import random
from itertools import islice
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from tokenizers import Tokenizer

from chatbot.training.data import Document, Passage, Question
from chatbot.training.examples import MIXES, ExampleMaker, collect
from chatbot.training.export import average, export, largest_difference, quantise, to_onnx
from chatbot.training.features import Example, batches, featurise, load_tokenizer, tensors
from chatbot.training.measure import OnnxReader, auroc, best_span, f1
from chatbot.training.outliers import find_outliers, sample, take_out
from chatbot.training.restore import restore
from chatbot.training.swaps import Swapper
from chatbot.training.train import (
    Plan,
    Position,
    Trainer,
    load_encoder,
    load_reader,
    packaged_encoder,
    rate_at,
    stream,
    tiny_model,
)

LONG = " ".join(f"Number {n} came by." for n in range(200)) + " Ana 🎻 sang in Łódź at last."


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return load_tokenizer(packaged_encoder())


@pytest.fixture
def maker() -> ExampleMaker:
    text = "Ana Berg opened a library in Tarn on Monday. Ivo gave lamps."
    spans = ((0, 44), (45, 60))
    asked = (
        Question("1", "Who opened a library?", ((0, 8),)),
        Question("2", "Who gave lamps?", ((45, 48),)),
        Question("3", "Who gave books?", ()),
    )
    documents = [
        Document(f"article {n}", "newsroom", (Passage(text, spans, asked), Passage(text, spans, asked)))
        for n in range(6)
    ]
    one, other = np.array([1, 1], np.float32), np.array([1, -1], np.float32)
    words = {"library": (one, one), "school": (other, other)}
    return ExampleMaker(collect(documents), Swapper(words, ["a library", "a school"] * 4, []))


def test_span_of_a_long_passage_is_found_in_its_window(tokenizer: Tokenizer) -> None:
    start = LONG.index("Łódź")

    features = featurise(tokenizer, [Example("where did ana sing", LONG, (start, start + 4), "plain")])

    assert len(features) > 1
    assert all(len(feature.ids) <= 384 for feature in features)
    held = [feature for feature in features if feature.start]
    assert held
    for feature in held:
        tokens = feature.ids[feature.start : feature.end + 1]
        assert (
            tokenizer.decode(list(tokens)) == "łodz"
        )  # the tokeniser strips the accents that Unicode decomposes


def test_no_answer_points_to_the_first_token(tokenizer: Tokenizer) -> None:
    (feature,) = featurise(tokenizer, [Example("who", "Ana sang.", None, "rival")])

    assert (feature.start, feature.end) == (0, 0)


def test_batches_hold_every_feature_once_and_keep_to_the_budget(tokenizer: Tokenizer) -> None:
    examples = [Example("who", "Ana sang. " * (1 + n % 9), None, "rival") for n in range(40)]
    features = featurise(tokenizer, examples)

    made = list(batches(features, 200, random.Random(1)))

    assert sorted(f.ids for batch in made for f in batch) == sorted(f.ids for f in features)
    assert all(max(len(f.ids) for f in b) * len(b) <= 200 for b in made if len(b) > 1)
    assert tensors(made[0])["input_ids"].shape[1] % 8 == 0


def test_learning_rate_rises_stays_and_falls_to_zero() -> None:
    plan = Plan(rate=1.0, warmup=0.1, decay_from=0.5)

    assert [rate_at(p, plan) for p in (0.05, 0.3, 0.75, 1.0)] == [0.5, 1.0, 0.5, 0.0]


def test_stream_resumed_from_a_position_goes_on_with_the_same_batches(
    maker: ExampleMaker, tokenizer: Tokenizer
) -> None:
    plan, position = Plan(batch_tokens=300), Position()
    whole = stream(maker, tokenizer, plan, position)
    list(islice(whole, 3))
    resumed = Position(position.phase, position.epoch, position.round, position.batch)

    expected = list(islice(whole, 40))

    assert list(islice(stream(maker, tokenizer, plan, resumed), 40)) == expected


def test_stream_moves_on_to_the_phase_set(maker: ExampleMaker, tokenizer: Tokenizer) -> None:
    position = Position()
    batches_made = stream(maker, tokenizer, Plan(batch_tokens=300), position)
    next(batches_made)
    position.phase = len(MIXES) - 1
    next(batches_made)

    assert (position.phase, position.epoch, position.round, position.batch) == (1, 0, 0, 1)


def test_run_of_two_steps_trains_and_can_be_resumed(
    maker: ExampleMaker, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    plan = Plan(steps=2, rate=0.01, batch_tokens=300, warmup=0.0)
    model = tiny_model(tokenizer.get_vocab_size())
    before = model.qa_outputs.weight.detach().clone()
    Trainer(model, plan, tmp_path).run(maker, tokenizer)

    again = Trainer(tiny_model(tokenizer.get_vocab_size()), plan, tmp_path)

    assert not torch.equal(before, model.qa_outputs.weight)
    assert torch.equal(again.model.qa_outputs.weight, model.qa_outputs.weight)
    assert again.position.step == 2
    assert (tmp_path / "model" / "model.safetensors").exists()


def test_training_lowers_the_loss_on_a_batch(maker: ExampleMaker, tokenizer: Tokenizer, tmp_path: Path) -> None:
    trainer = Trainer(tiny_model(tokenizer.get_vocab_size()), Plan(), tmp_path)
    batch = next(stream(maker, tokenizer, Plan(batch_tokens=500), Position()))

    losses = [trainer.step(batch, 0.01) for _ in range(12)]

    assert losses[-1] < losses[0]


def test_other_weights_than_the_recipes_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"other")

    with pytest.raises(ValueError, match="expected sha256 53aa5117"):
        load_encoder(tmp_path)


def test_best_span_is_the_highest_pair_in_order_against_no_answer(tokenizer: Tokenizer) -> None:
    encoding = tokenizer.encode("who", "Ana sang .")  # [CLS] who [SEP] ana sang . [SEP]
    start = np.array([1, 0, 0, 2, 5, 0, 9], np.float32)
    end = np.array([1, 0, 0, 7, 4, 0, 9], np.float32)

    reading = best_span(start, end, encoding)

    # (ana, ana) 9 and (sang, sang) 9 tie: the first; (sang, ana) 12 is no span.
    assert (reading.score, reading.span) == (7.0, (0, 3))


def test_auroc_counts_pairs_in_order() -> None:
    assert auroc([3.0, 1.0], [2.0, 0.0]) == 0.75
    assert auroc([1.0], [1.0]) == 0.5


def test_f1_is_squads() -> None:
    assert f1("the Łódź Station", ["Łódź", "station"]) == pytest.approx(2 / 3)
    assert f1("Ana!", ["ana"]) == 1.0


@pytest.mark.filterwarnings("ignore")  # the tracing exporter and the quantiser warn
def test_exported_graph_reads_as_the_model(tokenizer: Tokenizer, tmp_path: Path) -> None:
    model = tiny_model(tokenizer.get_vocab_size())
    model.save_pretrained(tmp_path / "model")

    export([tmp_path / "model"], packaged_encoder(), tmp_path / "exact", "1", exact=True)
    export([tmp_path / "model"], packaged_encoder(), tmp_path / "int8", "1")

    assert largest_difference(model, tmp_path / "exact" / "model.onnx") < 1e-4
    assert largest_difference(model, tmp_path / "int8" / "model.onnx") < 0.2
    manifest = json.loads((tmp_path / "int8" / "manifest.json").read_text(encoding="utf-8"))
    for name, recorded in manifest["sha256"].items():
        assert hashlib.sha256((tmp_path / "int8" / name).read_bytes()).hexdigest() == recorded
    exported = Tokenizer.from_file(str(tmp_path / "int8" / "tokenizer.json"))
    assert exported.truncation is None
    assert exported.padding is None
    (reading,) = OnnxReader(tmp_path / "int8").read("who sang", [LONG])
    assert 0 <= reading.span[0] < reading.span[1] <= len(LONG)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("exact", [True, False])
def test_exported_graph_is_restored_to_train_further(tokenizer: Tokenizer, tmp_path: Path, exact: bool) -> None:
    model = tiny_model(tokenizer.get_vocab_size())
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "word_embeddings" not in name:
                weight.add_(torch.randn_like(weight) * 0.1)
    model.save_pretrained(tmp_path / "model")
    export([tmp_path / "model"], packaged_encoder(), tmp_path / "out", "1", exact=exact)

    restored = restore(tmp_path / "out" / "model.onnx", tiny_model(tokenizer.get_vocab_size()))

    for name, weight in model.state_dict().items():
        assert torch.allclose(restored.state_dict()[name], weight, atol=1e-6 if exact else 4e-3), name


def test_outliers_are_the_inputs_that_grow_largest(tokenizer: Tokenizer) -> None:
    model = tiny_model(tokenizer.get_vocab_size())
    with torch.no_grad():
        model.get_parameter("bert.encoder.layer.0.intermediate.dense.bias")[[5, 2]] = 30.0

    found = find_outliers(model, tokenizer, sample()[:5], 2)

    assert set(found) == {
        f"bert.encoder.layer.{layer}.{part}.dense"
        for layer in range(model.config.num_hidden_layers)
        for part in ("intermediate", "output")
    }
    assert list(found["bert.encoder.layer.0.output.dense"]) == [2, 5]
    assert all(len(channels) == 2 for channels in found.values())


@pytest.mark.filterwarnings("ignore")
def test_graph_without_outliers_reads_as_before_and_loses_less_in_int8(
    tokenizer: Tokenizer, tmp_path: Path
) -> None:
    model = tiny_model(tokenizer.get_vocab_size())
    with torch.no_grad():
        model.get_parameter("bert.encoder.layer.0.intermediate.dense.bias")[5] = 300.0
        weight = model.get_parameter("bert.encoder.layer.0.output.dense.weight")
        weight.mul_(300.0)
        weight[:, 5].mul_(1e-4)
        model.qa_outputs.weight.mul_(50.0)
    outliers = find_outliers(model, tokenizer, sample()[:5], 1)
    to_onnx(model, tmp_path / "exact.onnx")
    graph = onnx.load(str(tmp_path / "exact.onnx"))

    names = take_out(graph.graph, outliers)
    onnx.save(graph, str(tmp_path / "split.onnx"))
    quantise(tmp_path / "exact.onnx", tmp_path / "with.onnx", {})
    quantise(tmp_path / "exact.onnx", tmp_path / "without.onnx", outliers)

    assert names
    assert largest_difference(model, tmp_path / "split.onnx") < 1e-4
    assert largest_difference(model, tmp_path / "without.onnx") < 0.5 * largest_difference(
        model, tmp_path / "with.onnx"
    )


@pytest.mark.filterwarnings("ignore")
def test_outliers_of_a_matrix_that_the_graph_lacks_are_an_error(tokenizer: Tokenizer, tmp_path: Path) -> None:
    to_onnx(tiny_model(tokenizer.get_vocab_size()), tmp_path / "exact.onnx")
    graph = onnx.load(str(tmp_path / "exact.onnx")).graph

    with pytest.raises(ValueError, match="found none in the graph") as failure:
        take_out(graph, {"bert.encoder.layer.9.output.dense": np.array([0])})

    assert "layer.9" in str(failure.value)


def test_graph_of_another_architecture_is_not_restored(tokenizer: Tokenizer, tmp_path: Path) -> None:
    tiny_model(tokenizer.get_vocab_size()).save_pretrained(tmp_path / "model")
    export([tmp_path / "model"], packaged_encoder(), tmp_path / "out", "1", exact=True)

    with pytest.raises(ValueError, match="of this recipe"):
        load_reader(tmp_path / "out")


def test_mean_of_models_is_exported(tmp_path: Path) -> None:
    for number, size in enumerate((100, 100, 90)):
        model = tiny_model(size)
        with torch.no_grad():
            model.qa_outputs.weight.fill_(number)
        model.save_pretrained(tmp_path / str(number))

    mean = average([tmp_path / "0", tmp_path / "1"])

    assert torch.allclose(mean.qa_outputs.weight, torch.full_like(mean.qa_outputs.weight, 0.5))
    with pytest.raises(ValueError, match="one architecture"):
        average([tmp_path / "0", tmp_path / "2"])
