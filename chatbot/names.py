"""Names: which words of a text name something, and whether a person or a place."""

from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Literal

from chatbot.answer_types import DATE, NAME, NUMBER, PLACE_BEFORE
from chatbot.terms import Word, words

NameKind = Literal["person", "place", "other", "any"]
TextsWith = Callable[[str], Iterable[str]]
KINDS_KEPT = 10_000  # words whose kind was told

# What comes after one of these is a person's name; none is a name by itself.
TITLES = frozenset(
    """
    president prime minister premier pm fm foreign vice deputy chancellor secretary ambassador governor mayor
    senator congressman congresswoman representative judge justice general colonel major captain admiral officer
    king queen prince princess emperor pope bishop archbishop father sister rabbi imam professor dr doctor mr
    mrs ms miss sir lord lady dame coach director chairman chairwoman chief ceo manager spokesman spokeswoman
    detective sheriff
    """.split()
)
# "the council leader", "her lawyer": somebody, though no title.
ROLES = frozenset(
    """
    leader head owner founder boss lawyer spokesperson author winner singer actor actress player striker
    goalkeeper rector prosecutor inspector councillor restorer soloist colleague partner husband wife mother
    brother son
    daughter widow victim suspect man woman
    """.split()
)

# "Meridian Bank": what such a word ends is nobody's name.
BODIES = frozenset(
    """
    academy agency airlines airport association authority bank bridge cathedral centre church club college
    commission committee company corporation council court festival foundation fund group hall hospital hotel
    institute league library ministry museum office park parliament party police prize railway railways river
    road school society station street theatre trust union university
    """.split()
)


@dataclass(frozen=True)
class Name:
    """A name at ``[start, end)`` of a text, without title.

    ``kind`` is "any" where nothing tells; ``short`` is the word of it that the library uses
    most ("Hayashi" of "Yoshimasa Hayashi"), ``unknown`` whether it has none of its words.
    """

    text: str
    start: int
    end: int
    kind: NameKind
    short: str
    unknown: bool


class CapitalWords(Container[str]):
    """The folded words that a library writes with a capital; see ``Names`` for its vocabulary."""

    def __init__(self, vocabulary: Mapping[str, tuple[str, int]]) -> None:
        self._vocabulary = vocabulary

    def __contains__(self, folded: object) -> bool:
        written, _ = self._vocabulary.get(str(folded), ("", 0))
        return written[:1].isupper()


def no_texts(term: str) -> Iterable[str]:
    """Give no text, whatever the term."""
    return ()


class Names:
    """Knows the library's words, and what its texts show names to be.

    ``vocabulary`` has each folded word as it is written, ``passage_counts`` the number of
    passages that hold a term, ``dictionary`` folded English words. ``texts_with`` gives the
    texts that hold a term; they are read when they are first needed: only follow-ups ask.
    """

    def __init__(
        self,
        vocabulary: Mapping[str, tuple[str, int]],
        passage_counts: Mapping[str, int],
        texts_with: TextsWith = no_texts,
        dictionary: Collection[str] = (),
    ) -> None:
        self._known = CapitalWords(vocabulary)
        self._vocabulary = vocabulary
        self._counts = passage_counts
        self._dictionary = dictionary
        # no method, or the names and the cache would hold each other
        self._kind_of = lru_cache(KINDS_KEPT)(partial(_kind_of, texts_with))

    def find(self, text: str, *, begins: bool = True) -> tuple[Name, ...]:
        """Give the names in a text, in order; words that stand side by side are one name.

        A word that the library does not know is a name where it has a capital, unless the
        whole text is in capitals, or it is the first word and ``begins`` a sentence. A capital
        behind a name belongs to it: "Meridian Bank". An English word in lower case ("old" for "Old
        Town") is one only where the text has no capital.
        """
        runs: list[list[Word]] = []
        for at, word in enumerate(words(text)):
            if word.folded in self._dictionary and word.text.islower() and not text.islower():
                continue
            joins = bool(runs) and text[runs[-1][-1].end : word.start] in {" ", "-"}
            capital_tells = (at > 0 or not begins) and not text.isupper()
            if not self._is_name(word, capital_tells=capital_tells, continues=joins):
                continue
            if joins:
                runs[-1].append(word)
            else:
                runs.append([word])
        return tuple(self._make(text, run) for run in map(_without_title, runs) if run)

    def _make(self, text: str, run: Sequence[Word]) -> Name:
        start, end = run[0].start, run[-1].end
        kind = self._kind(run)
        counts = [self._counts.get(word.stem, 0) for word in run]
        most = [word.text for word, count in zip(run, counts, strict=True) if count == max(counts)]
        surname = most[0] == run[-1].text and run[-1].folded not in BODIES
        person = kind == "person" or (kind == "any" and surname)
        short = most[0] if person and len(most) == 1 else text[start:end]
        return Name(text[start:end], start, end, kind, short, unknown=not any(counts))

    def _is_name(self, word: Word, *, capital_tells: bool, continues: bool) -> bool:
        if word.is_stop or not word.text[0].isalpha():
            return False
        if DATE.fullmatch(word.text) or NUMBER.fullmatch(word.text):
            return False
        if word.is_acronym:
            return True
        if word.folded in self._vocabulary and not (continues and capital_tells and word.text[0].isupper()):
            return word.folded in self._known
        return capital_tells and word.text[0].isupper()

    def _kind(self, run: Sequence[Word]) -> NameKind:
        kinds = {self._kind_of(word.folded, word.stem) for word in run}
        order: tuple[NameKind, ...] = ("person", "place", "other")
        return next((kind for kind in order if kind in kinds), "any")


def _kind_of(texts_with: TextsWith, folded: str, term: str) -> NameKind:
    return name_kinds(texts_with(term)).get(folded, "any")


def _without_title(run: list[Word]) -> list[Word]:
    titles = [at for at, word in enumerate(run) if word.folded in TITLES]
    return run[titles[-1] + 1 :] if titles else run


def name_kinds(texts: Iterable[str]) -> Mapping[str, NameKind]:
    """Map folded words of names to what they name.

    People have titles; places stand after "in" or "to"; what stands between "the" and a
    word in lower case ("the Japanese embassy") is neither.
    """
    people: set[str] = set()
    places: set[str] = set()
    others: set[str] = set()
    for text in texts:
        for match in NAME.finditer(text):
            folded = [word.folded for word in words(match[0]) if not word.is_stop]
            before, after = (
                text[max(0, match.start() - 16) : match.start()],
                text[match.end() : match.end() + 2],
            )
            titles = [at for at, word in enumerate(folded) if word in TITLES]
            if titles:
                people.update(folded[titles[-1] + 1 :])
            elif match[0].casefold().startswith("the ") or before.endswith((" the ", " a ", " an ")):
                others.update(folded if after[1:].islower() else ())
            elif PLACE_BEFORE.search(before):
                places.update(folded)
    kinds: dict[str, NameKind] = dict.fromkeys(others, "other")
    kinds.update(dict.fromkeys(places, "place"))
    kinds.update(dict.fromkeys(people, "person"))
    return kinds
