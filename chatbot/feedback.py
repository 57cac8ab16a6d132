"""Feedback: what users said of answers, kept in a file of its own (SQLite, WAL).

It holds the question, the range that was judged, the digest of the text and the label:
nothing about the person. Building the library anew leaves it as it is.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal, get_args

from chatbot.article import Article
from chatbot.database import remedy
from chatbot.errors import QuestionError, StoreError
from chatbot.passages import paragraphs, trim

Label = Literal["right", "wrong_words", "wrong"]
LABELS: tuple[Label, ...] = get_args(Label)

FILE_NAME = "feedback.sqlite"
SCHEMA_VERSION = 1
BUSY_TIMEOUT_S = 10.0
SCHEMA = """
CREATE TABLE IF NOT EXISTS feedback (
    question TEXT NOT NULL, article_id TEXT NOT NULL, sha256 TEXT NOT NULL,
    "start" INTEGER, "end" INTEGER, label TEXT NOT NULL, created TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS judged
    ON feedback (question, article_id, sha256, IFNULL("start", -1), IFNULL("end", -1));
"""
# A label of the same question and range replaces the former; the same label again changes nothing.
ADD = """
INSERT INTO feedback VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (question, article_id, sha256, IFNULL("start", -1), IFNULL("end", -1))
DO UPDATE SET label = excluded.label, created = excluded.created WHERE label <> excluded.label
"""


class StaleFeedbackError(ValueError):
    """Refuse feedback on an article's text that is not its text now."""


@dataclass(frozen=True)
class Feedback:
    """A user's label of an answer to a question.

    ``[start, end)`` is the quotation that was judged, in the article's text with the digest
    ``sha256``; both are None where the refusal to answer was judged. Of a quotation ``right``
    says that it answers, ``wrong_words`` that its passage does and it does not, ``wrong``
    that neither does. Of a refusal ``right`` says that the article does not answer,
    ``wrong`` that it does.
    """

    question: str
    article_id: str
    sha256: str
    start: int | None
    end: int | None
    label: Label


def check_feedback(feedback: Feedback, article: Article) -> None:
    """Hold feedback to the article that it names.

    Raises:
        StaleFeedbackError: the article's text has another digest now.
        QuestionError: the range is not one of the text, or the label not one of a refusal.
    """
    if feedback.sha256 != article.sha256:
        raise StaleFeedbackError(
            f"expected the sha256 of the text that {article.id} has now, {article.sha256}, got "
            f"{feedback.sha256}; the article has changed since: ask again and judge the new answer"
        )
    start, end, length = feedback.start, feedback.end, len(article.text)
    if start is None and end is None:
        if feedback.label == "wrong_words":
            raise QuestionError(
                "label",
                "expected right or wrong for an answer without quotation, got wrong_words; send start and end",
            )
    elif start is None or end is None or not 0 <= start < end <= length or not trim(article.text, start, end):
        raise QuestionError(
            "end",
            f"expected 0 <= start < end <= {length}, not of white space alone, or both null for an answer "
            f"without quotation, got {start} and {end}; send the quotation's own",
        )


@dataclass(frozen=True)
class JudgedRange:
    """A range of the article's text, and its words."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class JudgedQuestion:
    """What users said of the answers to one question on one article.

    ``answers`` are whole quotations that answer, ``passages`` paragraphs that hold the
    answer though other words of theirs were quoted, ``wrong`` quotations that do not
    answer: whether the article does is then not known, and ``answerable`` is None unless
    another label says so.
    """

    id: str
    question: str
    article_id: str
    sha256: str
    answerable: bool | None
    answers: tuple[JudgedRange, ...]
    passages: tuple[JudgedRange, ...]
    wrong: tuple[JudgedRange, ...]


class FeedbackStore:
    """The feedback of a data folder; opened anew for each use, so any thread may use it."""

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / FILE_NAME

    def add(self, feedback: Feedback, at: datetime) -> None:
        """Keep one label; another of the same question and range is replaced.

        Raises:
            StoreError: the file cannot be opened or written, or is of a later version.
        """
        with self._open() as connection:
            connection.execute(ADD, (*astuple(feedback), at.astimezone(UTC).isoformat(timespec="seconds")))

    def all(self) -> tuple[Feedback, ...]:
        """Give every label, in the order that questions were first judged; none without a file.

        Raises:
            StoreError: the file cannot be read, or is of a later version.
        """
        if not self.path.exists():
            return ()
        with self._open() as connection:
            rows = connection.execute(
                'SELECT question, article_id, sha256, "start", "end", label FROM feedback ORDER BY rowid'
            )
            return tuple(Feedback(*row) for row in rows)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(
                sqlite3.connect(self.path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
            ) as connection:
                self._prepare(connection)
                yield connection
        except (OSError, sqlite3.OperationalError) as error:
            raise StoreError(
                f"expected feedback that can be read and written at {self.path}, got: {error}; {remedy(error)}"
            ) from error
        except sqlite3.DatabaseError as error:
            raise StoreError(
                f"expected feedback at {self.path}, got: {error}; it is damaged: move the file away, and "
                "feedback begins anew"
            ) from error

    def _prepare(self, connection: sqlite3.Connection) -> None:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            raise StoreError(
                f"expected feedback of version {SCHEMA_VERSION} or earlier at {self.path}, got {version}: "
                "a later release wrote it; use that one, or move the file away"
            )
        if version < SCHEMA_VERSION:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(f"{SCHEMA} PRAGMA user_version = {SCHEMA_VERSION};")


def count_feedback(every: Iterable[Feedback]) -> Counter[tuple[Label, bool]]:
    """Count labels, each by whether a quotation was judged (else a refusal)."""
    return Counter((one.label, one.start is not None) for one in every)


def judged_questions(
    every: Iterable[Feedback], articles: Mapping[str, Article]
) -> tuple[tuple[JudgedQuestion, ...], tuple[str, ...]]:
    """Join labels to one row for each question and article, for the evaluation.

    Left out, and described in the second tuple: labels on a text that has changed or gone,
    and questions of which both were said, that the article answers and that it does not.
    """
    groups: dict[tuple[str, str], list[Feedback]] = {}
    left_out: list[str] = []
    for one in every:
        article = articles.get(one.article_id)
        if article is not None and article.sha256 == one.sha256:
            groups.setdefault((one.article_id, one.question), []).append(one)
        else:
            left_out.append(f"{one.question!r}: the text of {one.article_id} is not the one that was judged")
    rows = []
    for (article_id, question), labels in groups.items():
        said = {_says(one) for one in labels} - {None}
        if len(said) == 2:
            left_out.append(f"{question!r}: {article_id} was said to answer it, and not to")
        else:
            rows.append(_join(labels, articles[article_id], next(iter(said), None)))
    return tuple(rows), tuple(left_out)


def _says(one: Feedback) -> bool | None:
    """Tell whether a label says that the article answers; None where it says neither."""
    if one.start is None:
        return one.label == "wrong"
    return None if one.label == "wrong" else True


def _join(labels: Sequence[Feedback], article: Article, answerable: bool | None) -> JudgedQuestion:
    ranges: dict[Label, list[JudgedRange]] = {label: [] for label in LABELS}
    for one in labels:
        if one.start is not None and one.end is not None:
            start, end = (
                _paragraph(article.text, one.start) if one.label == "wrong_words" else (one.start, one.end)
            )
            ranges[one.label].append(JudgedRange(start, end, article.text[start:end]))
    digest = sha256(f"{article.id}\0{labels[0].question}".encode()).hexdigest()
    return JudgedQuestion(
        id=f"f-{digest[:12]}",
        question=labels[0].question,
        article_id=article.id,
        sha256=article.sha256,
        answerable=answerable,
        answers=tuple(ranges["right"]),
        passages=tuple(dict.fromkeys(ranges["wrong_words"])),
        wrong=tuple(ranges["wrong"]),
    )


def _paragraph(text: str, at: int) -> tuple[int, int]:
    """Give the ``[start, end)`` of the paragraph that a quotation begins in."""
    return next((start, end) for (start, end), _ in paragraphs(text) if at < end)
