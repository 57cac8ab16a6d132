"""Asking: each question of a collection put to each system, and what came back judged."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

from chatbot.answer import Answer, Quotation
from chatbot.errors import QuestionError
from chatbot.passages import Passage
from eval.collection import Collection, Question, answers_question
from eval.systems import ChatbotLike, System

DEPTH = 10  # passages of a ranking: what RR@10 looks at

Track = Callable[[Sequence[Question], str], Iterable[Question]]


@dataclass(frozen=True)
class Found:
    """What a system found for a question: a quotation, or the passage of a ranking alone.

    ``confidence`` is the passage's score where no reader read. ``right`` says whether the
    text shares a character with a gold range. ``span`` are the reader's answering words.
    """

    text: str
    span: str | None
    article_id: str
    start: int
    end: int
    confidence: float
    right: bool


@dataclass(frozen=True)
class Outcome:
    """What a system made of a question.

    ``ranked`` are passage ids, best first, each once. ``top`` is its first candidate, held
    back or not; ``served`` the first quotation that a user was shown, None when it said
    that the article does not say. Of ``quotations`` shown, ``verbatim`` are the article's
    own text at their offsets. ``took_ms`` is the time of the whole call, ``added`` the words
    that it took from earlier turns.
    """

    question: Question
    ranked: tuple[str, ...]
    top: Found | None
    served: Found | None
    quotations: int
    verbatim: int
    took_ms: float
    added: tuple[str, ...] = ()


@dataclass(frozen=True)
class Results:
    """What one system made of a collection; ``passages`` has the right ones of each question.

    ``refused`` are the ids of questions that the chatbot does not take (too long, say):
    they are counted here and nowhere else.
    """

    system: System
    outcomes: tuple[Outcome, ...]
    right_passages: Mapping[str, frozenset[str]]
    refused: tuple[str, ...]


def ask_all(chatbot: ChatbotLike, system: System, collection: Collection, track: Track) -> Results:
    """Ask a system every question, one after the other, after one to warm up."""
    right = right_passages(chatbot, collection)
    texts = {article.id: article.text for article in collection.articles}
    outcomes: list[Outcome] = []
    refused: list[str] = []
    _warm_up(chatbot, system, collection)
    for question in track(collection.questions, system.name):
        scope = collection.scope(question)
        try:
            outcomes.append(
                _read(chatbot, question, scope, texts)
                if system.mode is None
                else _rank(chatbot, question, scope, system)
            )
        except QuestionError:
            refused.append(question.id)
    return Results(system, tuple(outcomes), right, tuple(refused))


def right_passages(chatbot: ChatbotLike, collection: Collection) -> dict[str, frozenset[str]]:
    """Give the ids of the passages that share a character with a gold range, by question."""
    passages = {article.id: chatbot.passages(article.id) for article in collection.articles}
    return {
        question.id: frozenset(
            passage.id
            for passage in passages[question.article_id]
            if answers_question(question, passage.article_id, passage)
        )
        for question in collection.questions
    }


def _warm_up(chatbot: ChatbotLike, system: System, collection: Collection) -> None:
    scope = collection.scope(collection.questions[0])
    if system.mode is None:
        chatbot.answer("What is this about?", article_id=scope)
    else:
        chatbot.search("What is this about?", article_id=scope, mode=system.mode)


def _rank(chatbot: ChatbotLike, question: Question, scope: str | None, system: System) -> Outcome:
    assert system.mode is not None
    begin = perf_counter()
    hits = chatbot.search(question.text, article_id=scope, limit=DEPTH, mode=system.mode)
    took_ms = (perf_counter() - begin) * 1000
    return Outcome(
        question=question,
        ranked=tuple(dict.fromkeys(hit.passage.id for hit in hits)),
        top=_passage_found(question, hits[0].passage, hits[0].score) if hits else None,
        served=None,
        quotations=0,
        verbatim=0,
        took_ms=took_ms,
    )


def _read(chatbot: ChatbotLike, question: Question, scope: str | None, texts: Mapping[str, str]) -> Outcome:
    begin = perf_counter()
    answer = chatbot.answer(question.text, article_id=scope)
    took_ms = (perf_counter() - begin) * 1000
    return judge_answer(question, answer, chatbot.read(question.text, article_id=scope), texts, took_ms)


def judge_answer(
    question: Question,
    answer: Answer,
    candidates: Sequence[Quotation],
    texts: Mapping[str, str],
    took_ms: float,
) -> Outcome:
    """Judge a reader's answer and the candidates, best first, that it was chosen from.

    ``texts`` are the articles' texts by id.
    """
    shown = tuple(quotations(answer))
    return Outcome(
        question=question,
        ranked=tuple(dict.fromkeys(one.passage.id for one in candidates)),
        top=_quotation_found(question, candidates[0]) if candidates else None,
        served=_quotation_found(question, answer.answers[0]) if answer.answers else None,
        quotations=len(shown),
        verbatim=sum(texts[one.article.id][one.start : one.end] == one.quote for one in shown),
        took_ms=took_ms,
        added=answer.searched.added_terms,
    )


def quotations(answer: Answer) -> Iterator[Quotation]:
    """Give every quotation that an answer shows, the closest of a refusal too."""
    yield from answer.answers
    if answer.not_found:
        yield from answer.not_found.closest


def _quotation_found(question: Question, quotation: Quotation) -> Found:
    return Found(
        text=quotation.quote,
        span=quotation.span.text,
        article_id=quotation.article.id,
        start=quotation.start,
        end=quotation.end,
        confidence=quotation.confidence,
        right=answers_question(question, quotation.article.id, quotation),
    )


def _passage_found(question: Question, passage: Passage, score: float) -> Found:
    return Found(
        text=passage.text,
        span=None,
        article_id=passage.article_id,
        start=passage.start,
        end=passage.end,
        confidence=score,
        right=answers_question(question, passage.article_id, passage),
    )
