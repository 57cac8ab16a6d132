import hashlib
from pathlib import Path

import pytest
from conftest import SEEDS

from chatbot.article import is_blank, load_article, load_articles, make_article
from chatbot.errors import ArticleError, NoArticlesError

REAL = SEEDS / "000_21e44077a3ba8fcb.txt"


def write(folder: Path, **files: bytes) -> Path:
    for name, content in files.items():
        (folder / f"{name}.txt").write_bytes(content)
    return folder


def test_article_is_the_real_file_byte_for_byte() -> None:
    article = load_article(REAL)

    assert article.text.encode() == REAL.read_bytes()
    assert article.sha256 == hashlib.sha256(REAL.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfTitle\r\n\r\nBody.\r\n",
        "\u00a0 Café, cafe\u0301, Київ, \U0001f6a2 “so”\n\n\n\tend ".encode(),
        "one\x00two\x0bthree\u0085\u2028four".encode(),
    ],
)
def test_text_keeps_every_byte_of_its_file(tmp_path: Path, content: bytes) -> None:
    write(tmp_path, a=content)

    assert load_article(tmp_path / "a.txt").text.encode() == content


def test_title_is_the_first_line_that_shows(tmp_path: Path) -> None:
    write(tmp_path, a="\ufeff\n \u00a0\n  Harbour opens \nMore.".encode())

    assert load_article(tmp_path / "a.txt").title == "Harbour opens"


def test_metadata_is_read_from_beside_the_article(tmp_path: Path) -> None:
    write(tmp_path, a=b"Body.")
    (tmp_path / "a.toml").write_text(
        'title = "T"\nsource_url = "https://example.org/"\npublished = "2023-09-09"\nquestions = ["Who?"]\n'
    )

    article = load_article(tmp_path / "a.txt")

    assert (article.title, article.source_url, article.published, article.questions) == (
        "T",
        "https://example.org/",
        "2023-09-09",
        ("Who?",),
    )


@pytest.mark.parametrize(
    ("metadata", "fault"),
    [
        ("author = 'x'", "'author'"),
        ("title = 3", "a string as title"),
        ("published = 2023-09-09", "a string as published"),
        ("questions = ['a', 1]", "an array of strings"),
        ("questions = ['Who?', ' ']", "questions: expected a question of 1 to 500 characters, got a blank one"),
        (f"questions = ['{'a' * 501}']", "got 501; shorten it"),
        ("title = ", "TOML"),
    ],
)
def test_metadata_is_refused_when_wrong(tmp_path: Path, metadata: str, fault: str) -> None:
    write(tmp_path, a=b"Body.")
    (tmp_path / "a.toml").write_text(metadata)

    with pytest.raises(ArticleError, match=fault) as caught:
        load_article(tmp_path / "a.txt")
    assert "a.toml" in str(caught.value)


def test_article_that_is_not_utf8_names_line_and_byte(tmp_path: Path) -> None:
    write(tmp_path, a=b"one\ntwo\ncaf\xe9 three\n")

    with pytest.raises(ArticleError, match=r"a\.txt, line 3: expected UTF-8, got byte 0xe9 at offset 11"):
        load_article(tmp_path / "a.txt")


@pytest.mark.parametrize(
    "content", [b"", b" \n\t\n", "\ufeff\u00a0\n".encode(), "\u200b\n\u2060\ufeff".encode()]
)
def test_article_that_shows_nothing_is_refused(tmp_path: Path, content: bytes) -> None:
    write(tmp_path, a=content)

    with pytest.raises(ArticleError, match=r"a\.txt: expected an article's text, got an empty file"):
        load_article(tmp_path / "a.txt")


def test_text_that_shows_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="expected an article with text"):
        make_article("a", "\u200b \n")


def test_text_is_not_blank_when_it_shows_one_letter() -> None:
    assert not is_blank("\ufeff x")


def test_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    write(tmp_path, b=b"B.", a=b"A.", c=b"C.")

    assert [article.id for article in load_articles(tmp_path)] == ["a", "b", "c"]


def test_folder_that_is_missing_says_what_to_create(tmp_path: Path) -> None:
    with pytest.raises(ArticleError, match=r"found none; create it .* CHATBOT_SEEDS_DIR"):
        load_articles(tmp_path / "nowhere")


def test_folder_that_cannot_be_read_is_not_taken_for_a_missing_one(tmp_path: Path) -> None:
    folder = tmp_path / "seeds"
    folder.symlink_to(folder)  # even root cannot list it

    with pytest.raises(ArticleError, match="expected a folder of articles that can be read") as caught:
        load_articles(folder)
    assert not isinstance(caught.value, NoArticlesError)


def test_folder_without_articles_is_refused(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("no article")

    with pytest.raises(ArticleError, match="expected at least one article"):
        load_articles(tmp_path)


def test_every_broken_file_is_named_at_once(tmp_path: Path) -> None:
    write(tmp_path, empty=b"", fine=b"Fine.", latin=b"\xe9")
    (tmp_path / "folder.txt").mkdir()
    (tmp_path / "fine.toml").write_text("color = 'red'")

    with pytest.raises(ArticleError) as caught:
        load_articles(tmp_path)

    for name in ("empty.txt", "latin.txt", "folder.txt", "fine.toml"):
        assert name in str(caught.value)
