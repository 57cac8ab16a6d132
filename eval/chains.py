"""The fixed follow-up chains: conversations written by hand, checked against the article's text."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from chatbot.article import Article
from eval.collection import Chain, Collection, EvaluationError, Question
from eval.questions import (
    FOLDER,
    Label,
    Split,
    gold_ranges,
    read_rows,
    unknown_article,
    wrong_labels,
)

Kind = Literal["first", "pronoun", "description", "ellipsis", "switch", "return", "standalone"]

CHAINS = FOLDER / "followups.jsonl"


class _Turn(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    question: str = Field(pattern=r"\S")
    kind: Kind
    answers: list[Label]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    id: str = Field(pattern=r"\S")
    split: Split
    article_id: str
    turns: list[_Turn] = Field(min_length=2, max_length=5)


def with_chains(collection: Collection, split: Split | None, path: Path = CHAINS) -> Collection:
    """Add the chains of a split (None: all) that are on the collection's articles.

    Raises:
        EvaluationError: a label is wrong, or the split has no chains.
    """
    articles = {article.id: article for article in collection.articles}
    chains = tuple(chain for chain in load_chains(path, articles) if split in (None, chain[0].split))
    if not chains:
        raise EvaluationError(f"expected chains of the split {split!r} in {path.name}, got none; add some")
    return replace(collection, chains=chains)


def load_chains(path: Path, articles: Mapping[str, Article]) -> tuple[Chain, ...]:
    """Read the chains and hold every label to the text that it points into.

    The type of each question is its turn's kind; its id the chain's, a dot, and the turn's
    number from 1.

    Raises:
        EvaluationError: chains are wrong; each is named with file and line, all at once.
    """
    seen: dict[tuple[str, ...], int] = {}
    rows = read_rows(
        path, _Row, lambda row, line: (*_wrong_turns(row, articles), *_repetitions(row, seen, line))
    )
    return tuple(map(_chain, rows))


def _wrong_turns(row: _Row, articles: Mapping[str, Article]) -> Iterator[str]:
    article = articles.get(row.article_id)
    if article is None:
        yield unknown_article(row.article_id, articles)
    for at, turn in enumerate(row.turns):
        problems = list(wrong_labels(turn.answers, article.text)) if article else []
        before = [earlier.kind for earlier in row.turns[:at]]
        yield from (f"turns.{at}.{problem}" for problem in (*problems, *_wrong_kind(turn, before)))


def _wrong_kind(turn: _Turn, before: list[Kind]) -> Iterator[str]:
    if (turn.kind == "first") == bool(before):
        yield f"kind: expected 'first' for the first turn alone, got {turn.kind!r}; change it"
    if turn.kind == "switch" and turn.answers:
        yield "answers: expected none for a switch, which leaves the article, got some; remove them"
    if turn.kind == "return" and "switch" not in before:
        yield "kind: expected a switch before a return, got none; change it"


def _repetitions(row: _Row, seen: dict[tuple[str, ...], int], number: int) -> Iterator[str]:
    for field, value in (("id", (row.id,)), ("turns", tuple(turn.question for turn in row.turns))):
        first = seen.setdefault((field, *value), number)
        if first != number:
            got = ", ".join(value)
            yield f"{field}: expected each once, got {got} again (first on line {first}); change one"


def _chain(row: _Row) -> Chain:
    return tuple(
        Question(
            id=f"{row.id}.{number}",
            text=turn.question,
            type=turn.kind,
            split=row.split,
            near_miss=False,
            article_id=row.article_id,
            answers=gold_ranges(turn.answers),
        )
        for number, turn in enumerate(row.turns, start=1)
    )
