"""Read question-answering data: SQuAD 1.1 and 2.0 files, and QAMR's tables."""

import gzip
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from chatbot.sentences import split_sentences

HELD_OUT = ("Huguenot", "Packet_switching")
"""Articles of SQuAD 2.0's development set that are kept for measuring."""

KINDS = ("newsroom", "magazine")
"""The project's own practice articles: news, and longer reports, features and encyclopedia entries."""

ASKED = ("asked", "twins", "probes")
"""Sources of questions on these articles, each with every passage that answers.

Twins look alike; probes are of the kinds that earlier readers got wrong: which of two events, what
came first, what is told in other words.
"""

CHAINS = ("chains", "turns")
"""Sources of conversations about these articles; turns are of the kinds that earlier readers got wrong."""

PUBLIC = "public"
"""The project's own questions on passages of public data sets, which it does not hold."""

Span = tuple[int, int]
"""Characters ``[start, end)`` of a passage's text, in Unicode code points."""

BRACKETS = {
    "-LRB-": "(",
    "-RRB-": ")",
    "-LSB-": "[",
    "-RSB-": "]",
    "-LCB-": "{",
    "-RCB-": "}",
    "``": '"',
    "''": '"',
    "`": "'",
}
GLUE_LEFT = re.compile(r"^(?:[.,;:!?%)\]}]+|'s|'S|n't|N'T|'(?:re|ve|ll|d|m)|'|/|-)$")
GLUE_RIGHT = frozenset({"(", "[", "{", "$", "/", "-"})


@dataclass(frozen=True)
class Question:
    """A question on one passage; no answers means that the passage does not answer it.

    A follow-up has the turns before it in its ``history``, the last one first: what was asked
    and the words that answered it, "" where none did.
    """

    id: str
    text: str
    answers: tuple[Span, ...]
    history: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Passage:
    """A contiguous text with its sentences, the questions asked on it, and what stands before it."""

    text: str
    sentences: tuple[Span, ...]
    questions: tuple[Question, ...]
    before: str = ""


@dataclass(frozen=True)
class Document:
    """Passages that belong together, in order; ``source`` names the data set."""

    title: str
    source: str
    passages: tuple[Passage, ...]


def read_squad(path: Path, source: str) -> list[Document]:
    """Give the articles of a SQuAD 1.1 or 2.0 file, plain or ``.gz``.

    Raises:
        ValueError: If the file has another form, or an answer is not at its offset.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as stream:
        content = json.load(stream)
    if not isinstance(content, dict) or "data" not in content:
        raise ValueError(
            f"{path.name}: expected a SQuAD file (an object with 'data'), "
            f"got {type(content).__name__}: give a SQuAD 1.1 or 2.0 JSON file"
        )
    return [
        Document(
            str(article.get("title", "")),
            source,
            tuple(_squad_passage(paragraph, path.name) for paragraph in article["paragraphs"]),
        )
        for article in content["data"]
    ]


def _squad_passage(paragraph: dict[str, object], name: str) -> Passage:
    """Turn one paragraph of a SQuAD file into a passage, offsets checked."""
    text = str(paragraph["context"])
    questions = []
    for qa in paragraph["qas"]:  # type: ignore[attr-defined]
        spans = []
        for answer in qa.get("answers", []):
            start = int(answer["answer_start"])
            span = (start, start + len(answer["text"]))
            if text[slice(*span)] != answer["text"]:
                raise ValueError(
                    f"{name}: question {qa['id']}: expected {answer['text']!r} at {start}, "
                    f"found {text[slice(*span)]!r}: correct answer_start (code points)"
                )
            if answer["text"].strip():
                spans.append(span)
        questions.append(Question(str(qa["id"]), str(qa["question"]).strip(), tuple(spans)))
    return Passage(text, split_sentences(text), tuple(questions))


def read_practice(folder: Path) -> list[Document]:
    """Give the project's own articles of a folder, ``KIND_*.json`` each; the kind is the source.

    Raises:
        ValueError: If a file has another form, or an answer is not at its offset.
    """
    return [
        article
        for kind in KINDS
        for path in sorted(folder.glob(f"{kind}_*.json"))
        for article in read_squad(path, kind)
    ]


def read_chains(path: Path, articles: Iterable[Document]) -> list[Document]:
    """Give the follow-ups of a file of conversations, each with what was said before it.

    The file is named for its source ("turns_a.json"), and names its articles by title. A follow-up
    stands at every passage that answers it; one that nothing answers at the passage that answered last.

    Raises:
        ValueError: If an article is not known, or an answer is not at its offset.
    """
    source = path.stem.partition("_")[0]
    return [
        _with_questions(article, source, entry["chains"], partial(_ask_chain, f"{path.stem}:{article.title}"))
        for entry, article in _entries(path, articles)
    ]


def read_asked(path: Path, articles: Iterable[Document]) -> list[Document]:
    """Give the questions of a file that were asked of whole articles.

    The file is named for its source ("asked_a.json"), and names its articles by title. A question
    stands at every passage that answers it; one that nothing answers at the ``paragraph`` that
    seems most to.

    Raises:
        ValueError: If an article is not known, or an answer is not at its offset.
    """
    source = path.stem.partition("_")[0]
    return [
        _with_questions(article, source, entry["questions"], partial(_ask, f"{path.stem}:{article.title}"))
        for entry, article in _entries(path, articles)
    ]


def read_public(path: Path, documents: Iterable[Document]) -> list[Document]:
    """Give the project's own questions on passages of public data sets, a document for each passage.

    The file names a passage by the SHA-256 of its text, and answers by ``[start, end)`` in it, for
    the texts are not the project's to hold. Of a conversation the follow-ups are given, each with what
    was said before it. A passage that is not among the documents is left out.

    Raises:
        ValueError: If an answer is not within its passage.
    """
    passages = {text_digest(passage.text): passage for document in documents for passage in document.passages}
    found = []
    for entry in json.loads(path.read_text(encoding="utf-8"))["data"]:
        passage = passages.get(entry["sha256"])
        if passage is None:
            continue
        name = f"{path.stem}:{entry['sha256']}"
        questions = _public_turns(f"{name}:", entry.get("questions", []), passage)
        for number, chain in enumerate(entry.get("chains", [])):
            history: tuple[tuple[str, str], ...] = ()
            for turn in _public_turns(f"{name}:{number}:", chain, passage):
                if history:
                    questions.append(replace(turn, history=history))
                answered = passage.text[slice(*turn.answers[0])] if turn.answers else ""
                history = ((turn.text, answered), *history)
        found.append(Document(entry["sha256"], PUBLIC, (replace(passage, questions=tuple(questions)),)))
    return found


def _public_turns(name: str, rows: Iterable[Mapping[str, Any]], passage: Passage) -> list[Question]:
    """Give questions on a passage, their answers' offsets checked."""
    questions = []
    for number, row in enumerate(rows):
        spans = tuple((start, end) for start, end in row["answers"])
        if not all(0 <= start < end <= len(passage.text) for start, end in spans):
            raise ValueError(
                f"{name}{number}: expected answers within {len(passage.text)} characters, got {spans}"
            )
        questions.append(Question(f"{name}{number}", row["question"], spans))
    return questions


def text_digest(text: str) -> str:
    """Give the SHA-256 of a text in UTF-8, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def _entries(path: Path, articles: Iterable[Document]) -> list[tuple[Mapping[str, Any], Document]]:
    """Give a file's entries, each with the article that it names."""
    known = {article.title: article for article in articles}
    entries = json.loads(path.read_text(encoding="utf-8"))["data"]
    for entry in entries:
        if entry["title"] not in known:
            raise ValueError(f"{path.name}: expected the title of an article, got {entry['title']!r}")
    return [(entry, known[entry["title"]]) for entry in entries]


def _with_questions(
    article: Document,
    source: str,
    rows: Iterable[Any],
    ask: Callable[[int, Any, Document, Sequence[list[Question]]], None],
) -> Document:
    """Give an article with other questions: ``ask`` puts each row's to the passages that they are asked of."""
    asked: list[list[Question]] = [[] for _ in article.passages]
    for number, row in enumerate(rows):
        ask(number, row, article, asked)
    passages = (
        replace(passage, questions=tuple(questions))
        for passage, questions in zip(article.passages, asked, strict=True)
    )
    return Document(article.title, source, tuple(passages))


def _spans(answers: Sequence[Mapping[str, Any]], name: str, article: Document) -> dict[int, list[Span]]:
    """Give the spans of answers by the passage that they stand in, in the file's order."""
    spans: dict[int, list[Span]] = {}
    for answer in answers:
        start, text = answer["answer_start"], answer["text"]
        found = article.passages[answer["paragraph"]].text[start : start + len(text)]
        if found != text:
            raise ValueError(f"{name}: expected {text!r} at {start}, found {found!r}")
        spans.setdefault(answer["paragraph"], []).append((start, start + len(text)))
    return spans


def _ask(
    name: str, number: int, row: Mapping[str, Any], article: Document, asked: Sequence[list[Question]]
) -> None:
    """Put a question to the passages that answer it, or to the one that seems to."""
    spans = _spans(row["answers"], f"{name}:{number}", article)
    for paragraph in spans or [row["paragraph"]]:
        answers = tuple(spans.get(paragraph, ()))
        asked[paragraph].append(Question(f"{name}:{number}", row["question"], answers))


def _ask_chain(
    name: str,
    chain_number: int,
    chain: Sequence[Mapping[str, Any]],
    article: Document,
    asked: Sequence[list[Question]],
) -> None:
    """Put a conversation's follow-ups to the passages that they are asked of."""
    name = f"{name}:{chain_number}"
    history: tuple[tuple[str, str], ...] = ()
    last = 0
    for number, turn in enumerate(chain):
        spans = _spans(turn["answers"], f"{name}: turn {number}", article)
        last = next(iter(spans), last)
        for paragraph in (spans or [last]) if history else ():
            answers = tuple(spans.get(paragraph, ()))
            asked[paragraph].append(Question(f"{name}:{number}", turn["question"], answers, history))
        answered = turn["answers"][0]["text"] if turn["answers"] else ""
        history = ((turn["question"], answered), *history)


def detokenise(tokens: Sequence[str]) -> tuple[str, tuple[Span, ...]]:
    """Join Penn Treebank tokens to plain text; give it and each token's span."""
    text, spans, glue, quoted = "", [], True, False
    for token in tokens:
        plain = BRACKETS.get(token, token)
        opening = plain == '"' and not quoted
        if plain == '"':
            quoted = not quoted
        glue_left = bool(GLUE_LEFT.match(token)) or (plain == '"' and not opening)
        if plain in {")", "]", "}"}:
            glue_left = True
        if not glue and not glue_left:
            text += " "
        spans.append((len(text), len(text) + len(plain)))
        text += plain
        glue = opening or plain in GLUE_RIGHT
    return text, tuple(spans)


def read_qamr(tables: Iterable[Path], sentences: Path) -> list[Document]:
    """Give QAMR's documents: each sentence a passage, in the document's order.

    Every sentence of the documents is there, asked about or not. The answers of a question
    are its writer's and its two validators'; one that a validator called invalid is left out.
    """
    tokens: dict[str, list[str]] = {}
    for line in _lines(sentences):
        key, _, words = line.partition("\t")
        tokens[key] = words.split(" ")
    asked: dict[str, list[Question]] = {}
    for table in tables:
        for row, line in enumerate(_lines(table)):
            fields = line.split("\t")
            answers = _qamr_answers([fields[6], *fields[7:9]])
            if answers is None or fields[0] not in tokens:
                continue
            spans = detokenise(tokens[fields[0]])[1]
            found = tuple((spans[a[0]][0], spans[a[-1]][1]) for a in answers)
            name = f"{table.name}:{row}"
            asked.setdefault(fields[0], []).append(Question(name, fields[5].strip(), found))
    return _qamr_documents(tokens, asked)


def read_loose(
    squads: Iterable[Path], tables: Sequence[Path] = (), sentences: Path | None = None
) -> list[Document]:
    """Give passages that belong to no article: of SQuAD files, and QAMR's documents, each joined to one.

    Raises:
        ValueError: If a SQuAD file has another form, or there are tables of QAMR and no sentences.
    """
    documents = [document for path in squads for document in read_squad(path, "squadshifts")]
    if tables and sentences is None:
        raise ValueError("expected QAMR's sentences beside its tables, got none: give --qamr-sentences")
    if sentences is not None:
        documents += [
            replace(document, passages=(join(document.passages),)) for document in read_qamr(tables, sentences)
        ]
    return documents


def _lines(path: Path) -> list[str]:
    """Give the lines of a text file, plain or ``.gz``."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as stream:
        return [line.rstrip("\n") for line in stream if line.strip()]


def _qamr_answers(fields: Sequence[str]) -> list[list[int]] | None:
    """Give the contiguous answers as token indices; None if a validator objects."""
    answers = []
    for field in fields:
        value = field.partition(":")[2] if ":" in field else field
        try:
            indices = sorted(int(index) for index in value.split())
        except ValueError:  # "Invalid" or "Redundant"
            return None
        if indices and indices[-1] - indices[0] <= len(indices):
            answers.append(indices)
    return answers or None


def _qamr_documents(tokens: dict[str, list[str]], asked: dict[str, list[Question]]) -> list[Document]:
    """Group sentences to documents, ordered by paragraph and sentence number."""
    grouped: dict[str, list[tuple[tuple[int, int], str]]] = {}
    for key in tokens:
        _, source, document, paragraph, sentence = key.split(":")
        order = (int(paragraph), int(sentence))
        grouped.setdefault(f"{source}:{document}", []).append((order, key))
    documents = []
    for name, members in grouped.items():
        passages = []
        for _, key in sorted(members):
            text = detokenise(tokens[key])[0]
            passages.append(Passage(text, ((0, len(text)),), tuple(asked.get(key, ()))))
        source = "qamr-wikinews" if name.startswith("wikinews") else "qamr-wikipedia"
        documents.append(Document(name, source, tuple(passages)))
    return documents


def title_fold(title: str, folds: int = 5) -> int:
    """Give the fold of an article by the hash of its title: the same on every machine."""
    return int(hashlib.sha256(title.encode()).hexdigest(), 16) % folds


def split_by_title(
    documents: Iterable[Document], held_out: Iterable[str] | None = None
) -> tuple[list[Document], list[Document]]:
    """Give (training, held out) documents: by these titles, or fold 0 of five by hash."""
    names = None if held_out is None else set(held_out)
    train: list[Document] = []
    dev: list[Document] = []
    for document in documents:
        held = title_fold(document.title) == 0 if names is None else document.title in names
        (dev if held else train).append(document)
    return train, dev


def window(passage: Passage, first: int, last: int) -> tuple[str, int]:
    """Give the text from sentence ``first`` to ``last`` (inclusive) and where it starts."""
    start = passage.sentences[first][0]
    return passage.text[start : passage.sentences[last][1]], start


def with_before(article: Document) -> Document:
    """Give an article whose passages know the one before them; before the first stands nothing."""
    befores = ("", *(passage.text for passage in article.passages))
    passages = (
        replace(passage, before=before) for passage, before in zip(article.passages, befores, strict=False)
    )
    return replace(article, passages=tuple(passages))


def join(passages: Sequence[Passage]) -> Passage:
    """Join passages by spaces to one, with the questions of all, offsets moved."""
    text, sentences, questions = "", [], []
    for passage in passages:
        shift = len(text) + bool(text)
        text = f"{text} {passage.text}" if text else passage.text
        sentences += [(a + shift, b + shift) for a, b in passage.sentences]
        questions += [
            replace(q, answers=tuple((a + shift, b + shift) for a, b in q.answers)) for q in passage.questions
        ]
    return Passage(text, tuple(sentences), tuple(questions))
