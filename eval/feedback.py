"""``python -m eval.feedback FILE``: do the answers agree with what users said of them?

The file is what ``chatbot feedback export`` gives. Each question is asked of the article that
it was judged on, of the library and with the settings that would be served. A question with
a quotation that was called wrong, and nothing else, may have an answer or none: it counts
where the wrong quotation is looked for, and nowhere else.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from chatbot.answer import Answer
from chatbot.article import Article
from chatbot.chatbot import Chatbot
from chatbot.errors import ChatbotError
from chatbot.feedback import JudgedQuestion
from chatbot.progress import progress_bar
from chatbot.settings import load_settings
from eval.collection import EvaluationError, Range, overlaps, refuse, validation_problems
from eval.figures import Figure, Measure, share
from eval.report import beside, shown
from eval.systems import ChatbotLike

ROW = TypeAdapter(JudgedQuestion)
MEASURES = (
    Measure(
        "right", "right quotations first", "share", True, "the first quotation shares a character with one"
    ),
    Measure("passage", "right passages first", "share", True, "... with a right quotation or a right passage"),
    Measure(
        "wrong", "wrong quotations gone", "share", True, "... with none of the wrong ones, or there is none"
    ),
    Measure("answered", "answerable answered", "share", True, "there is a quotation"),
    Measure("refused", "unanswerable refused", "share", True, "there is none"),
)


@dataclass(frozen=True)
class Agreement:
    """A judged question and, by measure, whether its answer agrees with what users said."""

    row: JudgedQuestion
    agrees: dict[str, bool]


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask, count and print; 0, or 2 on an error."""
    parser = argparse.ArgumentParser("python -m eval.feedback", description=__doc__)
    parser.add_argument("file", type=Path, metavar="FILE", help="what `chatbot feedback export` gave")
    options = parser.parse_args(arguments)
    try:
        rows = read_rows(options.file)
        with progress_bar() as progress, Chatbot.open(load_settings(), progress) as chatbot:
            check_rows(rows, {article.id: article for article in chatbot.articles})
            lines = "\n".join(report([agreement(row, ask(chatbot, row)) for row in rows]))
    except ChatbotError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    sys.stdout.write(f"{lines}\n")
    return 0


def read_rows(path: Path) -> tuple[JudgedQuestion, ...]:
    """Read an export.

    Raises:
        EvaluationError: it cannot be read, or lines of it are of another form; all are named.
    """
    try:
        lines = path.read_bytes().decode("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"expected exported feedback at {path}, got: {error}; check the file") from error
    rows: list[JudgedQuestion] = []
    faults: list[str] = []
    for number, line in enumerate(lines, start=1):
        try:
            rows += [ROW.validate_json(line)] if line.strip() else []
        except ValidationError as error:
            faults += (f"{path.name}:{number}: {problem}" for problem in validation_problems(error))
    refuse(faults)
    return tuple(rows)


def check_rows(rows: Sequence[JudgedQuestion], articles: Mapping[str, Article]) -> None:
    """Hold rows to the articles' texts.

    Raises:
        EvaluationError: an article has gone or changed, or a range has other words; all are named.
    """
    refuse(f"{row.id}: {problem}" for row in rows for problem in _faults(row, articles))


def ask(chatbot: ChatbotLike, row: JudgedQuestion) -> Answer:
    """Ask a row's question of its article."""
    return chatbot.answer(row.question, article_id=row.article_id)


def agreement(row: JudgedQuestion, answer: Answer) -> Agreement:
    """Compare an answer with what users said; a measure that they said nothing for is left out."""
    first = answer.answers[0] if answer.answers else None

    def meets(ranges: Sequence[Range]) -> bool:
        return first is not None and any(overlaps(one, first) for one in ranges)

    agrees: dict[str, bool] = {}
    if row.answers:
        agrees["right"] = meets(row.answers)
    if row.answers or row.passages:
        agrees["passage"] = meets([*row.answers, *row.passages])
    if row.wrong:
        agrees["wrong"] = not meets(row.wrong)
    if row.answerable is not None:
        agrees["answered" if row.answerable else "refused"] = (first is not None) == row.answerable
    return Agreement(row, agrees)


def figures(agreements: Sequence[Agreement]) -> dict[str, Figure]:
    """Count, by measure, how many answers agree."""
    found = {
        measure.key: share([one.agrees[measure.key] for one in agreements if measure.key in one.agrees])
        for measure in MEASURES
    }
    return {key: figure for key, figure in found.items() if figure is not None}


def report(agreements: Sequence[Agreement]) -> Iterator[str]:
    """Give the measures, and below them every question whose answer disagrees."""
    yield f"feedback: {len(agreements)} questions judged by users"
    found = figures(agreements)
    for measure in MEASURES:
        if measure.key in found:
            figure = found[measure.key]
            yield f"{measure.title}: {shown(figure, measure)} ({beside(figure)})"
    for one in agreements:
        failed = [measure.title for measure in MEASURES if not one.agrees.get(measure.key, True)]
        if failed:
            yield f"{one.row.id} {one.row.question!r} is not among: {', '.join(failed)}"


def _faults(row: JudgedQuestion, articles: Mapping[str, Article]) -> Iterator[str]:
    article = articles.get(row.article_id)
    if article is None:
        yield f"expected one of the library's {len(articles)} articles, got {row.article_id!r}; export it anew"
        return
    if article.sha256 != row.sha256:
        yield f"expected the text with sha256 {row.sha256}, got {article.sha256}: export it anew"
        return
    for one in (*row.answers, *row.passages, *row.wrong):
        if not 0 <= one.start < one.end or article.text[one.start : one.end] != one.text:
            yield f"expected {one.text!r} at [{one.start}, {one.end}), got other words; export it anew"


if __name__ == "__main__":
    sys.exit(main())
