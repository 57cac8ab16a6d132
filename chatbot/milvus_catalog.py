"""Catalog: what a library in Milvus holds at one moment, in memory, without texts and vectors.

The library is a log of versions: each change of an article is one, numbered, and the last one
of an article counts. What an article was before stands in rows that no version names any more.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path

from chatbot.article import Article
from chatbot.contents import Recipe, SourceFile
from chatbot.listing import MOST_FACETS, ArticleListing, ArticleQuery, Facets, ListedArticle
from chatbot.scope import Scope, published_day
from chatbot.spelling import vocabulary_of
from chatbot.terms import fold, fold_text, terms


@dataclass(frozen=True)
class Version:
    """What an article is from one change of the library on.

    ``number`` is the change's. The article itself stands in rows of the batch ``content``, its
    passages and words in those of the batch ``made``. They are None while there are none: of an
    article that was removed, and of passages that are still to be made. ``era`` is the change
    that began the recipe which the passages were made with.
    """

    number: int
    article_id: str
    content: int | None = None
    made: int | None = None
    era: int = 0
    passages: int = 0
    kept: bool = False
    added: bool = False
    sha256: str = ""
    title: str = ""
    author: str | None = None
    source_url: str | None = None
    published: str | None = None
    characters: int = 0
    files: tuple[SourceFile, ...] = ()

    def of(self, article: Article) -> "Version":
        """Describe an article; what does not stand in it stays."""
        return replace(
            self,
            added=article.added,
            sha256=article.sha256,
            title=article.title,
            author=article.author,
            source_url=article.source_url,
            published=article.published,
            characters=len(article.text),
        )

    @property
    def batches(self) -> frozenset[int]:
        """Give the batches that hold its rows."""
        return frozenset({self.content, self.made} - {None})  # type: ignore[arg-type]  # none is left

    def listed(self, is_made: bool) -> ListedArticle:
        """Give what is listed of it."""
        beside = (self.article_id, self.title, self.author, self.source_url, self.published, self.sha256)
        return ListedArticle(*beside, self.characters, self.passages if is_made else 0, self.added)


@dataclass(frozen=True)
class Catalog:
    """The articles of a library after ``generation`` changes, ordered by id, and the recipe of its passages."""

    generation: int = 0
    versions: dict[str, Version] = field(default_factory=dict)
    recipe: Recipe | None = None
    dimension: int | None = None
    era: int = 0

    def after(self, generation: int, later: Iterable[Version]) -> "Catalog":
        """Give the catalog with later versions, in any order, in place of these."""
        versions = dict(self.versions)
        for version in sorted(later, key=lambda version: version.number):
            if version.content is None:
                versions.pop(version.article_id, None)
            else:
                versions[version.article_id] = version
        return replace(self, generation=generation, versions=dict(sorted(versions.items())))

    def is_made(self, version: Version) -> bool:
        """Tell whether an article has its passages, of the recipe that is in use."""
        return version.made is not None and version.era == self.era

    @cached_property
    def by_batch(self) -> dict[int, Version]:
        """Map batches of passages to the version that holds them."""
        return {version.made: version for version in self.versions.values() if self.is_made(version)}  # type: ignore[misc]  # its batch is known then

    @cached_property
    def by_digest(self) -> dict[str, str]:
        """Map the sha256 of each text to the id of the first article that has it."""
        return {version.sha256: version.article_id for version in reversed(self.versions.values())}

    @cached_property
    def by_path(self) -> dict[Path, tuple[str, SourceFile]]:
        """Map files to the id of the article that was read from each, and to the file as it was then."""
        return {
            file.path: (version.article_id, file)
            for version in self.versions.values()
            for file in version.files
        }

    @cached_property
    def passage_count(self) -> int:
        """Count the passages."""
        return sum(version.passages for version in self.by_batch.values())

    @cached_property
    def facets(self) -> Facets:
        """Give what the articles can be narrowed by."""
        listed = self.listed
        sites = Counter(article.site for article in listed if article.site)
        authors = Counter(article.author for article in listed if article.author)
        dated = any(published_day(article.published) is not None for article in listed)
        return Facets(_most_common(sites), _most_common(authors), dated)

    @cached_property
    def listed(self) -> tuple[ListedArticle, ...]:
        """Give what is listed of every article."""
        return tuple(version.listed(self.is_made(version)) for version in self.versions.values())

    def within(self, scope: Scope) -> list[int]:
        """Give the batches of the passages of the articles that a scope names and holds."""
        named = (self.versions.get(article_id) for article_id in scope.article_ids or ())
        return sorted(
            version.made
            for version in named
            if version and version.made in self.by_batch and _holds(scope, version)
        )

    def list_articles(self, query: ArticleQuery) -> ArticleListing:
        """List the articles that a query asks for."""
        wanted = fold_text(query.text).split()
        found = [article for article in self.listed if _matches(article, query, wanted)]
        found.sort(key=lambda article: (fold_text(article.title), article.id))
        if query.order == "id":
            found.sort(key=lambda article: article.id)
        elif query.order != "title":
            found.sort(key=lambda article: article.published or "", reverse=query.order == "newest")
            found.sort(key=lambda article: published_day(article.published) is None)
        page = found[query.offset : query.offset + query.limit]
        return ArticleListing(len(found), tuple(page))


def _holds(scope: Scope, version: Version) -> bool:
    day = published_day(version.published)
    return not scope.has_dates or (
        day is not None and (scope.published_from or day) <= day <= (scope.published_to or day)
    )


def _matches(article: ListedArticle, query: ArticleQuery, wanted: Sequence[str]) -> bool:
    day = published_day(article.published)
    if query.published_from is not None and (day is None or day < query.published_from):
        return False
    if query.published_to is not None and (day is None or day > query.published_to):
        return False
    if query.site not in (None, article.site) or query.author not in (None, article.author):
        return False
    text = fold_text(f"{article.title} {article.author or ''} {article.source_url or ''}")
    return all(word in text for word in wanted)


def _most_common(counts: Counter[str]) -> tuple[str, ...]:
    return tuple(sorted(counts, key=lambda value: (-counts[value], value))[:MOST_FACETS])


def encode_version(version: Version) -> str:
    """Write a version as text."""
    values = {name: value for name, value in asdict(version).items() if value not in (None, "", False, ())}
    return json.dumps(
        values, default=os.fspath, separators=(",", ":")
    )  # of paths, odd bytes as half characters


def decode_version(text: str) -> Version:
    """Read a version that ``encode_version`` wrote."""
    values = json.loads(text)
    files = (SourceFile(**{**file, "path": Path(file["path"])}) for file in values.pop("files", ()))
    return Version(**values, files=tuple(files))


class Lexicon:
    """The words of articles, counted: in how many passages each term stands, and how words are written."""

    def __init__(self, terms: Iterable[tuple[str, int]] = (), written: Iterable[str] = ()) -> None:
        self.terms = Counter(dict(terms))
        self.written = Counter(written)

    @classmethod
    def of(cls, article: Article, passages: Sequence[str]) -> "Lexicon":
        """Count the words of one article, with its passages' texts."""
        held = Counter(term for text in passages for term in set(terms(text)))
        return cls(held.items(), vocabulary_of(article.text).values())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Lexicon) and (self.terms, self.written) == (other.terms, other.written)

    __hash__ = None  # type: ignore[assignment]  # it changes

    def encode(self) -> str:
        """Write the words of one article as text."""
        parts = {"terms": self.terms, "written": list(self.written)}
        return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def decode(cls, text: str) -> "Lexicon":
        """Read what ``encode`` wrote."""
        parts = json.loads(text)
        return cls(parts["terms"].items(), parts["written"])

    def changed(self, came: Iterable["Lexicon"], went: Iterable["Lexicon"]) -> "Lexicon":
        """Give the words of more articles, and without those of others."""
        changed = Lexicon()
        changed.terms, changed.written = self.terms.copy(), self.written.copy()
        for other in came:
            changed.terms.update(other.terms)
            changed.written.update(other.written)
        for other in went:
            _take(changed.terms, other.terms)
            _take(changed.written, other.written)
        return changed

    @cached_property
    def vocabulary(self) -> dict[str, tuple[str, int]]:
        """Map each folded word to the way it is written and in how many articles it stands."""
        found: dict[str, tuple[str, int]] = {}
        for written, count in self.written.items():
            former, counted = found.get(fold(written), ("", 0))
            found[fold(written)] = (max(former, written), counted + count)
        return found


def _take(counts: Counter[str], less: Counter[str]) -> None:
    for word, count in less.items():
        counts[word] -= count
        if counts[word] <= 0:
            del counts[word]
