"""The fixed questions: JSON lines written by hand, checked against the article's text."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chatbot.article import Article, load_article
from eval.collection import Collection, EvaluationError, Gold, Question, refuse, validation_problems

Split = Literal["dev", "test"]
Type = Literal[
    "who", "whom", "what", "which", "when", "where", "why", "how", "how_many",
    "yes_no", "terse", "paraphrase", "misspelt",
]  # fmt: skip
Row = TypeVar("Row", bound=BaseModel)
SPLITS: tuple[Split, ...] = get_args(Split)

FOLDER = Path(__file__).parent
QUESTIONS = FOLDER / "questions.jsonl"
DIGESTS = FOLDER / "articles.json"  # article id: sha256 of the text that the labels were made for


class Label(BaseModel):
    """A range of the article's text that answers, as a file has it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    start: int
    end: int
    text: str


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    id: str = Field(pattern=r"\S")
    question: str = Field(pattern=r"\S")
    type: Type
    split: Split
    near_miss: bool
    article_id: str
    answers: list[Label]


def fixed_questions(
    seeds: Path, split: Split | None, *, path: Path = QUESTIONS, digests: Path = DIGESTS
) -> Collection:
    """Load the fixed questions of a split (None: all) and the articles that they are on.

    Every question is asked of all these articles at once, as users ask.

    Raises:
        EvaluationError: a label is wrong, or an article is not the one it was made for.
        ArticleError: an article cannot be read.
    """
    articles = load_labelled_articles(seeds, digests)
    questions = load_questions(path, articles)
    chosen = tuple(question for question in questions if split in (None, question.split))
    if not chosen:
        raise EvaluationError(f"expected questions of the split {split!r} in {path.name}, got none; add some")
    return Collection(
        name=f"the fixed questions, {f'{split} half' if split else 'both halves'}",
        command=f"python -m eval --split {split or 'all'}",
        articles=tuple(articles.values()),
        questions=chosen,
        pooled=True,
    )


def load_labelled_articles(seeds: Path, digests: Path) -> dict[str, Article]:
    """Read the articles that the labels were made for, and hold each to its digest.

    Raises:
        EvaluationError: the text of an article has changed.
        ArticleError: an article cannot be read.
    """
    expected: dict[str, str] = json.loads(digests.read_text("utf-8"))
    articles = {article_id: load_article(seeds / f"{article_id}.txt") for article_id in expected}
    refuse(
        f"{digests.name}: expected {article_id}.txt with the sha256 {expected[article_id]} that its labels "
        f"were made for, got {article.sha256}; restore the text, or check every label and record the digest"
        for article_id, article in articles.items()
        if article.sha256 != expected[article_id]
    )
    return articles


def load_questions(path: Path, articles: Mapping[str, Article]) -> tuple[Question, ...]:
    """Read the questions and hold every label to the text that it points into.

    Raises:
        EvaluationError: labels are wrong; each is named with file and line, all at once.
    """
    seen: dict[tuple[str, str], int] = {}
    rows = read_rows(path, _Row, lambda row, line: (*_wrong_row(row, articles), *_repetitions(row, seen, line)))
    return tuple(map(_question, rows))


def read_rows(path: Path, form: type[Row], problems_of: Callable[[Row, int], Iterable[str]]) -> list[Row]:
    """Read a file of one JSON object a line, each held to its form and to what ``problems_of`` says.

    Raises:
        EvaluationError: rows are wrong; each is named with file and line, all at once.
    """
    errors: list[str] = []
    rows: list[Row] = []
    for number, line in _read_lines(path):
        try:
            row = form.model_validate_json(line)
        except ValidationError as error:
            problems = list(validation_problems(error))
        else:
            problems = list(problems_of(row, number))
            rows.append(row)
        errors += (f"{path.name}:{number}: {problem}" for problem in problems)
    refuse(errors)
    return rows


def _read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Give each line that is not blank, with its number from 1.

    Raises:
        EvaluationError: the file cannot be read as UTF-8.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"expected questions in UTF-8 at {path}, got: {error}; check the file") from error
    # not splitlines(): it would also cut at characters that JSON allows inside a string
    return ((number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip())


def _wrong_row(row: _Row, articles: Mapping[str, Article]) -> Iterator[str]:
    if row.near_miss and row.answers:
        yield "near_miss: expected no answers for a near miss, got some; remove them or near_miss"
    article = articles.get(row.article_id)
    if article is None:
        yield unknown_article(row.article_id, articles)
    else:
        yield from wrong_labels(row.answers, article.text)


def unknown_article(article_id: str, articles: Mapping[str, Article]) -> str:
    """Say that there is no such article, and which there are."""
    return f"article_id: expected one of {', '.join(articles)}, got {article_id!r}; correct it"


def wrong_labels(answers: Sequence[Label], text: str) -> Iterator[str]:
    """Say of each label that is not the article's text at its offsets what is wrong."""
    for at, answer in enumerate(answers):
        problem = _wrong_range(answer, text)
        if problem:
            yield f"answers.{at}: {problem}"


def _wrong_range(answer: Label, text: str) -> str | None:
    start, end = answer.start, answer.end
    if not 0 <= start < end <= len(text):
        return f"expected 0 <= start < end <= {len(text)}, got {start} and {end}; correct them"
    if text[start:end] != answer.text:
        return (
            f"expected the text at [{start}, {end}), {text[start:end]!r}, got {answer.text!r}; "
            "correct the offsets or the text"
        )
    return None


def _repetitions(row: _Row, seen: dict[tuple[str, str], int], number: int) -> Iterator[str]:
    for field, value in (("id", row.id), ("question", row.question)):
        first = seen.setdefault((field, value), number)
        if first != number:
            yield f"{field}: expected each once, got {value!r} again (first on line {first}); change one"


def _question(row: _Row) -> Question:
    return Question(
        id=row.id,
        text=row.question,
        type=row.type,
        split=row.split,
        near_miss=row.near_miss,
        article_id=row.article_id,
        answers=gold_ranges(row.answers),
    )


def gold_ranges(answers: Sequence[Label]) -> tuple[Gold, ...]:
    """Give the labels of a question as its gold ranges."""
    return tuple(Gold(answer.start, answer.end, answer.text) for answer in answers)
