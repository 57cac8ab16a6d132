"""The engine as the web sees it: what it must offer, and its opening in the background."""

import logging
import threading
import time
from collections.abc import Sequence
from typing import Annotated, Protocol

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from chatbot.answer import Answer
from chatbot.article import Article
from chatbot.chatbot import Chatbot, Hit, Turn
from chatbot.errors import ChatbotError, NoArticlesError
from chatbot.listing import ArticleListing, ArticleQuery, Facets
from chatbot.passages import Passage
from chatbot.progress import progress_bar
from chatbot.settings import Settings

RETRY_AFTER_SECONDS = 5
REST = 10  # times as long as looking at the library took, it is not looked at again
logger = logging.getLogger(__name__)


class ChatbotLike(Protocol):
    """What the web asks of a chatbot; see ``chatbot.chatbot.Chatbot`` for what each gives."""

    @property
    def article_count(self) -> int:
        """Give how many articles the library holds."""

    @property
    def first_article(self) -> Article:
        """Give the library's first article."""

    def list_articles(self, query: ArticleQuery) -> ArticleListing:
        """List the articles that a query asks for, without their texts."""

    def facets(self) -> Facets:
        """Give what the list of articles can be narrowed by."""

    def article(self, article_id: str) -> Article:
        """Give one article; raises UnknownArticleError."""

    def passages(self, article_id: str) -> tuple[Passage, ...]:
        """Give an article's passages, in the text's order; raises UnknownArticleError."""

    def answer(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        article_id: str | None = None,
        article_ids: Sequence[str] | None = None,
        published_from: str | None = None,
        published_to: str | None = None,
        limit: int = 3,
        min_confidence: float | None = None,
    ) -> Answer:
        """Answer a question; raises QuestionError or UnknownArticleError."""

    def search(
        self,
        query: str,
        *,
        article_id: str | None = None,
        article_ids: Sequence[str] | None = None,
        published_from: str | None = None,
        published_to: str | None = None,
        limit: int = 10,
    ) -> tuple[Hit, ...]:
        """Rank passages for a query; raises QuestionError or UnknownArticleError."""

    def suggestions(self, article_id: str | None = None) -> tuple[str, ...]:
        """Give questions that have an answer."""

    def suggested_answers(self, article_id: str) -> tuple[Answer, ...]:
        """Give the answers of an article's suggestions; raises UnknownArticleError."""


class Engine:
    """A chatbot that may still be opening, so that the server answers from its first moment.

    One that was opened here follows its library: whoever asks for it is given a whole
    library as it is now, or, while that is read, as it was before.
    """

    def __init__(self, chatbot: ChatbotLike | None = None) -> None:
        """Hold a chatbot that is already open, or none until ``start`` has opened one."""
        self._chatbot = chatbot
        self._opened: Chatbot | None = None
        self._missing = "The library is being opened; ask again in a few seconds."
        self._thread: threading.Thread | None = None
        self._looking = threading.Lock()
        self._next_look = 0.0  # of the monotonic clock

    def start(self, settings: Settings) -> None:
        """Open the chatbot in a thread, unless one is held already."""
        if self._chatbot is None:
            self._thread = threading.Thread(
                target=self._open, args=(settings,), name="open-chatbot", daemon=True
            )
            self._thread.start()

    def wait(self, seconds: float | None = None) -> ChatbotLike | None:
        """Wait until opening is over; give the chatbot, or None when it failed or is not over."""
        if self._thread is not None:
            self._thread.join(seconds)
        return self._chatbot

    def close(self) -> None:
        """Close the chatbot that was opened here; one that was handed over stays open."""
        if self._opened is not None:
            self._opened.close()

    def open_chatbot(self, settings: Settings) -> Chatbot:
        """Open a chatbot; a subclass may open another."""
        with progress_bar() as progress:
            return Chatbot.open(settings, progress)

    def require(self) -> ChatbotLike:
        """Give the chatbot.

        Raises:
            HTTPException: 503 while it is opening, when that failed, and when the library is empty.
        """
        if self._opened is not None and self._looking.acquire(blocking=False):
            try:
                self._look_again(self._opened)
            finally:
                self._looking.release()
        chatbot = self._chatbot
        if chatbot is None:
            raise HTTPException(503, self._missing, {"Retry-After": str(RETRY_AFTER_SECONDS)})
        return chatbot

    def look_at_once(self) -> None:
        """Look at the library at the next request, however long it took the last time."""
        with self._looking:  # a look that has begun may have been too early, and sets the time of the next
            self._next_look = 0.0

    def _look_again(self, opened: Chatbot) -> None:
        """Take the library as it is now, seldom enough that reading it takes little of the time."""
        started = time.monotonic()
        if started < self._next_look:
            return
        pause = 0.0
        try:
            self._chatbot = self._opened = opened.refreshed()
        except NoArticlesError:
            self._chatbot, self._missing = None, "The library is empty; ask again when it holds an article."
        except ChatbotError as error:
            pause = RETRY_AFTER_SECONDS
            logger.error("the library has changed and cannot be read; it is served as it was: %s", error)
        now = time.monotonic()
        self._next_look = now + max(pause, REST * (now - started))

    def _open(self, settings: Settings) -> None:
        try:
            self._chatbot = self._opened = self.open_chatbot(settings)
        except BaseException as error:
            self._missing = "The library could not be opened; the server's log says why and what to do."
            if not isinstance(error, ChatbotError):
                raise
            logger.error("the library cannot be opened: %s", error)


def _chatbot(request: Request) -> ChatbotLike:
    engine: Engine = request.app.state.engine
    return engine.require()


ReadyChatbot = Annotated[ChatbotLike, Depends(_chatbot)]
