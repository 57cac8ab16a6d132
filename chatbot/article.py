"""Articles: text files, byte for byte, with an optional file of metadata beside each."""

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatbot.errors import ArticleError, NoArticlesError, QuestionError
from chatbot.limits import check_question

BYTE_ORDER_MARK = "\ufeff"
INVISIBLE = BYTE_ORDER_MARK + "\u200b\u2060"  # shows nothing, yet is no white space
HIDDEN = dict.fromkeys(map(ord, INVISIBLE))
METADATA_FIELDS = {"title": str, "source_url": str, "published": str, "questions": list}


@dataclass(frozen=True)
class Page:
    """A page of a PDF, counted from 1: it runs from ``start`` to the next page's start."""

    number: int
    start: int


@dataclass(frozen=True)
class Article:
    """One document of the library.

    ``text`` is the text file's own text: nothing is stripped, collapsed or normalised, so
    that ``text.encode()`` are its bytes and ``sha256`` (hex) is its digest. Every
    offset of the project counts Unicode code points of this text. An article that was
    ``added`` is kept until it is removed, and its text is what was read from a file of any
    format; the others are those of the seeds' folder. ``pages`` ascend, and are none where
    the format has none.
    """

    id: str
    title: str
    text: str
    sha256: str
    source_url: str | None = None
    published: str | None = None
    questions: tuple[str, ...] = ()
    author: str | None = None
    pages: tuple[Page, ...] = ()
    added: bool = False


def make_article(
    article_id: str,
    text: str,
    title: str | None = None,
    source_url: str | None = None,
    published: str | None = None,
    questions: tuple[str, ...] = (),
    author: str | None = None,
) -> Article:
    """Make an article of a text; the title defaults to its first line that is not blank.

    Raises:
        ValueError: the text has no visible character.
    """
    if is_blank(text):
        raise ValueError(f"expected an article with text, got {article_id!r} without any; add its text")
    return Article(
        id=article_id,
        title=title or first_line(text),
        text=text,
        sha256=text_sha256(text),
        source_url=source_url,
        published=published,
        questions=questions,
        author=author,
    )


def text_sha256(text: str) -> str:
    """Digest a text (sha256 of its UTF-8 form, hex)."""
    return hashlib.sha256(text.encode()).hexdigest()


def is_blank(text: str) -> bool:
    """Tell whether a text shows nothing: white space and characters without width alone."""
    return not text.translate(HIDDEN).strip()


def first_line(text: str) -> str:
    """Give the first line that shows something, without the white space around it."""
    lines = (line.translate(HIDDEN).strip() for line in text.splitlines())
    return next(line for line in lines if line)


def load_article(path: Path) -> Article:
    """Read ``NAME.txt`` (UTF-8) and, where there is one, its metadata ``NAME.toml``.

    Raises:
        ArticleError: the file cannot be read, is not UTF-8 or is empty, or the metadata
            has a field that is unknown or of another type, or a question that cannot be asked.
    """
    text = load_text(path)
    metadata = _read_metadata(path.with_suffix(".toml"))
    questions = tuple(metadata.pop("questions", ()))
    return make_article(path.stem, text, questions=questions, **metadata)


def load_articles(folder: Path) -> tuple[Article, ...]:
    """Read every ``*.txt`` of a folder, ordered by name.

    Raises:
        NoArticlesError: the folder is missing or holds no article.
        ArticleError: the folder cannot be read, or files are broken; all of them are named at once.
    """
    paths = _text_files(folder)
    if not paths:
        raise NoArticlesError(
            f"expected at least one article NAME.txt in {folder}, found none; put one there, or add "
            "articles of any kind with `chatbot add`"
        )
    articles: list[Article] = []
    broken: list[str] = []
    for path in paths:
        try:
            articles.append(load_article(path))
        except ArticleError as error:
            broken.append(str(error))
    if broken:
        raise ArticleError("\n".join(broken))
    return tuple(articles)


def _text_files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.match("*.txt"))
    except (FileNotFoundError, NotADirectoryError):
        raise NoArticlesError(
            f"expected a folder of articles at {folder}, found none; create it and put a UTF-8 "
            "text file NAME.txt into it for each article, set CHATBOT_SEEDS_DIR, or add articles of "
            "any kind with `chatbot add`"
        ) from None
    except OSError as error:
        raise ArticleError(
            f"expected a folder of articles that can be read at {folder}, got: {error.strerror}; "
            "look whose it is and who may read it"
        ) from error


def load_text(path: Path) -> str:
    """Read the text of ``NAME.txt`` (UTF-8) as it is, byte for byte.

    Raises:
        ArticleError: the file cannot be read, is not UTF-8 or is empty.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise ArticleError(f"{path.name}: cannot be read ({error.strerror}); check the file") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ArticleError(
            f"{path.name}, line {line}: expected UTF-8, got byte 0x{error.object[error.start]:02x} at "
            f"offset {error.start}; save the file as UTF-8"
        ) from error
    if is_blank(text):
        raise ArticleError(f"{path.name}: expected an article's text, got an empty file; fill or remove it")
    return text


def _read_metadata(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        metadata = tomllib.loads(path.read_bytes().decode("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ArticleError(f"{path.name}: expected TOML in UTF-8, got an unreadable file: {error}") from error
    for field, value in metadata.items():
        expected = METADATA_FIELDS.get(field)
        if expected is None:
            raise ArticleError(
                f"{path.name}: expected only the fields {', '.join(METADATA_FIELDS)}, got {field!r}; remove it"
            )
        if not isinstance(value, expected) or (
            expected is list and not all(isinstance(item, str) for item in value)
        ):
            wanted = "an array of strings" if expected is list else "a string"
            raise ArticleError(f"{path.name}: expected {wanted} as {field}, got {value!r}; correct it")
    for question in metadata.get("questions", ()):
        try:
            check_question(question)
        except QuestionError as error:
            raise ArticleError(f"{path.name}, questions: {error}") from error
    return metadata
