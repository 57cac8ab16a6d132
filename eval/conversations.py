"""Conversations: the follow-ups of every chain asked bare and after what came before, and measured."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Literal

from chatbot.answer import Answer
from chatbot.followup import Cited, Turn
from eval.asking import Outcome, Results, Track, judge_answer, quotations, right_passages
from eval.collection import Collection, Question
from eval.figures import Figure, Figures, Measure, known, rankings, served, share, times
from eval.systems import ChatbotLike, System

Way = Literal["bare", "after questions", "after quotations"]
WAYS: dict[Way, str] = {
    "bare": "The follow-up alone, as if nothing had come before.",
    "after questions": "With the questions before it, as a client of the endpoint may send.",
    "after quotations": "With the questions before it and what was quoted for them, as the page sends them.",
}
KINDS = {
    "pronoun": "pronouns",
    "description": "descriptions",
    "ellipsis": "ellipses",
    "return": "returns",
    "standalone": "full questions",
}
FOLLOWUP_MEASURES = (
    Measure("success_1", "Success@1", "share", True, "answerable follow-ups with a right passage first"),
    *(
        Measure(f"success_1_{kind}", f"... of {name}", "share", True, f"the same, of {name} alone")
        for kind, name in KINDS.items()
    ),
    Measure("served", "right as served", "share", True, "answerable follow-ups answered, and rightly"),
    Measure("false_refusals", "false refusals", "share", False, "answerable follow-ups refused"),
    Measure("false_answers", "false answers", "share", False, "follow-ups without an answer that got one"),
    Measure("false_switches", "... to switches", "share", False, "topic switches that got an answer"),
    Measure("verbatim", "verbatim quotations", "share", True, "quotations that are the article's own text"),
    Measure("p50_ms", "p50", "ms", False, "median time of a call"),
    Measure("p95_ms", "p95", "ms", False, "time that 95 % of the calls stay under"),
)


@dataclass(frozen=True)
class Conversations:
    """All chains, asked in one way; ``results`` have the first turns too, ``figures`` do not."""

    way: Way
    results: Results
    figures: Figures

    @property
    def followups(self) -> list[Outcome]:
        """Give what became of the follow-ups."""
        return _followups(self.results.outcomes)


def converse(
    chatbot: ChatbotLike, system: System, collection: Collection, track: Track
) -> tuple[Conversations, ...]:
    """Ask a reader every chain in every way; nothing where the collection has no chains."""
    if not collection.chains:
        return ()
    turns = replace(collection, questions=tuple(turn for chain in collection.chains for turn in chain))
    right = right_passages(chatbot, turns)
    found = []
    for way in WAYS:
        outcomes = _ask(chatbot, way, turns, track(turns.questions, f"{system.name}, {way}"))
        results = Results(system, tuple(outcomes), right, ())
        found.append(Conversations(way, results, _figures(results)))
    return tuple(found)


def _ask(
    chatbot: ChatbotLike, way: Way, collection: Collection, turns: Iterable[Question]
) -> Iterator[Outcome]:
    texts = {article.id: article.text for article in collection.articles}
    history: tuple[Turn, ...] = ()
    for turn in turns:
        if turn.type == "first":
            history = ()
        asked = turn if way == "bare" else replace(turn, history=history)
        begin = perf_counter()
        answer = chatbot.answer(turn.text, history=asked.history, article_id=collection.scope(turn))
        took_ms = (perf_counter() - begin) * 1000
        yield judge_answer(asked, answer, tuple(quotations(answer)), texts, took_ms)
        history += (Turn(turn.text, _cited(answer) if way == "after quotations" else ()),)


def _cited(answer: Answer) -> tuple[Cited, ...]:
    return tuple(Cited(one.article.id, one.start, one.end) for one in answer.answers)


def _followups(outcomes: Iterable[Outcome]) -> list[Outcome]:
    return [outcome for outcome in outcomes if outcome.question.type != "first"]


def _figures(results: Results) -> dict[str, Figure]:
    asked = replace(results, outcomes=tuple(_followups(results.outcomes)))
    answerable = [outcome for outcome in asked.outcomes if outcome.question.answerable]
    switches = [outcome for outcome in asked.outcomes if outcome.question.type == "switch"]
    found = served(asked.outcomes) | times(asked.outcomes)
    found |= known(
        success_1=_success(asked),
        **{f"success_1_{kind}": _success(_of_kind(asked, kind)) for kind in KINDS},
        served=share([bool(outcome.served and outcome.served.right) for outcome in answerable]),
        false_switches=share([outcome.served is not None for outcome in switches]),
    )
    return {measure.key: found[measure.key] for measure in FOLLOWUP_MEASURES if measure.key in found}


def _success(results: Results) -> Figure | None:
    return rankings(results).get("success_1")


def _of_kind(results: Results, kind: str) -> Results:
    return replace(results, outcomes=tuple(one for one in results.outcomes if one.question.type == kind))
