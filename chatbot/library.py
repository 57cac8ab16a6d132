"""Library: the store, opened once it is up to date with the folder of seeds, and its index."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from chatbot.article import Article, load_articles
from chatbot.contents import Recipe
from chatbot.encoder import (
    ModelFiles,
    Progress,
    QueryEncoder,
)
from chatbot.errors import ModelError, NoArticlesError, StoreError
from chatbot.export import ExportedEncoder, export_folder
from chatbot.making import EncoderSource, difference, encoder_source, prepare, recipe_of, synchronize
from chatbot.passage_store import PassageStore
from chatbot.settings import Settings
from chatbot.stores import connect_store, has_store

ARTICLES_KEPT = 256  # those read last, in memory
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
        if (stored := library.store.recipe()) != (wanted := recipe_of(source.files)):
            raise ModelError(
                f"expected passages of {wanted.encoder} in {store.path}, got others: "
                f"{difference(stored, wanted)}; start this again with the settings that they were made with"
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
        if store.digests() and store.recipe() != recipe_of(source.files):
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


def read_library(live: PassageStore, progress: Progress | None = None) -> Library:
    """Open the library as the store is at this moment; make the index where there is none that fits.

    Raises:
        NoArticlesError: it holds no article.
        StoreError: the passages of some are still to be made.
    """
    return _read(live, live.snapshot(), progress)


def refresh(library: Library) -> Library:
    """Read the library anew where its store was changed, or its index made anew; else give the library itself.

    It also stays while another process makes the passages anew, with another model perhaps:
    it is whole, though of an earlier moment.

    Raises:
        NoArticlesError: nothing is left in it.
        StoreError: the store cannot be read.
    """
    if library.live.generation() == library.generation and not library.store.has_newer_index():
        return library
    store = library.live.snapshot(library.store)
    if store.recipe() != library.store.recipe() or store.pending():
        store.close()
        return library
    return _read(library.live, store)


def mend_index(library: Library) -> bool:
    """Make the index anew where it is stale, so that ``refresh`` finds it; tell whether it was.

    It may take a minute: nobody is to wait for it.

    Raises:
        StoreError: the index cannot be written.
    """
    if not library.store.is_index_stale():
        return False
    with library.live.snapshot() as store:
        store.open_index()
    return True


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
