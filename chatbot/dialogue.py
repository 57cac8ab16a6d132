"""Dialogue: a question asked as it stands alone after its history, and what of its answer counts."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial

from chatbot.answer import Searched
from chatbot.antecedents import Told
from chatbot.confidence import Candidate, Judge, Judged, doubted
from chatbot.context import MOST_TURNS, earlier_turn, with_context
from chatbot.evidence import Evidence
from chatbot.followup import Cited, Resolved, Turn, lean, leans_back, resolve
from chatbot.fragments import JOINER
from chatbot.library import Library
from chatbot.names import Names
from chatbot.overview import asks_overview, overview
from chatbot.passages import Passage
from chatbot.reader import Reader
from chatbot.scope import Scope
from chatbot.spelling import Spelling, SpellingCorrector
from chatbot.terms import content_words, terms
from chatbot.wording import is_small_talk, plain_question, read_question

ANOTHER = re.compile(r"\b(?:else|another)\b", re.IGNORECASE)
LOOK_BACK = 6  # turns
UNSUPPORTED = 0.5  # what confidence is left to what says nothing of what was asked
READ_AGAIN = 2  # passages, for an earlier question whose quotations are not told
MOST_TEXTS = 200  # articles that are looked at to tell what a name names

# (question, scope, passages to read; None for the usual number, the question as it is to be
# read; "" for as it is) -> what was read
FindCandidates = Callable[[str, Scope, int | None, str], Sequence[Candidate]]


@dataclass(frozen=True)
class Asked:
    """What was searched for a question, what of it the library lacks, and what was read.

    ``judged`` may answer; ``others`` say nothing of what was asked.
    """

    searched: Searched
    unknown: tuple[str, ...]
    judged: tuple[Judged, ...]
    others: tuple[Judged, ...] = ()


class Dialogue:
    """Asks questions by the turns before them.

    What answered an earlier question is read again only where a pronoun or a fragment asks
    for it: in the passage that was quoted, or, where none is told, in the first found.
    """

    def __init__(
        self,
        library: Library,
        spelling: SpellingCorrector,
        dictionary: Collection[str],
        find_candidates: FindCandidates,
        reader: Reader,
        judge: Judge,
    ) -> None:
        texts = partial(_texts_with, library)
        self._names = Names(library.vocabulary, library.passage_counts, texts, dictionary)
        self._library = library
        self._spelling = spelling
        self._find_candidates = find_candidates
        self._reader = reader
        self._judge = judge

    def ask(self, question: str, history: Sequence[Turn], scope: Scope, threshold: float) -> Asked:
        """Read passages for a question as it stands alone after its history.

        "Who else?" is not answered by what answered the last turn, and a question with a name that
        the library lacks hardly by anything.
        """
        spelling = self._spelling.correct(plain_question(question))
        if whole := self._overview(question, history, scope):
            return Asked(Searched(read_question(spelling.text)), (), whole)
        asked = self._ask(spelling, history, scope, threshold)
        if spelling.missing:
            strange = {word.text for word in content_words(spelling.text)} <= {*spelling.missing}
            judged = (replace(item, confidence=doubted(item.confidence, strange)) for item in asked.judged)
            asked = replace(asked, judged=tuple(judged))
        if not (history and ANOTHER.search(question) and (told := self._tell(history, scope))):
            return asked
        answered = set(terms(told[-1].answer))
        again = [item for item in asked.judged if answered and answered.issuperset(terms(_span_text(item)))]
        kept = tuple(item for item in asked.judged if item not in again)
        return replace(asked, judged=kept, others=(*asked.others, *map(_unsupported, again)))

    def _overview(self, question: str, history: Sequence[Turn], scope: Scope) -> tuple[Judged, ...]:
        """Give what says what an article is about, where that is asked of one alone, or of the last quoted."""
        plain = plain_question(question)
        if not asks_overview(plain, is_first=not history):
            return ()
        quoted = [one.article_id for turn in history for one in turn.quotations]
        ids = scope.article_ids or ()
        if len(self._library.articles) == 1:
            ids = tuple(self._library.articles)
        known = [one for one in (*quoted[-1:], *ids[: len(ids) == 1]) if one in self._library.articles]
        meant = [one for one in known if scope.holds(self._library.articles[one])]
        return overview(plain, self._library.store.passages_of(meant[0])) if meant else ()

    def _ask(self, spelling: Spelling, history: Sequence[Turn], scope: Scope, threshold: float) -> Asked:
        """Read passages for a question as it stands alone after its history.

        One whose words point past the article that was quoted last is asked of that first, as it is.
        One that stands alone by its own words is asked as it is, of the article that was quoted
        last and then of all; if it is refused, by less confidence than ``threshold``, it is asked
        once more as it may lean on the last turn.
        """
        told = self._tell(history, scope)
        if told and leans_back(spelling.text, self._names):
            resolved = resolve(spelling.text, told, self._names, self._judge.rarity)
            if resolved.question != spelling.text or resolved.loose:
                asked = (
                    self._ask_quoted(spelling, told, history, scope, threshold)
                    if _leans_past_last_article(resolved, history)
                    else None
                )
                return asked or self._ask_resolved(spelling, resolved, told, history, scope, threshold)
        bare = read_question(spelling.text)
        if asked := self._ask_quoted(spelling, told, history, scope, threshold):
            return asked
        judged = self._read_after(spelling.text, bare, told, scope) if terms(bare) else ()
        asked = Asked(Searched(bare), spelling.unknown, judged)
        if not told or (judged and judged[0].confidence >= threshold):
            return asked
        if alone := self._ask_alone(spelling, scope, threshold):
            return alone
        again = self._ask_leaning(spelling, told, scope) if judged and not spelling.unknown else None
        return again if again and again.judged and again.judged[0].confidence >= threshold else asked

    def _ask_alone(self, spelling: Spelling, scope: Scope, threshold: float) -> Asked | None:
        """Ask a question as if nothing had come before it; None where that gives no sure answer.

        With the turns before it, a reader may refuse what it knows of another article.
        """
        bare = read_question(spelling.text)
        judged = self._read(bare, scope)
        sure = judged and judged[0].confidence >= _surely(threshold)
        return Asked(Searched(bare), spelling.unknown, judged) if sure else None

    def _ask_quoted(
        self,
        spelling: Spelling,
        told: Sequence[Told],
        history: Sequence[Turn],
        scope: Scope,
        threshold: float,
    ) -> Asked | None:
        """Ask the article that was last quoted, unless the question has a name; None where it has no answer.

        "Who is the fire chief?" asks for that of the fire that was spoken of.
        """
        quoting = [number for number, turn in enumerate(history, start=1) if turn.quotations]
        bare = read_question(spelling.text)
        if not quoting or self._names.find(spelling.text) or not terms(bare):
            return None
        near = self._within(history[quoting[-1] - 1].quotations[0], scope)
        judged = self._read_after(spelling.text, bare, told, near) if near != scope else ()
        if not judged or judged[0].confidence < threshold:
            return None
        asked = Asked(Searched(bare, from_turns=(quoting[-1],)), spelling.unknown, judged)
        own = {word.stem for word in content_words(spelling.text)}
        speaks = not own.isdisjoint(terms(judged[0].candidate.span.passage.text))
        if speaks and judged[0].confidence >= _surely(threshold):
            return asked
        return self._ask_alone(spelling, scope, threshold) or asked

    def _ask_resolved(
        self,
        spelling: Spelling,
        resolved: Resolved,
        told: Sequence[Told],
        history: Sequence[Turn],
        scope: Scope,
        threshold: float,
    ) -> Asked:
        """Ask a follow-up of the article that it leans on; of the others only where that has no answer."""
        least = self._judge.calibration.threshold
        refused = not told[-1].answer
        evidence = Evidence(spelling.text, self._names, least, resolved.question, refused=refused)
        text = read_question(resolved.question, resolved.loose)
        near = self._narrow(resolved, history, scope)
        judged = _weigh(self._read_after(spelling.text, text, told, near), evidence)
        may = () if evidence.is_lost else judged
        if not self._reader.reads_context:  # it cannot tell the question's own words from those put to it
            may = tuple(item for item in may if evidence.holds(item))
        others = tuple(item for item in judged if item not in may)
        searched = Searched(text, resolved.added_terms, resolved.turns)
        asked = Asked(searched, spelling.unknown, may, others)
        if near == scope or (may and may[0].confidence >= threshold):
            return asked
        if not (self._names.find(resolved.question) or resolved.loose):  # "the visit" is the one quoted
            return asked
        kept = tuple(item for item in self._read(text, scope) if evidence.holds(item))
        return replace(asked, judged=kept) if kept and kept[0].confidence >= _surely(threshold) else asked

    def _narrow(self, resolved: Resolved, history: Sequence[Turn], scope: Scope) -> Scope:
        """Give what to ask: of the turns that it leans on, the article that the last one was quoted from."""
        quoted = [one for number in resolved.turns for one in history[number - 1].quotations[:1]]
        return self._within(quoted[-1], scope) if quoted else scope

    def _within(self, quoted: Cited, scope: Scope) -> Scope:
        """Give the scope with the quoted article alone, where it is in it and not all there is."""
        article = self._library.articles.get(quoted.article_id) if len(self._library.articles) > 1 else None
        return scope.narrowed(article.id) if article and scope.holds(article) else scope

    def _ask_leaning(self, spelling: Spelling, told: Sequence[Told], scope: Scope) -> Asked | None:
        """Ask a refused question as it may lean on the last turn; its own words are all to be held."""
        resolved = lean(spelling.text, told[-1], self._names, self._judge.rarity)
        if not resolved.added_terms:
            return None
        evidence = Evidence(spelling.text, self._names, self._judge.calibration.threshold)
        text = read_question(resolved.question, resolved.loose)
        judged = self._read_after(spelling.text, text, told, scope)
        kept = tuple(item for item in judged if evidence.holds_all(item))
        return Asked(Searched(text, resolved.added_terms, resolved.turns), spelling.unknown, kept)

    def _read(self, question: str, scope: Scope, limit: int | None = None) -> tuple[Judged, ...]:
        return self._judge.judge(question, self._find_candidates(question, scope, limit, ""))

    def _read_after(self, asked: str, alone: str, told: Sequence[Told], scope: Scope) -> tuple[Judged, ...]:
        """Read what is found for a question as it stands alone.

        A reader that was trained for it reads what was asked with the last turns behind it, and
        so need not trust how the question was put together.
        """
        if not (told and self._reader.reads_context):
            return self._read(alone, scope)
        last = reversed(told[-MOST_TURNS:])
        turns = (earlier_turn(read_question(turn.asked), turn.answer) for turn in last)
        candidates = self._find_candidates(alone, scope, None, with_context(read_question(asked), turns))
        quoted = next((found for turn in reversed(told) if (found := turn.find_quoted())), ())
        return self._judge.judge(alone, candidates, {passage.id for passage in quoted})

    def _tell(self, history: Sequence[Turn], scope: Scope) -> list[Told]:
        """Give the last turns, small talk left out, each standing alone."""
        told: list[Told] = []
        for number, turn in list(enumerate(history, start=1))[-LOOK_BACK:]:
            if is_small_talk(turn.question):
                continue
            asked = self._spelling.correct(plain_question(turn.question)).text
            resolved = resolve(asked, told, self._names, self._judge.rarity)
            find_answer = partial(self._find_answer, resolved, turn.quotations, scope)
            alone = JOINER.sub("", resolved.question)
            find_quoted = partial(self._quoted, turn.quotations[:1])
            told.append(Told(number, asked, alone, find_answer, resolved.meant, find_quoted))
        return told

    def _find_answer(self, asked: Resolved, cited: Sequence[Cited], scope: Scope) -> str:
        """Give the words that answered an earlier question, "" where it was refused."""
        question = read_question(asked.question, asked.loose)
        if passages := self._quoted(cited[:1]):
            spans = self._reader.read(question, passages)
            best = max(spans, key=lambda span: span.score, default=None)
        else:
            judged = self._read(question, scope, READ_AGAIN)
            sure = judged and judged[0].confidence >= self._judge.calibration.threshold
            best = judged[0].candidate.span if sure else None
        return self._library.articles[best.passage.article_id].text[best.start : best.end] if best else ""

    def _quoted(self, cited: Sequence[Cited]) -> Sequence[Passage]:
        """Give the passages that quotations lie in; none for one that is not of this library."""
        return [
            passage
            for one in cited
            for passage in self._library.store.passages_of(one.article_id)
            if passage.start < one.end and one.start < passage.end
        ]


def _texts_with(library: Library, term: str) -> Sequence[str]:
    return [library.articles[one].text for one in library.store.articles_with(term, MOST_TEXTS)]


def _leans_past_last_article(resolved: Resolved, history: Sequence[Turn]) -> bool:
    """Tell whether what a follow-up leans on was quoted from another article than the last quotation."""
    quoted = [turn.quotations[0].article_id for turn in history if turn.quotations]
    leant = [one.article_id for number in resolved.turns for one in history[number - 1].quotations[:1]]
    return bool(leant) and leant[-1] != quoted[-1]


def _surely(threshold: float) -> float:
    """Give the confidence half way from the threshold to certainty."""
    return (1 + threshold) / 2


def _span_text(item: Judged) -> str:
    span = item.candidate.span
    return span.passage.text[span.start - span.passage.start : span.end - span.passage.start]


def _unsupported(item: Judged) -> Judged:
    return replace(item, confidence=item.confidence * UNSUPPORTED)


def _weigh(judged: Sequence[Judged], evidence: Evidence) -> tuple[Judged, ...]:
    """Take confidence from what says nothing of what was asked; none is more confident than one before it."""
    weighed: list[Judged] = []
    for item in judged:
        confidence = item.confidence if evidence.holds(item) else _unsupported(item).confidence
        most = weighed[-1].confidence if weighed else 1.0
        weighed.append(replace(item, confidence=min(most, confidence)))
    return tuple(weighed)
