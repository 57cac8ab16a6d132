"""Copying: a library of SQLite into another store, passages and vectors as they are: nothing is encoded."""

import logging
from pathlib import Path

from chatbot.article import Article
from chatbot.contents import Recipe, decode_vectors
from chatbot.database import FILE_NAME
from chatbot.encoder import Progress, Vectors
from chatbot.errors import StoreError
from chatbot.passage_store import PassageStore
from chatbot.store import Store

VECTORS = "SELECT vector FROM passage WHERE article_id = ? ORDER BY number"
logger = logging.getLogger(__name__)


class CopiedStore(Store):
    """A store that is read to be copied."""

    def vectors_of(self, article_id: str) -> Vectors:
        """Give the vectors of an article's passages in order, shape (n, d)."""
        vectors = [vector for (vector,) in self._rows(VECTORS, (article_id,))]
        return decode_vectors(b"".join(vectors), len(vectors))


def copy_library(data_dir: Path, target: PassageStore, progress: Progress | None = None) -> int:
    """Copy what another store does not hold yet, each article whole; give the number of articles copied.

    A seed takes the place of another seed of its id. Whatever else the other store has under an
    id or with a text stays as it is there, and an article whose id is taken is logged.

    Raises:
        StoreError: there is no library, or passages of it, or of the other store, are of another model.
    """
    if not (data_dir / FILE_NAME).exists():
        raise StoreError(f"expected a library in {data_dir}, found none; name the data folder of one")
    with CopiedStore(data_dir) as live, live.snapshot() as source:
        target.begin_recipe(_same_recipe(source, target))
        copied, digests = 0, source.digests()
        known = target.digests()
        for done, (article_id, sha256) in enumerate(digests.items(), start=1):
            if known.get(article_id) != sha256:
                article = source.article(article_id)
                assert article is not None  # it is in the same snapshot
                if article_id in known and (article.added or target.is_added(article_id)):
                    logger.warning(
                        "leaving %s of %s: %s has another article of that id; `chatbot remove %s` there, and "
                        "copy again, to have this one",
                        *(article_id, data_dir, target.path, article_id),
                    )
                else:
                    copied += _copy(article, source, target)
            if progress:
                progress("copying articles", done, len(digests))
    return copied


def _same_recipe(source: Store, target: PassageStore) -> Recipe:
    recipe, other = source.recipe(), target.recipe()
    if recipe is None or source.pending():
        raise StoreError(
            f"expected all passages in {source.path}, found that some are still to be made; run `chatbot "
            "index` on it, with CHATBOT_STORE=sqlite, first"
        )
    if other not in (None, recipe) and target.article_count():
        raise StoreError(
            f"expected passages in {target.path} of the same model and release as in {source.path}, got "
            "others; run `chatbot index` on both with the same settings first"
        )
    return recipe


def _copy(article: Article, source: CopiedStore, target: PassageStore) -> bool:
    made = source.passages_of(article.id), source.vectors_of(article.id)
    files = [file for path in source.files(article.id) if (file := source.file(path))]
    if not article.added:
        target.put(article, *made)
    elif not target.add(article, *made, files[0] if files else None):
        return False
    for file in files:
        if target.file(file.path) != file:
            target.put_file(file, article.id)
    if source.is_kept(article.id) and not target.is_kept(article.id):
        target.keep(article.id)
    return True
