"""Grammar: the few parts of an English question that follow-ups are put together from."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from chatbot.terms import Word, words

BE = frozenset("is are was were am be been isn aren wasn weren isnt arent wasnt werent".split())
AUXILIARIES = BE | frozenset(
    "do does did has have had can could will would shall should may might must don doesn didn hasn haven hadn "
    "couldn won wouldn shouldn couldnt wont wouldnt shouldnt dont doesnt didnt hasnt havent hadnt".split()
)
DO = frozenset("do does did don doesn didn dont doesnt didnt".split())
SINGULAR = frozenset("is was has does isn wasn hasn doesn isnt wasnt hasnt doesnt".split())
PREPOSITIONS = frozenset(
    "about against among at before after behind between by during for from in inside into near of off on over "
    "outside since through till to toward towards under until with within without".split()
)
ASKING = frozenset("who whom whose what which when where why how".split())
DETERMINERS = frozenset("the a an this these those my your his her its our their s".split())
# "which KIND OF visit" asks about a visit, "which TWO cities" about cities
KIND_OF = re.compile(
    r"^(?:(?:kind|sort|type)s?\s+of|two|three|four|five|six|seven|eight|nine|ten)\s+", re.IGNORECASE
)
PARTICIPLE = re.compile(r"(?:ed|en|wn|built|made|held|found|sent|sold|said|told|paid|put|lost|met)$")
COUNTS = frozenset("many two three four five six seven eight nine ten".split())
NO_VERBS = DETERMINERS | frozenset("i you he she it we they that there all both".split())
LONGEST_PHRASE = 3  # words
OWNER = 2  # words of an owner: "the union's", "Mayor Lind's"


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
    if said[last].folded in COUNTS and last + 2 < len(said) and is_plural(said[last + 1].text):
        last += 1  # "how many people left"
    return Clause(question[: said[last].end], "", question[said[last].end :].strip())


def asks_for_subject(clause: Clause, *, name_follows: bool = False) -> bool:
    """Tell "How many jobs / will / be cut" from "How many jobs / will / the bank cut".

    Where the words do not tell ("How many jobs / will / parliament create"), it is not asked for.
    ``name_follows`` says that a name stands right after the auxiliary.
    """
    asked, said = ([word.folded for word in words(text)] for text in (clause.asked, clause.rest))
    auxiliary = clause.auxiliary.casefold()
    if not said or not (clause.thing or (asked and asked[-1] in {"who", "what", "many", "much"})):
        return False
    if not auxiliary or said[0] in {"not", "be", "been", "being"}:
        return True
    if name_follows or auxiliary in DO or said[0] in NO_VERBS or is_plural(said[0]) or clause.rest[0].isupper():
        return False
    is_done = PARTICIPLE.search(said[0]) or (auxiliary in BE and said[0].endswith("ing"))
    is_there = auxiliary in BE and said[0] in PREPOSITIONS  # "how many people / were / in the hall"
    return bool(is_done or is_there or not said[1:]) or said[1] in PREPOSITIONS | DETERMINERS


@dataclass(frozen=True)
class Phrase:
    """A noun with what stands before it, at ``[start, end)``; ``noun`` is its last word, folded."""

    text: str
    start: int
    end: int
    noun: str


def noun_phrases(question: str) -> list[Phrase]:
    """Give what "the" and the like begin: "the photo", "Hayashi's visit".

    A verb is left out where it ends the question, where it comes after the subject, or where it
    looks like a participle.
    """
    auxiliary, said = parse(question).auxiliary.casefold(), list(words(question))
    found = []
    subject = _after_auxiliary(question, said)
    for at, word in enumerate(said):
        if word.folded not in DETERMINERS:
            continue
        phrase = _phrase(said[at + 1 :], auxiliary if at == subject else "")
        after = said[at + 1 + len(phrase) :]
        owned = word.folded == "s" and at > 0
        acts = at == subject or (owned and at - subject <= OWNER) or said[at - 1].folded == "and"
        if len(phrase) > 1 and _ends_in_verb(phrase, after, auxiliary, acts=acts):
            phrase.pop()
        if phrase:
            start, end = said[at - 1].start if owned else word.start, phrase[-1].end
            text = question[start:end] if owned else f"the {question[phrase[0].start : end]}"
            found.append(Phrase(text, start, end, phrase[-1].folded))
    return found


def _after_auxiliary(question: str, said: Sequence[Word]) -> int:
    """Give the number of the word after the auxiliary, -1 where there is none."""
    clause = parse(question)
    start = question.rfind(clause.rest) if clause.auxiliary and clause.rest else len(question)
    return next((at for at, word in enumerate(said) if word.start >= start), -1)


def _ends_in_verb(phrase: Sequence[Word], after: Sequence[Word], auxiliary: str, *, acts: bool) -> bool:
    """Tell whether a phrase has taken in the verb behind it; ``acts`` says that it is the subject."""
    participle = PARTICIPLE.search(phrase[-1].folded) is not None
    if not auxiliary or not (acts or (auxiliary in BE and not after)):
        return False
    if not after or after[0].folded not in PREPOSITIONS:
        # "the train arrive", "the train leave / Brussels", "the council close / the hall"
        return participle if auxiliary in BE else not after or _is_object(after)
    # "the hall open / on Sundays"; not "the mayor / of Oslo"
    return (auxiliary not in BE or participle) and after[0].folded != "of" and not _ends_later(after)


def _is_object(after: Sequence[Word]) -> bool:
    first = after[0]
    return first.folded in NO_VERBS or (
        not first.is_stop and (first.text[0].isupper() or is_plural(first.text))
    )


def _ends_later(after: Sequence[Word]) -> bool:
    """Tell whether the verb comes after what a preposition adds: "the train / from Brussels arrive"."""
    last, before = after[-1], after[-2:-1]
    if last.folded in AUXILIARIES:
        return True
    if not before or not last.text.islower() or before[0].folded in PREPOSITIONS | DETERMINERS:
        return False
    bare = len(after) > 2 and DETERMINERS.isdisjoint(word.folded for word in after)
    return before[0].text[0].isupper() or bare


def _phrase(said: Sequence[Word], auxiliary: str) -> list[Word]:
    """Give the words of a phrase; after "is" a plural does not end it: "the telescopes mirror"."""
    phrase: list[Word] = []
    for word in said[:LONGEST_PHRASE]:
        several = phrase and auxiliary not in SINGULAR and is_plural(phrase[-1].text)
        ends = several or (phrase and word.folded.endswith("ed"))
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
