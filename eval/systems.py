"""What is compared: rankings alone, and readers over them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from chatbot.answer import Answer, Quotation
from chatbot.followup import Turn
from chatbot.passages import Passage
from chatbot.retriever import Mode
from eval.collection import EvaluationError


class HitLike(Protocol):
    """A passage with its score; higher is better."""

    @property
    def passage(self) -> Passage: ...  # noqa: D102 - the class says it
    @property
    def score(self) -> float: ...  # noqa: D102


class ChatbotLike(Protocol):
    """What of the chatbot the evaluation uses."""

    def answer(self, question: str, *, history: Sequence[Turn] = (), article_id: str | None = None) -> Answer:
        """Answer as users are answered, after the turns before."""
        ...

    def read(self, question: str, *, article_id: str | None = None) -> Sequence[Quotation]:
        """Rank quotations, best first, before any is held back."""
        ...

    def search(
        self, query: str, *, article_id: str | None = None, limit: int = 10, mode: Mode = "fusion"
    ) -> Sequence[HitLike]:
        """Rank passages, best first, with no reader."""
        ...

    def passages(self, article_id: str) -> Sequence[Passage]:
        """Give the passages of an article."""
        ...

    def close(self) -> None:
        """Give back what is held."""
        ...


@dataclass(frozen=True)
class System:
    """One row of the comparison.

    ``settings`` are names and values that differ from the product's default. ``mode`` is
    the ranking to take alone; None takes the reader's answer.
    """

    name: str
    about: str
    settings: tuple[tuple[str, str], ...] = ()
    mode: Mode | None = None

    @property
    def reads(self) -> bool:
        """Tell whether a reader answers, and not a ranking alone."""
        return self.mode is None


SENTENCE_READER = (("reader", "sentence"),)
TRAINED_READER = (("reader", "extractive"),)
SYSTEMS = (
    System("dense", "Passages by the encoder's cosine alone.", SENTENCE_READER, "dense"),
    System("BM25", "Passages by full text alone.", SENTENCE_READER, "lexical"),
    System("fusion", "Both rankings fused, no reader.", SENTENCE_READER, "fusion"),
    System("sentence reader", "Fusion, then the sentence reader: the baseline.", SENTENCE_READER),
    System("trained reader", "Fusion, then the trained reader: what is served by default.", TRAINED_READER),
)
ABLATIONS = (
    System(
        "no calibrator",
        "The trained reader's own log-odds rank, and answer where they are above 0.",
        (*TRAINED_READER, ("calibration", str(Path(__file__).parent / "uncalibrated.json"))),
    ),
    System("no BM25", "The trained reader over dense alone.", (*TRAINED_READER, ("retrieval", "dense"))),
    System("no dense", "The trained reader over BM25 alone.", (*TRAINED_READER, ("retrieval", "lexical"))),
)


def parse_system(text: str) -> System:
    """Make a system of ``NAME: SETTING=VALUE, SETTING=VALUE``, as ``--with`` takes it.

    Raises:
        EvaluationError: the text is of another form.
    """
    name, _, rest = text.partition(":")
    pairs = [part.partition("=") for part in rest.split(",")]
    if not name.strip() or not all(key.strip() and value.strip() for key, _, value in pairs):
        raise EvaluationError(
            f"expected NAME: SETTING=VALUE, SETTING=VALUE, got {text!r}; name at least one setting"
        )
    settings = tuple((key.strip(), value.strip()) for key, _, value in pairs)
    return System(name.strip(), rest.strip(), settings)
