"""A conversation without memory: the page carries it, the server answers it anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import Field, TypeAdapter, ValidationError

from chatbot.answer import Answer, Quotation
from chatbot.article import Article
from chatbot.errors import QuestionError, UnknownArticleError
from chatbot.limits import MOST_QUOTATIONS, MOST_TURNS
from chatbot.scope import EVERYTHING, Scope, make_scope
from web.addresses import asking_address
from web.asked import AskedArticles, scope_parameters
from web.engine import ChatbotLike
from web.pages import SHOWN_QUOTATIONS
from web.schemas import MAX_OFFSET, ArticleId, CitedBody, Day, TurnBody

SHOWN = 10  # exchanges that a page shows
SAVED = 50  # exchanges that a saved conversation holds
CARRIED = SAVED + MOST_TURNS  # so that the first one saved still has its own history


@dataclass(frozen=True)
class Exported:
    """A conversation as it is saved; ``left_out`` counts its questions that are not in it."""

    conversation: list[Answer]
    asked: list[Scope]
    left_out: int


EXPORTED = TypeAdapter(Exported)


class AskedBody(TurnBody):
    """An earlier question as a page carries it: of which articles, and whether without what came before.

    ``article_id`` is how pages of the first release carry one article. ``same`` says that the
    articles are those of the address that carries the question. ``number`` counts the
    conversation's questions from 1, also those that the page no longer carries.
    """

    article_id: ArticleId | None = None
    article_ids: list[ArticleId] | None = None
    published_from: Day | None = None
    published_to: Day | None = None
    same: bool = False
    alone: bool = False
    number: Annotated[int | None, Field(ge=1, le=MAX_OFFSET)] = None

    @property
    def scope(self) -> Scope:
        """Give which articles were asked."""
        return make_scope(self.article_id, self.article_ids, self.published_from, self.published_to)

    def of(self, scope: Scope) -> Self:
        """Give the question as it is asked of other articles."""
        ids = None if scope.article_ids is None else list(scope.article_ids)
        dates = {"published_from": scope.published_from, "published_to": scope.published_to}
        return self.model_copy(update={"article_id": None, "article_ids": ids, "same": False, **dates})

    @property
    def carried(self) -> str:
        """Give what a page carries of it, as JSON; ``read_asked`` reads it."""
        return self.model_dump_json(exclude_defaults=True)

    def carried_beside(self, scope: Scope) -> str:
        """Give what an address carries of it that names the articles of a scope itself."""
        if scope.is_everything or self.scope != scope:
            return self.model_copy(update={"number": None}).carried
        return self.of(EVERYTHING).model_copy(update={"same": True, "number": None}).carried


@dataclass(frozen=True)
class Exchange:
    """A question, the turns it was asked after, and its answer.

    ``number`` counts the conversation's questions from 1. ``near`` is the article that it was
    taken to be about, by an earlier turn, of several that were asked.
    """

    asked: AskedBody
    before: tuple[AskedBody, ...]
    articles: AskedArticles
    answer: Answer
    number: int
    near: Article | None

    @property
    def read_articles(self) -> int:
        """Count the articles that a refusal speaks of."""
        return 1 if self.near else self.articles.count

    @property
    def carried(self) -> str:
        """Give what a page carries of the question and of the quotations it shows at once."""
        cited = [
            CitedBody(article_id=quotation.article.id, start=quotation.start, end=quotation.end)
            for quotation in self.answer.answers[:SHOWN_QUOTATIONS]
        ]
        return self.asked.model_copy(update={"quotations": cited, "number": self.number}).carried

    @property
    def address(self) -> str:
        """Give the permanent address: it asks again, after the turns that any question is read behind."""
        not_found, scope = self.answer.not_found, self.articles.scope
        before = () if not_found and not_found.reason == "small_talk" else self.before
        turns = [turn.carried_beside(scope) for turn in before]
        return asking_address(self.asked.question, scope_parameters(scope), turns)


@dataclass(frozen=True)
class Conversation:
    """The exchanges that a page shows, oldest first, and what it carries besides.

    ``unseen`` are questions before the first one shown, carried for what follows them;
    ``gone`` counts those whose articles are no longer there, ``left_out`` all that are not shown,
    also those that the page no longer carries.
    """

    exchanges: tuple[Exchange, ...] = ()
    unseen: tuple[AskedBody, ...] = ()
    gone: int = 0
    left_out: int = 0


def read_asked(carried: Sequence[str], scope: Scope = EVERYTHING) -> list[AskedBody]:
    """Read what a page carried of earlier questions, oldest first; at most the last ``CARRIED``.

    Those that were asked of the same articles as what carries them are of this scope.

    Raises:
        QuestionError: it is not as the page made it.
    """
    try:
        asked = [AskedBody.model_validate_json(turn) for turn in carried[-CARRIED:]]
    except ValidationError as error:
        raise QuestionError(
            "turn", "expected the conversation as this page carries it, got something else; start a new one"
        ) from error
    return [turn.of(scope) if turn.same else turn for turn in asked]


def ask(chatbot: ChatbotLike, asked: AskedBody, before: Sequence[AskedBody]) -> Exchange:
    """Answer a question after earlier ones, with the quotations that they had."""
    heard = () if asked.alone else tuple(before[-MOST_TURNS:])
    scope = asked.scope
    answer = chatbot.answer(
        asked.question,
        history=[turn.turn() for turn in heard],
        article_ids=scope.article_ids,
        published_from=scope.published_from,
        published_to=scope.published_to,
        limit=MOST_QUOTATIONS,
    )
    articles = AskedArticles.of(chatbot, scope)
    near = _near(chatbot, heard, answer) if articles.count > 1 else None
    if near and not (scope.holds(near) and all(one.article.id == near.id for one in answer.answers)):
        near = None  # the others were read, too, and answered
    number = asked.number or _count(before) + 1
    return Exchange(asked, heard, articles, answer, number, near)


def replay(chatbot: ChatbotLike, asked: Sequence[AskedBody], shown: int = SHOWN) -> Conversation:
    """Answer the last questions of a conversation, each after those before it.

    Those of articles that are no longer there are left out.
    """
    held = [turn for turn in asked if _is_held(chatbot, turn)]
    first = max(0, len(held) - shown)
    exchanges = tuple(ask(chatbot, held[at], held[:at]) for at in range(first, len(held)))
    left_out = _count(asked) - len(exchanges)
    return Conversation(exchanges, tuple(held[:first]), len(asked) - len(held), left_out)


def conversation_json(conversation: Conversation) -> str:
    """Write the answers of a conversation as JSON, oldest first, each in the contract's form.

    Beside them stands, for each, which articles were asked, and how many questions are left out.
    """
    answers = [exchange.answer for exchange in conversation.exchanges]
    asked = [exchange.articles.scope for exchange in conversation.exchanges]
    return EXPORTED.dump_json(Exported(answers, asked, conversation.left_out), indent=2).decode()


def best_quotation(conversation: Conversation) -> Quotation | None:
    """Give the best quotation of the latest exchange, if it has one."""
    latest = conversation.exchanges[-1:]
    return latest[0].answer.answers[0] if latest and latest[0].answer.answers else None


def _count(asked: Sequence[AskedBody]) -> int:
    """Count the questions of a conversation, also those that are no longer carried."""
    return max(len(asked), asked[-1].number or 0) if asked else 0


def _near(chatbot: ChatbotLike, heard: Sequence[AskedBody], answer: Answer) -> Article | None:
    """Give the article that the last of the turns which an answer leans on was quoted from."""
    turns = (heard[number - 1] for number in answer.searched.from_turns)
    quoted = [turn.quotations[0].article_id for turn in turns if turn.quotations]
    return _article(chatbot, quoted[-1]) if quoted else None


def _is_held(chatbot: ChatbotLike, asked: AskedBody) -> bool:
    return all(_article(chatbot, article_id) for article_id in asked.scope.article_ids or ())


def _article(chatbot: ChatbotLike, article_id: str) -> Article | None:
    try:
        return chatbot.article(article_id)
    except UnknownArticleError:
        return None
