"""Dialogue: earlier turns read again, so that a question that leans on them stands alone."""

from collections.abc import Callable, Sequence
from functools import partial

from chatbot.confidence import Candidate, Judge
from chatbot.followup import Cited, Resolved, Turn, resolve
from chatbot.library import Library
from chatbot.names import Names
from chatbot.passages import Passage
from chatbot.pronouns import Told
from chatbot.reader import Reader
from chatbot.retriever import Hit
from chatbot.spelling import SpellingCorrector
from chatbot.wording import is_small_talk, plain_question, read_question

LOOK_BACK = 6  # turns
READ_AGAIN = 3  # passages, for an earlier question whose quotations are not told

Search = Callable[[str, str | None, int], Sequence[Hit]]


class Dialogue:
    """Resolves questions by the turns before them.

    What answered an earlier question is read again only where a pronoun or a fragment asks
    for it: in the passage that was quoted, or, where none is told, in the first found.
    """

    def __init__(
        self, library: Library, spelling: SpellingCorrector, search: Search, reader: Reader, judge: Judge
    ) -> None:
        texts = (article.text for article in library.articles.values())
        store = library.store
        self.names = Names(store.vocabulary(), store.passage_counts(), texts)
        self._library = library
        self._spelling = spelling
        self._search = search
        self._reader = reader
        self._judge = judge

    def resolve(self, question: str, history: Sequence[Turn], article_id: str | None = None) -> Resolved:
        """Give a question, plain and correctly spelt, as it stands alone after its history."""
        told: list[Told] = []
        for number, turn in list(enumerate(history, start=1))[-LOOK_BACK:]:
            if is_small_talk(turn.question):
                continue
            asked = self._spelling.correct(plain_question(turn.question)).text
            resolved = self._resolve(asked, told)
            find_answer = partial(self._find_answer, resolved, turn.quotations, article_id)
            told.append(Told(number, asked, resolved.question, find_answer, resolved.meant))
        return self._resolve(question, told)

    def _resolve(self, question: str, told: Sequence[Told]) -> Resolved:
        return resolve(question, told, self.names, self._judge.rarity)

    def _find_answer(self, asked: Resolved, cited: Sequence[Cited], article_id: str | None) -> str:
        """Give the words that answered an earlier question, "" where it was refused."""
        question = read_question(asked.question, asked.loose)
        if passages := [passage for quotation in cited[:1] for passage in self._quoted(quotation)]:
            spans = self._reader.read(question, passages)
            best = max(spans, key=lambda span: span.score, default=None)
        else:
            hits = self._search(question, article_id, READ_AGAIN)
            spans = self._reader.read(question, [hit.passage for hit in hits])
            by_passage = {hit.passage.id: hit for hit in hits}
            judged = self._judge.judge(
                question, [Candidate(by_passage[span.passage.id], span) for span in spans]
            )
            sure = judged and judged[0].confidence >= self._judge.calibration.threshold
            best = judged[0].candidate.span if sure else None
        return self._library.articles[best.passage.article_id].text[best.start : best.end] if best else ""

    def _quoted(self, cited: Cited) -> Sequence[Passage]:
        """Give the passages that a quotation lies in; none where it is not of this library."""
        within = self._library.within.get(cited.article_id, range(0))
        passages = self._library.passages[within.start : within.stop]
        return [passage for passage in passages if passage.start < cited.end and cited.start < passage.end]
