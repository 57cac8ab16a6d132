"""Antecedents: what earlier turns spoke of, for pronouns to point to."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from chatbot.answer_types import DATE, PLACE_BEFORE, expected_type
from chatbot.grammar import AUXILIARIES, BE, head, is_plural, noun_phrases, parse
from chatbot.names import ROLES, TITLES, Name, Names
from chatbot.passages import Passage
from chatbot.terms import content_words, words

Kind = Literal["man", "woman", "people", "thing", "place", "time", "matter", "one"]

KINDS: dict[str, Kind] = {
    **dict.fromkeys("he him his himself".split(), "man"),
    **dict.fromkeys("she her hers herself".split(), "woman"),
    **dict.fromkeys("they them their theirs themselves".split(), "people"),
    **dict.fromkeys("it its itself".split(), "thing"),
    "there": "place",
    "then": "time",
    **dict.fromkeys("this that these those so".split(), "matter"),
    **dict.fromkeys("one ones".split(), "one"),
}
NOT_IN_PHRASES = KINDS.keys() | AUXILIARIES | {"i", "we", "you"}
LONGEST_ANSWER = 6  # words of an answer that can take a pronoun's place


@dataclass(frozen=True)
class Antecedent:
    """What a pronoun points to and the turn that it is from.

    ``replaces`` says whether it can stand in the pronoun's place; ``described`` is what it was
    asked for as: "the mayor of Oslo".
    """

    text: str
    turn: int
    replaces: bool = True
    described: str = ""


@dataclass(frozen=True)
class Told:
    """An earlier turn: ``asked`` as it was, ``question`` as it stands alone.

    ``find_answer`` gives the words that answered it, "" where none did; ``meant`` is what its
    pronouns point to; ``find_quoted`` gives the passages that were quoted for it.
    """

    turn: int
    asked: str
    question: str
    find_answer: Callable[[], str] = str
    meant: Mapping[Kind, Antecedent] = field(default_factory=dict)
    find_quoted: Callable[[], Sequence[Passage]] = tuple

    @cached_property
    def answer(self) -> str:
        """Give the words that answered, looked for once."""
        return self.find_answer()

    @property
    def short_answer(self) -> str:
        """Give what can stand for the answer in another question, "" where nothing can."""
        short = head(self.answer)
        said = [word.folded for word in words(short)]
        return "" if len(said) > LONGEST_ANSWER or not NOT_IN_PHRASES.isdisjoint(said) else short


def find_antecedent(
    kind: Kind, earlier: Sequence[Told], names: Names, present: frozenset[str]
) -> Antecedent | None:
    """Find what a pronoun points to, in the latest turn that has it.

    That is what such a pronoun meant there, where it had any. ``present`` is what it cannot
    point to: names of the question itself, and whoever was "she" if it is "he".
    """
    for find in _FINDERS[kind]:
        for told in reversed(earlier):
            same = told.meant.get(kind)
            if same and same.text not in present:
                return same
            if (found := find(told, names, present)) is not None:
                text, replaces = found
                return Antecedent(text, told.turn, replaces, _described(text, told.question))
    return None


def _described(text: str, question: str) -> str:
    clause = parse(question)
    is_answer = clause.asked.casefold() == "who" and clause.auxiliary.casefold() in BE and text not in question
    return clause.rest if is_answer else ""


Found = tuple[str, bool]  # the words, and whether they can stand in the pronoun's place


def _person(told: Told, names: Names, present: frozenset[str]) -> Found | None:
    auxiliary = parse(told.question).auxiliary.casefold()
    people = _people(told.question, names, present, sure=True) or _people(told.question, names, present)
    if people and _asks_who_somebody_is(told.question, names):
        return people[0], True
    is_asked = auxiliary in BE | {""}  # "who is it", not "whom did she meet"
    asked_for = _asks_for_person(told.question) and (is_asked or not people)
    roles = [] if people else [text for text in _roles(told.question) if text not in present]
    sure = bool(roles) and not is_asked  # "she" is the mayor who thanked Italy
    if asked_for and (answered := _people(told.answer, names, present, sure=sure)):
        return answered[0], True
    people = people or roles
    asked_for = asked_for and (is_asked or not people)
    if asked_for and not told.answer and (rest := parse(told.question).rest):
        return rest, auxiliary in BE
    return (people[0], True) if people else None


def _asks_who_somebody_is(question: str, names: Names) -> bool:
    """Tell "Who is Katrin Solms?", which is answered by what she is, from "Who is the mayor of Oslo?"."""
    clause = parse(question)
    named = names.find(clause.rest, begins=False)
    is_name = len(named) == 1 and (named[0].start, named[0].end) == (0, len(clause.rest))
    return expected_type(question) == "person" and clause.auxiliary.casefold() in BE and is_name


def _asks_for_person(question: str) -> bool:
    """Tell "who" and "which prime minister" from other questions."""
    asked = [word.folded for word in words(parse(question).thing)]
    return expected_type(question) == "person" or (asked[-1:] != [] and asked[-1] in TITLES | ROLES)


def _people(text: str, names: Names, present: frozenset[str], *, sure: bool = False) -> list[str]:
    """Give the people named in a text; if ``sure``, those alone that the library shows to be people."""
    return [
        name.short
        for name in names.find(text)
        if present.isdisjoint({name.text, name.short})
        and (name.kind == "person" or (name.kind == "any" and not sure and not _is_place(name, text)))
    ]


def _roles(question: str) -> list[str]:
    return [phrase.text for phrase in noun_phrases(question) if phrase.noun in TITLES | ROLES]


def _several(told: Told, names: Names, present: frozenset[str]) -> Found | None:
    people = _people(told.question, names, present, sure=True)
    if expected_type(told.question) == "person":
        answered = _people(told.answer, names, present)
        people = answered if len(answered) > 1 else [*answered, *people]
    people = list(dict.fromkeys(people))
    if len(people) > 1:
        return " and ".join([", ".join(people[:-1]), people[-1]]), True
    thing = next((phrase for phrase in _things(told, names, present) if is_plural(phrase)), None)
    if thing is None:  # without "the"; the first word after "who" is a verb
        said = content_words(told.question)[1 if expected_type(told.question) == "person" else 0 :]
        named = [name for name in names.find(told.question) if name.kind != "other"]  # "Katrin Solms" is one
        plural = (
            word.text
            for word in said
            if is_plural(word.text)
            and word.text not in present
            and not any(name.start <= word.start < name.end for name in named)
        )
        thing = next((f"the {text}" for text in plural), None)
    return (thing, True) if thing else None


# "the name of the cyclone", "the number of dead": what comes after is spoken of
MEASURES = frozenset("name number amount kind sort type size age reason purpose cause date time place".split())
# what "one" is told apart from others by: "the old one" after "the new school"
CONTRASTS = frozenset(
    "new old first second third last next previous other another big small large main whole same".split()
)


def _things(told: Told, names: Names, present: frozenset[str]) -> Iterator[str]:
    """Give the phrases for things in a turn: what was asked about, what was spoken of, what answered."""
    if thing := parse(told.question).thing:
        yield f"the {thing}"
    said = TITLES | ROLES | MEASURES
    yield from (phrase.text for phrase in noun_phrases(told.question) if phrase.noun not in said)
    expected = expected_type(told.question)
    if expected in {"any", "person", "number"} and (answer := told.short_answer):
        is_person = expected == "person" and _is_somebody(answer, names)
        has_noun = any(not word.text[0].isdigit() for word in content_words(answer))
        if has_noun and (is_plural(answer) or not is_person):
            yield answer


def _is_somebody(answer: str, names: Names) -> bool:
    """Tell the answer to "who" that is a person from "the European Union" and "a joint commission"."""
    said = [word.folded for word in words(answer)]
    if not (TITLES | ROLES).isdisjoint(said) or any(name.kind == "person" for name in names.find(answer)):
        return True
    named = {word.folded for name in names.find(answer, begins=False) for word in words(name.text)}
    return said[:1] != ["the"] and all(word in named for word in said)


def _thing(told: Told, names: Names, present: frozenset[str]) -> Found | None:
    if thing := next((phrase for phrase in _things(told, names, present) if not is_plural(phrase)), None):
        return thing, True
    named = [name for name in names.find(told.question) if name.kind != "person" and name.text not in present]
    return (named[-1].text, True) if named else None


def _matter(told: Told, names: Names, present: frozenset[str]) -> Found | None:
    if expected_type(told.question) == "any" and told.short_answer:
        return told.short_answer, True
    thing = next((phrase for phrase in _things(told, names, present) if not is_plural(phrase)), None)
    return (thing, True) if thing else _topics(told, names, present)


def _topics(told: Told, names: Names, present: frozenset[str]) -> Found | None:
    topics = [word.text for word in content_words(told.question) if word.text not in present]
    return (" ".join(topics), False) if topics else None


def _place(told: Told, names: Names, present: frozenset[str]) -> Found | None:
    texts = [told.question]
    if expected_type(told.question) == "place":
        texts.append(told.answer)
    for text in texts:
        places = [name.text for name in names.find(text) if name.text not in present and _is_place(name, text)]
        if places:
            return places[-1], True
    return None


def _is_place(name: Name, text: str) -> bool:
    return name.kind == "place" or (name.kind == "any" and PLACE_BEFORE.search(text[: name.start]) is not None)


def _time(told: Told, names: Names, present: frozenset[str]) -> Found | None:
    date = DATE.search(told.question) or DATE.search(told.answer)
    return (date[0], False) if date else None


def _noun(told: Told, names: Names, present: frozenset[str]) -> Found | None:
    """Find what "one" stands for: "minister" after "the foreign minister of Japan"."""
    for phrase in noun_phrases(told.question):
        named = {word.folded for name in names.find(phrase.text) for word in words(name.text)}
        left = [word for word in content_words(phrase.text) if word.folded not in named | CONTRASTS]
        if left:
            return phrase.text[left[0].start : left[-1].end], True
    return None


_FINDERS: dict[Kind, tuple[Callable[[Told, Names, frozenset[str]], Found | None], ...]] = {
    "man": (_person,),
    "woman": (_person,),
    "people": (_several, _topics),
    "thing": (_thing, _topics),
    "place": (_place,),
    "time": (_time,),
    "matter": (_matter,),
    "one": (_noun,),
}
