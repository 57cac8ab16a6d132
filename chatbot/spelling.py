"""Spelling: bring a misspelt word of a question back to a word of the library.

Only a word that neither the library nor a dictionary of English knows is changed, so that
"tanks" never becomes the article's "talks", while "zelensky" becomes its "Zelenskyy".
"""

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import process
from rapidfuzz.distance import OSA

from chatbot.terms import WORD, Word, fold, words

SHORTEST = 4  # letters; shorter words have too many neighbours
TWO_EDITS_FROM = 7  # letters


@dataclass(frozen=True)
class Spelling:
    """What a question became.

    ``text`` is the question with its misspelt words replaced; ``corrected`` maps each
    replaced word to the library's; ``unknown`` are the content words the library lacks.
    """

    text: str
    corrected: Mapping[str, str]
    unknown: tuple[str, ...]


class SpellingCorrector:
    """Knows the library's words and a dictionary.

    ``vocabulary`` maps each folded word of the library to (how it is written, in how many
    articles it stands), ``known_terms`` are the terms of its passages; ``dictionary`` holds
    folded English words that are left alone.
    """

    def __init__(
        self,
        vocabulary: Mapping[str, tuple[str, int]],
        known_terms: Container[str],
        dictionary: Collection[str],
    ) -> None:
        self._vocabulary = vocabulary
        self._known_terms = known_terms
        self._dictionary = dictionary

    @cached_property
    def _candidates(self) -> Mapping[int, Sequence[str]]:
        """Give the words that may be meant, by length; read when one is first misspelt."""
        by_length: dict[int, list[str]] = {}
        for word in self._vocabulary:
            if len(word) >= SHORTEST and not word.isdigit():
                by_length.setdefault(len(word), []).append(word)
        return by_length

    def correct(self, question: str) -> Spelling:
        """Replace what is misspelt and name what is unknown; other characters stay."""
        pieces: list[str] = []
        corrected: dict[str, str] = {}
        unknown: list[str] = []
        done = 0
        for word in words(question):
            if word.is_stop or word.folded in self._vocabulary or word.stem in self._known_terms:
                continue
            better = self._nearest(word)
            if better is None:
                unknown.append(word.text)
                continue
            pieces += question[done : word.start], better
            done = word.end
            corrected[word.text] = better
        return Spelling("".join([*pieces, question[done:]]), corrected, tuple(dict.fromkeys(unknown)))

    def _nearest(self, asked: Word) -> str | None:
        folded = asked.folded
        if len(folded) < SHORTEST or folded.isdigit() or folded in self._dictionary:
            return None
        edits = 2 if len(folded) >= TWO_EDITS_FROM else 1
        lengths = range(len(folded) - edits, len(folded) + edits + 1)
        candidates = [word for length in lengths for word in self._candidates.get(length, ())]
        found = process.extract(folded, candidates, scorer=OSA.distance, score_cutoff=edits, limit=None)
        # a second edit is believed only where the word begins alike
        near = [(word, cost) for word, cost, _ in found if cost <= 1 or word[0] == folded[0]]
        if not near:
            return None
        best = min(near, key=lambda item: (item[1], -self._vocabulary[item[0]][1], item[0]))
        return self._vocabulary[best[0]][0]


def vocabulary_of(text: str) -> dict[str, str]:
    """Map each folded word of a text to the way it is written.

    A word that stands in lower case anywhere is given so; what remains with a capital is,
    but for words that only begin sentences, a name.
    """
    found: dict[str, str] = {}
    for word in WORD.findall(text):
        if word.islower():
            found[fold(word)] = word
        else:
            found.setdefault(fold(word), word)
    return found


def read_dictionary(lines: Iterable[str]) -> frozenset[str]:
    """Take the whole words of a WordPiece vocabulary, one entry a line, as a dictionary."""
    return frozenset(fold(line) for line in lines if line.isalpha())
