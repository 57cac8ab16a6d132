"""The engine as the web sees it: what it must offer, and its opening in the background."""

import logging
import threading
from collections.abc import Sequence
from typing import Annotated, Protocol

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from chatbot.answer import Answer
from chatbot.article import Article
from chatbot.chatbot import Chatbot, Hit, Turn
from chatbot.errors import ChatbotError
from chatbot.passages import Passage
from chatbot.progress import progress_bar
from chatbot.settings import Settings

RETRY_AFTER_SECONDS = 5
logger = logging.getLogger(__name__)


class ChatbotLike(Protocol):
    """What the web asks of a chatbot; see ``chatbot.chatbot.Chatbot`` for what each gives."""

    @property
    def articles(self) -> tuple[Article, ...]:
        """Give the library's articles, in order."""

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
        limit: int = 3,
        min_confidence: float | None = None,
    ) -> Answer:
        """Answer a question; raises QuestionError or UnknownArticleError."""

    def search(self, query: str, *, article_id: str | None = None, limit: int = 10) -> tuple[Hit, ...]:
        """Rank passages for a query; raises QuestionError or UnknownArticleError."""

    def suggestions(self, article_id: str | None = None) -> tuple[str, ...]:
        """Give questions that have an answer."""

    def suggested_answers(self, article_id: str) -> tuple[Answer, ...]:
        """Give the answers of an article's suggestions; raises UnknownArticleError."""


class Engine:
    """A chatbot that may still be opening, so that the server answers from its first moment."""

    def __init__(self, chatbot: ChatbotLike | None = None) -> None:
        """Hold a chatbot that is already open, or none until ``start`` has opened one."""
        self._chatbot = chatbot
        self._opened: Chatbot | None = None
        self._failed = False
        self._thread: threading.Thread | None = None

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
            HTTPException: 503 while it is opening, and when that failed.
        """
        if self._chatbot is not None:
            return self._chatbot
        detail = (
            "The library could not be opened; the server's log says why and what to do."
            if self._failed
            else "The library is being opened; ask again in a few seconds."
        )
        raise HTTPException(503, detail, {"Retry-After": str(RETRY_AFTER_SECONDS)})

    def _open(self, settings: Settings) -> None:
        try:
            self._chatbot = self._opened = self.open_chatbot(settings)
        except ChatbotError as error:
            self._failed = True
            logger.error("the library cannot be opened: %s", error)
        except BaseException:
            self._failed = True
            raise


def _chatbot(request: Request) -> ChatbotLike:
    engine: Engine = request.app.state.engine
    return engine.require()


ReadyChatbot = Annotated[ChatbotLike, Depends(_chatbot)]
