"""The practice articles that no reader is trained on, and the questions on them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Any

import chatbot.training.data
from chatbot.article import Article
from chatbot.fragments import is_fragment
from chatbot.training.data import KINDS, read_practice, title_fold
from chatbot.training.examples import PRONOUN
from eval.collection import Chain, Collection, EvaluationError, Gold, Question
from eval.questions import Split
from eval.squad import BETWEEN, question_type, read_squad

PRACTICE = Path(chatbot.training.data.__file__).parent / "data"
HALVES: Mapping[int, Split] = {0: "dev", 5: "test"}  # of ten folds by title, those in the first of five
CHAINS_EACH = 2  # conversations about an article that are asked


@dataclass(frozen=True)
class _Labelled:
    """An article, its half, and where its paragraphs start in its text."""

    article: Article
    split: Split
    starts: tuple[int, ...]

    def question(self, name: str, row: Mapping[str, Any], type_: str) -> Question:
        """Give a question of a file, its golds in the article's text."""
        golds = (
            Gold(start, start + len(answer["text"]), answer["text"])
            for answer in row["answers"]
            for start in (self.starts[answer["paragraph"]] + answer["answer_start"],)
        )
        return Question(name, row["question"], type_, self.split, False, self.article.id, tuple(golds))


def practice_questions(kind: str, split: Split | None = None) -> Collection:
    """Give the questions on a kind of practice articles that no reader is trained on, or on half of them."""
    files = [read_squad(path) for path in sorted(PRACTICE.glob(f"{kind}_*.json"))]
    articles = {
        f"{number}-{article.id}": replace(article, id=f"{number}-{article.id}")
        for number, file in enumerate(files)
        for article in file.articles
        if title_fold(article.title) == 0 and split in (None, half_of(article.title))
    }
    asked = [
        replace(question, article_id=f"{number}-{question.article_id}")
        for number, file in enumerate(files)
        for question in file.questions
    ]
    kept = tuple(question for question in asked if question.article_id in articles)
    return replace(files[0], name=f"{kind}, held out", articles=tuple(articles.values()), questions=kept)


def asked_questions(split: Split | None) -> Collection:
    """Give what readers ask of half of these articles (None: of all), each of its own article alone.

    The chains are the first conversations about each article.

    Raises:
        EvaluationError: the split has no questions.
    """
    labelled = _labelled(split)
    return replace(
        _collection("asked", "what readers ask of held-out practice articles", split, labelled),
        chains=_chains("chains", labelled, CHAINS_EACH),
    )


def twin_questions(split: Split | None) -> Collection:
    """Give the pairs of questions that look alike on half of these articles (None: on all).

    One of a pair has an answer, the other, a word or three changed, has none.

    Raises:
        EvaluationError: the split has no questions.
    """
    return _collection(
        "twins", "questions in pairs that look alike on held-out practice articles", split, _labelled(split)
    )


def probe_questions(split: Split | None) -> Collection:
    """Give hard questions and conversations on half of these articles (None: on all).

    They are of the kinds that earlier readers got wrong: which of two events is meant, what came
    first, who says so, what is told in other words.

    Raises:
        EvaluationError: the split has no questions.
    """
    labelled = _labelled(split)
    return replace(
        _collection("probes", "hard questions on held-out practice articles", split, labelled),
        chains=_chains("turns", labelled),
    )


def _collection(source: str, name: str, split: Split | None, labelled: Mapping[str, _Labelled]) -> Collection:
    questions = tuple(
        one.question(f"{entry_name}:{number}", row, question_type(row["question"]))
        for entry_name, entry, one in _entries(source, labelled)
        for number, row in enumerate(entry["questions"])
    )
    if not questions:
        raise EvaluationError(
            f"expected questions of the split {split!r} in {source}_*.json, got none; add some"
        )
    asked = {question.article_id for question in questions}
    return Collection(
        name=f"{name}, {f'{split} half' if split else 'both halves'}",
        command=f"python -m eval --{source} --split {split or 'all'}",
        articles=tuple(one.article for one in labelled.values() if one.article.id in asked),
        questions=questions,
        pooled=False,
    )


def _chains(source: str, labelled: Mapping[str, _Labelled], most: int | None = None) -> tuple[Chain, ...]:
    """Give the first ``most`` conversations about each article; all by default."""
    return tuple(
        _chain(f"{name}:{number}", turns, one)
        for name, entry, one in _entries(source, labelled)
        for number, turns in enumerate(entry["chains"][:most])
    )


def half_of(title: str) -> Split:
    """Give the half of a held-out article, by its title."""
    return HALVES[title_fold(title, 10)]


def _labelled(split: Split | None) -> dict[str, _Labelled]:
    """Give the articles of a half, by title."""
    return {one.article.title: one for one in _held_out() if split in (None, one.split)}


def _held_out() -> Iterator[_Labelled]:
    paragraphs = {document.title: document.passages for document in read_practice(PRACTICE)}
    for kind in KINDS:
        for article in practice_questions(kind).articles:
            lengths = (len(passage.text) + len(BETWEEN) for passage in paragraphs[article.title])
            starts = tuple(accumulate(lengths, initial=0))
            yield _Labelled(replace(article, id=f"{kind}-{article.id}"), half_of(article.title), starts)


def _entries(
    files: str, labelled: Mapping[str, _Labelled]
) -> Iterator[tuple[str, Mapping[str, Any], _Labelled]]:
    """Give what the files say of each article, with a name for it."""
    for path in sorted(PRACTICE.glob(f"{files}_*.json")):
        for entry in json.loads(path.read_text(encoding="utf-8"))["data"]:
            if one := labelled.get(entry["title"]):
                yield f"{path.stem}:{one.article.id}", entry, one


def _chain(name: str, turns: Sequence[Mapping[str, Any]], labelled: _Labelled) -> Chain:
    return tuple(
        labelled.question(f"{name}.{number}", turn, _kind(turn["question"]) if number else "first")
        for number, turn in enumerate(turns)
    )


def _kind(question: str) -> str:
    """Give the kind of a follow-up by its form, as far as that tells."""
    if is_fragment(question):
        return "ellipsis"
    return "pronoun" if PRONOUN.search(question) else "standalone"
