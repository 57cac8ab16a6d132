"""Spelling: bring a misspelt word of a question back to a word of the library.

Only a word that neither the library nor a dictionary of English knows is changed, so that
"tanks" never becomes the article's "talks", while "zelensky" becomes its "Zelenskyy". A question
word is brought back to itself, whatever the library has: "wher" is no "when".
"""

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from rapidfuzz import process
from rapidfuzz.distance import OSA
from spellchecker import SpellChecker

from chatbot.terms import WORD, Word, content_words, fold, words

SHORTEST = 4  # letters; shorter words have too many neighbours
TWO_EDITS_FROM = 7  # letters
QUESTION_WORDS = {
    **dict.fromkeys("wher whre wheer whear werhe".split(), "where"),
    **dict.fromkeys("wich whcih whihc wihch whitch whch".split(), "which"),
    **dict.fromkeys("waht wat whta wht hwat whaat".split(), "what"),
    **dict.fromkeys("wehn wen whne hwen whn".split(), "when"),
    **dict.fromkeys("whoo hwo woh".split(), "who"),
}
COMMON = 200  # times in the dictionary's sources: "collide", but not "minster", which "minister" is mistyped as
ALIKE = 3  # letters that a name shares with what may be said of the same ("Spanish", "Spain")


@dataclass(frozen=True)
class Spelling:
    """What a question became.

    ``text`` is the question with its misspelt words replaced; ``corrected`` maps each
    replaced word to the library's; ``unknown`` are the content words the library lacks, and
    ``missing`` those of them that are names or numbers which nothing in it resembles.
    """

    text: str
    corrected: Mapping[str, str]
    unknown: tuple[str, ...]
    missing: tuple[str, ...] = ()


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
        unknown: list[Word] = []
        done = 0
        for word in words(question):
            if word.is_stop or word.folded in self._vocabulary or word.stem in self._known_terms:
                continue
            better = QUESTION_WORDS.get(word.folded) or self._nearest(word)
            if better is None:
                unknown.append(word)
                continue
            pieces += question[done : word.start], better
            done = word.end
            corrected[word.text] = better
        missing = self._missing(question, unknown)
        text = "".join([*pieces, question[done:]])
        return Spelling(text, corrected, tuple(dict.fromkeys(word.text for word in unknown)), missing)

    def _missing(self, question: str, unknown: Sequence[Word]) -> tuple[str, ...]:
        """Give the names and numbers among a question's unknown words that nothing resembles."""
        if not unknown:
            return ()
        asked = content_words(question)
        capitals = sum(word.text[0].isupper() for word in asked[1:])
        named = capitals <= 1 or 2 * capitals <= len(asked)  # else capitals are how it is written
        return tuple(
            word.text
            for word in unknown
            if self._is_missing_number(word.text)
            or (named and (word.start > 0 or len(asked) == 1) and self._is_missing_name(word))
        )

    def _is_missing_name(self, word: Word) -> bool:
        """Tell a name by its capital; one wholly in capitals may stand for several words."""
        is_name = word.text[0].isupper() and not word.text.isupper() and len(word.text) > ALIKE
        if not is_name:
            return False
        alike = word.folded[:ALIKE] in self._beginnings
        return not alike or any(_names_another(word.folded, known) for known, _ in self._near(word.folded))

    def _is_missing_number(self, text: str) -> bool:
        """Tell whether a number of three digits or more stands nowhere, not as "8,300" either."""
        if not (text.isascii() and text.isdigit() and len(text) >= 3):
            return False
        return not all(group in self._vocabulary for group in f"{int(text):,}".split(","))

    @cached_property
    def _beginnings(self) -> frozenset[str]:
        """Give what the library's names begin with; read when one is first unknown."""
        return frozenset(
            word[:ALIKE] for word, (written, _) in self._vocabulary.items() if written[0].isupper()
        )

    def _nearest(self, asked: Word) -> str | None:
        folded = asked.folded
        if len(folded) < SHORTEST or folded.isdigit() or folded in self._dictionary:
            return None
        near = self._near(folded)
        if asked.text[0].isupper():
            near = [(word, cost) for word, cost in near if not _names_another(folded, word)]
        if not near or (asked.text.islower() and _is_english(folded)):
            return None
        best = min(near, key=lambda item: (item[1], -self._vocabulary[item[0]][1], item[0]))
        return self._vocabulary[best[0]][0]

    def _near(self, folded: str) -> list[tuple[str, int]]:
        """Give the library's words within one or two edits of a word, with their number."""
        edits = 2 if len(folded) >= TWO_EDITS_FROM else 1
        lengths = range(len(folded) - edits, len(folded) + edits + 1)
        candidates = [word for length in lengths for word in self._candidates.get(length, ())]
        found = process.extract(folded, candidates, scorer=OSA.distance, score_cutoff=edits, limit=None)
        # a second edit is believed only where the word begins alike
        return [(word, cost) for word, cost, _ in found if cost <= 1 or word[0] == folded[0]]


def _names_another(asked: str, known: str) -> bool:
    """Tell "Zelenska" from a misspelt "Zelenskyy", and "Hayashida" from a misspelt "Hayashi"."""
    woman = asked.endswith("a") and not known.endswith("a") and OSA.distance(asked[:-1], known) > 0
    return woman or (asked.startswith(known) and len(asked) - len(known) >= 2)


@cache
def _english() -> SpellChecker:
    """Load a large dictionary, with inflections; it is needed once a word is about to be changed."""
    return SpellChecker(language="en")


def _is_english(folded: str) -> bool:
    return int(_english()[folded]) >= COMMON


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
