"""Passage store: what the library needs of whatever keeps its articles, passages and vectors.

``chatbot.store`` keeps them in SQLite beside an index of FAISS. A passage has a key, a
number that the store gave it and that no other passage of the store ever has.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from chatbot.article import Article
from chatbot.contents import Recipe, SourceFile
from chatbot.encoder import Progress, Vectors
from chatbot.listing import ArticleListing, ArticleQuery, Facets
from chatbot.passages import Passage
from chatbot.scope import EVERYTHING, Scope


class PassageView(Protocol):
    """A store as it was at one moment, whatever is written since; any thread may read it."""

    @property
    def path(self) -> Path | str:
        """Give where it is."""

    def close(self) -> None:
        """Let go of it."""

    def __enter__(self) -> Self:
        """Give itself."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of it."""

    def renew(self) -> None:
        """See the same as before, and let what was written before that be tidied up."""

    def generation(self) -> int:
        """Give a number that grows with every change."""

    def recipe(self) -> Recipe | None:
        """Give what the passages were made with; None while there is none, or of another format."""

    # Articles

    def article_count(self) -> int:
        """Count the articles."""

    def article_ids(self) -> tuple[str, ...]:
        """Give the ids of all articles, in order."""

    def article(self, article_id: str) -> Article | None:
        """Give one article, None where there is no such; raises StoreError for a text that was changed."""

    def articles(self) -> tuple[Article, ...]:
        """Give all articles with their texts, ordered by id."""

    def digests(self, *, added: bool | None = None) -> dict[str, str]:
        """Map ids to the sha256 of the texts; of those that were added, or were not, if said."""

    def pending(self) -> tuple[str, ...]:
        """Give the ids of the articles whose passages are still to be made."""

    def list_articles(self, query: ArticleQuery) -> ArticleListing:
        """List the articles that a query asks for, without their texts, a page at a time."""

    def facets(self) -> Facets:
        """Give what the articles can be narrowed by."""

    # Passages

    def passage_count(self) -> int:
        """Count the passages."""

    def passage_totals(self) -> dict[str, int]:
        """Map each article's id to the number of its passages."""

    def passages_of(self, article_id: str) -> tuple[Passage, ...]:
        """Give an article's passages in order; none where there is no such article."""

    def passages(self, keys: Sequence[int]) -> dict[int, Passage]:
        """Map keys to their passages; a key of none is left out."""

    def rank_by_meaning(self, query: Vectors, limit: int, scope: Scope = EVERYTHING) -> list[tuple[int, float]]:
        """Rank the passages of a scope by cosine with one unit vector, shape (d,).

        Returns (key, score), best first, fewer where there are fewer; scores are exact, ties in
        the order of the articles and of the text. Within a scope none of the best is left out;
        over everything, at least 19 of 20 of the best are there.
        """

    def rank_lexically(
        self, query: Sequence[str], limit: int, scope: Scope = EVERYTHING
    ) -> list[tuple[int, float]]:
        """Rank the passages of a scope that hold any of the terms by BM25; (key, score), as above.

        Terms are those of ``chatbot.terms``; how rare one is, is counted over everything.
        """

    def open_index(self, progress: Progress | None = None) -> None:
        """Make ready what ranks by meaning, which may take a minute where it is missing or stale."""

    def is_index_stale(self) -> bool:
        """Tell whether so much was written that what ranks by meaning is to be made anew."""

    def has_newer_index(self) -> bool:
        """Tell whether it is stale, and was made anew since: another snapshot would take that."""

    def scores(self, query: Vectors, keys: Sequence[int]) -> dict[int, float]:
        """Give the cosine of each of some passages with one unit vector, shape (d,)."""

    # Words

    def vocabulary(self) -> Mapping[str, tuple[str, int]]:
        """Map each folded word to the way it is written and in how many articles it stands."""

    def passage_counts(self) -> Mapping[str, int]:
        """Map each term to the number of passages that hold it."""

    def articles_with(self, term: str, limit: int) -> tuple[str, ...]:
        """Give the ids of some articles that hold a term, the same ones each time, ordered by id."""


class PassageStore(PassageView, Protocol):
    """An open store, which sees what others write at once, and writes itself.

    A change is wholly there or not at all, whenever the process is killed.
    """

    def snapshot(self, former: Self | None = None) -> Self:
        """Give the store as it is at this moment; what is derived may be taken over from a former one."""

    # What an article is, and where it came from

    def find(self, sha256: str) -> str | None:
        """Give the id of the article with this digest of its text, if there is one."""

    def holds(self, article_id: str) -> bool:
        """Tell whether there is an article with this id."""

    def is_added(self, article_id: str) -> bool:
        """Tell whether an article was added; False also where there is no such."""

    def is_kept(self, article_id: str) -> bool:
        """Tell whether an article stays until it is removed itself, whatever becomes of its files."""

    def file(self, path: Path) -> SourceFile | None:
        """Give a file as it was when its article was read from it, if one was."""

    def files(self, article_id: str) -> tuple[Path, ...]:
        """Give the files that an article was read from."""

    def article_of(self, path: Path) -> str | None:
        """Give the id of the article that was read from a file, if one was."""

    # Writing; see ``chatbot.store.Store`` for what each is to do

    def begin_recipe(self, recipe: Recipe) -> None:
        """Write passages of this recipe from now on; those of another are forgotten, the articles stay."""

    def put(self, article: Article, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Write an article of the seeds whole, in place of what the store held of it."""

    def add(
        self,
        article: Article,
        passages: Sequence[Passage],
        vectors: Vectors,
        file: SourceFile | None = None,
        replaced: Article | None = None,
    ) -> bool:
        """Write an added article whole; False where another process was first."""

    def put_passages(self, article: Article, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Write an article's passages anew, unless it was changed or removed since it was read."""

    def put_metadata(self, article: Article) -> bool:
        """Write what an article is beside its text; False where that was changed or removed meanwhile."""

    def put_file(self, file: SourceFile, article_id: str) -> bool:
        """Record what file holds an article; False where there is no such."""

    def keep(self, article_id: str) -> bool:
        """Let an article stay until it is removed itself; False where there is no such."""

    def remove(self, article_id: str) -> None:
        """Forget one article."""

    def forget_seed(self, article_id: str) -> bool:
        """Forget an article whose seed is gone; False where it was added too, and stays."""
