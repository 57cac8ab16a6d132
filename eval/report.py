"""The report: a table to read, JSON to compute with, a page to look through."""

import json
import os
import platform
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from eval.asking import Found, Outcome, Results
from eval.conversations import FOLLOWUP_MEASURES, WAYS, Conversations
from eval.evaluation import Evaluation, SystemResults
from eval.figures import MEASURES, Figure, Figures, Measure, by_type
from eval.plots import calibration_curves, coverage_curves

VERDICTS = {
    "right": "answered rightly",
    "wrong": "answered wrongly",
    "false-refusal": "refused, though the article answers",
    "false-answer": "answered, though the article does not say",
    "right-refusal": "rightly refused",
}


def shown(figure: Figure, measure: Measure) -> str:
    """Give a figure's value for people: a share in percent, a time in milliseconds."""
    if measure.unit == "share":
        return f"{figure.value:.1%}"
    return f"{figure.value:.1f} ms" if measure.unit == "ms" else f"{figure.value:.3f}"


def beside(figure: Figure) -> str:
    """Give what belongs beside a value: a share's count and Wilson interval, or of how many it is."""
    if figure.interval is None:
        return f"n = {figure.total}"
    low, high = figure.interval
    return f"{figure.count}/{figure.total}; {100 * low:.0f} to {100 * high:.0f}"


def _cell(figure: Figure | None, measure: Measure) -> str:
    return "" if figure is None else f"{shown(figure, measure)} ({beside(figure)})"


def table(evaluation: Evaluation) -> str:
    """Give the measures of each system as a Markdown table, its columns aligned."""
    return _table(MEASURES, {one.system.name: one.figures for one in evaluation.systems})


def followups(evaluation: Evaluation) -> Iterator[str]:
    """Give for each reader that was asked the chains what was asked, a table, and what history brings."""
    for one in evaluation.systems:
        if one.conversations:
            columns: dict[str, Figures] = {way.way: way.figures for way in one.conversations}
            compared = "\n".join(compared_ways(one))
            yield f"{followups_heading(one)}\n\n{_table(FOLLOWUP_MEASURES, columns)}\n\n{compared}"


def followups_heading(one: SystemResults) -> str:
    """Say what was asked of a reader: how many chains, follow-ups and switches."""
    asked = [outcome.question for outcome in one.conversations[0].results.outcomes]
    chains = sum(question.type == "first" for question in asked)
    answerable = sum(question.answerable for question in asked if question.type != "first")
    others = len(asked) - chains - answerable
    switches = sum(question.type == "switch" for question in asked)
    return (
        f"Follow-ups, {one.system.name}: {len(asked) - chains} in {chains} chains, {answerable} answerable, "
        f"{others} not ({switches} of them topic switches)"
    )


def compared_ways(one: SystemResults) -> Iterator[str]:
    """Say in how many follow-ups each history puts a right passage first where the bare one does not."""
    bare, *others = [_right_first(way) for way in one.conversations]
    for way, right in zip(one.conversations[1:], others, strict=True):
        yield (
            f"{way.way}: a right passage first in {len(right - bare)} follow-ups where bare has none there; "
            f"the reverse in {len(bare - right)}"
        )


def _right_first(way: Conversations) -> set[str]:
    return {one.question.id for one in way.followups if first_right(way.results, one) == 1}


def _table(measures: Sequence[Measure], columns: Mapping[str, Figures]) -> str:
    header = ["", *columns]
    rows = [
        [measure.title, *(_cell(figures.get(measure.key), measure) for figures in columns.values())]
        for measure in _measured(measures, columns)
    ]
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = [header, ["-" * width for width in widths], *rows]
    return "\n".join(
        f"| {' | '.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))} |"
        for line in lines
    )


def _measured(measures: Sequence[Measure], columns: Mapping[str, Figures]) -> list[Measure]:
    return [measure for measure in measures if any(measure.key in figures for figures in columns.values())]


def heading(evaluation: Evaluation) -> str:
    """Say what was asked: how many questions, of which kinds, of how many articles."""
    questions = evaluation.collection.questions
    answerable = sum(question.answerable for question in questions)
    near = sum(question.near_miss for question in questions)
    articles = len(evaluation.collection.articles)
    return (
        f"{evaluation.collection.name}: {len(questions)} questions, {answerable} answerable, "
        f"{len(questions) - answerable} not ({near} marked as near misses); "
        f"{articles} article{'' if articles == 1 else 's'}"
    )


def notes(evaluation: Evaluation) -> Iterator[str]:
    """Say of each system what the table does not: questions refused, function and endpoint."""
    for one in evaluation.systems:
        if one.results.refused:
            names = ", ".join(one.results.refused[:10])
            yield f"{one.system.name}: {len(one.results.refused)} questions not taken, left out: {names}"
        if one.compared:
            same = one.compared - len(one.differences)
            yield f"{one.system.name}: function and endpoint gave the same bytes for {same} of {one.compared}"


def verdict(outcome: Outcome) -> str:
    """Name what became of a question: one of VERDICTS."""
    if outcome.served is None:
        return "false-refusal" if outcome.question.answerable else "right-refusal"
    if not outcome.question.answerable:
        return "false-answer"
    return "right" if outcome.served.right else "wrong"


def as_json(evaluation: Evaluation) -> str:
    """Give everything as JSON: the figures, and for each question what each system found."""
    content = {
        "collection": {
            "name": evaluation.collection.name,
            "command": evaluation.collection.command,
            "articles": {article.id: article.sha256 for article in evaluation.collection.articles},
            "questions": [asdict(question) for question in evaluation.collection.questions],
            "chains": [[asdict(turn) for turn in chain] for chain in evaluation.collection.chains],
        },
        "machine": machine(),
        "measures": [asdict(measure) for measure in MEASURES],
        "followup_measures": [asdict(measure) for measure in FOLLOWUP_MEASURES],
        "systems": [_system(one) for one in evaluation.systems],
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def machine() -> dict[str, Any]:
    """Say what the times were measured on."""
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "processor": platform.machine(),
        "cores": cores(),
    }


def cores() -> int:
    """Give the number of processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def as_page(evaluation: Evaluation) -> str:
    """Give the report as one HTML page that needs nothing beside it."""
    environment = Environment(
        loader=PackageLoader("eval"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    readers = [one for one in evaluation.systems if one.system.reads]
    return environment.get_template("report.html").render(
        evaluation=evaluation,
        heading=heading(evaluation),
        notes=list(notes(evaluation)),
        machine=machine(),
        measures=_measured(MEASURES, {one.system.name: one.figures for one in evaluation.systems}),
        every_measure={measure.key: measure for measure in MEASURES},
        shown=shown,
        beside=beside,
        coverage=coverage_curves(evaluation.systems),
        calibration=calibration_curves(evaluation.systems),
        types=by_type(readers[-1].results.outcomes) if readers else {},
        judge=readers[-1] if readers else None,
        verdict=verdict,
        verdict_counts=Counter(verdict(outcome) for outcome in readers[-1].results.outcomes) if readers else {},
        first_right=first_right,
        verdicts=VERDICTS,
        questions=_by_question(evaluation.systems),
        ways=WAYS,
        chains=_by_turn(readers[-1].conversations) if readers else [],
        followup_measures=FOLLOWUP_MEASURES,
        followups_heading=followups_heading,
        compared_ways=compared_ways,
        pieces=pieces,
    )


def pieces(found: Found, outcome: Outcome) -> tuple[tuple[str, bool], ...]:
    """Cut a text at the gold ranges: (text, whether it is gold), in order, joining to the text."""
    inside = [False] * len(found.text)
    if found.article_id == outcome.question.article_id:
        for gold in outcome.question.answers:
            for at in range(max(gold.start, found.start), min(gold.end, found.end)):
                inside[at - found.start] = True
    cuts = [at for at in range(1, len(inside)) if inside[at] != inside[at - 1]]
    starts, ends = [0, *cuts], [*cuts, len(inside)]
    return tuple((found.text[start:end], inside[start]) for start, end in zip(starts, ends, strict=True))


def first_right(results: Results, outcome: Outcome) -> int | None:
    """Give the rank of the first right passage; None when there is none."""
    right = results.right_passages[outcome.question.id]
    return next((rank for rank, passage in enumerate(outcome.ranked, start=1) if passage in right), None)


def _by_question(systems: Sequence[SystemResults]) -> list[list[tuple[SystemResults, Outcome]]]:
    """Give the outcomes of each question together, in the order they were asked."""
    rows: dict[str, list[tuple[SystemResults, Outcome]]] = {}
    for one in systems:
        for outcome in one.results.outcomes:
            rows.setdefault(outcome.question.id, []).append((one, outcome))
    return list(rows.values())


def _by_turn(conversations: Sequence[Conversations]) -> list[list[tuple[Outcome, ...]]]:
    """Give each chain's turns, and of each turn what became of it in each way."""
    chains: list[list[tuple[Outcome, ...]]] = []
    for turn in zip(*(way.results.outcomes for way in conversations), strict=True):
        if turn[0].question.type == "first":
            chains.append([])
        chains[-1].append(turn)
    return chains


def _system(one: SystemResults) -> dict[str, Any]:
    return {
        "name": one.system.name,
        "about": one.system.about,
        "settings": dict(one.system.settings),
        "ranking": one.system.mode,
        "figures": _figures(one.figures),
        "compared": one.compared,
        "differences": one.differences,
        "refused": one.results.refused,
        "outcomes": [_outcome(one.results, outcome) for outcome in one.results.outcomes],
        "conversations": [_conversations(way) for way in one.conversations],
    }


def _conversations(way: Conversations) -> dict[str, Any]:
    return {
        "way": way.way,
        "figures": _figures(way.figures),
        "outcomes": [
            _outcome(way.results, outcome) | {"added_terms": outcome.added} for outcome in way.results.outcomes
        ],
    }


def _figures(figures: Figures) -> dict[str, Any]:
    return {key: asdict(figure) | {"interval": figure.interval} for key, figure in figures.items()}


def _outcome(results: Results, outcome: Outcome) -> dict[str, Any]:
    return {
        "id": outcome.question.id,
        "ranked": outcome.ranked,
        "right_passages": sorted(results.right_passages[outcome.question.id]),
        "top": outcome.top and asdict(outcome.top),
        "served": outcome.served and asdict(outcome.served),
        "took_ms": round(outcome.took_ms, 3),
    } | ({"verdict": verdict(outcome)} if results.system.reads else {})
