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
LOOK_SECONDS = 2.0  # the library is looked at, though nobody asks
REST = 10  # times as long as looking at the library took, it is not looked at again
LONGEST_REST_SECONDS = 60.0
CLOSING_SECONDS = 5.0
MENDING_REST_SECONDS = 600.0  # between two indexes that are made anew
EMPTY = "The library is empty; ask again when it holds an article."
UNREAD = "It is written, but the library cannot be read as it is now; the server's log says why. Ask later."
OUTDATED = (
    "The library was made anew with another model, and is served as it was before; the server's log says why. "
    "Restart the server with the settings that it was made with."
)
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

    One that is opened here follows its library: a thread opens it, again and again until it
    opens, and looks at the library every few seconds; so does every request, seldom enough
    that reading it takes little of the time. Whoever asks for the chatbot is given a whole
    library as it is now, or, while that is read, as it was before.
    """

    def __init__(self, chatbot: ChatbotLike | None = None) -> None:
        """Hold a chatbot that is already open, or none until ``start`` has opened one."""
        self._chatbot = chatbot
        self._opened: Chatbot | None = None
        self._missing = "The library is being opened; ask again in a few seconds."
        self._thread: threading.Thread | None = None
        self._tried = threading.Event()
        self._closing = threading.Event()
        self._looking = threading.Lock()
        self._next_look = self._next_mending = 0.0  # of the monotonic clock
        self._reported = ""
        self.settings: Settings | None = None  # what is served with; none where a chatbot was handed over
        self.notice: str | None = None  # what whoever runs the server is to know

    def start(self, settings: Settings) -> None:
        """Open the chatbot in a thread that follows its library, unless one is held already."""
        if self._chatbot is None:
            self.settings = settings
            self._thread = threading.Thread(target=self._follow, name="follow-library", daemon=True)
            self._thread.start()

    def wait(self, seconds: float | None = None) -> ChatbotLike | None:
        """Wait until the first opening is over; give the chatbot, or None when it failed or is not over."""
        if self._thread is not None:
            self._tried.wait(seconds)
        return self._chatbot

    def close(self) -> None:
        """Close the chatbot that was opened here; one that was handed over stays open."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(CLOSING_SECONDS)  # it may be opening, which takes long, and ends with the process
        if self._opened is not None:
            self._opened.close()

    def open_chatbot(self, settings: Settings) -> Chatbot:
        """Open a chatbot; a subclass may open another."""
        with progress_bar() as progress:
            return Chatbot.open(settings, progress, apart=True)

    def reopen_chatbot(self, settings: Settings) -> Chatbot:
        """Open a chatbot over a library that was made anew with another model; a subclass may open another."""
        return Chatbot.open_as_stored(settings)

    def require(self) -> ChatbotLike:
        """Give the chatbot.

        Raises:
            HTTPException: 503 while it is opening, when that failed, and when the library is empty.
        """
        if self._opened is not None and self._looking.acquire(blocking=False):
            try:
                self._look(may_open=False)
            finally:
                self._looking.release()
        chatbot = self._chatbot
        if chatbot is None:
            raise HTTPException(503, self._missing, {"Retry-After": str(RETRY_AFTER_SECONDS)})
        return chatbot

    def catch_up(self) -> None:
        """See to it that every request that begins after this finds what has been written before it.

        Raises:
            HTTPException: 503, where the library cannot be read as it is now.
        """
        if self.settings is None:  # what was handed over follows nothing
            return
        with self._looking:  # a look that has begun may have been too early
            wanted = self._opened.latest_generation() if self._opened else 0
            self._next_look = 0.0
            self._look(may_open=True)
            opened, empty = self._opened, self._chatbot is None and self._missing == EMPTY
        if not empty and (opened is None or opened.generation < wanted):
            logger.warning("what was written is not served: the library is being made anew, or cannot be read")
            raise HTTPException(503, UNREAD, {"Retry-After": str(RETRY_AFTER_SECONDS)})

    def _follow(self) -> None:
        """Open the library, look at it every few seconds, though nobody asks, and see to its index."""
        while not self._closing.is_set():
            with self._looking:
                self._look(may_open=True)
            self._tried.set()
            self._mend_index()
            self._closing.wait(LOOK_SECONDS)

    def _mend_index(self) -> None:
        """Make the index anew, now and then, where much was added; the next look takes it."""
        if self._opened is None or time.monotonic() < self._next_mending:
            return
        tried = True
        try:
            tried = self._opened.mend_index()
        except Exception as error:  # noqa: BLE001  # what was added is found without it, too
            logger.warning("the index cannot be made anew; it is tried again later: %s", error)
        if tried:
            self._next_mending = time.monotonic() + MENDING_REST_SECONDS

    def _look(self, *, may_open: bool) -> None:
        """Take the library as it is now, unless it was looked at too short a time ago."""
        started = time.monotonic()
        if started < self._next_look:
            return
        pause, opening = 0.0, self._opened is None
        try:
            self._take_newest(may_open)
            self._reported = ""
        except NoArticlesError as error:
            self._report(error)
            self._chatbot, self._missing = None, EMPTY
        except Exception as error:  # noqa: BLE001  # whatever it is, it is said, and tried again
            pause = RETRY_AFTER_SECONDS
            self._report(error)
        now = time.monotonic()
        rest = 0.0 if opening and self._opened else min(REST * (now - started), LONGEST_REST_SECONDS)
        self._next_look = now + max(pause, rest)

    def _take_newest(self, may_open: bool) -> None:
        assert self.settings is not None  # or nothing is followed
        if self._opened is not None:
            self._serve(self._opened.refreshed())
        elif may_open:
            self._serve(self.open_chatbot(self.settings))
        if may_open and self._opened:
            other = self._opened.other_encoder()
            if other:
                self._switch(self.settings.model_copy(update={"encoder": other}))
            self.notice = None

    def _serve(self, chatbot: Chatbot) -> None:
        self._chatbot = self._opened = chatbot
        chatbot.renew()

    def _switch(self, settings: Settings) -> None:
        """Serve the library with the model that it was made anew with."""
        logger.info("the library was made anew with %s, which is loaded now", settings.encoder)
        try:
            self._serve(self.reopen_chatbot(settings))
        except ChatbotError:
            self.notice = OUTDATED
            raise
        self.settings = settings

    def _report(self, error: Exception) -> None:
        """Log what failed, once; of what is no fault of the world's, where."""
        if self._opened is None:
            self._missing = "The library could not be opened; the server's log says why and what to do."
        if str(error) == self._reported:
            return
        self._reported = str(error)
        what, level = "the library cannot be opened; it is tried again", logging.ERROR
        if isinstance(error, NoArticlesError):
            what, level = "nothing is served until there is an article", logging.WARNING
        elif self._opened is not None:
            what = "the library has changed and cannot be read; it is served as it was"
        logger.log(level, "%s: %s", what, error, exc_info=None if isinstance(error, ChatbotError) else error)


def _chatbot(request: Request) -> ChatbotLike:
    engine: Engine = request.app.state.engine
    return engine.require()


ReadyChatbot = Annotated[ChatbotLike, Depends(_chatbot)]
