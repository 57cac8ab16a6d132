"""Grammar: the few parts of an English question that follow-ups are put together from."""

import re
from dataclasses import dataclass
from itertools import pairwise

from chatbot.terms import Word, words

BE = frozenset("is are was were am be been isn aren wasn weren isnt arent wasnt werent".split())
AUXILIARIES = BE | frozenset(
    "do does did has have had can could will would shall should may might must don doesn didn hasn haven hadn "
    "couldn won wouldn shouldn couldnt wont wouldnt shouldnt dont doesnt didnt hasnt havent hadnt".split()
)
PREPOSITIONS = frozenset(
    "about against among at before after behind between by during for from in inside into near of off on over "
    "outside since through till to toward towards under until with within without".split()
)
ASKING = frozenset("who whom whose what which when where why how".split())
DETERMINERS = frozenset("the a an this these those my your his her its our their s".split())
# "which KIND OF visit" asks about a visit
KIND_OF = re.compile(r"^(?:kind|sort|type)s?\s+of\s+", re.IGNORECASE)
PARTICIPLE = re.compile(r"(?:ed|en|wn|built|made|held|found|sent|sold|said|told|paid|put|lost|met)$")
LONGEST_PHRASE = 3  # words


@dataclass(frozen=True)
class Clause:
    """A question cut in parts: "How many cranes" (``asked``), "did" and "Japan pledge" (``rest``).

    ``auxiliary`` is empty where what is asked for is the subject ("Who" "met Zelenskyy") and
    ``asked`` where the question begins with the auxiliary ("Did" "Japan pledge cranes").
    """

    asked: str
    auxiliary: str
    rest: str

    @property
    def thing(self) -> str:
        """Give the noun that is asked about: "cranes" in "How many cranes"."""
        said = list(words(self.asked))
        at = next((at for at, word in enumerate(said) if word.folded in ASKING), len(said))
        at += 2 if said[at : at + 1] and said[at].folded == "how" else 1
        return KIND_OF.sub("", self.asked[said[at].start :]) if at < len(said) else ""


def parse(question: str) -> Clause:
    """Cut a question in parts; where it asks with none of the known words, all is ``rest``."""
    said = list(words(question))
    at = 1 if said and said[0].folded in PREPOSITIONS else 0
    if at < len(said) and said[at].folded in ASKING:
        return _cut(question, said, at)
    if said and said[0].folded in AUXILIARIES:
        return Clause("", said[0].text.casefold(), question[said[0].end :].strip())
    return Clause("", "", question)


def _cut(question: str, said: list[Word], asking: int) -> Clause:
    """Find the auxiliary: at once after "who" and "when", up to four words after "which" and "how"."""
    reach = 5 if said[asking].folded in {"what", "which", "whose", "how"} else 1
    for word in said[asking + 1 : asking + 1 + reach]:
        if word.folded in AUXILIARIES:
            return Clause(question[: word.start].strip(), word.text, question[word.end :].strip())
    # "which city hosts", "how many cranes": the next word belongs to what is asked for
    last = min(asking + (said[asking].folded in {"which", "whose", "how"}), len(said) - 1)
    return Clause(question[: said[last].end], "", question[said[last].end :].strip())


@dataclass(frozen=True)
class Phrase:
    """A noun with what stands before it, at ``[start, end)``; ``noun`` is its last word, folded."""

    text: str
    start: int
    end: int
    noun: str


def noun_phrases(question: str) -> list[Phrase]:
    """Give what "the" and the like begin: "the photo", "Hayashi's visit".

    A verb is left out where it ends the question or looks like a participle.
    """
    auxiliary, said = parse(question).auxiliary.casefold(), list(words(question))
    found = []
    for at, word in enumerate(said):
        if word.folded not in DETERMINERS:
            continue
        phrase = _phrase(said[at + 1 : at + 1 + LONGEST_PHRASE])
        ends = phrase[-1:] == said[-1:]
        if (
            len(phrase) > 1
            and ends
            and auxiliary
            and (auxiliary not in BE or PARTICIPLE.search(said[-1].folded))
        ):
            phrase.pop()
        if phrase:
            owned = word.folded == "s" and at > 0
            start, end = said[at - 1].start if owned else word.start, phrase[-1].end
            text = question[start:end] if owned else f"the {question[phrase[0].start : end]}"
            found.append(Phrase(text, start, end, phrase[-1].folded))
    return found


def _phrase(said: list[Word]) -> list[Word]:
    phrase: list[Word] = []
    for word in said:
        ends = phrase and (word.folded.endswith("ed") or is_plural(phrase[-1].text))
        if ends or word.is_stop or word.folded in PREPOSITIONS | AUXILIARIES:
            break
        phrase.append(word)
    return phrase


def head(phrase: str) -> str:
    """Give a phrase up to what a preposition adds: "the victims" of "the victims of war"."""
    for before, word in pairwise(words(phrase)):
        if word.folded in PREPOSITIONS:
            return phrase[: before.end]
    return phrase


def is_plural(phrase: str) -> bool:
    """Tell a phrase for several things by its last word's form, or by its "and"."""
    said = list(words(phrase))
    return any(word.folded == "and" for word in said) or (
        bool(said) and re.search(r"[^siu]s$|(?:men|people|children)$", said[-1].folded) is not None
    )
