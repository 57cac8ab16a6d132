"""Growing: a library of any size, of real passages and then of synthetic ones made from them.

A synthetic passage keeps half the sentences of a real one and has another's in place of the
others; its vector is the real one's with noise, so that nothing is encoded. The first come
in as ``chatbot add`` puts them, an article a transaction; from ``ONE_BY_ONE`` on many
articles are written at once, which leaves the same in the store.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from chatbot.article import Article, make_article
from chatbot.encoder import Vectors
from chatbot.passages import Passage
from chatbot.sentences import split_sentences
from chatbot.spelling import vocabulary_of
from chatbot.store import Store
from chatbot.terms import terms

OF_ARTICLE = 20  # passages
ONE_BY_ONE = 10_000  # passages
AT_ONCE = 250  # articles
NOISE = 0.75  # length of the noise on a vector of length 1: the cosine with the real one is 0.8


@dataclass(frozen=True)
class Sentence:
    """A sentence, its terms with spaces between, and its words as they are written."""

    text: str
    terms: str
    words: dict[str, str]


@dataclass(frozen=True)
class Made:
    """An article, its passages, a vector for each, and what is counted of them."""

    article: Article
    passages: tuple[Passage, ...]
    vectors: Vectors
    held: tuple[str, ...]
    words: dict[str, str]


class BulkStore(Store):
    """A store that takes many articles in one transaction."""

    def add_all(self, made: Sequence[Made]) -> None:
        """Write articles, none of which is held yet."""
        passages: Counter[str] = Counter()
        words: Counter[tuple[str, str]] = Counter()
        sums = [0, 0]
        with self._transaction():
            for one in made:
                self._put_article(one.article)
                self._insert_rows(one.article.id, one.passages, one.vectors, one.held)
                words.update(one.words.items())
                for line in one.held:
                    split = line.split()
                    passages.update(set(split))
                    sums = [sums[0] + 1, sums[1] + len(split)]
            self._add_counts(passages, words, (sums[0], sums[1]), 1)


class Maker:
    """Makes articles of real passages and their vectors, the same ones each time."""

    def __init__(self, texts: Sequence[str], vectors: Vectors) -> None:
        self._real = [[_sentence(text[start:end]) for start, end in split_sentences(text)] for text in texts]
        self._vectors = vectors
        self._random = np.random.default_rng(0)

    def articles(self) -> Iterator[Made]:
        """Give articles without end: the real passages first, each once."""
        number = 0
        while True:
            chosen = np.arange(number * OF_ARTICLE, (number + 1) * OF_ARTICLE)
            is_real = chosen[-1] < len(self._real)
            if not is_real:
                chosen = self._random.integers(len(self._real), size=OF_ARTICLE)
            passages = [self._real[at] if is_real else self._mix(self._real[at]) for at in chosen]
            vectors = self._vectors[chosen] if is_real else self._shake(self._vectors[chosen])
            yield _make(f"article-{number:06d}", passages, vectors)
            number += 1

    def _mix(self, sentences: Sequence[Sentence]) -> Sequence[Sentence]:
        other = self._real[self._random.integers(len(self._real))]
        kept = self._random.random(len(sentences)) < 0.5
        return [
            one if keep else other[at % len(other)]
            for at, (one, keep) in enumerate(zip(sentences, kept, strict=True))
        ]

    def _shake(self, vectors: Vectors) -> Vectors:
        noise = self._random.normal(size=vectors.shape)
        noise *= NOISE / np.linalg.norm(noise, axis=1, keepdims=True)
        shaken = vectors + noise
        unit: Vectors = (shaken / np.linalg.norm(shaken, axis=1, keepdims=True)).astype(np.float32)
        return unit


def grow(store: BulkStore, articles: Iterator[Made], size: int) -> None:
    """Add articles until the store has so many passages, which none of the articles begins or ends between."""
    left = (size - store.passage_count()) // OF_ARTICLE
    while left > 0:
        if store.passage_count() < ONE_BY_ONE:
            (made,) = islice(articles, 1)
            store.add(made.article, made.passages, made.vectors)
            left -= 1
        else:
            several = list(islice(articles, min(left, AT_ONCE)))
            store.add_all(several)
            left -= len(several)


def _sentence(text: str) -> Sentence:
    return Sentence(text, " ".join(terms(text)), vocabulary_of(text))


def _make(article_id: str, passages: Sequence[Sequence[Sentence]], vectors: Vectors) -> Made:
    texts = [" ".join(sentence.text for sentence in passage) for passage in passages]
    words: dict[str, str] = {}
    for sentence in (sentence for passage in passages for sentence in passage):
        for folded, written in sentence.words.items():
            if written.islower():
                words[folded] = written
            else:
                words.setdefault(folded, written)
    cut, at = [], 0
    for number, text in enumerate(texts, start=1):
        cut.append(Passage(f"{article_id}:{number}", article_id, number, "body", at, at + len(text), text))
        at += len(text) + 2
    held = tuple(" ".join(sentence.terms for sentence in passage if sentence.terms) for passage in passages)
    article = replace(make_article(article_id, "\n\n".join(texts)), added=True)
    return Made(article, tuple(cut), vectors, held, words)
