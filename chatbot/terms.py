"""Terms: the words of a text as they are matched, folded and stemmed, with their offsets.

A term is never shown: what is shown is always cut from the article by offsets.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import Stemmer

# Written into the store: another analysis makes another full text.
ANALYSIS_VERSION = 2

# a letter may carry accents as characters of their own, which \w leaves out
WORD = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f])*")
STEMMER = Stemmer.Stemmer("english")

# Words that say how a question is asked, not what it is about.
STOP_WORDS = frozenset(
    """
    a about after again all also am an and any anybody anyone anything are as ask asked at be because
    been before being but by can could d did do does doing done during each either else ever for from get
    give given go got had has have he her here hers him his how i if in into is it its itself just kindly
    know let like ll m many may me might mine more most much must my myself no nor not now of off on once
    one only or other our ours out over own please possible question re s say says said she should
    so some somebody someone something still such t tell than that the their theirs them then there these
    they thing this those though through to too under until up us ve very want was we were what whatever
    when where whether which while who whoever whom whose why will with would wonder wondering yes yet you
    your yours article text story according mention mentioned couldnt wouldnt shouldnt wasnt werent isnt arent
    didnt doesnt dont hasnt havent hadnt cant whos whats wheres whens whys hows hes shes theyre theyve theres
    thats
    """.split()
)


# Names that are other words in lower case: the United States, the health organisation, computing.
ACRONYMS = frozenset({"US", "WHO", "IT"})


@dataclass(frozen=True)
class Word:
    """One word of a text at ``[start, end)``; ``folded`` is lower case without accents.

    ``is_acronym`` says that it is a name, not the word that its letters are: "the WHO".
    """

    text: str
    folded: str
    start: int
    end: int
    is_acronym: bool = False

    @property
    def stem(self) -> str:
        """Give the term: the folded word without its inflection."""
        return stem(self.folded)

    @property
    def is_stop(self) -> bool:
        """Tell whether the word says nothing of what the text is about."""
        return self.folded in STOP_WORDS and not self.is_acronym


def words(text: str) -> Iterator[Word]:
    """Give the words of a text in order: runs of letters and digits."""
    capitals = text.isupper()
    for match in WORD.finditer(text):
        acronym = match[0] in ACRONYMS and not capitals
        yield Word(match[0], fold(match[0]), match.start(), match.end(), acronym)


def without_acronyms(text: str) -> str:
    """Give a text, each offset as it was, that has no acronym to be taken for another word."""
    for word in words(text):
        if word.is_acronym:
            text = f"{text[: word.start]}{'X' * len(word.text)}{text[word.end :]}"
    return text


def content_words(text: str) -> tuple[Word, ...]:
    """Give the words that say what a text is about."""
    return tuple(word for word in words(text) if not word.is_stop)


def terms(text: str) -> tuple[str, ...]:
    """Give every word's term in order: what full text holds of a passage."""
    return tuple(stem(fold(word)) for word in WORD.findall(text))


@lru_cache(maxsize=65536)
def fold(word: str) -> str:
    """Fold case and accents: "Shmyhál" and "SHMYHAL" are one."""
    return fold_text(word)


def fold_text(text: str) -> str:
    """Fold a longer text as ``fold`` does a word, and remember nothing."""
    if text.isascii():
        return text.lower()
    # letters that stand for others, such as mathematical ones, have a case only once decomposed
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


@lru_cache(maxsize=65536)
def stem(folded: str) -> str:
    """Give the Snowball (Porter 2) stem of a folded word."""
    return str(STEMMER.stemWord(folded))
