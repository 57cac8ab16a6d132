"""Pronouns: those of a question that point to the turns before it, and what they mean put in their place."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from chatbot.antecedents import KINDS, Antecedent, Kind, Told, find_antecedent
from chatbot.grammar import AUXILIARIES, BE, PREPOSITIONS, asks_for_subject, noun_phrases, parse
from chatbot.names import Names
from chatbot.terms import STOP_WORDS, Word, words

POSSESSIVE = frozenset("his their its".split())
OBJECTS = frozenset("him them".split())
OTHER: dict[Kind, Kind] = {"man": "woman", "woman": "man"}
IDLE_IT = re.compile(
    r"\b(?:time|day|date|late) is it\b|\bis it (?:true|possible|likely|known)\b", re.IGNORECASE
)
# After these "there" means "to", after other words "in".
MOTION = frozenset("been go goes going gone went come came get got travel travelled arrive arrived".split())


@dataclass(frozen=True)
class Pronoun:
    """A pronoun that points to what was said before; ``before`` is the folded word before it."""

    word: Word
    kind: Kind
    possessive: bool
    before: str


def find_pronouns(question: str, names: Names) -> list[Pronoun]:
    """Give the pronouns that nothing in the question itself explains, the first of each kind."""
    said = list(words(question))
    found, phrases = names.find(question), noun_phrases(question)
    pronouns: dict[Kind, Pronoun] = {}
    for at, word in enumerate(said):
        kind = None if word.is_acronym else KINDS.get(word.folded)
        if kind is None or kind in pronouns or (kind == "thing" and IDLE_IT.search(question)):
            continue
        before, after = said[at - 1].folded if at else "", said[at + 1].folded if at + 1 < len(said) else ""
        named = any(name.end <= word.start for name in found)
        spoken = any(phrase.start < word.start for phrase in phrases)
        noun_follows = at + 1 < len(said) and not said[at + 1].is_stop
        possessive = word.folded in POSSESSIVE or (word.folded == "her" and noun_follows)
        if possessive and _owned_by_subject(question, word, kind, names):
            continue
        if _points_back(kind, word.folded, before, after, named, spoken):
            pronouns[kind] = Pronoun(word, kind, possessive, before)
    return list(pronouns.values())


def _owned_by_subject(question: str, word: Word, kind: Kind, names: Names) -> bool:
    """Tell "Who broke her leg?" from "Who is her deputy?" and "Which of her songs won?"."""
    clause = parse(question)
    asked = [asked.folded for asked in words(clause.asked)]
    if asked[-1:] == ["what"] or "whose" in asked or (asked[-1:] == ["who"] and kind == "thing"):
        return False
    first = next(iter(names.find(clause.rest, begins=False)), None)
    if not asks_for_subject(clause, name_follows=first is not None and first.start == 0):
        return False
    between = question[question.rfind(clause.rest) : word.start]
    return any(said.folded not in PREPOSITIONS | {"of"} for said in words(between))


def _points_back(kind: Kind, folded: str, before: str, after: str, named: bool, spoken: bool) -> bool:
    """Tell it from its neighbours, and by whether a name or a phrase with "the" stands before."""
    if kind in {"man", "woman"}:
        return folded in OBJECTS or not named
    if kind == "people":
        return folded in OBJECTS or not (named or spoken)
    if kind == "thing":
        return not spoken and not (named and folded == "its")
    if kind == "place":  # not "is there a", "there is a", "will there be"
        exists = before in AUXILIARIES and after in {"be", "been"}
        return not exists and {before, after}.isdisjoint(BE - {"be", "been"})
    if kind == "time":
        return bool(before) and not after
    if kind == "one":
        # "one of the worst", "more than one seat"; not "the Norwegian one came"
        counted = before in STOP_WORDS - {"the", "this", "that", "other"} and after and after not in STOP_WORDS
        counts = after == "of" or (folded == "one" and counted)
        return bool(before) and not counts and before not in PREPOSITIONS | AUXILIARIES | {"which", "no"}
    if folded == "so":
        return not after
    # "is that a loan", "will that cost"; not "is that visit over"
    if folded == "that" and before and before not in STOP_WORDS:  # "the woman that will become"
        return not after
    asked = (before in BE and after in STOP_WORDS) or before in AUXILIARIES - BE
    return not after or after in AUXILIARIES | PREPOSITIONS or asked


def fill_pronouns(question: str, earlier: Sequence[Told], names: Names) -> tuple[str, dict[Kind, Antecedent]]:
    """Put what pronouns point to in their place; give the question, and what each means."""
    pieces: list[str] = []
    meant: dict[Kind, Antecedent] = {}
    done = 0
    named = frozenset(name.text for name in names.find(question))
    for pronoun in find_pronouns(question, names):
        other = OTHER.get(pronoun.kind)
        others = {meaning.text for told in earlier for kind, meaning in told.meant.items() if kind == other}
        antecedent = find_antecedent(pronoun.kind, earlier, names, named | others)
        if antecedent is None:
            continue
        meant[pronoun.kind] = antecedent
        if antecedent.replaces:
            pieces += question[done : pronoun.word.start], _put(antecedent.text, pronoun)
            done = pronoun.word.end
    return "".join([*pieces, question[done:]]), meant


def _put(text: str, pronoun: Pronoun) -> str:
    if pronoun.kind == "place":
        joint = "" if pronoun.before in PREPOSITIONS else "to " if pronoun.before in MOTION else "in "
        return joint + text
    return f"{text}'s" if pronoun.possessive else text
