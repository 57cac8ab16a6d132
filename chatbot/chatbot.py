"""The chatbot: a question in, an answer of verbatim quotations out, or that there is none.

Web page, JSON endpoint, command line and evaluation all call ``Chatbot.answer``.
"""

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property, partial
from itertools import islice
from types import TracebackType

from chatbot.answer import Answer, NotFound, Quotation, Reason, Searched
from chatbot.article import Article
from chatbot.candidates import find_candidates
from chatbot.confidence import Calibration, Candidate, Judge, load_calibration
from chatbot.dialogue import Dialogue
from chatbot.encoder import Progress, QueryEncoder, packaged_folder
from chatbot.errors import UnknownArticleError
from chatbot.followup import Cited, Turn
from chatbot.library import Library, mend_index, open_as_stored, open_library, other_recipe, refresh
from chatbot.limits import MOST_HITS, MOST_QUOTATIONS, MOST_TURNS, check_question, check_range
from chatbot.listing import ArticleListing, ArticleQuery, Facets
from chatbot.names import CapitalWords
from chatbot.passages import Passage
from chatbot.quoting import cut_quotations
from chatbot.reader import Reader
from chatbot.readers import load_reader
from chatbot.retriever import Hit, Mode, Retriever
from chatbot.scope import Scope, make_scope
from chatbot.settings import Settings
from chatbot.spelling import SpellingCorrector, read_dictionary
from chatbot.suggestions import suggested_questions, take_turns
from chatbot.wording import is_small_talk, plain_question, read_question

SUGGESTED = 6  # questions at least, where the library's first articles have as many
SUGGESTING = 3  # articles at least whose questions are offered, when all are meant
ARTICLES_SUGGESTED = 20  # articles whose questions are asked at most, when all are meant
CLOSEST = 3  # quotations shown beside "not found"
logger = logging.getLogger(__name__)

__all__ = ["Chatbot", "Cited", "Hit", "Turn"]


class Chatbot:
    """Answers questions from a library; asking changes nothing, and any thread may ask."""

    def __init__(
        self,
        library: Library,
        encoder: QueryEncoder,
        reader: Reader,
        calibration: Calibration,
        passages_read: int,
        dictionary: Iterable[str] = (),
        retrieval: Mode = "fusion",
    ) -> None:
        self._library = library
        self._encoder = encoder
        self._dictionary = tuple(dictionary)
        self._reader = reader
        self._passages_read = passages_read
        self._retrieval: Mode = retrieval
        self._suggested_answers: dict[str, tuple[Answer, ...]] = {}
        self._retriever = Retriever(library, encoder)
        # no method, or chatbot and dialogue would hold each other, and a former library stay for long
        self._find = partial(
            find_candidates, self._retriever, reader, retrieval, passages_read, library.articles.__getitem__
        )
        known = read_dictionary(self._dictionary)
        self._spelling = SpellingCorrector(library.vocabulary, library.passage_counts, known)
        total, names = library.store.passage_count(), CapitalWords(library.vocabulary)
        self.judge = Judge(calibration, library.passage_counts, total, names)
        self._dialogue = Dialogue(library, self._spelling, known, self._find, reader, self.judge)

    @classmethod
    def open(
        cls,
        settings: Settings,
        progress: Progress | None = None,
        calibration: Calibration | None = None,
        *,
        apart: bool = False,
    ) -> "Chatbot":
        """Bring the library up to date, load the models, and give a chatbot.

        Args:
            settings: what to open.
            progress: told how far the building is.
            calibration: in place of the one that was fitted for the reader.
            apart: whether what has to be encoded first is encoded in a process of its own.

        Raises:
            ChatbotError: articles, store or models are not as needed.
        """
        return cls._over(*open_library(settings, progress, apart=apart), settings, calibration)

    @classmethod
    def open_as_stored(cls, settings: Settings) -> "Chatbot":
        """Give a chatbot over the library as it is; nothing of it is brought up to date.

        Raises:
            ModelError: its passages were made with another model than that of the settings.
            ChatbotError: articles, store or models are not as needed.
        """
        return cls._over(*open_as_stored(settings), settings)

    @classmethod
    def _over(
        cls,
        library: Library,
        encoder: QueryEncoder,
        settings: Settings,
        calibration: Calibration | None = None,
    ) -> "Chatbot":
        try:
            reader = load_reader(settings, encoder)
            dictionary = (packaged_folder() / "vocab.txt").read_text(encoding="utf-8").splitlines()
            calibration = calibration or load_calibration(reader.name, settings.calibration)
            return cls(
                library,
                encoder,
                reader,
                calibration,
                settings.passages_read,
                dictionary,
                settings.retrieval,
            )
        except BaseException:
            library.close()
            raise

    def refreshed(self) -> "Chatbot":
        """Give a chatbot over the library as it is now: this one where nothing was changed.

        This one stays as it is, for those who are asking it. It is also given where the
        library cannot be read yet, or was made anew with another model (``other_encoder``).

        Raises:
            ChatbotError: the library is empty now, or cannot be read.
        """
        library = refresh(self._library)
        if library is self._library:
            return self
        return Chatbot(
            library,
            self._encoder,
            self._reader,
            self.judge.calibration,
            self._passages_read,
            self._dictionary,
            self._retrieval,
        )

    @property
    def generation(self) -> int:
        """Give how often the library had been changed when it was read."""
        return self._library.generation

    def latest_generation(self) -> int:
        """Give how often the library has been changed by now."""
        return self._library.live.generation()

    def mend_index(self) -> bool:
        """Make the index anew where it is stale, which may take a minute, and tell whether it was.

        Raises:
            StoreError: the index cannot be written.
        """
        return mend_index(self._library)

    def other_encoder(self) -> str | None:
        """Give the name of the model that the library was made anew with since it was read, if it was."""
        recipe = other_recipe(self._library)
        return recipe.encoder if recipe else None

    def renew(self) -> None:
        """Let the store forget how it came to what is read here; to be called now and then."""
        self._library.store.renew()

    def close(self) -> None:
        """Close the library's store."""
        self._library.close()

    def __enter__(self) -> "Chatbot":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def articles(self) -> tuple[Article, ...]:
        """Give every article with its text, ordered by id."""
        return tuple(self._library.articles.values())

    @property
    def passage_count(self) -> int:
        """Count the passages."""
        return self._library.store.passage_count()

    @cached_property
    def _first_ids(self) -> tuple[str, ...]:
        return tuple(islice(self._library.articles, ARTICLES_SUGGESTED))  # which reads the ids of all

    @property
    def article_count(self) -> int:
        """Give how many articles there are."""
        return len(self._library.articles)

    @property
    def first_article(self) -> Article:
        """Give the first article, by id."""
        return self._library.articles[self._first_ids[0]]

    def list_articles(self, query: ArticleQuery) -> ArticleListing:
        """List the articles that a query asks for, without their texts."""
        return self._library.store.list_articles(query)

    def facets(self) -> Facets:
        """Give what the list of articles can be narrowed by."""
        return self._library.store.facets()

    def article(self, article_id: str) -> Article:
        """Give one article.

        Raises:
            UnknownArticleError: the library has no such article.
        """
        try:
            return self._library.articles[article_id]
        except KeyError:
            raise UnknownArticleError(article_id, len(self._library.articles)) from None

    def passages(self, article_id: str) -> tuple[Passage, ...]:
        """Give an article's passages in order.

        Raises:
            UnknownArticleError: the library has no such article.
        """
        return self._library.store.passages_of(self.article(article_id).id)

    def suggestions(self, article_id: str | None = None) -> tuple[str, ...]:
        """Give questions that an article answers: each was asked and answered.

        Of the whole library, those of its first articles that have any, one of each in turn.

        Raises:
            UnknownArticleError: the library has no such article.
        """
        if article_id is not None:
            return tuple(answer.question for answer in self.suggested_answers(article_id))
        found: list[tuple[str, ...]] = []
        for article_id in self._first_ids:
            if own := self.suggestions(article_id):
                found.append(own)
            if len(found) >= SUGGESTING and sum(map(len, found)) >= SUGGESTED:
                break
        return take_turns(found)

    def suggested_answers(self, article_id: str) -> tuple[Answer, ...]:
        """Give the answers of an article's suggestions, each with its best quotation alone.

        Raises:
            UnknownArticleError: the library has no such article.
        """
        article = self.article(article_id)
        if article.id not in self._suggested_answers:
            self._suggested_answers[article.id] = self._ask_suggestions(article.id)
        return self._suggested_answers[article.id]

    def _ask_suggestions(self, article_id: str) -> tuple[Answer, ...]:
        answers = (
            self.answer(question, article_id=article_id, limit=1)
            for question in suggested_questions(self.article(article_id))
        )
        return tuple(answer for answer in answers if answer.status == "answered")

    def search(
        self,
        query: str,
        *,
        article_id: str | None = None,
        article_ids: Sequence[str] | None = None,
        published_from: str | None = None,
        published_to: str | None = None,
        limit: int = 10,
        mode: Mode = "fusion",
    ) -> tuple[Hit, ...]:
        """Rank passages for a query, no reader involved; misspelt words are corrected.

        Which articles are searched is said as for ``answer``.

        Raises:
            QuestionError: the query is empty, too long or not text, or an option out of range.
            UnknownArticleError: the library has no such article.
        """
        text = check_question(query, field="query")
        check_range("limit", limit, 1, MOST_HITS)
        scope = self._scope(article_id, article_ids, published_from, published_to)
        return self._retriever.search(self._spelling.correct(text).text, scope, limit, mode)

    def read(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        article_id: str | None = None,
        article_ids: Sequence[str] | None = None,
        published_from: str | None = None,
        published_to: str | None = None,
    ) -> tuple[Quotation, ...]:
        """Give every candidate quotation, ranked, whatever its confidence; see ``answer``."""
        threshold = self.judge.calibration.threshold
        scope = self._scope(article_id, article_ids, published_from, published_to)
        asked = self._dialogue.ask(check_question(question), history, scope, threshold)
        return cut_quotations(self._library.articles, [*asked.judged, *asked.others], limit=MOST_HITS)

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
        """Answer a question with the article's own words, or say that it does not say.

        Args:
            question: 1 to 500 characters after trimming.
            history: the turns before it, oldest first, at most 10.
            article_id: ask one article; all by default.
            article_ids: ask these articles.
            published_from: ask only articles of this date (ISO 8601) and later ones; those without
                a date are left out.
            published_to: ask only articles of this date and earlier ones.
            limit: how many quotations at most, 1 to 10.
            min_confidence: the least confidence that answers, 0 to 1; calibrated by default.

        Raises:
            QuestionError: the question or an option is out of range; ``field`` names it.
            UnknownArticleError: the library has no such article.
        """
        started = time.perf_counter()
        text = check_question(question)
        check_range("limit", limit, 1, MOST_QUOTATIONS)
        check_range("history", len(history), 0, MOST_TURNS)
        scope = self._scope(article_id, article_ids, published_from, published_to)
        threshold = self.judge.calibration.threshold if min_confidence is None else min_confidence
        check_range("min_confidence", threshold, 0, 1)
        answer = self._answer(text, history, scope, limit, threshold)
        return replace(answer, took_ms=round((time.perf_counter() - started) * 1000, 1))

    def _answer(
        self, question: str, history: Sequence[Turn], scope: Scope, limit: int, threshold: float
    ) -> Answer:
        if is_small_talk(question):
            not_found = NotFound("small_talk", 0.0, threshold)
            return Answer(question, "not_found", (), not_found, self.interpret(question))
        asked = self._dialogue.ask(question, history, scope, threshold)
        reason: Reason = "below_threshold" if asked.judged or asked.others else "no_passage"
        judged = asked.judged
        best = judged[0].confidence if judged else 0.0
        if judged and best >= threshold:
            good = [judged[0], *(other for other in judged[1:] if other.confidence >= threshold)]
            quotations = cut_quotations(self._library.articles, good, limit)
            return Answer(question, "answered", quotations, None, asked.searched)
        # what would look like an answer by its confidence alone is not shown beside "not found"
        close = [*judged, *(item for item in asked.others if item.confidence < threshold)]
        close.sort(key=lambda item: -item.confidence)
        closest = cut_quotations(self._library.articles, close, CLOSEST)
        not_found = NotFound(reason, round(best, 4), threshold, asked.unknown, closest)
        return Answer(question, "not_found", (), not_found, asked.searched)

    def _scope(
        self,
        article_id: str | None,
        article_ids: Sequence[str] | None,
        published_from: str | None,
        published_to: str | None,
    ) -> Scope:
        scope = make_scope(article_id, article_ids, published_from, published_to)
        for one in scope.article_ids or ():
            self.article(one)
        return scope

    def interpret(self, question: str) -> Searched:
        """Give what the retriever and the reader are given for a question."""
        return Searched(read_question(self._spelling.correct(plain_question(question)).text))

    def candidates(
        self, question: str, article_id: str | None = None, limit: int | None = None
    ) -> list[Candidate]:
        """Retrieve passages and read them, ``limit`` at most: one candidate for each that has a span."""
        return self._find(question, make_scope(article_id), limit)
