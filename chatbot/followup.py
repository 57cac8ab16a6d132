"""Follow-ups: what a question leaves to the turns before it, and what is small talk."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from chatbot.terms import Word, content_words, words

# Words that stand for somebody or something; the second kind only where nothing is named.
STANDS_FOR = frozenset("he she they him them hers theirs both former latter".split())
MAY_STAND_FOR = frozenset("it its her his their there then that this those these".split())
JOINS_ON = re.compile(r"^\W*(?:and|but|so|also|what about|how about|what else)\b", re.I)

SMALL_TALK = frozenset(
    """
    hello|hi|hey|hi there|hello there|hey there|good morning|good afternoon|good evening|good day|greetings|help
    help me|help please|please help|thanks|thank you|thank you very much|thanks a lot|many thanks|ok|okay|great
    cool|bye|goodbye|good bye|see you|how are you|how are you doing|who are you|what are you|what is your name
    what s your name|what can you do|what do you do|what can i ask|what can i ask you|what should i ask
    how does this work|how do you work|are you a bot|are you human|test|testing
    """.strip()
    .replace("\n", "|")
    .replace("    ", "")
    .split("|")
)


@dataclass(frozen=True)
class Cited:
    """A quotation that an earlier turn showed."""

    article_id: str
    start: int
    end: int


@dataclass(frozen=True)
class Turn:
    """An earlier question of the conversation and what was quoted for it."""

    question: str
    quotations: tuple[Cited, ...] = ()


@dataclass(frozen=True)
class Context:
    """Words that earlier turns add to a question; ``turns`` count from 1, oldest first."""

    terms: tuple[str, ...] = ()
    turns: tuple[int, ...] = ()


def is_small_talk(question: str) -> bool:
    """Tell whether a question is a greeting or asks for help, and nothing else."""
    return " ".join(word.folded for word in words(question)) in SMALL_TALK


def leans_back(question: str, names: Collection[str]) -> bool:
    """Tell whether a question needs an earlier one to be understood.

    ``names`` are the library's, folded: a question that names something may say "his" or
    "there" and still stand alone.
    """
    said = {word.folded for word in words(question)}
    topics = content_words(question)
    if said & STANDS_FOR or (said & MAY_STAND_FOR and not said & set(names)):
        return True
    return bool(said) and (not topics or (len(topics) <= 2 and JOINS_ON.match(question) is not None))


def resolve(question: str, history: Sequence[Turn], names: Collection[str]) -> Context:
    """Give the words that the last turns with a topic add to a question.

    Args:
        question: what was asked, spelt as the library spells.
        history: the turns before it, oldest first, spelt likewise.
        names: the library's names, folded. A question with a topic of its own ("when did
            they meet?") is given a turn's names alone, where it has any; one without
            ("how many?") all of its topics.
    """
    if not leans_back(question, names):
        return Context()
    present = {word.stem for word in words(question)}
    for number in range(len(history), 0, -1):
        topics = [word for word in content_words(history[number - 1].question) if word.stem not in present]
        named = [word for word in topics if word.folded in names]
        added = _unique(named if named and content_words(question) else topics)
        if added:
            return Context(added, (number,))
        if not leans_back(history[number - 1].question, names):
            break
    return Context()


def _unique(found: Sequence[Word]) -> tuple[str, ...]:
    return tuple({word.stem: word.text for word in found}.values())
