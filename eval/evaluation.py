"""One evaluation: a collection, the systems that ran over it, and what came of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eval.asking import Results, Track, ask_all
from eval.collection import Collection, Question
from eval.conversations import Conversations, converse
from eval.figures import Figures, figures
from eval.systems import ChatbotLike, System

Compare = Callable[[System, ChatbotLike, Collection, Sequence[Question]], list[str]]


@dataclass(frozen=True)
class Means:
    """By what means to run.

    ``open`` gives the chatbot of a system. ``compare`` asks through the function and the
    endpoint and describes what differs; it is given ``compared`` of the questions, evenly
    spread, or all for None. ``track`` shows progress.
    """

    open: Callable[[System], ChatbotLike]
    compare: Compare
    compared: int | None
    track: Track


@dataclass(frozen=True)
class SystemResults:
    """What a system did, measured; ``differences`` are those of function and endpoint.

    ``compared`` is how many questions were asked through both. ``conversations`` are the
    chains, asked in each way.
    """

    results: Results
    figures: Figures
    compared: int
    differences: tuple[str, ...]
    conversations: tuple[Conversations, ...] = ()

    @property
    def system(self) -> System:
        """Give the system."""
        return self.results.system

    @property
    def recorded(self) -> dict[str, Figures]:
        """Give all figures, by the name that they are recorded under."""
        ways = {f"{self.system.name}, follow-ups {one.way}": one.figures for one in self.conversations}
        return {self.system.name: self.figures} | ways


@dataclass(frozen=True)
class Evaluation:
    """What the report shows."""

    collection: Collection
    systems: tuple[SystemResults, ...]


def evaluate(collection: Collection, systems: Sequence[System], means: Means) -> Evaluation:
    """Run systems over a collection; neighbours of the same settings share a chatbot."""
    done: list[SystemResults] = []
    chatbot: ChatbotLike | None = None
    try:
        for at, system in enumerate(systems):
            if chatbot is None or system.settings != systems[at - 1].settings:
                if chatbot is not None:
                    chatbot.close()
                chatbot = means.open(system)
            done.append(_run(chatbot, system, collection, means))
    finally:
        if chatbot is not None:
            chatbot.close()
    return Evaluation(collection, tuple(done))


def _run(chatbot: ChatbotLike, system: System, collection: Collection, means: Means) -> SystemResults:
    results = ask_all(chatbot, system, collection, means.track)
    asked = [outcome.question for outcome in results.outcomes]
    questions = [*spread(asked, means.compared)] if system.reads else []
    conversations = converse(chatbot, system, collection, means.track) if system.reads else ()
    followups = [one.question for way in conversations for one in way.followups if one.question.history]
    questions += spread(followups, means.compared)
    found = means.compare(system, chatbot, collection, questions) if questions else []
    return SystemResults(results, figures(results), len(questions), tuple(found), conversations)


def spread(questions: Sequence[Question], size: int | None) -> Sequence[Question]:
    """Choose ``size`` of the questions, evenly spread; all when there are no more, or for None."""
    if size is None or size >= len(questions):
        return questions
    return [questions[at * len(questions) // size] for at in range(size)]
