"""Measure an exported reader: ``python -m chatbot.training.measure --help``."""

import argparse
import json
import random
import re
import string
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from scipy.stats import rankdata
from tokenizers import Tokenizer
from tqdm import tqdm

from chatbot.context import lead_in
from chatbot.training.data import (
    ASKED,
    HELD_OUT,
    KINDS,
    PUBLIC,
    Document,
    Passage,
    Question,
    Span,
    read_asked,
    read_loose,
    read_practice,
    read_public,
    read_squad,
    split_by_title,
    title_fold,
    with_before,
)
from chatbot.training.export import INPUTS, MAX_ANSWER_TOKENS, OUTPUTS
from chatbot.training.features import load_tokenizer
from chatbot.training.ranking import BM25

DEV = 0  # of ten folds by title


@dataclass(frozen=True)
class Reading:
    """The best span of one passage and how much better it is than no answer (log-odds)."""

    score: float
    span: Span


class OnnxReader:
    """Read passages with an exported graph."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        """Load ``model.onnx`` and ``tokenizer.json`` of a folder."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer: Tokenizer = load_tokenizer(folder)

    def read(self, question: str, passages: Sequence[str], leads: Sequence[str] = ()) -> list[Reading]:
        """Give the best span of each passage, in the passages' order.

        Each is read behind its lead, the words before it, if leads are given; no span is in them.
        """
        readings: list[Reading | None] = [None] * len(passages)
        windows = []
        before = [f"{lead} " if lead else "" for lead in leads or [""] * len(passages)]
        pairs = [(question, lead + text) for lead, text in zip(before, passages, strict=True)]
        for row, encoding in enumerate(self._tokenizer.encode_batch(pairs)):
            windows += [(row, len(before[row]), window) for window in (encoding, *encoding.overflowing)]
        windows.sort(key=lambda one: len(one[2].ids))
        for begin in range(0, len(windows), 8):
            for row, reading in self._batch(windows[begin : begin + 8]):
                best = readings[row]
                if best is None or reading.score > best.score:
                    readings[row] = reading
        return [reading for reading in readings if reading is not None]

    def _batch(self, windows: Sequence[tuple[int, int, object]]) -> list[tuple[int, Reading]]:
        """Read a few windows of like length at once; each has its passage's number and its lead's length."""
        width = max(len(w.ids) for *_, w in windows)  # type: ignore[attr-defined]
        feed = {name: np.zeros((len(windows), width), np.int64) for name in INPUTS}
        for row, (*_, w) in enumerate(windows):
            n = len(w.ids)  # type: ignore[attr-defined]
            feed["input_ids"][row, :n] = w.ids  # type: ignore[attr-defined]
            feed["token_type_ids"][row, :n] = w.type_ids  # type: ignore[attr-defined]
            feed["attention_mask"][row, :n] = 1
        starts, ends = self._session.run(list(OUTPUTS), feed)
        return [
            (number, best_span(start, end, w, lead))
            for (number, lead, w), start, end in zip(windows, starts, ends, strict=True)
        ]


def best_span(
    start: npt.NDArray[np.float32], end: npt.NDArray[np.float32], window: object, lead: int = 0
) -> Reading:
    """Give the best span of a window, at most ``MAX_ANSWER_TOKENS`` long, against no answer.

    The text's first characters, ``lead`` many, are none of the passage's.
    """
    offsets = window.offsets  # type: ignore[attr-defined]
    kinds = window.sequence_ids  # type: ignore[attr-defined]
    tokens = np.array([i for i, kind in enumerate(kinds) if kind == 1 and offsets[i][0] >= lead])
    pairs = start[tokens][:, None] + end[tokens][None, :]
    length = np.arange(len(tokens))[None, :] - np.arange(len(tokens))[:, None]
    pairs = np.where((length >= 0) & (length < MAX_ANSWER_TOKENS), pairs, -np.inf)
    first, last = np.unravel_index(int(np.argmax(pairs)), pairs.shape)
    span = (offsets[tokens[first]][0] - lead, offsets[tokens[last]][1] - lead)
    return Reading(float(pairs[first, last] - start[0] - end[0]), span)


def normalise(text: str) -> list[str]:
    """Give the words that SQuAD compares: lower case, no articles, no punctuation."""
    bare = "".join(c for c in text.lower() if c not in set(string.punctuation))
    return re.sub(r"\b(a|an|the)\b", " ", bare).split()


def f1(found: str, golds: Sequence[str]) -> float:
    """Give the best token F1 of a span over the annotators' answers."""
    best = 0.0
    for gold in golds:
        a, b = normalise(found), normalise(gold)
        same = sum((Counter(a) & Counter(b)).values())
        best = max(best, 2 * same / (len(a) + len(b)) if a or b else 1.0)
    return best


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Give the chance that a positive scores above a negative (Mann-Whitney U)."""
    ranks = rankdata([*positive, *negative])[: len(positive)]
    n, m = len(positive), len(negative)
    return float((ranks.sum() - n * (n + 1) / 2) / (n * m))


def sample(documents: Sequence[Document], count: int, seed: int) -> list[tuple[Document, int, Question]]:
    """Give so many questions, by chance, each with its document and its passage's index."""
    asked = [
        (document, number, question)
        for document in documents
        for number, passage in enumerate(document.passages)
        for question in passage.questions
    ]
    return random.Random(seed).sample(asked, min(count, len(asked)))


def measure_ranking(
    reader: OnnxReader, documents: Sequence[Document], count: int, seed: int = 0
) -> dict[str, float]:
    """Ask a sample of questions, each of its own article, over BM25's first six passages."""
    documents = [with_before(document) for document in documents]
    asked = sample(documents, count, seed)
    indexes = {id(d): BM25([p.text for p in d.passages]) for d in documents}
    bm25, right, exact, f1s, given = 0, 0, 0, [], []
    for document, number, question in tqdm(asked, desc="ranking", leave=False, mininterval=5):
        top = indexes[id(document)].top(question.text, 6)
        passages = [document.passages[i] for i in top]
        readings = reader.read(question.text, [one.text for one in passages], leads(passages))
        golds = [document.passages[number].text[a:b] for a, b in question.answers]
        bm25 += bool(top) and top[0] == number
        if not readings:
            f1s.append(0.0)
            continue
        best = max(range(len(top)), key=lambda i: readings[i].score)
        found = document.passages[top[best]].text[slice(*readings[best].span)]
        right += top[best] == number
        f1s.append(f1(found, golds))
        exact += any(normalise(found) == normalise(gold) for gold in golds)
        if number in top:
            own = document.passages[number].text[slice(*readings[top.index(number)].span)]
            given.append(f1(own, golds))
    n = len(asked)
    return {
        "questions": n,
        "bm25 Success@1": bm25 / n,
        "Success@1": right / n,
        "EM": exact / n,
        "F1": sum(f1s) / n,
        "F1 given the passage": sum(given) / max(1, len(given)),
    }


def measure_abstaining(reader: OnnxReader, documents: Sequence[Document]) -> dict[str, float]:
    """Ask each question of its own passage: can answerable ones be told from the others?"""
    scores: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    passages = [p for d in documents for p in d.passages]
    for passage in tqdm(passages, desc="abstaining", leave=False, mininterval=5):
        for question in passage.questions:
            reading = reader.read(question.text, [passage.text])[0]
            golds = [passage.text[a:b] for a, b in question.answers]
            got = f1(passage.text[slice(*reading.span)], golds) if golds else 0.0
            scores[bool(golds)].append((reading.score, got))
    return _abstaining(scores)


def _abstaining(scores: dict[bool, list[tuple[float, float]]]) -> dict[str, float]:
    """Give AUROC, and the best F1 over all thresholds (no answer rightly given counts 1)."""
    yes, no = scores[True], scores[False]
    everything = sorted([(s, f, 0.0) for s, f in yes] + [(s, 0.0, 1.0) for s, _ in no])
    total = sum(f for _, f in yes)
    best = total
    for _, when_answered, when_not in everything:
        total += when_not - when_answered
        best = max(best, total)
    return {
        "answerable": len(yes),
        "not": len(no),
        "AUROC": auroc([s for s, _ in yes], [s for s, _ in no]),
        "F1 of the answerable": sum(f for _, f in yes) / len(yes),
        "best F1": best / len(everything),
    }


def leads(passages: Sequence[Passage]) -> list[str]:
    """Give what each passage of an article is read behind, as when it is served."""
    return [lead_in(passage.before) for passage in passages]


@dataclass(frozen=True)
class Asked:
    """A question of an article, with its answers by the number of the paragraph that holds them."""

    article: Document
    text: str
    answers: Mapping[int, tuple[Span, ...]]


def asked_of(article: Document) -> list[Asked]:
    """Give the questions of an article, each once though several of its paragraphs answer it."""
    found: dict[str, Asked] = {}
    for number, passage in enumerate(article.passages):
        for question in passage.questions:
            known = found.get(question.id, Asked(article, question.text, {}))
            answers = {number: question.answers} if question.answers else {}
            found[question.id] = replace(known, answers={**known.answers, **answers})
    return list(found.values())


def measure_articles(
    reader: OnnxReader, articles: Sequence[Document], count: int, seed: int = 0
) -> dict[str, float]:
    """Ask a sample of questions, each of all paragraphs of its article; take the best.

    It is right if its paragraph is known to answer, or if its words are nearly the answer's (F1 of
    0.5 at least): of some questions only one paragraph is known.
    """
    scores: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    right = 0
    every = [asked for article in articles for asked in asked_of(with_before(article))]
    chosen = random.Random(seed).sample(every, min(count, len(every)))
    for asked in tqdm(chosen, desc="articles", leave=False, mininterval=5):
        texts = [passage.text for passage in asked.article.passages]
        readings = reader.read(asked.text, texts, leads(asked.article.passages))
        best = max(range(len(texts)), key=lambda i: readings[i].score)
        golds = [texts[number][a:b] for number, spans in asked.answers.items() for a, b in spans]
        found = texts[best][slice(*readings[best].span)]
        got = f1(found, golds) if golds else 0.0
        scores[bool(golds)].append((readings[best].score, got))
        right += best in asked.answers or got >= 0.5
    answered = _abstaining(scores)
    return {**answered, "Success@1": right / max(1, answered["answerable"])}


def held_out(folder: Path) -> dict[str, list[Document]]:
    """Give the project's own articles to choose a reader by, by kind, and what is asked of them.

    It is half of those that no reader is trained on; the evaluation reports on the other half.
    """
    practice = read_practice(folder)
    files = [path for source in ASKED for path in sorted(folder.glob(f"{source}_*.json"))]
    asked = [one for path in files for one in read_asked(path, practice)]
    documents = [document for document in (*practice, *asked) if title_fold(document.title, 10) == DEV]
    return {source: [d for d in documents if d.source == source] for source in (*KINDS, *ASKED)}


def public_held_out(folder: Path, documents: Sequence[Document]) -> list[Document]:
    """Give the questions on public data sets' passages to choose a reader by, of a tenth of the passages.

    On some of the passages readers are trained with the data sets' own questions. Follow-ups are left out.
    """
    files = sorted(folder.glob(f"{PUBLIC}_*.json"))
    asked = [document for path in files for document in read_public(path, documents)]
    return [
        replace(document, passages=tuple(map(_without_follow_ups, document.passages)))
        for document in asked
        if title_fold(document.title, 10) == DEV
    ]


def _without_follow_ups(passage: Passage) -> Passage:
    return replace(passage, questions=tuple(q for q in passage.questions if not q.history))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write JSON if asked to."""
    command = argparse.ArgumentParser(prog="chatbot.training.measure", description=__doc__)
    command.add_argument("reader", type=Path, help="folder with model.onnx and tokenizer.json")
    command.add_argument("--ranking", type=Path, help="a SQuAD file of articles to rank in")
    command.add_argument("--abstaining", type=Path, help="a SQuAD 2.0 file; its held-out articles")
    command.add_argument("--loose", type=Path, nargs="*", default=[], help="SQuAD files of unrelated passages")
    command.add_argument("--qamr-sentences", type=Path, help="QAMR's wiki-sentences.tsv")
    command.add_argument("--practice", type=Path, default=Path(__file__).parent / "data")
    command.add_argument("--count", type=int, default=300, help="questions to ask, of articles")
    command.add_argument("--threads", type=int, default=1)
    command.add_argument("--json", type=Path, help="write the figures here too")
    given = command.parse_args(arguments)
    reader = OnnxReader(given.reader, given.threads)
    figures: dict[str, dict[str, float]] = {}
    for kind, articles in held_out(given.practice).items():
        if articles:
            figures[kind] = measure_articles(reader, articles, given.count)
    texts = read_loose(given.loose, sentences=given.qamr_sentences)
    if given.abstaining:
        trained, held = split_by_title(read_squad(given.abstaining, "squad2"), HELD_OUT)
        texts += trained
        figures["abstaining"] = measure_abstaining(reader, held)
    if public := public_held_out(given.practice, texts):
        figures["public"] = measure_abstaining(reader, public)
    if given.ranking:
        documents = read_squad(given.ranking, "ranking")
        figures["ranking"] = measure_ranking(reader, documents, given.count)
    for name, values in figures.items():
        print(f"{name:12}", "  ".join(f"{k} {v:.3f}" for k, v in values.items()))
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
