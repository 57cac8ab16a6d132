"""Make questions unanswerable: swap a word or name for another of the same kind.

The swapped-in word must not stand in the passage, so the passage cannot speak of it; the
question stays as near to an answerable one as can be.
"""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from chatbot.training.ranking import WORD, stem, stems

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
NEAREST, FARTHEST = 2, 30
"""Ranks of the embedding neighbours to choose from: the very nearest are often synonyms."""


def _ending(word: str) -> str:
    """Give the class of a word's ending: neighbours must share it, to keep the grammar."""
    for ending in ("ing", "ed", "ly", "est", "er", "s"):
        if word.endswith(ending):
            return ending
    return ""


class Swapper:
    """Swaps of the same kind, learnt from the embeddings of words and the names in texts."""

    def __init__(
        self,
        vocabulary: dict[str, int],
        embeddings: npt.NDArray[np.float32],
        texts: Iterable[str],
        questions: Iterable[str],
    ) -> None:
        """Learn which words are of one kind, and the names that stand after each word."""
        lower, capital = Counter[str](), Counter[str]()
        names: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
        for text in questions:
            for before, name in names_in(text):
                names[before, len(name.split())][name] += 1
        for text in texts:
            for word in WORD.findall(text):
                (capital if word[0].isupper() else lower)[word.lower()] += 1
            for before, name in names_in(text):
                names[before, len(name.split())][name] += 1
        self._names = {k: sorted(v) for k, v in names.items() if len(v) >= 8}
        self._known = {
            word: vocabulary[word]
            for word in sorted(set(lower) | set(capital))
            if word in vocabulary
            and word not in STOP
            and len(word) >= 3
            and lower[word] + capital[word] >= 3
        }
        self._proper = {word for word in self._known if capital[word] > 2 * lower[word]}
        self._words = list(self._known)
        rows = embeddings[[self._known[word] for word in self._words]]
        rows = rows - rows.mean(axis=0)
        self._vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        self._near: dict[str, list[str]] = {}

    def neighbours(self, word: str) -> list[str]:
        """Give words of the same kind as a known lower-case word, nearest first."""
        if word not in self._near:
            index = self._words.index(word)
            order = np.argsort(-(self._vectors @ self._vectors[index]), kind="stable")
            same = (
                other
                for other in (self._words[i] for i in order[1:400])
                if _ending(other) == _ending(word)
                and (other in self._proper) == (word in self._proper)
                and other.isdigit() == word.isdigit()
                and other[:4] != word[:4]
            )
            kind = [other for _, other in zip(range(FARTHEST), same, strict=False)]
            self._near[word] = kind[NEAREST if word not in self._proper else 0 :]
        return self._near[word]

    def swap(self, question: str, passage: str, rng: random.Random) -> str | None:
        """Give the question with one word or name swapped; None if nothing can be."""
        ways = [self._swap_word, self._swap_word, self._swap_name, self._swap_number]
        rng.shuffle(ways)
        for way in ways:
            swapped = way(question, passage, rng)
            if swapped is not None and swapped != question:
                return swapped
        return None

    def _swap_word(self, question: str, passage: str, rng: random.Random) -> str | None:
        """Swap a content word for a neighbour whose stem the passage does not hold."""
        held = set(stems(passage))
        places = [m for m in WORD.finditer(question) if m[0].lower() in self._known]
        rng.shuffle(places)
        # Words that the passage holds first: without them the match is no better than chance.
        places.sort(key=lambda m: stem(m[0]) not in held)
        asked = set(stems(question))
        for place in places[:3]:
            choices = [
                word
                for word in self.neighbours(place[0].lower())
                if stem(word) not in held and stem(word) not in asked
            ]
            if choices:
                word = rng.choice(choices)
                word = word.capitalize() if place[0][0].isupper() else word
                return question[: place.start()] + word + question[place.end() :]
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
        if m.start() > 0 and text[m.start() - 1] == " " and text[m.start() - 2] not in ".?!\"”:"
    ]


def _before(text: str, start: int) -> str:
    """Give the lower-case word before a place, '' at the beginning."""
    words = WORD.findall(text[max(0, start - 24) : start])
    return words[-1].lower() if words else ""
