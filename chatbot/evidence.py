"""Evidence: whether what was read speaks of a follow-up's own words, not of added ones alone."""

from chatbot.answer_types import DATE, NAME, AnswerType, expected_type, holds_type
from chatbot.confidence import Judged
from chatbot.fragments import asks, is_fragment
from chatbot.grammar import PREPOSITIONS
from chatbot.names import Names
from chatbot.reader import Span
from chatbot.terms import content_words, terms

# Words that say what kind of thing is asked for, or no more than that something is done.
EMPTY = frozenset(
    """
    date day month year time season week century decade country city town place region state village location
    nation person man woman number amount sum share percentage age come comes came coming goes went gone gets
    getting happen happens happened exactly long old far big large high tall deep wide heavy fast often name
    names called
    """.split()
)
LONGEST_UNNAMED = 6  # words without a name that can be who or where is asked for
# Types that a text shows by its form.
FORMED: tuple[AnswerType, ...] = ("person", "place", "date", "number")


class Evidence:
    """Knows a follow-up's own words, and by what they count as answered.

    A passage has to hold one of them. Where there is none ("when?"), the span has to be of
    the kind that is asked for. So it has where none is held but the words may be said
    otherwise ("when were they killed?"), and the confidence then stands half way from
    ``threshold`` to certainty. Nothing speaks of a name that the library lacks. A fragment that
    only names something ("and Shmyhal?") asks for what it does as it stands ``alone``. One that
    asks ("where?") after a question that was ``refused`` takes over what nothing was said of: where
    that is of one person, the passage has to name this person.
    """

    def __init__(
        self, question: str, names: Names, threshold: float, alone: str = "", *, refused: bool = False
    ) -> None:
        named = names.find(question)
        self._own = frozenset(
            word.stem for word in content_words(question) if word.folded not in PREPOSITIONS | EMPTY
        )
        self._type = expected_type(question)
        self.is_lost = any(name.unknown for name in named)
        names_only = is_fragment(question) and not asks(question)
        self._asked_again = expected_type(alone) if names_only else "any"
        people = [name.text for name in names.find(alone) if name.kind == "person"]
        takes_over = refused and is_fragment(question) and asks(question) and len(people) == 1
        self._person = frozenset(terms(people[0])) if takes_over else frozenset()
        self._is_exact = bool(named) or is_fragment(question)
        self._sure = (1 + threshold) / 2

    def holds(self, item: Judged) -> bool:
        """Tell whether a candidate speaks of what was asked."""
        span = item.candidate.span
        if self.is_lost or (self._asked_again in FORMED and not _is_of_type(span, self._asked_again)):
            return False
        if self._person and self._person.isdisjoint(terms(span.passage.text)):
            return False
        if not self._own:
            return _is_of_type(span, self._type)
        if not self._own.isdisjoint(terms(span.passage.text)):
            return True
        otherwise = not self._is_exact and self._type in FORMED and item.confidence >= self._sure
        return otherwise and _is_of_type(span, self._type)

    def holds_all(self, item: Judged) -> bool:
        """Tell whether a candidate's passage holds all the words that were asked."""
        return not self.is_lost and self._own <= set(terms(item.candidate.span.passage.text))


def _is_of_type(span: Span, answer_type: AnswerType) -> bool:
    text = span.passage.text[span.start - span.passage.start : span.end - span.passage.start]
    if answer_type in {"person", "place"}:  # the words before, which tell them apart, are not in the span
        unnamed = not any(letter.isdigit() for letter in text)  # "the victims", "at the town hall"
        rest = DATE.sub("", text)
        return NAME.search(rest) is not None or (
            unnamed and any(map(str.isalpha, rest)) and len(text.split()) <= LONGEST_UNNAMED
        )
    return holds_type(text, answer_type)
