"""A conversation without memory: the page carries it, the server answers it anew."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from chatbot.answer import Answer, Quotation
from chatbot.chatbot import MOST_QUOTATIONS, MOST_TURNS
from chatbot.errors import QuestionError
from web.addresses import asking_address
from web.engine import ChatbotLike
from web.pages import SHOWN_QUOTATIONS
from web.schemas import ArticleId, CitedBody, TurnBody

SHOWN = 10  # exchanges that a page shows
CARRIED = SHOWN + MOST_TURNS  # so that the first one shown still has its own history
CONVERSATION = TypeAdapter(dict[str, list[Answer]])


class AskedBody(TurnBody):
    """An earlier question as a page carries it: of which article, and whether without what came before."""

    article_id: ArticleId | None = None
    alone: bool = False

    @property
    def carried(self) -> str:
        """Give what a page carries of it, as JSON; ``read_asked`` reads it."""
        return self.model_dump_json(exclude_defaults=True)


@dataclass(frozen=True)
class Exchange:
    """A question, the turns it was asked after, and its answer."""

    asked: AskedBody
    before: tuple[AskedBody, ...]
    answer: Answer

    @property
    def article_id(self) -> str | None:
        """Give the article that was asked; None when all were."""
        return self.asked.article_id

    @property
    def carried(self) -> str:
        """Give what a page carries of the question and of the quotations it shows at once."""
        cited = [
            CitedBody(article_id=quotation.article.id, start=quotation.start, end=quotation.end)
            for quotation in self.answer.answers[:SHOWN_QUOTATIONS]
        ]
        return self.asked.model_copy(update={"quotations": cited}).carried

    @property
    def address(self) -> str:
        """Give the permanent address: it asks again, after the same turns where they had a say."""
        before = self.before if self.answer.searched.added_terms else ()
        turns = [turn.carried for turn in before]
        return asking_address(self.asked.question, self.article_id, turns)


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


def ask(chatbot: ChatbotLike, asked: AskedBody, before: Sequence[AskedBody]) -> Exchange:
    """Answer a question after earlier ones, with the quotations that they had."""
    heard = () if asked.alone else tuple(before[-MOST_TURNS:])
    history = [turn.turn() for turn in heard]
    answer = chatbot.answer(asked.question, history=history, article_id=asked.article_id, limit=MOST_QUOTATIONS)
    return Exchange(asked, heard, answer)


def replay(chatbot: ChatbotLike, asked: Sequence[AskedBody], shown: int = SHOWN) -> Conversation:
    """Answer the last questions of a conversation, each after those before it."""
    first = max(0, len(asked) - shown)
    exchanges = tuple(ask(chatbot, asked[at], asked[:at]) for at in range(first, len(asked)))
    return Conversation(exchanges, tuple(asked[:first]))


def conversation_json(conversation: Conversation) -> str:
    """Write the answers of a conversation as JSON, oldest first, each in the contract's form."""
    answers = [exchange.answer for exchange in conversation.exchanges]
    return CONVERSATION.dump_json({"conversation": answers}, indent=2).decode()


def best_quotation(conversation: Conversation) -> Quotation | None:
    """Give the best quotation of the latest exchange, if it has one."""
    latest = conversation.exchanges[-1:]
    return latest[0].answer.answers[0] if latest and latest[0].answer.answers else None
