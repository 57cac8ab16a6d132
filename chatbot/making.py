"""Making: passages and their vectors, in a store that is kept up to date with seeds, model and release."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import TypeVar

from chatbot.article import Article
from chatbot.contents import Recipe
from chatbot.encoder import (
    ModelFiles,
    PassageEncoder,
    Progress,
    SentenceTransformerEncoder,
    Vectors,
    find_model,
)
from chatbot.encoder_process import EncoderProcess
from chatbot.errors import ArticleError, DamagedArticleError
from chatbot.export import export_encoder
from chatbot.passage_store import PassageStore
from chatbot.passages import SPLITTER_VERSION, Passage, split_article
from chatbot.settings import Settings
from chatbot.terms import ANALYSIS_VERSION

LONGEST_PASSAGE = 254  # tokens; a model that reads more gets no longer passages
WINDOW = 250_000  # characters of text, some 400 passages: encoded together, and anew if killed meanwhile
Item = TypeVar("Item")
logger = logging.getLogger(__name__)


class EncoderSource:
    """Gives the encoder of record, loaded when first needed; it takes seconds.

    One that is ``apart`` encodes passages in a process of its own, which ends after a while.
    """

    def __init__(self, files: ModelFiles, threads: int, *, apart: bool = False) -> None:
        self.files = files
        self._threads = threads
        self._here: SentenceTransformerEncoder | None = None
        self._apart = EncoderProcess(files, threads) if apart else None

    def load(self) -> PassageEncoder:
        """Give what encodes passages, once it is known to load."""
        if self._apart is None:
            return self.load_here()
        self._apart.open()
        return self._apart

    def load_here(self) -> SentenceTransformerEncoder:
        """Load the model into this process, once."""
        if self._here is None:
            logger.info("loading %s", self.files.name)
            self._here = SentenceTransformerEncoder(self.files, self._threads)
        return self._here

    def export(self, data_dir: Path) -> None:
        """Export the encoder for questions to a data folder.

        Raises:
            ModelError: it cannot be exported, or gives other vectors.
        """
        if self._apart is not None:
            self._apart.export(data_dir)
        else:
            export_encoder(self.load_here(), data_dir)

    def close(self) -> None:
        """End the process, if there is one."""
        if self._apart is not None:
            self._apart.close()


def encoder_source(settings: Settings, *, apart: bool = False) -> EncoderSource:
    """Find the encoder of the settings.

    Raises:
        ModelError: there is none.
    """
    return EncoderSource(find_model(settings.encoder), settings.threads, apart=apart)


def synchronize(
    store: PassageStore,
    seeds: Sequence[Article] | None,
    source: EncoderSource,
    progress: Progress | None = None,
) -> None:
    """Write seeds that are new or changed, forget those that are gone, and log why.

    What was added stays, and so do the seeds if None are given.

    Raises:
        ArticleError: a seed has the id of another article that was added.
        DamagedArticleError: articles are damaged; all others are up to date.
    """
    damaged: DamagedArticleError | None = None
    try:
        prepare(store, source, progress)
    except DamagedArticleError as error:  # all else is as it should be
        damaged = error
    if seeds is not None:
        _take_seeds(store, seeds, source, progress)
    if damaged:
        raise damaged


def _take_seeds(
    store: PassageStore, seeds: Sequence[Article], source: EncoderSource, progress: Progress | None
) -> None:
    digests, added = store.digests(), store.digests(added=True)
    _refuse_taken(seeds, added)
    for article_id in digests.keys() - added.keys() - {article.id for article in seeds}:
        gone = store.forget_seed(article_id)
        logger.info("%s %s: its seed is gone", "forgetting" if gone else "keeping what was added,", article_id)
    stale = [article for article in seeds if digests.get(article.id) != article.sha256]
    for article in stale:
        logger.info("indexing %s: %s", article.id, "its text changed" if article.id in digests else "it is new")
    _index_articles(store, stale, source, progress)
    for article in seeds:
        if store.article(article.id) != article:
            store.put_metadata(article)


def _refuse_taken(seeds: Sequence[Article], added: Mapping[str, str]) -> None:
    taken = [seed.id for seed in seeds if added.get(seed.id, seed.sha256) != seed.sha256]
    if taken:
        raise ArticleError(
            "\n".join(
                f"{article_id}.txt: expected the name of no article that was added, got one; rename the file, "
                f"or `chatbot remove {article_id}`"
                for article_id in taken
            )
        )


def prepare(store: PassageStore, source: EncoderSource, progress: Progress | None = None) -> None:
    """See to it that every article in the store has its passages, of this model and release.

    Raises:
        DamagedArticleError: articles are damaged; all others have their passages.
        ChatbotError: the model does not load, or the store refused.
    """
    recipe = recipe_of(source.files)
    stored = store.recipe()
    if stored != recipe:
        logger.info("making all passages anew: %s", difference(stored, recipe))
        if store.digests():
            source.load()  # before anything is forgotten: a model that does not load costs nothing
    store.begin_recipe(recipe)
    pending, damaged = store.pending(), list[str]()
    done = 0
    for window in in_windows(_read_each(store, pending, damaged), lambda article: len(article.text)):
        for article, made in zip(window, make_all_passages(window, source.load()), strict=True):
            store.put_passages(article, *made)
            done += 1
            if progress:
                progress("making passages anew", done, len(pending))
    if damaged:
        raise DamagedArticleError("\n".join(damaged))


def recipe_of(files: ModelFiles) -> Recipe:
    """Give what this release makes passages with, of a model."""
    return Recipe(
        encoder=files.name,
        encoder_checksum=files.checksum,
        splitter_version=SPLITTER_VERSION,
        analysis_version=ANALYSIS_VERSION,
        max_passage_tokens=LONGEST_PASSAGE,
    )


def _read_each(store: PassageStore, article_ids: Iterable[str], damaged: list[str]) -> Iterator[Article]:
    """Read articles, one at a time; what is wrong with those that are damaged is put on a list."""
    for article_id in article_ids:
        try:
            article = store.article(article_id)
        except DamagedArticleError as error:
            damaged.append(str(error))
            continue
        if article:  # and not removed by another process meanwhile
            yield article


def make_passages(
    article: Article, encoder: PassageEncoder, progress: Progress | None = None
) -> tuple[tuple[Passage, ...], Vectors]:
    """Split an article and encode its passages; a vector for each, shape (n, d)."""
    (made,) = make_all_passages([article], encoder, progress)
    return made


def make_all_passages(
    articles: Sequence[Article], encoder: PassageEncoder, progress: Progress | None = None
) -> list[tuple[tuple[Passage, ...], Vectors]]:
    """Split articles and encode their passages together, for each its own."""
    most = min(LONGEST_PASSAGE, encoder.max_tokens)
    split = [split_article(article, encoder.count_tokens, most) for article in articles]
    vectors = encoder.encode_passages([passage.text for passages in split for passage in passages], progress)
    ends = accumulate(map(len, split))
    return [(passages, vectors[end - len(passages) : end]) for passages, end in zip(split, ends, strict=True)]


def in_windows(items: Iterable[Item], length: Callable[[Item], int]) -> Iterator[list[Item]]:
    """Give items in lists of about ``WINDOW`` characters: what is encoded, and in memory, at a time."""
    window, held = list[Item](), 0
    for item in items:
        window.append(item)
        held += length(item)
        if held >= WINDOW:
            yield window
            window, held = [], 0
    if window:
        yield window


def _index_articles(
    store: PassageStore, articles: Sequence[Article], source: EncoderSource, progress: Progress | None
) -> None:
    done = 0
    for window in in_windows(articles, lambda article: len(article.text)):
        for article, made in zip(window, make_all_passages(window, source.load()), strict=True):
            store.put(article, *made)
            done += 1
            if progress:
                progress("indexing articles", done, len(articles))


def difference(stored: Recipe | None, wanted: Recipe) -> str:
    """Say what passages were made with, and what they are to be made with."""
    if stored is None:
        return "it is new, or of another format"
    changes = (
        f"{name} was {getattr(stored, name)!r} and is now {getattr(wanted, name)!r}"
        for name in wanted.__dataclass_fields__
        if name != "dimension" and getattr(stored, name) != getattr(wanted, name)
    )
    return ", ".join(changes)
