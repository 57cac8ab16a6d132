"""Fakes for the engine's tests: four-sentence articles, and models whose numbers are done by hand."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import numpy as np

from chatbot.article import Article, make_article
from chatbot.chatbot import Chatbot
from chatbot.confidence import Calibration, Candidate, Logistic
from chatbot.encoder import ModelFiles, Progress, Vectors
from chatbot.library import Library, read_library
from chatbot.making import EncoderSource, synchronize
from chatbot.passages import Kind, Passage, split_article
from chatbot.reader import Reader, Span
from chatbot.retriever import Hit
from chatbot.store import Store
from chatbot.terms import content_words, words

HARBOUR = """Harbour opens

The harbour opened on Monday. Mayor Ana Lind met the crews.

Ferries carry 40 passengers. The ferry to Oslo is late."""
LIBRARY = """Library stays

The library stays open. Its director is Omar Hasan.

Readers borrow 900 books. The roof was mended in May."""
ARTICLES = {"harbour": HARBOUR, "library": LIBRARY}

AXES = ("harbour", "mayor", "ferry", "library", "director", "books")


class FakeEncoder:
    """Counts the words of ``axes`` in a text: one dimension each, and one for a text without any.

    The cosine of "harbour mayor" with "harbour" is 1 / sqrt(2); two texts that share no
    axis have cosine 0.
    """

    def __init__(self, axes: Sequence[str] = AXES, max_tokens: int = 20) -> None:
        self._axes = axes
        self.dimension = len(axes) + 1
        self.max_tokens = max_tokens
        self.encoded: list[str] = []

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._encode(text) for text in texts])

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        self.encoded += texts
        return self.encode_queries(texts)

    def _encode(self, text: str) -> Vectors:
        held = [word.folded for word in words(text)]
        counts = [held.count(axis) for axis in self._axes]
        vector = np.array([*counts, 0 if any(counts) else 1], dtype=np.float32)
        unit: Vectors = vector / np.linalg.norm(vector)
        return unit


class FakeSource:
    """Gives a fake encoder, and counts how often it was asked to load it."""

    def __init__(
        self, encoder: FakeEncoder | None = None, name: str = "fake", checksum: str = "0" * 64
    ) -> None:
        self.files = ModelFiles(name, Path("fake"), checksum)
        self.encoder = encoder or FakeEncoder()
        self.loads = 0

    def load(self) -> FakeEncoder:
        self.loads += 1
        return self.encoder

    def close(self) -> None:
        pass


class FakeReader:
    """Scores a passage by how many of the question's content words it holds.

    The span is the first such word; a passage without any has none.
    """

    name = "fake"
    reads_context = False

    def read(self, question: str, passages: Sequence[Passage], leads: Sequence[str] = ()) -> tuple[Span, ...]:
        asked = {word.stem for word in content_words(question)}
        spans = []
        for passage in passages:
            held = [word for word in words(passage.text) if word.stem in asked]
            if held:
                first, score = held[0], float(len({word.stem for word in held}))
                spans.append(Span(passage, passage.start + first.start, passage.start + first.end, score))
        return tuple(spans)

    def read_together(self, question: str, passages: Sequence[Passage]) -> tuple[float, ...]:
        return ()


def logistic(intercept: float = 0.0, **weights: float) -> Logistic:
    """Make a logistic model over features as they are, not standardised."""
    return Logistic(weights, dict.fromkeys(weights, 0.0), dict.fromkeys(weights, 1.0), intercept)


# Confidence is a half where half of what is asked, weighted by rarity, is in the passage;
# about 0.98 where all of it is, and about 0.02 where nothing is.
CALIBRATION = Calibration(
    "fake", ranking=logistic(reader=1.0), confidence=logistic(-4.0, coverage=8.0), threshold=0.5
)


def as_source(source: FakeSource) -> EncoderSource:
    """Hand a fake over where the library's own class is asked for."""
    return cast(EncoderSource, source)


def make_articles(texts: Mapping[str, str]) -> tuple[Article, ...]:
    """Make articles, ordered by id."""
    return tuple(make_article(article_id, texts[article_id]) for article_id in sorted(texts))


def make_library(texts: Mapping[str, str], folder: Path, source: FakeSource | None = None) -> Library:
    """Build a library in a folder, no model involved."""
    store = Store(folder)
    synchronize(store, make_articles(texts), as_source(source or FakeSource()))
    return read_library(store)


def all_passages(library: Library) -> tuple[Passage, ...]:
    """Give a library's passages, in the order of the articles and of the text."""
    return tuple(
        passage for article_id in library.articles for passage in library.store.passages_of(article_id)
    )


def make_chatbot(
    texts: Mapping[str, str],
    folder: Path,
    *,
    encoder: FakeEncoder | None = None,
    reader: Reader | None = None,
    calibration: Calibration = CALIBRATION,
    passages_read: int = 8,
    dictionary: Sequence[str] = (),
) -> Chatbot:
    """Make a chatbot over articles, given as texts by id, no model involved."""
    encoder = encoder or FakeEncoder()
    library = make_library(texts, folder, FakeSource(encoder))
    return Chatbot(library, encoder, reader or FakeReader(), calibration, passages_read, dictionary)


def make_passages(text: str, article_id: str = "a", max_tokens: int = 1000) -> tuple[Passage, ...]:
    """Split a text; a token is what stands between spaces."""
    return split_article(make_article(article_id, text), lambda piece: len(piece.split()), max_tokens)


def make_passage(text: str, start: int = 0, kind: Kind = "body", number: int = 1) -> Passage:
    """Make one passage that stands at ``start`` of its article."""
    return Passage(f"a:{number}", "a", number, kind, start, start + len(text), text)


def make_candidate(
    passage: Passage, start: int, end: int, *, reader: float = 0.0, rank: int = 1, **hit: float
) -> Candidate:
    """Make a candidate with the span at ``[start, end)`` of the article."""
    scores = {"score": 0.0, "dense": 0.0, "lexical": 0.0, **hit}
    return Candidate(Hit(passage, rank, **scores), Span(passage, start, end, reader), reader)
