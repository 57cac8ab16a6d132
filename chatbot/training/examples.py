"""Make the examples of an epoch from documents: with answer, hard negatives, near misses."""

import math
import random
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from chatbot.context import MOST_TURNS, earlier_turn, lead_in, with_context
from chatbot.fragments import is_fragment
from chatbot.training import negatives, rewrite
from chatbot.training.data import (
    ASKED,
    CHAINS,
    KINDS,
    PUBLIC,
    Document,
    Passage,
    Question,
    Span,
    window,
    with_before,
)
from chatbot.training.features import Example
from chatbot.training.ranking import stems
from chatbot.training.swaps import NAME, Swapper, names_in

Names = tuple[tuple[str, frozenset[str]], ...]
"""Names of a document, each with the stems of its words."""

ARTICLES = frozenset({*KINDS, *ASKED, *CHAINS})
"""Sources of questions on whole practice articles: what answers them is known of every passage."""

TITLES = ARTICLES | {"squad2"}
"""Sources whose documents are articles with titles."""

LABELLED = frozenset({*ASKED, *CHAINS})
"""Sources that name every passage that answers; of the other articles' questions, only one may be named."""

POOLED = frozenset({"squadshifts", PUBLIC})
"""Sources whose documents are unrelated passages: hard negatives come from all of them."""

MIXES: tuple[Mapping[str, float], ...] = (
    {
        "squadshifts": 5.0,
        "qamr-wikinews": 0.5,
        "qamr-wikipedia": 0.5,
        "squad2": 5.0,
        "public": 5.0,
        "newsroom": 1.0,
        "magazine": 1.0,
        "asked": 2.0,
        "twins": 1.5,
        "probes": 4.0,
        "chains": 2.5,
        "turns": 4.0,
        "directions": 0.1,
        "details": 0.15,
    },
    {
        "squadshifts": 5.0,
        "qamr-wikinews": 0.3,
        "qamr-wikipedia": 0.3,
        "squad2": 5.0,
        "public": 5.0,
        "newsroom": 1.0,
        "magazine": 1.0,
        "asked": 2.0,
        "twins": 1.5,
        "probes": 4.0,
        "chains": 2.5,
        "turns": 4.0,
        "directions": 0.1,
        "details": 0.15,
    },
)
"""How often a question of each source is seen in one epoch, for each phase."""


YES_NO, TELEGRAPH, SWAPPED, RIVALS, CUT = 0.28, 0.07, 0.45, 0.45, 0.1
"""How often a question is tried as yes or no, as keywords, with each kind of near miss."""

SWAPPED_IN_ARTICLES = 0.25
"""How often a word is swapped in a question on an article, of which near misses were written too."""

UNANSWERED = 0.6
"""How often an article's question that nothing answers is seen, against one with an answer; twins are alike."""

BAIT = 0.5
"""How often such a question comes with those sentences alone that look most like answering."""

MOST_RIVALS = 4
"""Texts that are scored to choose one that does not answer; six took a fifth of the time of training."""

JOINED = 0.15
"""How often a question's passage is read together with others that look like answering, too."""

SPREAD = 3.0
"""How freely a text that does not answer is chosen: e times less often for each so much lower a score."""

Scorer = Callable[[str, Sequence[str]], Sequence[float]]
"""How much a reader takes each text for an answer to a question (log-odds)."""

ONE_QUESTION = frozenset({"plain", "yes-no", "telegraph", "rival", "cut", "unrelated"})
"""Kinds of examples that ask an item's question itself: they form a group."""

NOISY = 0.2
"""How often a question is mistyped."""

TITLED = 0.5
"""How often a question comes with the title of the article that the passage is from."""

LED = 0.5
"""How often a text of an article comes with what stands before it, which says who "she" is."""

LEADS = (20, 50, 50)
"""Words of it at most, one of these by chance."""

ANSWERED = 0.8
"""How often an earlier turn comes with the words that answered it."""

FOREIGN = 0.3
"""How often a follow-up is asked after turns that speak of something else: nothing answers it then."""

PRONOUN = re.compile(r"\b(?:he|she|they|him|her|his|hers|them|their|it|its)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Item:
    """One question in its place, with its document's names and passages that seem to answer."""

    source: str
    names: Names
    passage: Passage
    question: Question
    rivals: tuple[Passage, ...]
    title: str = ""


def collect(documents: Sequence[Document]) -> list[Item]:
    """Give every question with its rivals: passages that rank high and do not answer."""
    items = []
    by_source: dict[str, list[Document]] = defaultdict(list)
    for document in documents:
        by_source[document.source].append(document)
    for source, members in by_source.items():
        if source in TITLES:
            members = [with_before(document) for document in members]
        ranked = negatives.hard_places(members, pooled=source in POOLED)
        for d, document in enumerate(members):
            names = names_of(document)
            title = document.title.replace("_", " ")
            for p, passage in enumerate(document.passages):
                for q, question in enumerate(passage.questions):
                    places = ranked.get((d, p, q), [])
                    rivals = tuple(members[i].passages[j] for i, j in places)
                    items.append(Item(source, names, passage, question, rivals, title))
    return items


class ExampleMaker:
    """Turn items into examples, differently in each epoch, the same for the same seed."""

    def __init__(self, items: Sequence[Item], swapper: Swapper, scorer: Scorer | None = None) -> None:
        """Keep the items; gather their answers by what they answer, to swap them.

        With a scorer, the texts that it takes most for an answer are the likeliest to be examples
        of what does not answer.
        """
        self.items = list(items)
        self._swapper = swapper
        self._scorer = scorer
        self._follow_ups = [item for item in items if item.question.history]
        self._answers: dict[tuple[str, int, bool], list[str]] = defaultdict(list)
        for item in items:
            for a, b in item.question.answers[:1]:
                text = item.passage.text[a:b]
                self._answers[_kind(item.question.text, text)].append(text)

    def epoch(self, seed: str, mix: Mapping[str, float]) -> list[Item]:
        """Give one epoch's items, each as often as its source's share says, shuffled."""
        rng = random.Random(seed)
        chosen = []
        for item in self.items:
            seldom = item.source in ARTICLES and item.source != "twins" and not item.question.answers
            share = mix[item.source] * (UNANSWERED if seldom else 1)
            chosen += [item] * (int(share) + (rng.random() < share % 1))
        rng.shuffle(chosen)
        return chosen

    def examples(self, items: Sequence[Item], seed: str) -> list[Example]:
        """Give the examples of these items."""
        rng = random.Random(seed)
        examples = []
        for number, item in enumerate(items, 1):
            context = context_of(item, rng)
            for example in self._of(item, rng):
                group = number if example.kind in ONE_QUESTION else 0
                asked = with_context(example.question, context)
                examples.append(replace(example, question=asked, group=group))
            if leans(item.question) and rng.random() < FOREIGN:
                examples += self._foreign(item, rng)
        return examples

    def _foreign(self, item: Item, rng: random.Random) -> Iterator[Example]:
        """Give a follow-up on its own passage after turns on another article."""
        other = rng.choice(self._follow_ups)
        if other.title != item.title:
            asked = with_context(item.question.text, context_of(other, rng))
            text = item.passage.text
            yield Example(asked, lead_of(item.passage, text, rng) + text, None, "foreign")

    def _of(self, item: Item, rng: random.Random) -> Iterator[Example]:
        """Give an item's examples: a minimal pair and hard negatives around its question."""
        question, passage = item.question, item.passage
        if not question.answers:
            yield from self._impossible(item, rng)
            return
        span = rng.choice(question.answers)
        first, last = negatives.sentences_of(passage, span)
        low, high = negatives.choose_window(passage, first, last, rng)
        text, shift = window(passage, low, high)
        lead = lead_of(passage, text, rng, negatives.answer_texts(question, passage))
        text, shift = lead + text, shift - len(lead)
        moved = (span[0] - shift, span[1] - shift)
        sentence = (passage.sentences[first][0] - shift, passage.sentences[last][1] - shift)
        yield from self._with_answer(item, text, moved, sentence, rng)
        yield from self._joined(item, span, rng)
        yield from self._near_misses(item, text, (low, high), sentence, rng)

    def _joined(self, item: Item, span: Span | None, rng: random.Random) -> Iterator[Example]:
        """Give at times a question on its passage among rivals, in any order, as one text."""
        if item.source not in LABELLED or not item.rivals or rng.random() >= JOINED:
            return
        likely = item.rivals[:MOST_RIVALS]
        others = rng.sample(likely, min(rng.choice((1, 2, 2)), len(likely)))
        texts = [passage.text for passage in others]
        place = rng.randint(0, len(texts))
        shift = sum(len(text) + 1 for text in texts[:place])
        texts.insert(place, item.passage.text)
        moved = (span[0] + shift, span[1] + shift) if span else None
        asked = _maybe_noisy(item.question.text, rng) if span else restyle(item.question.text, rng)
        yield Example(asked, " ".join(texts), moved, "joined")

    def _near_misses(
        self, item: Item, text: str, sentences: Span, sentence: Span, rng: random.Random
    ) -> Iterator[Example]:
        """Give what nearly answers: the question changed, or the passage."""
        question, passage = item.question, item.passage
        answers = negatives.answer_texts(question, passage)
        if rng.random() < (SWAPPED_IN_ARTICLES if item.source in ARTICLES else SWAPPED):
            others = names_elsewhere(item.names, text[slice(*sentence)])
            swapped = self._swapper.swap(question.text, text, rng, others)
            if swapped:
                yield Example(restyle(swapped, rng), text, None, "swap")
        if rng.random() < RIVALS and (rival := self._rival(item, answers, rng)):
            asked = question.text
            if rng.random() < 0.15:
                a, b = question.answers[0]
                answer = passage.text[a:b]
                asked = rewrite.to_yes_no(asked, answer, passage.text, (a, b)) or asked
            yield Example(restyle(asked, rng), rival, None, "rival")
        if rng.random() < CUT and sentences[1] - sentences[0] >= 2:
            cut = negatives.without_answer(passage, *sentences, answers)
            if cut:
                yield Example(restyle(question.text, rng), cut, None, "cut")

    def _with_answer(
        self, item: Item, text: str, span: Span, sentence: Span, rng: random.Random
    ) -> Iterator[Example]:
        """Give the question with its answer: plain, noisy, as keywords, or as yes or no."""
        question, answer = item.question.text, text[span[0] : span[1]]
        dice = rng.random()
        if dice < YES_NO:
            asked = rewrite.to_yes_no(question, answer, text, span)
            if asked:
                yield Example(_maybe_noisy(asked, rng), text, sentence, "yes-no")
                yield from self._yes_no_negative(item, answer, text, span, rng)
                return
        elif dice < YES_NO + TELEGRAPH:
            bare = rewrite.telegraph(question)
            if bare:
                kept = span if bare[1] else sentence
                yield Example(_maybe_noisy(bare[0], rng), text, kept, "telegraph")
                return
        yield Example(_maybe_noisy(question, rng), text, span, "plain")

    def _yes_no_negative(
        self, item: Item, answer: str, text: str, span: Span, rng: random.Random
    ) -> Iterator[Example]:
        """Give the yes or no question with a wrong answer, or another word swapped."""
        question = item.question.text
        asked = None
        pool = self._answers[_kind(question, answer)]
        others = [m[0] for m in NAME.finditer(text) if m[0] not in question and m[0] != answer]
        rivals = others if others and rng.random() < 0.25 else pool or others
        wrong = rng.choice(rivals or [answer])
        sentence = text[max(0, text.rfind(".", 0, span[0])) : text.find(".", span[1])]
        if rng.random() < 0.6 and wrong.lower() not in sentence.lower():
            asked = rewrite.to_yes_no(question, wrong, text, span)
        else:
            right = rewrite.to_yes_no(question, answer, text, span)
            others = names_elsewhere(item.names, sentence)
            asked = self._swapper.swap(right, text, rng, others) if right else None
        if asked:
            yield Example(_maybe_noisy(asked, rng), text, None, "yes-no-swap")

    def _impossible(self, item: Item, rng: random.Random) -> Iterator[Example]:
        """Give a question that nothing answers with its own passage and likely others."""
        question = restyle(item.question.text, rng)
        text = item.passage.text
        if rng.random() < BAIT:
            size = rng.choice((1, 1, 2, 3))
            text = negatives.best_window(item.question.text, item.passage, size, set()) or text
        yield Example(question, lead_of(item.passage, text, rng) + text, None, "impossible")
        yield from self._joined(item, None, rng)
        if item.source in ARTICLES and item.rivals and rng.random() < 0.6:
            likeliest = self._likeliest(item, rng)
            text = lead_of(likeliest, likeliest.text, rng) + likeliest.text
            yield Example(question, text, None, "impossible")

    def _rival(self, item: Item, answers: set[str], rng: random.Random) -> str | None:
        """Give a text that looks like answering: of the same passage, or a rival passage."""
        size = rng.choice((1, 1, 2, 2, 3, 4))
        passage = item.passage
        elsewhere = 0.75 if item.source in LABELLED else 0.5
        if item.rivals and (rng.random() < elsewhere or len(item.passage.sentences) < 3):
            labelled = item.source in LABELLED
            few = item.rivals[:3] if labelled or rng.random() < 0.7 else item.rivals
            passage = self._likeliest(item, rng) if labelled else rng.choice(few)
            if item.source in TITLES:
                return lead_of(passage, passage.text, rng, answers) + passage.text
        text = negatives.best_window(item.question.text, passage, size, answers)
        return lead_of(passage, text, rng, answers) + text if text else None

    def _likeliest(self, item: Item, rng: random.Random) -> Passage:
        """Give one of an item's rivals, the likelier the more it is taken for an answer."""
        rivals = item.rivals[:MOST_RIVALS]
        if self._scorer is None or len(rivals) == 1:
            return rng.choice(rivals)
        turns = [earlier_turn(question, answer) for question, answer in item.question.history[:MOST_TURNS]]
        scores = self._scorer(with_context(item.question.text, turns), [rival.text for rival in rivals])
        weights = [math.exp((score - max(scores)) / SPREAD) for score in scores]
        return rng.choices(rivals, weights)[0]


class EasyExampleMaker(ExampleMaker):
    """Make passages of other questions, by chance, the only ones that do not answer.

    For measuring what hard negatives and near misses bring, never for a reader to serve.
    """

    def _near_misses(
        self, item: Item, text: str, sentences: Span, sentence: Span, rng: random.Random
    ) -> Iterator[Example]:
        yield from self._unrelated(item, rng)

    def _joined(self, item: Item, span: Span | None, rng: random.Random) -> Iterator[Example]:
        return iter(())

    def _yes_no_negative(
        self, item: Item, answer: str, text: str, span: Span, rng: random.Random
    ) -> Iterator[Example]:
        return iter(())

    def _impossible(self, item: Item, rng: random.Random) -> Iterator[Example]:
        yield from self._unrelated(item, rng)

    def _unrelated(self, item: Item, rng: random.Random) -> Iterator[Example]:
        answers = negatives.answer_texts(item.question, item.passage)
        text = rng.choice(self.items).passage.text
        if text != item.passage.text and not negatives.holds_answer(text, answers):
            yield Example(restyle(item.question.text, rng), text, None, "unrelated")


def lead_of(passage: Passage, text: str, rng: random.Random, answers: Collection[str] = ()) -> str:
    """Give at times what stands before a text of a passage, and a space; "" where it holds an answer."""
    before = f"{passage.before} {passage.text[: max(0, passage.text.find(text))]}".strip()
    if not passage.before or rng.random() >= LED:
        return ""
    lead = lead_in(before, rng.choice(LEADS))
    return "" if negatives.holds_answer(lead, answers) else f"{lead} "


def context_of(item: Item, rng: random.Random) -> tuple[str, ...]:
    """Give what stands behind an item's question: the turns before it, or at times its article's title."""
    turns = rng.randint(1, MOST_TURNS)
    if item.question.history:
        return tuple(
            earlier_turn(question, answer if rng.random() < ANSWERED else "")
            for question, answer in item.question.history[:turns]
        )
    return (item.title,) if item.title and item.source in TITLES and rng.random() < TITLED else ()


def leans(question: Question) -> bool:
    """Tell whether a follow-up cannot be understood without the turns before it."""
    return bool(question.history and (PRONOUN.search(question.text) or is_fragment(question.text)))


def _kind(question: str, answer: str) -> tuple[str, int, bool]:
    """Give the kind of an answer: its question word, its words, whether it is a name."""
    words = question.lower().split()
    asked = next((w for w in words if w in rewrite.WH_WORDS), "")
    if asked == "how":
        asked = " ".join(words[words.index("how") :][:2])
    return asked, min(3, len(answer.split())), answer[:1].isupper()


def names_of(document: Document) -> Names:
    """Give the names in a document, in order of appearance, each with its stems."""
    found = dict.fromkeys(name for passage in document.passages for _, name in names_in(passage.text))
    return tuple((name, frozenset(stems(name))) for name in found)


def names_elsewhere(names: Names, sentence: str) -> list[str]:
    """Give the names that share no word with a sentence."""
    held = set(stems(sentence))
    return [name for name, words in names if not held & words]


def restyle(question: str, rng: random.Random) -> str:
    """Give a question that nothing answers in the styles that answerable ones come in."""
    if rng.random() < TELEGRAPH and (bare := rewrite.telegraph(question)):
        return _maybe_noisy(bare[0], rng)
    return _maybe_noisy(question, rng)


def _maybe_noisy(question: str, rng: random.Random) -> str:
    """Give the question as hastily typed, at times."""
    return rewrite.add_noise(question, rng) if rng.random() < NOISY else question
