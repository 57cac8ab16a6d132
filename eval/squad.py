"""SQuAD files: any of the form of SQuAD 1.1 or 2.0, plain or gzip.

Rajpurkar et al. 2016 (arXiv:1606.05250); Rajpurkar, Jia and Liang 2018 (arXiv:1806.03822).
"""

import gzip
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chatbot.article import Article, is_blank, make_article
from eval.collection import Collection, EvaluationError, Gold, Question, refuse, validation_problems

GZIP = b"\x1f\x8b"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
BETWEEN = "\n\n"  # the file's passages become paragraphs of one article
QUESTION_WORD = re.compile(r"\b(who|whom|whose|what|when|where|why|which|how)\b", re.IGNORECASE)


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)


class _Answer(_Part):
    text: str = Field(min_length=1)
    answer_start: int = Field(ge=0)


class _Question(_Part):
    id: str = Field(min_length=1)
    question: str
    answers: list[_Answer] = []
    is_impossible: bool = False


class _Paragraph(_Part):
    context: str
    qas: list[_Question]


class _Entry(_Part):
    title: str | None = None
    paragraphs: list[_Paragraph]


class _File(_Part):
    data: list[_Entry]


def read_squad(path: Path, *, pooled: bool = False) -> Collection:
    """Read a SQuAD file: each article of it an article, its passages joined by a blank line.

    A question that ``is_impossible``, or has no answers, is not answerable;
    ``plausible_answers`` are ignored.

    Raises:
        EvaluationError: the file cannot be read, is of another form, or an answer is not the
            passage's text at its offset; each place is named, all at once.
    """
    try:
        content = _File.model_validate_json(_read(path))
    except ValidationError as error:
        refuse(f"{path.name}: {problem}" for problem in validation_problems(error))
        raise
    refuse(f"{path.name}: {problem}" for problem in _wrong_labels(content))
    articles: list[Article] = []
    questions: list[Question] = []
    for number, entry in enumerate(content.data):
        articles.append(_article(number, entry))
        questions += _questions(articles[-1].id, entry)
    return Collection(
        name=f"{path.name}, {'all articles at once' if pooled else 'each article asked alone'}",
        command=f"python -m eval --squad {path.name}{' --pooled' if pooled else ''}",
        articles=tuple(articles),
        questions=tuple(questions),
        pooled=pooled,
    )


def question_type(question: str) -> str:
    """Give the type of a question by its first question word; ``other`` without one."""
    word = QUESTION_WORD.search(question)
    return word[1].lower() if word else "other"


def _read(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        if content.startswith(GZIP):
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise EvaluationError(f"expected a SQuAD file at {path}, got: {error}; check the path") from error
    return content.removeprefix(BYTE_ORDER_MARK)


def _wrong_labels(content: _File) -> Iterator[str]:
    if not any(paragraph.qas for entry in content.data for paragraph in entry.paragraphs):
        yield "data: expected questions, got none; choose another file"
    seen: dict[str, str] = {}
    for number, entry in enumerate(content.data):
        if is_blank("".join(paragraph.context for paragraph in entry.paragraphs)):
            yield f"data.{number}: expected an article with text, got none; remove it"
        for at, paragraph in enumerate(entry.paragraphs):
            for place, question in enumerate(paragraph.qas):
                where = f"data.{number}.paragraphs.{at}.qas.{place}"
                first = seen.setdefault(question.id, where)
                if first != where:
                    yield f"{where}.id: expected each once, got {question.id!r} again (first at {first})"
                yield from (f"{where}.{problem}" for problem in _wrong_answers(question, paragraph.context))


def _wrong_answers(question: _Question, context: str) -> Iterator[str]:
    if question.is_impossible and question.answers:
        yield "answers: expected none where is_impossible is true, got some; correct either"
    for at, answer in enumerate(question.answers):
        found = context[answer.answer_start : answer.answer_start + len(answer.text)]
        if found != answer.text:
            yield (
                f"answers.{at}: expected the passage's text at {answer.answer_start}, {found!r}, "
                f"got {answer.text!r}; offsets count Unicode code points"
            )


def _article(number: int, entry: _Entry) -> Article:
    title = (entry.title or "").replace("_", " ").strip()
    name = re.sub("[^a-z0-9]+", "-", title.lower())[:40].strip("-")
    text = BETWEEN.join(paragraph.context for paragraph in entry.paragraphs)
    return make_article(f"{number:04d}-{name}".rstrip("-"), text, title=title or None)


def _questions(article_id: str, entry: _Entry) -> Iterator[Question]:
    shift = 0
    for paragraph in entry.paragraphs:
        for question in paragraph.qas:
            yield Question(
                id=question.id,
                text=question.question,
                type=question_type(question.question),
                split="squad",
                near_miss=False,
                article_id=article_id,
                answers=tuple(dict.fromkeys(_gold(answer, shift) for answer in question.answers)),
            )
        shift += len(paragraph.context) + len(BETWEEN)


def _gold(answer: _Answer, shift: int) -> Gold:
    start = answer.answer_start + shift
    return Gold(start, start + len(answer.text), answer.text)
