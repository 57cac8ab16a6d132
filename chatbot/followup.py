"""Follow-ups: what a question leaves to the turns before it, found and put in its place.

A pronoun gives way to what it points to, and a fragment ("And Shmyhal?", "When?") to the
question before it with that part exchanged. No word is made up: each is from an earlier
question, or from the words that answered it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from chatbot.fragments import is_fragment, put_fragment
from chatbot.names import Names
from chatbot.pronouns import Antecedent, Kind, Told, fill_pronouns
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
    ``meant`` is what its pronouns point to.
    """

    question: str
    loose: tuple[str, ...] = ()
    added_terms: tuple[str, ...] = ()
    turns: tuple[int, ...] = ()
    meant: Mapping[Kind, Antecedent] = field(default_factory=dict)


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
    behind = [antecedent.text for antecedent in meant.values() if not antecedent.replaces]
    if earlier and is_fragment(question):
        last = earlier[-1]
        text, behind, turns = put_fragment(text, last, names), [], turns | {last.turn}
        meant = {**last.meant, **meant}
    present = {word.stem for word in words(question)}
    added = {word.stem: word.text for word in content_words(text) if word.stem not in present}
    loose = {word.stem: word.text for word in content_words(" ".join(behind)) if word.stem not in present}
    rarest = sorted(loose.keys() - added.keys(), key=lambda term: (-rarity(term), list(loose).index(term)))
    extra = [loose[term] for term in rarest[:MOST_ADDED]]
    return Resolved(text, tuple(extra), (*added.values(), *extra), tuple(sorted(turns)), meant)
