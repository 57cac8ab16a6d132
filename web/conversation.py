"""A conversation without memory: the page carries it, the server answers it anew."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from chatbot.answer import Answer, Quotation
from chatbot.chatbot import MOST_TURNS
from chatbot.errors import QuestionError
from web.engine import ChatbotLike
from web.schemas import ArticleId, CitedBody, TurnBody

SHOWN = 10  # exchanges that a page shows
CARRIED = SHOWN + MOST_TURNS  # so that the first one shown still has its own history


class AskedBody(TurnBody):
    """An earlier question as a page carries it: with the article that it was asked of."""

    article_id: ArticleId | None = None


@dataclass(frozen=True)
class Exchange:
    """A question with its answer; ``article_id`` is None when all articles were asked."""

    article_id: str | None
    answer: Answer

    @property
    def question(self) -> str:
        """Give the question, as asked."""
        return self.answer.question

    @property
    def carried(self) -> str:
        """Give what a page carries of it, as JSON; ``read_asked`` reads it."""
        cited = [
            CitedBody(article_id=quotation.article.id, start=quotation.start, end=quotation.end)
            for quotation in self.answer.answers
        ]
        return AskedBody(question=self.question, article_id=self.article_id, quotations=cited).model_dump_json()


@dataclass(frozen=True)
class Conversation:
    """The exchanges that a page shows, oldest first, and what it carries besides.

    ``unseen`` are questions before the first one shown, carried for what follows them.
    """

    exchanges: tuple[Exchange, ...] = ()
    unseen: tuple[AskedBody, ...] = ()


def read_asked(carried: Sequence[str]) -> list[AskedBody]:
    """Read what a page carried of earlier questions, oldest first; at most the last ``CARRIED``.

    Raises:
        QuestionError: it is not as the page made it.
    """
    try:
        return [AskedBody.model_validate_json(turn) for turn in carried[-CARRIED:]]
    except ValidationError as error:
        raise QuestionError(
            "turn", "expected the conversation as this page carries it, got something else; start a new one"
        ) from error


def ask(chatbot: ChatbotLike, asked: Sequence[AskedBody], question: str, article_id: str | None) -> Exchange:
    """Answer a question after earlier ones, with the quotations that they had."""
    history = [turn.turn() for turn in asked[-MOST_TURNS:]]
    return Exchange(article_id, chatbot.answer(question, history=history, article_id=article_id))


def replay(chatbot: ChatbotLike, asked: Sequence[AskedBody]) -> Conversation:
    """Answer the questions that a page shows, each after those before it."""
    first = max(0, len(asked) - SHOWN)
    exchanges = tuple(
        ask(chatbot, asked[:at], asked[at].question, asked[at].article_id) for at in range(first, len(asked))
    )
    return Conversation(exchanges, tuple(asked[:first]))


def best_quotation(conversation: Conversation) -> Quotation | None:
    """Give the best quotation of the latest exchange, if it has one."""
    latest = conversation.exchanges[-1:]
    return latest[0].answer.answers[0] if latest and latest[0].answer.answers else None
