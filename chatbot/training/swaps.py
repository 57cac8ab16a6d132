"""Make questions unanswerable: swap a word or name for another of the same kind.

The swapped-in word must not stand in the passage, so the passage cannot speak of it; the
question stays as near to an answerable one as can be.
"""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import islice, pairwise

import numpy as np
import numpy.typing as npt

from chatbot.training.ranking import WORD, stem, stems

Vector = npt.NDArray[np.float32]
NAME = re.compile(r"\b[A-Z][\w’'-]*(?:\s+(?:of\s+|the\s+)?[A-Z][\w’'-]*)*")
NUMBER = re.compile(r"\b\d[\d,.]*\b")
STOP = frozenset(
    """a an and any are as at be been being but by can could did do does doing done for from
    get gets getting give given go goes going got had has have having he her hers him his how i
    if in into is it its just kind like made make makes making many may me might more most much
    must my name no not now of on one or other our out own say says saying said she should so
    some something someone such take tell than that the their them then there these they thing
    things think this those to told took type up upon us use used using very want was we were
    what when where which while who whom whose why will with would you your author poster
    writer according also people person time long way""".split()
)
NEIGHBOURS = 40
"""How many of a word's nearest words by embedding count as of its kind."""

SAME_MEANING = 0.66
"""Cosine of two words' meanings above which one may answer for the other (cost, price)."""


def _unit(rows: Vector, centre: bool = True) -> Vector:
    """Scale rows to length 1, their mean taken off first."""
    rows = rows - rows.mean(axis=0) if centre else rows
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def _swap_for_other(others: Sequence[str], question: str, passage: str, rng: random.Random) -> str | None:
    """Swap a name of the question for another name of the document."""
    asked = set(stems(question))
    choices = [name for name in others if not asked & set(stems(name))]
    places = [m for m in NAME.finditer(question) if m.start() > 0]
    if not choices or not places:
        return None
    place = rng.choice(places)
    return question[: place.start()] + rng.choice(choices) + question[place.end() :]


def _ending(word: str) -> str:
    """Give the class of a word's ending: neighbours must share it, to keep the grammar."""
    for ending in ("ing", "ed", "ly", "est", "er", "s"):
        if word.endswith(ending):
            return ending
    return ""


class Swapper:
    """Swaps of the same kind, learnt from the vectors of words and from running text."""

    def __init__(
        self,
        words: dict[str, tuple[Vector, Vector]],
        texts: Iterable[str],
        questions: Iterable[str],
    ) -> None:
        """Learn which words are of one kind, what follows what, and which names there are.

        Args:
            words: Lower-case words, each with its vector of form (the embedding: what may
                stand in its place) and of meaning (the encoder's: what means the same).
            texts: Passages.
            questions: Questions.
        """
        lower, capital = Counter[str](), Counter[str]()
        names: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
        self._pairs: set[tuple[str, str]] = set()
        for text in (*texts, *questions):
            found = WORD.findall(text)
            for word in found:
                (capital if word[0].isupper() else lower)[word.lower()] += 1
            plain = [word.lower() for word in found]
            self._pairs.update(pairwise(["", *plain, ""]))
            for before, name in names_in(text):
                names[before, len(name.split())][name] += 1
        self._names = {k: sorted(v) for k, v in names.items() if len(v) >= 8}
        self._words = sorted(w for w in words if lower[w] + capital[w] >= 3 and w not in STOP)
        self._index = {word: i for i, word in enumerate(self._words)}
        self._proper = {word for word in self._words if capital[word] > 2 * lower[word]}
        self._forms = _unit(np.stack([words[w][0] for w in self._words]))
        self._meanings = _unit(np.stack([words[w][1] for w in self._words]), centre=False)
        self._near: dict[str, list[str]] = {}

    def neighbours(self, word: str) -> list[str]:
        """Give words of the same kind, but not meaning, as a known word; nearest first."""
        if word not in self._near:
            index = self._index[word]
            order = np.argsort(-(self._forms @ self._forms[index]), kind="stable")
            meaning = self._meanings @ self._meanings[index]
            proper = word in self._proper
            same = (
                self._words[i]
                for i in order[1:600]
                if _ending(self._words[i]) == _ending(word)
                and (self._words[i] in self._proper) == proper
                and self._words[i].isdigit() == word.isdigit()
                and self._words[i][:4] != word[:4]
                and (proper or word.isdigit() or meaning[i] < SAME_MEANING)
            )
            self._near[word] = list(islice(same, NEIGHBOURS))
        return self._near[word]

    def _fits(self, before: str, word: str, after: str) -> bool:
        """Tell whether a word has been seen after one and before the other."""
        return (before, word) in self._pairs and (word, after) in self._pairs

    def swap(self, question: str, passage: str, rng: random.Random, others: Sequence[str] = ()) -> str | None:
        """Give the question with one word or name swapped; None if nothing can be.

        Args:
            question: A question that the passage answers.
            passage: The passage.
            rng: Where chance comes from.
            others: Names of the same document, in no sentence that answers: the article's
                own people and things make the best near misses.
        """
        ways = [self._swap_word, self._swap_word, self._swap_name, self._swap_number]
        rng.shuffle(ways)
        if others and rng.random() < 0.5:
            ways.insert(0, partial(_swap_for_other, others))
        for way in ways:
            swapped = way(question, passage, rng)
            if swapped is not None and swapped != question:
                return swapped
        return None

    def _swap_word(self, question: str, passage: str, rng: random.Random) -> str | None:
        """Swap a content word for a neighbour whose stem the passage does not hold."""
        held = set(stems(passage))
        words = list(WORD.finditer(question))
        places = [i for i, m in enumerate(words) if m[0].lower() in self._index]
        rng.shuffle(places)
        # Words that the passage holds first: without them the match is no better than chance.
        places.sort(key=lambda i: stem(words[i][0]) not in held)
        asked = {stem(m[0]) for m in words}
        for i in places[:4]:
            before = words[i - 1][0].lower() if i else ""
            after = words[i + 1][0].lower() if i + 1 < len(words) else ""
            choices = [
                word
                for word in self.neighbours(words[i][0].lower())
                if stem(word) not in held
                and stem(word) not in asked
                and (word in self._proper or self._fits(before, word, after))
            ]
            if choices:
                word = rng.choice(choices)
                word = word.capitalize() if words[i][0][0].isupper() else word
                return question[: words[i].start()] + word + question[words[i].end() :]
        return None

    def _swap_name(self, question: str, passage: str, rng: random.Random) -> str | None:
        """Swap a name for another seen after the same word, which the passage lacks."""
        places = [m for m in NAME.finditer(question) if m.start() > 0]
        rng.shuffle(places)
        for place in places:
            choices = self._names.get((_before(question, place.start()), len(place[0].split())))
            for name in rng.sample(choices, min(8, len(choices))) if choices else ():
                if not set(stems(name)) & set(stems(passage + " " + question)):
                    return question[: place.start()] + name + question[place.end() :]
        return None

    @staticmethod
    def _swap_number(question: str, passage: str, rng: random.Random) -> str | None:
        """Swap a number for a near one that the passage lacks."""
        places = list(NUMBER.finditer(question))
        if not places:
            return None
        place = rng.choice(places)
        digits = place[0].rstrip(".,")
        changed = "".join(rng.choice("123456789") if c.isdigit() else c for c in digits[-2:])
        number = digits[:-2] + changed
        if number in passage or number == digits:
            return None
        return question[: place.start()] + number + question[place.start() + len(digits) :]


def names_in(text: str) -> list[tuple[str, str]]:
    """Give (the lower-case word before, name) of capitalised sequences inside sentences."""
    return [
        (_before(text, m.start()), m[0])
        for m in NAME.finditer(text)
        if m.start() > 0 and text[m.start() - 1] == " " and text[m.start() - 2] not in '.?!"”:'
    ]


def _before(text: str, start: int) -> str:
    """Give the lower-case word before a place, '' at the beginning."""
    words = WORD.findall(text[max(0, start - 24) : start])
    return words[-1].lower() if words else ""
