"""Library: the store brought up to date with the articles' folder, and its index."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chatbot.article import Article, load_articles
from chatbot.encoder import ModelFiles, Progress, QueryEncoder, SentenceTransformerEncoder, find_model
from chatbot.errors import ModelError
from chatbot.export import ExportedEncoder, export_encoder, export_folder
from chatbot.index import Index
from chatbot.passages import SPLITTER_VERSION, Passage, split_article
from chatbot.settings import Settings
from chatbot.store import FORMAT_VERSION, Recipe, Store, decode_vectors
from chatbot.terms import ANALYSIS_VERSION

LONGEST_PASSAGE = 254  # tokens; a model that reads more gets no longer passages
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Library:
    """An open library.

    ``passages`` are in the order of the articles and of the text; ``rows`` are their row
    numbers in the store, and ``within`` gives each article's positions among them.
    """

    store: Store
    index: Index
    articles: dict[str, Article]
    passages: tuple[Passage, ...]
    rows: tuple[int, ...]
    within: dict[str, range]


class EncoderSource:
    """Gives the encoder of record, loaded when first needed; it takes seconds."""

    def __init__(self, files: ModelFiles, threads: int) -> None:
        self.files = files
        self._threads = threads
        self._encoder: SentenceTransformerEncoder | None = None

    def load(self) -> SentenceTransformerEncoder:
        """Load the model, once."""
        if self._encoder is None:
            logger.info("loading %s", self.files.name)
            self._encoder = SentenceTransformerEncoder(self.files, self._threads)
        return self._encoder


def open_library(settings: Settings, progress: Progress | None = None) -> tuple[Library, QueryEncoder]:
    """Bring the store up to date with the articles and the model, and open it.

    Raises:
        ChatbotError: articles, model or store are not as needed; what the store held stays.
    """
    articles = load_articles(settings.seeds_dir)
    source = EncoderSource(find_model(settings.encoder), settings.threads)
    store = Store(settings.data_dir)
    try:
        synchronize(store, articles, source, progress)
        return read_library(store), _query_encoder(settings, source)
    except BaseException:
        store.close()
        raise


def synchronize(
    store: Store, articles: Sequence[Article], source: EncoderSource, progress: Progress | None = None
) -> None:
    """Write what is new or changed, forget what is gone, and log why."""
    recipe = Recipe(
        format_version=FORMAT_VERSION,
        encoder=source.files.name,
        encoder_checksum=source.files.checksum,
        splitter_version=SPLITTER_VERSION,
        analysis_version=ANALYSIS_VERSION,
        max_passage_tokens=LONGEST_PASSAGE,
    )
    stored = store.recipe()
    if stored != recipe:
        logger.info("building the store anew: %s", _difference(stored, recipe))
        source.load()  # before anything is forgotten: a model that does not load costs nothing
        store.begin_recipe(recipe)
    digests = store.digests()
    for article_id in digests.keys() - {article.id for article in articles}:
        logger.info("forgetting %s: its file is gone", article_id)
        store.remove(article_id)
    stale = [article for article in articles if digests.get(article.id) != article.sha256]
    for article in stale:
        logger.info("indexing %s: %s", article.id, "its text changed" if article.id in digests else "it is new")
    _index_articles(store, stale, source, progress)
    stored_articles = {article.id: article for article in store.articles()}
    for article in articles:
        if stored_articles[article.id] != article:
            store.put_metadata(article)


def _index_articles(
    store: Store, articles: Sequence[Article], source: EncoderSource, progress: Progress | None
) -> None:
    """Split, encode and write articles; several are encoded together, each is written alone."""
    if not articles:
        return
    encoder = source.load()
    longest = min(LONGEST_PASSAGE, encoder.max_tokens)
    split = [split_article(article, encoder.count_tokens, longest) for article in articles]
    total = sum(map(len, split))
    done = 0
    for article, passages in zip(articles, split, strict=True):
        vectors = encoder.encode_passages([passage.text for passage in passages])
        store.put(article, passages, vectors)
        done += len(passages)
        if progress:
            progress("indexing passages", done, total)


def _difference(stored: Recipe | None, wanted: Recipe) -> str:
    if stored is None:
        return "it is new, or of another format"
    changes = (
        f"{name} was {getattr(stored, name)!r} and is now {getattr(wanted, name)!r}"
        for name in wanted.__dataclass_fields__
        if name != "dimension" and getattr(stored, name) != getattr(wanted, name)
    )
    return ", ".join(changes)


def read_library(store: Store) -> Library:
    """Read everything from the store and make the index."""
    articles = store.articles()
    rows, passages, content = store.passages(articles)
    within: dict[str, range] = {}
    for position, passage in enumerate(passages):
        start = within[passage.article_id].start if passage.article_id in within else position
        within[passage.article_id] = range(start, position + 1)
    return Library(
        store=store,
        index=Index(decode_vectors(content, len(passages))),
        articles={article.id: article for article in articles},
        passages=passages,
        rows=rows,
        within=within,
    )


def _query_encoder(settings: Settings, source: EncoderSource) -> QueryEncoder:
    """Give the exported encoder, exporting it if need be; the encoder of record where it cannot be."""
    if settings.encoder_runtime == "torch":
        return source.load()
    folder = export_folder(settings.data_dir, source.files)
    try:
        return _load_export(folder, source.files, settings.threads)
    except ModelError as error:
        if Path(folder).exists():
            logger.warning("exporting the encoder anew: %s", error)
    try:
        export_encoder(source.load(), settings.data_dir)
        return _load_export(folder, source.files, settings.threads)
    except ModelError as error:
        logger.warning("serving with sentence-transformers: %s", error)
        return source.load()


def _load_export(folder: Path, files: ModelFiles, threads: int) -> ExportedEncoder:
    encoder = ExportedEncoder(folder, threads)
    if encoder.manifest.checksum != files.checksum:
        raise ModelError(f"expected the export of {files.checksum}, got that of {encoder.manifest.checksum}")
    return encoder
