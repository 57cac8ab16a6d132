"""Follow-ups: what a question leaves to the turns before it, found and put in its place.

A pronoun gives way to what it points to, and a fragment ("And Shmyhal?", "When?") to the
question before it with that part exchanged. No word is made up: each is from an earlier
question, or from the words that answered it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from chatbot.antecedents import Antecedent, Kind, Told
from chatbot.fragments import asks, is_fragment, put_fragment
from chatbot.names import Names
from chatbot.pronouns import fill_pronouns, find_pronouns
from chatbot.terms import content_words, words

MOST_ADDED = 4  # words that have no place in a question


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
class Resolved:
    """A question that stands alone.

    ``loose`` are words that belong to it and have no place in it; ``added_terms`` are all the
    words that it did not have, ``turns`` the numbers of the turns that they are from.
    ``meant`` is what its pronouns point to; ``is_filled`` says that it is itself with these
    in their place, not an earlier question with a part exchanged.
    """

    question: str
    loose: tuple[str, ...] = ()
    added_terms: tuple[str, ...] = ()
    turns: tuple[int, ...] = ()
    meant: Mapping[Kind, Antecedent] = field(default_factory=dict)
    is_filled: bool = False


def leans_back(question: str, names: Names) -> bool:
    """Tell whether a question's own words say that it needs an earlier one to be understood."""
    return is_fragment(question) or bool(find_pronouns(question, names))


def resolve(question: str, earlier: Sequence[Told], names: Names, rarity: Callable[[str], float]) -> Resolved:
    """Give a question as it stands alone after earlier ones.

    Args:
        question: what was asked, plainly and spelt as the library spells.
        earlier: the turns before it, oldest first, each standing alone already.
        names: the library's.
        rarity: how rare a term is; of words that can only be added, the rarest are.
    """
    text, meant = fill_pronouns(question, earlier, names)
    turns = {antecedent.turn for antecedent in meant.values()}
    if earlier and is_fragment(question):
        last = earlier[-1]
        kept = last.meant if asks(question) else {}  # "and Shmyhal?" speaks of somebody else
        put = put_fragment(text, last, names)
        loose = _rarest(f"{last.question} {last.short_answer}", text, rarity) if put is None else ()
        return _added(question, put or text, loose, turns | {last.turn}, {**kept, **meant})
    behind = " ".join(antecedent.text for antecedent in meant.values() if not antecedent.replaces)
    resolved = _added(question, text, _rarest(behind, text, rarity), turns, meant)
    return replace(resolved, is_filled=bool(meant))


def lean(question: str, last: Told, names: Names, rarity: Callable[[str], float]) -> Resolved:
    """Give a question that was refused as it may lean on the last one, though none of its words says so.

    "Which sectors?" takes the last one's clause, another question without a name its names.
    """
    if is_fragment(question, beside=2):
        return _added(question, put_fragment(question, last, names) or question, (), {last.turn}, {})
    named = "" if names.find(question) else " ".join(name.short for name in names.find(last.question))
    return _added(question, question, _rarest(named, question, rarity), {last.turn}, {})


def _rarest(behind: str, text: str, rarity: Callable[[str], float]) -> tuple[str, ...]:
    """Give the rarest words that a text lacks, in their order."""
    present = {word.stem for word in words(text)}
    loose = {word.stem: word.text for word in content_words(behind) if word.stem not in present}
    rarest = sorted(loose, key=rarity, reverse=True)[:MOST_ADDED]
    return tuple(word for term, word in loose.items() if term in rarest)


def _added(
    question: str, text: str, loose: tuple[str, ...], turns: set[int], meant: Mapping[Kind, Antecedent]
) -> Resolved:
    present = {word.stem for word in words(question)}
    added = {word.stem: word.text for word in content_words(text) if word.stem not in present}
    return Resolved(text, loose, (*added.values(), *loose), tuple(sorted(turns)), meant)
