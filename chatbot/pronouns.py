"""Pronouns: what "he", "they", "it" or "there" points to in the turns before."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from chatbot.answer_types import DATE, PLACE_BEFORE, expected_type
from chatbot.grammar import AUXILIARIES, BE, PREPOSITIONS, head, is_plural, noun_phrases, parse
from chatbot.names import Name, Names
from chatbot.terms import Word, content_words, words

Kind = Literal["person", "people", "thing", "place", "time", "matter", "one"]

KINDS: dict[str, Kind] = {
    **dict.fromkeys("he him she her his hers himself herself".split(), "person"),
    **dict.fromkeys("they them their theirs themselves".split(), "people"),
    **dict.fromkeys("it its itself".split(), "thing"),
    "there": "place",
    "then": "time",
    **dict.fromkeys("this that these those so".split(), "matter"),
    "one": "one",
    "ones": "one",
}
POSSESSIVE = frozenset("his their its".split())
OBJECTS = frozenset("him them".split())
IDLE_IT = re.compile(
    r"\b(?:time|day|date|late) is it\b|\bis it (?:true|possible|likely|known)\b", re.IGNORECASE
)
LONGEST_ANSWER = 6  # words of an answer that can take a pronoun's place


@dataclass(frozen=True)
class Told:
    """An earlier turn: ``asked`` as it was, ``question`` as it stands alone.

    ``find_answer`` gives the words that answered it, "" where none did; ``meant`` is what its
    pronouns point to.
    """

    turn: int
    asked: str
    question: str
    find_answer: Callable[[], str] = str
    meant: Mapping[Kind, "Antecedent"] = field(default_factory=dict)

    @cached_property
    def answer(self) -> str:
        """Give the words that answered, looked for once."""
        return self.find_answer()

    @property
    def short_answer(self) -> str:
        """Give what can stand for the answer in another question, "" where nothing can."""
        short = head(self.answer)
        said = list(words(short))
        clause = any(word.folded in KINDS or word.folded in AUXILIARIES | {"i", "we", "you"} for word in said)
        return "" if clause or len(said) > LONGEST_ANSWER else short


@dataclass(frozen=True)
class Pronoun:
    """A pronoun of a question that points before it."""

    word: Word
    kind: Kind
    possessive: bool
    before: str
    """The word before, folded."""


@dataclass(frozen=True)
class Antecedent:
    """What a pronoun points to and the turn that it is from.

    ``replaces`` says whether it can stand in the pronoun's place.
    """

    text: str
    turn: int
    replaces: bool = True


def find_pronouns(question: str, names: Names) -> list[Pronoun]:
    """Give the pronouns that nothing in the question itself explains, the first of each kind."""
    said = list(words(question))
    found, phrases = names.find(question), noun_phrases(question)
    pronouns: dict[Kind, Pronoun] = {}
    for at, word in enumerate(said):
        kind = KINDS.get(word.folded)
        if kind is None or kind in pronouns:
            continue
        before, after = said[at - 1].folded if at else "", said[at + 1].folded if at + 1 < len(said) else ""
        named = any(name.end <= word.start for name in found)
        described = any(start < word.start for _, start in phrases)
        idle = kind == "thing" and IDLE_IT.search(question)
        if not idle and _points_back(kind, word.folded, before, after, named, described):
            possessive = word.folded in POSSESSIVE or (word.folded == "her" and _is_noun(said[at + 1 : at + 2]))
            pronouns[kind] = Pronoun(word, kind, possessive, before)
    return list(pronouns.values())


def _points_back(kind: Kind, folded: str, before: str, after: str, named: bool, described: bool) -> bool:
    if kind == "person":
        return folded in OBJECTS or not named
    if kind == "people":
        return folded in OBJECTS or not (named or described)
    if kind == "thing":
        return not described and not (named and folded == "its")
    if kind == "place":  # not "is there a", "there is a"
        return not {before, after} & (BE - {"be", "been"})
    if kind == "time":
        return bool(before) and not after
    if kind == "one":
        return bool(before) and before not in PREPOSITIONS | AUXILIARIES | {"which", "no"}
    return not after if folded == "so" else not after or after in AUXILIARIES | PREPOSITIONS


def _is_noun(following: Sequence[Word]) -> bool:
    return bool(following) and not following[0].is_stop


def fill_pronouns(question: str, earlier: Sequence[Told], names: Names) -> tuple[str, dict[Kind, Antecedent]]:
    """Put what pronouns point to in their place; give the question, and what each means."""
    pieces: list[str] = []
    meant: dict[Kind, Antecedent] = {}
    done = 0
    present = {name.text for name in names.find(question)}
    for pronoun in find_pronouns(question, names):
        antecedent = find_antecedent(pronoun, earlier, names, present)
        if antecedent is None:
            continue
        meant[pronoun.kind] = antecedent
        if antecedent.replaces:
            pieces += question[done : pronoun.word.start], _put(antecedent.text, pronoun)
            done = pronoun.word.end
    return "".join([*pieces, question[done:]]), meant


def _put(text: str, pronoun: Pronoun) -> str:
    if pronoun.kind == "place":
        joint = "" if pronoun.before in PREPOSITIONS else "to " if pronoun.before == "been" else "in "
        return joint + text
    return f"{text}'s" if pronoun.possessive else text


def find_antecedent(
    pronoun: Pronoun, earlier: Sequence[Told], names: Names, present: set[str]
) -> Antecedent | None:
    """Find what a pronoun points to, in the latest turn that has it.

    That is what the same pronoun meant there, where it had any. ``present`` are the names of
    the question itself, which it cannot point to.
    """
    for find in _FINDERS[pronoun.kind]:
        for told in reversed(earlier):
            same = told.meant.get(pronoun.kind)
            if found := same if same and same.text not in present else find(told, names, present):
                return found
    return None


def _people(text: str, names: Names, present: set[str], *, sure: bool = False) -> list[str]:
    kinds = {"person"} if sure else {"person", "any"}
    return [
        name.short
        for name in names.find(text)
        if not {name.text, name.short} & present
        and name.kind in kinds
        and (name.kind == "person" or not PLACE_BEFORE.search(text[: name.start]))
    ]


def _person(told: Told, names: Names, present: set[str]) -> Antecedent | None:
    clause = parse(told.question)
    people = _people(told.question, names, present, sure=True) or _people(told.question, names, present)
    subject = bool(people) and clause.auxiliary.casefold() not in BE | {""}
    if expected_type(told.question) == "person" and not subject:
        if answered := _people(told.answer, names, present):
            return Antecedent(answered[0], told.turn)
        if not told.answer and clause.rest:
            return Antecedent(clause.rest, told.turn, replaces=clause.auxiliary.casefold() in BE)
    return Antecedent(people[0], told.turn) if people else None


def _people_together(told: Told, names: Names, present: set[str]) -> Antecedent | None:
    people = _people(told.question, names, present, sure=True)
    if expected_type(told.question) == "person":
        answered = _people(told.answer, names, present)
        people = answered if len(answered) > 1 else list(dict.fromkeys([*answered, *people]))
    if len(people) > 1:
        return Antecedent(" and ".join([", ".join(people[:-1]), people[-1]]), told.turn)
    plural = [phrase for phrase in _things(told, names, present) if is_plural(phrase)]
    return Antecedent(plural[0], told.turn) if plural else None


def _things(told: Told, names: Names, present: set[str]) -> list[str]:
    """Give the phrases for things in a turn, those asked about first."""
    thing = parse(told.question).thing
    expected = expected_type(told.question)
    answered = [told.short_answer] if expected in {"any", "person", "number"} and told.short_answer else []
    if expected == "person" and _people(told.answer, names, present, sure=True):
        answered = [phrase for phrase in answered if is_plural(phrase)]
    phrases = [phrase for phrase, _ in noun_phrases(told.question)]
    if expected == "person":
        return [*answered, *phrases]
    return [*([f"the {thing}"] if thing else []), *phrases, *answered]


def _thing(told: Told, names: Names, present: set[str]) -> Antecedent | None:
    if things := _things(told, names, present):
        return Antecedent(things[0], told.turn)
    named = [name for name in names.find(told.question) if name.kind != "person" and name.text not in present]
    return Antecedent(named[-1].text, told.turn) if named else None


def _matter(told: Told, names: Names, present: set[str]) -> Antecedent | None:
    if expected_type(told.question) == "any" and told.short_answer:
        return Antecedent(told.short_answer, told.turn)
    return _topics(told, names, present)


def _topics(told: Told, names: Names, present: set[str]) -> Antecedent | None:
    topics = [word.text for word in content_words(told.question) if word.text not in present]
    return Antecedent(" ".join(topics), told.turn, replaces=False) if topics else None


def _place(told: Told, names: Names, present: set[str]) -> Antecedent | None:
    for text in (told.question, told.answer) if expected_type(told.question) == "place" else (told.question,):
        places = [name for name in names.find(text) if name.text not in present and _is_place(name, text)]
        if places:
            return Antecedent(places[-1].text, told.turn)
    return None


def _is_place(name: Name, text: str) -> bool:
    return name.kind == "place" or (name.kind == "any" and PLACE_BEFORE.search(text[: name.start]) is not None)


def _time(told: Told, names: Names, present: set[str]) -> Antecedent | None:
    date = DATE.search(told.question) or DATE.search(told.answer)
    return Antecedent(date[0], told.turn, replaces=False) if date else None


def _noun(told: Told, names: Names, present: set[str]) -> Antecedent | None:
    """Find what "one" stands for: "minister" after "the foreign minister of Japan"."""
    for phrase, _ in noun_phrases(told.question):
        named = {word.folded for name in names.find(phrase) for word in words(name.text)}
        left = [word for word in words(phrase) if not word.is_stop and word.folded not in named]
        if left:
            return Antecedent(phrase[left[0].start : left[-1].end], told.turn)
    return None


Finder = Callable[[Told, Names, set[str]], Antecedent | None]
_FINDERS: dict[Kind, tuple[Finder, ...]] = {
    "person": (_person,),
    "people": (_people_together, _topics),
    "thing": (_thing, _topics),
    "place": (_place,),
    "time": (_time,),
    "matter": (_matter,),
    "one": (_noun,),
}
