"""Fragments: a question that leaves out its clause ("And Shmyhal?", "When?") and takes the last one's."""

import re
from collections.abc import Sequence

from chatbot.answer_types import PLACE_BEFORE, expected_type
from chatbot.antecedents import KINDS, Told
from chatbot.grammar import (
    ASKING,
    AUXILIARIES,
    BE,
    DETERMINERS,
    PREPOSITIONS,
    Clause,
    asks_for_subject,
    noun_phrases,
    parse,
)
from chatbot.names import ROLES, TITLES, Name, Names
from chatbot.terms import Word, content_words, words

JOINER = re.compile(r"^\W*(?:(?:and|but|so|or|also|then|what about|how about)\b[\s,]*)+", re.IGNORECASE)
HOW_COME = re.compile(r"^how come\b", re.IGNORECASE)
IDLE = re.compile(r"\s+(?:exactly|precisely|actually|else)\b", re.IGNORECASE)
HOW_MANY = re.compile(r"^how (?:many|much)$", re.IGNORECASE)
LONGEST_FRAGMENT = 4  # content words
# Content words beside these that a question can have and still lack its clause.
BESIDE = {"when": 1, "where": 1, "why": 1, "how": 1}
# Words without a topic that are no part of a fragment: they make a clause.
VERBS = frozenset(
    "get got give given go let like mention mentioned said say says tell want know ask asked".split()
)
# Verbs of the past that end a question: "How many died?", not "How many hundred?".
DONE = re.compile(r"(?<!hundr)ed$|^(?:left|came|won|fled|fell|went|lost|fought|spoke|stood|took|drowned)$")
TAKES_UP = frozenset("do that this it so not".split())


def is_fragment(question: str, beside: int = 0) -> bool:
    """Tell whether a question has no clause of its own.

    ``beside`` content words may stand beside "who", "what" or "which": "which sectors?" lacks a
    clause, or asks for what its words find.
    """
    said = list(words(_plain(question)))
    if not said or any(word.folded in VERBS for word in said):
        return False
    at = 1 if said[0].folded in PREPOSITIONS and len(said) > 1 else 0
    topics = [word for word in said if not word.is_stop]
    if said[at].folded not in ASKING:
        if at and not topics and not ASKING.isdisjoint(word.folded for word in said):
            return True  # "to do what?"
        joined = JOINER.match(question) is not None and 0 < len(topics) <= LONGEST_FRAGMENT
        return joined and all(word.folded not in AUXILIARIES for word in said)
    for number, word in enumerate(said[at + 1 :], start=at + 1):
        if word.folded in AUXILIARIES:
            return not topics and _repeats(said[at].folded, word.folded, said[number + 1 :])
    if said[at].folded == "how" and len(said) == at + 3 and DONE.search(said[-1].folded):
        return False  # "how many died"
    if any(KINDS.get(word.folded) in {"man", "woman", "people", "thing"} for word in said):
        return False  # "how many of them" takes the word, not the clause
    return len(topics) <= (2 if at else max(beside, BESIDE.get(said[at].folded, 0)))


def _plain(fragment: str) -> str:
    """Leave out what joins a fragment to what was said, and what adds nothing: "where exactly"."""
    return HOW_COME.sub("why", IDLE.sub("", JOINER.sub("", fragment)))


def _repeats(asking: str, auxiliary: str, after: Sequence[Word]) -> bool:
    """Tell "Who did?", "Why did he?" and "When was that?" from "Who is he?" and "Where is it?"."""
    if not after:
        return True
    if asking not in BESIDE:
        return False
    if auxiliary in BE:
        last = KINDS.get(after[0].folded)
        return len(after) == 1 and (last == "matter" or (last == "thing" and asking != "where"))
    return after[0].folded in KINDS and all(word.folded in TAKES_UP for word in after[1:])


def asks(fragment: str) -> bool:
    """Tell a fragment that asks ("when?") from one that only names something ("and Shmyhal?")."""
    said = [word.folded for word in words(_plain(fragment))]
    return not ASKING.isdisjoint(said[:2])


def put_fragment(fragment: str, told: Told, names: Names) -> str | None:
    """Give the earlier question with a fragment in the place of what it answers to.

    None where it has no place: "how many dead?" after "What was the name of the cyclone?".
    """
    fragment = _plain(fragment)
    if asks(fragment):
        clause = parse(fragment)
        if clause.auxiliary and clause.asked.casefold() in {"who", "what"}:  # asks for the subject
            auxiliary = parse(told.question).auxiliary or clause.auxiliary
            return f"{clause.asked} {auxiliary} {_without_subject(told, names)}"
        counts = fragment.casefold().startswith(("how many ", "how much ")) and content_words(fragment)
        last = parse(told.question)
        if counts and last.auxiliary.casefold() in BE and not (last.thing and _asks_instead(fragment, last)):
            return None
        return _put_asking(clause.asked if clause.auxiliary else fragment, told, names)
    return _put_words(fragment, _as_described(fragment, told), names)


def _as_described(fragment: str, told: Told) -> str:
    """Give the earlier question with "the mayor of Oslo" for Lind, where "and of Bergen?" takes up the "of"."""
    first = next(iter(words(fragment))).folded
    if first != "of" or any(word.folded == first for word in words(told.question)):
        return told.question
    people = (meant for meant in told.meant.values() if first in meant.described.casefold().split())
    meant = next(people, None)
    return told.question.replace(meant.text, meant.described, 1) if meant else told.question


def _put_asking(asking: str, told: Told, names: Names) -> str:
    clause = parse(told.question)
    people = [name.short for name in names.find(told.answer) if name.kind in {"person", "any"}]
    answer = people[0] if expected_type(told.question) == "person" and len(people) == 1 else told.short_answer
    counted = " ".join(word.text for word in words(clause.thing) if not word.text.isdigit())
    if not clause.asked or _asks_instead(asking, clause):
        parts = [asking, clause.auxiliary, clause.rest]
    elif not clause.auxiliary:
        if HOW_MANY.match(asking):
            parts = [asking, counted or answer, clause.rest]
        else:
            parts = [asking, "was it that" if answer else "", _whole(answer, clause), clause.rest]
    else:
        lacks = clause.asked.casefold() in {"who", "whom", "what"}
        about = _the_thing(clause) or (answer if lacks else "")
        first = next(iter(names.find(clause.rest, begins=False)), None)
        if HOW_MANY.match(asking):
            about = " ".join(word.text for word in words(about) if not word.text.isdigit())
            parts = [asking, counted or about, clause.auxiliary, clause.rest]
        elif asks_for_subject(clause, name_follows=first is not None and first.start == 0):
            parts = [asking, clause.auxiliary, about, clause.rest]
        else:
            rest = clause.rest if about or not lacks else _without_preposition(clause.rest)
            parts = [asking, clause.auxiliary, rest, about]
    return " ".join(filter(None, parts))


def _asks_instead(asking: str, clause: Clause) -> bool:
    """Tell whether a fragment asks for a thing in the place of that which was asked for.

    "How many branches?" does so after "How many jobs will be cut?"; "which year?", "how many
    times?" and "to which town?" do not.
    """
    said = [word.folded for word in words(asking)]
    counts = said[:1] == ["how"] and said[1:2] in (["many"], ["much"])
    noun = said[2:] if counts else said[1:]
    if not noun or noun[0] in PREPOSITIONS or noun[-1] in {"time", "times"} or not content_words(asking):
        return False
    asks_thing = counts or said[0] in {"which", "what"}
    adverbial = not counts and expected_type(asking) in {"date", "place"}
    return asks_thing and not adverbial and bool(clause.thing or clause.asked.casefold() == "what")


def _the_thing(clause: Clause) -> str:
    """Give what is asked about, as it is spoken of afterwards: "the schools" of "which schools"."""
    which = any(word.folded == "which" for word in words(clause.asked))
    return f"the {clause.thing}" if which and clause.thing else clause.thing


def _whole(answer: str, clause: Clause) -> str:
    """Give an answer with what it counts: "300 people" after "How many people left?"."""
    bare = answer and all(word.text.isdigit() for word in words(answer))
    return f"{answer} {clause.thing}" if bare and clause.thing else answer or _the_thing(clause)


def _without_preposition(rest: str) -> str:
    """Leave "they agree" of "they agree on", where what they agreed on is not known."""
    last = list(words(rest))[-1:]
    return rest[: last[0].start].rstrip() if last and last[0].folded in PREPOSITIONS else rest


def _without_subject(told: Told, names: Names) -> str:
    """Leave "go to Bucha" of "Did Kishida go to Bucha"."""
    rest, asked = parse(told.question).rest, parse(told.asked).rest
    said = list(words(asked))
    if said[1:] and said[0].folded in KINDS:  # where what it stood for is long, its end is not known
        return asked[said[0].end :].strip()
    first = next(iter(names.find(rest)), None)
    if first is not None and first.start == 0:
        return rest[first.end :].strip()
    said = list(words(rest))
    if len(said) > 2 and said[0].folded in DETERMINERS:
        return rest[said[1].end :].strip()
    return rest


def _put_words(fragment: str, question: str, names: Names) -> str:
    said = list(words(fragment))
    preposition = said[0].text if said[0].folded in PREPOSITIONS else ""
    clause = parse(question)
    if (slot := _slot(fragment, question, names)) is not None:
        return f"{question[: slot[0]]}{slot[2]}{question[slot[1] :]}"
    if preposition:
        found = re.search(rf"\b{preposition}\b.*$", question, re.IGNORECASE)
        return f"{question[: found.start()]}{fragment}" if found else f"{question} {fragment}"
    if clause.thing and said[0].folded not in DETERMINERS:
        return f"{clause.asked.removesuffix(clause.thing)}{fragment} {clause.auxiliary} {clause.rest}"
    rest = list(words(clause.rest))
    if rest and clause.auxiliary and not clause.asked and not names.find(question):
        return f"{clause.auxiliary} {fragment} {rest[-1].text}"
    return f"{question} {fragment}"


def _slot(fragment: str, question: str, names: Names) -> tuple[int, int, str] | None:
    """Find the ``[start, end)`` of an earlier question that a fragment takes the place of, and its words."""
    last = list(words(fragment))[-1].folded
    phrases = noun_phrases(question)
    nouns = {word.folded for word in content_words(fragment)}
    alike = [phrase for phrase in phrases if phrase.noun in nouns]
    if last in TITLES | ROLES:
        alike = alike or [phrase for phrase in phrases if phrase.noun in TITLES | ROLES]
        people = [name for name in names.find(question) if name.kind in {"person", "any"}]
        if people and not alike:
            return _with_title(people[-1].start, question), people[-1].end, fragment
    if alike and not names.find(alike[0].text):
        return alike[0].start, alike[0].end, fragment
    named = names.find(fragment, begins=False)
    found = _name_slot(named[0], fragment, question, names) if named else None
    if not found:
        return None
    end = found.end
    of_it = re.search(r"\bof\s+$", question[: found.start]) and next(iter(words(fragment))).folded == "of"
    if of_it and (owned := re.match(r"['’]s\b", question[end:])):
        end += owned.end()  # "of St Bride's", of which "'s" is a part
    return _with_title(found.start, question), end, named[0].text


def _with_title(start: int, question: str) -> int:
    """Move the start of a name before the titles that stand before it."""
    for word in reversed(list(words(question[:start]))):
        if word.folded not in TITLES or not word.text[0].isupper():
            break
        start = word.start
    return start


def _name_slot(name: Name, fragment: str, question: str, names: Names) -> Name | None:
    """Find the name that another one takes the place of, the last of its kind."""
    kind = "place" if name.kind == "any" and PLACE_BEFORE.search(fragment[: name.start]) else name.kind
    slots = [slot for slot in names.find(question) if slot.text != name.text]
    alike = [slot for slot in slots if slot.kind == kind]
    people = [slot for slot in slots if kind == "any" and slot.kind == "person"]
    unsure = [slot for slot in slots if "any" in {slot.kind, kind} or "other" in {slot.kind, kind}]
    found = alike or people or unsure
    return found[-1] if found else None
