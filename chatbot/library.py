"""Library: the store brought up to date with the folder of seeds, and its index."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import TypeVar

from chatbot.article import Article, load_articles
from chatbot.contents import Recipe
from chatbot.encoder import (
    ModelFiles,
    PassageEncoder,
    Progress,
    QueryEncoder,
    SentenceTransformerEncoder,
    Vectors,
    find_model,
)
from chatbot.encoder_process import EncoderProcess
from chatbot.errors import ArticleError, DamagedArticleError, ModelError, NoArticlesError, StoreError
from chatbot.export import ExportedEncoder, export_encoder, export_folder
from chatbot.passage_store import PassageStore
from chatbot.passages import SPLITTER_VERSION, Passage, split_article
from chatbot.settings import Settings
from chatbot.stores import connect_store, has_store
from chatbot.terms import ANALYSIS_VERSION

LONGEST_PASSAGE = 254  # tokens; a model that reads more gets no longer passages
ARTICLES_KEPT = 256  # those read last, in memory
WINDOW = 250_000  # characters of text, some 400 passages: encoded together, and anew if killed meanwhile
Item = TypeVar("Item")
logger = logging.getLogger(__name__)


class Articles(Mapping[str, Article]):
    """A library's articles by id, in order; each is read when it is asked for, and those of late are kept."""

    def __init__(self, store: PassageStore) -> None:
        self._count = store.article_count()
        self._ids = store.article_ids
        self._read = lru_cache(ARTICLES_KEPT)(store.article)

    def __getitem__(self, article_id: str) -> Article:
        article = self._read(article_id)
        if article is None:
            raise KeyError(article_id)
        return article

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids())

    def __len__(self) -> int:
        return self._count


@dataclass(frozen=True)
class Library:
    """An open library, as it was when it was opened.

    ``store`` is held at that moment, and ``live`` sees what is written since. Little of it is
    in memory: articles, passages and words are read when they are asked for.
    """

    live: PassageStore
    store: PassageStore
    generation: int
    articles: Articles
    vocabulary: Mapping[str, tuple[str, int]]
    passage_counts: Mapping[str, int]

    def close(self) -> None:
        """Close the store."""
        self.store.close()
        self.live.close()


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


def open_library(
    settings: Settings, progress: Progress | None = None, *, apart: bool = False
) -> tuple[Library, QueryEncoder]:
    """Bring the store up to date with the seeds and the model, and open it.

    Args:
        settings: what to open.
        progress: told how far it is.
        apart: whether what has to be encoded is encoded in a process of its own.

    Raises:
        ChatbotError: articles, model or store are not as needed; what the store held stays.
    """
    store, source = open_store(settings, progress, apart=apart)
    try:
        return read_library(store, progress), _query_encoder(settings, source)
    except BaseException:
        store.close()
        raise
    finally:
        source.close()


def open_store(
    settings: Settings, progress: Progress | None = None, *, may_be_empty: bool = False, apart: bool = False
) -> tuple[PassageStore, EncoderSource]:
    """Bring the store up to date with the seeds and the model; without any article only if that may be.

    Raises:
        ChatbotError: articles, model or store are not as needed; what the store held stays.
    """
    try:
        seeds = load_seeds(settings)
    except NoArticlesError:
        if not may_be_empty:
            raise
        seeds = None
    source = encoder_source(settings, apart=apart)
    store = connect_store(settings)
    try:
        synchronize(store, seeds, source, progress)
    except BaseException:
        store.close()
        source.close()
        raise
    return store, source


def encoder_source(settings: Settings, *, apart: bool = False) -> EncoderSource:
    """Find the encoder of the settings.

    Raises:
        ModelError: there is none.
    """
    return EncoderSource(find_model(settings.encoder), settings.threads, apart=apart)


def open_as_stored(settings: Settings) -> tuple[Library, QueryEncoder]:
    """Open the store as it is: nothing in it is brought up to date, and no model is loaded into this process.

    Raises:
        ModelError: its passages were made with another model or release than this one.
        ChatbotError: articles, model or store are not as needed.
    """
    source = encoder_source(settings, apart=True)
    store = connect_store(settings)
    try:
        library = read_library(store)
        if (stored := library.store.recipe()) != (wanted := _recipe_of(source.files)):
            raise ModelError(
                f"expected passages of {wanted.encoder} in {store.path}, got others: "
                f"{_difference(stored, wanted)}; start this again with the settings that they were made with"
            )
        return library, _query_encoder(settings, source)
    except BaseException:
        store.close()
        raise
    finally:
        source.close()


def open_to_add(settings: Settings) -> tuple[PassageStore, EncoderSource]:
    """Open the store to add to it with the model that made its passages: none is made anew.

    What is added is encoded in a process of its own, which ends after a while.

    Raises:
        StoreError: its passages were made with another model or release than this one.
        ChatbotError: model or store are not as needed.
    """
    source = encoder_source(settings, apart=True)
    store = connect_store(settings)
    try:
        if store.digests() and store.recipe() != _recipe_of(source.files):
            raise StoreError(
                f"expected passages of {source.files.name} in {store.path}, got those of another model or "
                "release; use one for all, and start this again"
            )
        prepare(store, source)
    except BaseException:
        store.close()
        source.close()
        raise
    return store, source


def load_seeds(settings: Settings) -> tuple[Article, ...] | None:
    """Read the seeds; None where there is no folder of them and the library does without.

    Raises:
        ArticleError: seeds are broken, or there are none and nothing was added either.
    """
    try:
        return load_articles(settings.seeds_dir)
    except NoArticlesError:
        if not _holds_added(settings):
            raise
        return () if settings.seeds_dir.is_dir() else None


def _holds_added(settings: Settings) -> bool:
    if not has_store(settings):
        return False
    with connect_store(settings) as store:
        return bool(store.digests(added=True))


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
    recipe = _recipe_of(source.files)
    stored = store.recipe()
    if stored != recipe:
        logger.info("making all passages anew: %s", _difference(stored, recipe))
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


def _recipe_of(files: ModelFiles) -> Recipe:
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


def _difference(stored: Recipe | None, wanted: Recipe) -> str:
    if stored is None:
        return "it is new, or of another format"
    changes = (
        f"{name} was {getattr(stored, name)!r} and is now {getattr(wanted, name)!r}"
        for name in wanted.__dataclass_fields__
        if name != "dimension" and getattr(stored, name) != getattr(wanted, name)
    )
    return ", ".join(changes)


def read_library(live: PassageStore, progress: Progress | None = None) -> Library:
    """Open the library as the store is at this moment; make the index where there is none that fits.

    Raises:
        NoArticlesError: it holds no article.
        StoreError: the passages of some are still to be made.
    """
    return _read(live, live.snapshot(), progress)


def refresh(library: Library) -> Library:
    """Read the library anew where its store was changed; give the library itself where it was not.

    It also stays while another process makes the passages anew, with another model perhaps:
    it is whole, though of an earlier moment.

    Raises:
        NoArticlesError: nothing is left in it.
        StoreError: the store cannot be read.
    """
    if library.live.generation() == library.generation:
        return library
    store = library.live.snapshot(library.store)
    if store.recipe() != library.store.recipe() or store.pending():
        store.close()
        return library
    return _read(library.live, store)


def other_recipe(library: Library) -> Recipe | None:
    """Give what all passages in the store are made with now, if that is not what the library's are."""
    if library.live.generation() == library.generation:
        return None
    with library.live.snapshot() as store:
        recipe = store.recipe()
        return None if recipe == library.store.recipe() or store.pending() else recipe


def _read(live: PassageStore, store: PassageStore, progress: Progress | None = None) -> Library:
    if not store.article_count():
        raise NoArticlesError(
            f"expected articles in {store.path}, found none; put one into the folder of seeds, or add articles "
            "of any kind with `chatbot add`"
        )
    if pending := store.pending():
        raise StoreError(
            f"expected every article in {store.path} with its passages, found {len(pending)} without: another "
            "process is making them; wait for it, and start this again"
        )
    store.open_index(progress)
    return Library(
        live=live,
        store=store,
        generation=store.generation(),
        articles=Articles(store),
        vocabulary=store.vocabulary(),
        passage_counts=store.passage_counts(),
    )


def _query_encoder(settings: Settings, source: EncoderSource) -> QueryEncoder:
    """Give the exported encoder, exporting it if need be; the encoder of record where it cannot be."""
    if settings.encoder_runtime == "torch":
        return source.load_here()
    folder = export_folder(settings.data_dir, source.files)
    try:
        return _load_export(folder, source.files, settings.threads)
    except ModelError as error:
        if Path(folder).exists():
            logger.warning("exporting the encoder anew: %s", error)
    try:
        source.export(settings.data_dir)
        return _load_export(folder, source.files, settings.threads)
    except ModelError as error:
        logger.warning("serving with sentence-transformers: %s", error)
        return source.load_here()


def _load_export(folder: Path, files: ModelFiles, threads: int) -> ExportedEncoder:
    encoder = ExportedEncoder(folder, threads)
    if encoder.manifest.checksum != files.checksum:
        raise ModelError(f"expected the export of {files.checksum}, got that of {encoder.manifest.checksum}")
    return encoder
