"""Train a reader: ``python -m chatbot.training --help``."""

import argparse
import os
import signal
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # before transformers is imported

import torch
from transformers import BertForQuestionAnswering

from chatbot.training import data, details, directions
from chatbot.training.examples import EasyExampleMaker, ExampleMaker, Item, Scorer, collect
from chatbot.training.features import load_tokenizer
from chatbot.training.measure import OnnxReader
from chatbot.training.ranking import WORD
from chatbot.training.swaps import Swapper
from chatbot.training.train import Plan, Trainer, load_encoder, load_reader, packaged_encoder

PRACTICE = Path(__file__).parent / "data"


def parser() -> argparse.ArgumentParser:
    """Give the command's arguments."""
    command = argparse.ArgumentParser(prog="chatbot.training", description=__doc__)
    command.add_argument(
        "--squad", type=Path, nargs="*", default=[], help="SQuAD 2.0 files: articles of passages"
    )
    command.add_argument("--loose", type=Path, nargs="*", default=[], help="SQuAD files of unrelated passages")
    command.add_argument("--qamr", type=Path, nargs="*", default=[], help="QAMR tables (dev.tsv, test.tsv)")
    command.add_argument("--qamr-sentences", type=Path, help="QAMR's wiki-sentences.tsv")
    command.add_argument("--practice", type=Path, default=PRACTICE, help="the project's articles")
    command.add_argument("--encoder", type=Path, help="folder of the encoder to start from")
    command.add_argument(
        "--start",
        type=Path,
        help="folder of a model, or of an exported reader, to train further on a new schedule",
    )
    command.add_argument(
        "--mine",
        type=Path,
        help="folder of an exported reader: what it takes for an answer and is none is trained on more",
    )
    command.add_argument("--out", type=Path, required=True, help="checkpoint and model go here")
    command.add_argument("--minutes", type=float, default=110.0)
    command.add_argument("--steps", type=int, help="train so many steps instead of minutes")
    command.add_argument("--rate", type=float, default=Plan.rate)
    command.add_argument("--seed", type=int, default=Plan.seed)
    command.add_argument(
        "--shared", type=float, default=Plan.shared, help="weight of the loss over all texts of a question"
    )
    command.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    command.add_argument(
        "--easy-negatives", action="store_true", help="for comparison: only unrelated passages do not answer"
    )
    command.add_argument("--samples", type=int, help="only print so many examples")
    return command


def read(arguments: argparse.Namespace) -> list[data.Document]:
    """Read all training documents, without what is held out."""
    documents = []
    for path in arguments.squad:
        documents += data.split_by_title(data.read_squad(path, "squad2"), data.HELD_OUT)[0]
    documents += data.read_loose(arguments.loose, arguments.qamr, arguments.qamr_sentences)
    public = [
        document
        for path in sorted(arguments.practice.glob(f"{data.PUBLIC}_*.json"))
        for document in data.read_public(path, documents)
    ]
    documents += data.split_by_title(public)[0]
    every = data.read_practice(arguments.practice)
    documents += data.split_by_title(every)[0]
    readers = {**dict.fromkeys(data.CHAINS, data.read_chains), **dict.fromkeys(data.ASKED, data.read_asked)}
    for source, read_file in readers.items():
        for path in sorted(arguments.practice.glob(f"{source}_*.json")):
            documents += data.split_by_title(read_file(path, every))[0]
    return documents + directions.drills() + details.drills()


def make_swapper(folder: Path, items: Sequence[Item], model: BertForQuestionAnswering) -> Swapper:
    """Learn the kinds of words from the encoder's vectors and the training texts."""
    vocabulary = load_tokenizer(folder).get_vocab()
    passages = list(dict.fromkeys(item.passage.text for item in items))
    questions = [item.question.text for item in items]
    seen = {w.lower() for text in (*passages, *questions) for w in WORD.findall(text)}
    words = sorted(w for w in seen if len(w) >= 3 and w in vocabulary)
    ids = torch.tensor([[vocabulary["[CLS]"], vocabulary[w], vocabulary["[SEP]"]] for w in words])
    with torch.no_grad():
        forms = model.bert.embeddings.word_embeddings(ids[:, 1]).numpy()
        parts = (ids[i : i + 256] for i in range(0, len(ids), 256))
        states = [model.bert(input_ids=part).last_hidden_state.mean(dim=1) for part in parts]
    meanings = torch.cat(states).numpy()
    pairs = zip(forms, meanings, strict=True)
    return Swapper(dict(zip(words, pairs, strict=True)), passages, questions)


def make_scorer(folder: Path, threads: int) -> Scorer:
    """Score texts by an exported reader."""
    reader = OnnxReader(folder, threads)
    return lambda question, texts: [reading.score for reading in reader.read(question, texts)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Train as the arguments say."""
    given = parser().parse_args(arguments)
    torch.set_num_threads(given.threads)
    folder = given.encoder or packaged_encoder()
    model = load_encoder(folder)
    items = collect(read(given))
    make = EasyExampleMaker if given.easy_negatives else ExampleMaker
    scorer = make_scorer(given.mine, given.threads) if given.mine else None
    maker = make(items, make_swapper(folder, items, model), scorer)
    if given.samples:
        show(maker, given.samples, given.seed)
        return
    plan = Plan(given.minutes, given.steps, given.rate, seed=given.seed, shared=given.shared)
    trainer = Trainer(load_reader(given.start, folder) if given.start else model, plan, given.out)
    signal.signal(signal.SIGTERM, trainer.stop)
    signal.signal(signal.SIGINT, trainer.stop)
    trainer.run(maker, load_tokenizer(folder))


def show(maker: ExampleMaker, count: int, seed: int) -> None:
    """Print examples, to read whether the negatives really are unanswerable."""
    examples = maker.examples(maker.epoch(str(seed), {
        "squadshifts": 1, "qamr-wikinews": 1, "qamr-wikipedia": 1, "squad2": 1, "newsroom": 1, "magazine": 1,
        "directions": 1, "details": 1, "chains": 1, "turns": 1, "asked": 1, "twins": 1, "probes": 1,
        "public": 1,
    })[:count], str(seed))  # fmt: skip
    for example in examples:
        answer = example.passage[slice(*example.span)] if example.span else "-"
        print(f"[{example.kind}] {example.question}\n    = {answer}\n    {example.passage}")


if __name__ == "__main__":
    main()
