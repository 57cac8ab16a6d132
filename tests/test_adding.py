import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes import FakeSource, all_passages, as_source, make_articles

from chatbot.adding import Adder, remove_added
from chatbot.article import text_sha256
from chatbot.files import Outcome, find_files
from chatbot.formats import Extractor, Limits
from chatbot.library import read_library
from chatbot.making import prepare, synchronize
from chatbot.store import Store

HARBOUR = "The harbour opened on Monday.\n\nMayor Ana Lind met the crews."


@pytest.fixture
def source() -> FakeSource:
    return FakeSource()


@pytest.fixture
def store(tmp_path: Path, source: FakeSource) -> Iterator[Store]:
    opened = Store(tmp_path / "data")
    prepare(opened, as_source(source))
    yield opened
    opened.close()


@pytest.fixture
def adder(store: Store, source: FakeSource) -> Iterator[Adder]:
    with Extractor() as extractor:
        yield Adder(store, as_source(source), extractor)


def write(path: Path, text: str = HARBOUR) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def touch(path: Path) -> None:
    """Let a file look as if it had been written later."""
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 10**9))


def rewrite(path: Path, text: str) -> None:
    status = path.stat()
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 10**9))


# One file


def test_file_becomes_an_article_that_is_served(tmp_path: Path, store: Store, adder: Adder) -> None:
    outcome = adder.add_file(write(tmp_path / "harbour.txt"))

    assert outcome == Outcome(str(tmp_path / "harbour.txt"), "added", "harbour", 2)
    library = read_library(store)
    assert library.articles["harbour"].text == HARBOUR
    assert library.articles["harbour"].added
    assert [passage.text for passage in all_passages(library)] == HARBOUR.split("\n\n")


def test_header_lines_are_the_articles_metadata(tmp_path: Path, store: Store, adder: Adder) -> None:
    header = "title: Harbour opens\nauthor: Kim Ode\npublished: 2024-05-01\nsource: https://example.org/h\n\n"
    adder.add_file(write(tmp_path / "harbour.txt", header + HARBOUR))

    article = store.article("harbour")

    assert article is not None
    assert (article.title, article.author) == ("Harbour opens", "Kim Ode")
    assert (article.published, article.source_url) == ("2024-05-01", "https://example.org/h")


def test_html_is_read_too(tmp_path: Path, store: Store, adder: Adder) -> None:
    paragraph = (
        "<p>The harbour opened on Monday after ten years of work, and the mayor met the crews there.</p>"
    )
    page = (
        f"<html><head><title>Harbour opens</title></head><body><article>{paragraph * 4}</article></body></html>"
    )
    outcome = adder.add_file(write(tmp_path / "page.html", page))

    assert outcome.state == "added"
    assert "<p>" not in store.articles()[0].text


def test_unchanged_file_is_not_read_again(tmp_path: Path, store: Store, source: FakeSource) -> None:
    path = write(tmp_path / "harbour.txt")
    with Extractor() as extractor:
        Adder(store, as_source(source), extractor).add_file(path)
    blind = Adder(store, as_source(source), Extractor(Limits(file_bytes=1)))

    assert blind.add_file(path) == Outcome(str(path), "unchanged", "harbour")
    assert source.loads == 1


def test_touched_file_is_known_by_its_bytes_and_then_by_its_time(
    tmp_path: Path, store: Store, adder: Adder, source: FakeSource
) -> None:
    path = write(tmp_path / "harbour.txt")
    adder.add_file(path)
    touch(path)

    assert adder.add_file(path).state == "unchanged"
    recorded = store.file(path)
    assert recorded is not None
    assert recorded.modified == path.stat().st_mtime_ns
    assert source.loads == 1


def test_changed_file_replaces_its_article(tmp_path: Path, store: Store, adder: Adder) -> None:
    path = write(tmp_path / "harbour.txt")
    adder.add_file(path)
    rewrite(path, "The harbour closed.")

    assert adder.add_file(path) == Outcome(str(path), "changed", "harbour", 1)
    assert [article.text for article in store.articles()] == ["The harbour closed."]
    assert [passage.text for passage in all_passages(read_library(store))] == ["The harbour closed."]


def test_changed_metadata_changes_the_article_without_encoding(
    tmp_path: Path, store: Store, adder: Adder, source: FakeSource
) -> None:
    path = write(tmp_path / "harbour.txt", f"author: Kim\n\n{HARBOUR}")
    adder.add_file(path)
    rewrite(path, f"author: Kim Ode\n\n{HARBOUR}")

    assert adder.add_file(path) == Outcome(str(path), "changed", "harbour")
    assert [article.author for article in store.articles()] == ["Kim Ode"]
    assert source.loads == 1


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.txt", b"", "empty"),
        ("binary.txt", bytes(range(256)) * 8, "expected an article's text"),
        ("picture.png", b"\x89PNG\r\n", "PNG"),
    ],
)
def test_bad_file_fails_and_says_why(
    tmp_path: Path, store: Store, adder: Adder, name: str, content: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(content)

    outcome = adder.add_file(tmp_path / name)

    assert (outcome.state, outcome.article_id) == ("failed", None)
    assert reason in outcome.message
    assert store.articles() == ()


def test_missing_file_fails(tmp_path: Path, adder: Adder) -> None:
    assert "No such file" in adder.add_file(tmp_path / "nowhere.txt").message


def test_file_that_is_too_large_fails(tmp_path: Path, store: Store, source: FakeSource) -> None:
    path = write(tmp_path / "harbour.txt")
    adder = Adder(store, as_source(source), Extractor(Limits(file_bytes=10)))

    assert "at most" in adder.add_file(path).message


def test_article_of_a_file_that_became_bad_stays(tmp_path: Path, store: Store, adder: Adder) -> None:
    path = write(tmp_path / "harbour.txt")
    adder.add_file(path)
    rewrite(path, "")

    assert adder.add_file(path).state == "failed"
    assert [article.text for article in store.articles()] == [HARBOUR]


# The same text


def test_same_text_twice_is_one_article(tmp_path: Path, store: Store, adder: Adder) -> None:
    adder.add_file(write(tmp_path / "one.txt"))

    assert adder.add_file(write(tmp_path / "two.txt")) == Outcome(str(tmp_path / "two.txt"), "same", "one")
    assert list(store.digests()) == ["one"]
    assert adder.add_file(tmp_path / "two.txt").state == "unchanged"


def test_article_of_two_files_stays_when_one_changes(tmp_path: Path, store: Store, adder: Adder) -> None:
    adder.add_file(write(tmp_path / "one.txt"))
    adder.add_file(write(tmp_path / "two.txt"))
    rewrite(tmp_path / "one.txt", "The harbour closed.")

    later = f"one-{text_sha256('The harbour closed.')[:8]}"

    assert adder.add_file(tmp_path / "one.txt").article_id == later
    assert {article.id: article.text for article in store.articles()} == {
        "one": HARBOUR,
        later: "The harbour closed.",
    }


def test_file_that_was_moved_and_edited_replaces_its_article(
    tmp_path: Path, store: Store, adder: Adder
) -> None:
    old, new = write(tmp_path / "old" / "news.txt"), tmp_path / "new" / "news.txt"
    adder.add_file(old)
    new.parent.mkdir()
    old.rename(new)
    assert adder.add_file(new).state == "same"
    rewrite(new, "The harbour closed.")

    assert adder.add_file(new) == Outcome(str(new), "changed", "news", 1)
    assert [article.text for article in store.articles()] == ["The harbour closed."]
    assert store.files("news") == (new,)
    assert adder.add_file(write(old)).state == "added"  # it is back, and its text is nowhere


def test_article_goes_when_its_file_becomes_a_copy_of_another(
    tmp_path: Path, store: Store, adder: Adder
) -> None:
    adder.add_file(write(tmp_path / "one.txt"))
    adder.add_file(write(tmp_path / "two.txt", "The harbour closed."))
    rewrite(tmp_path / "two.txt", HARBOUR)

    assert adder.add_file(tmp_path / "two.txt") == Outcome(str(tmp_path / "two.txt"), "same", "one")
    assert list(store.digests()) == ["one"]


def test_text_of_a_seed_is_not_added_again(
    tmp_path: Path, store: Store, adder: Adder, source: FakeSource
) -> None:
    synchronize(store, make_articles({"seed": HARBOUR}), as_source(source))

    assert adder.add_file(write(tmp_path / "copy.txt")).article_id == "seed"
    assert not store.articles()[0].added


def test_added_article_stays_when_its_seed_goes(
    tmp_path: Path, store: Store, adder: Adder, source: FakeSource
) -> None:
    synchronize(store, make_articles({"seed": HARBOUR}), as_source(source))
    adder.add_file(write(tmp_path / "copy.txt"))

    synchronize(store, make_articles({}), as_source(source))

    assert [(article.id, article.added) for article in store.articles()] == [("seed", True)]


def test_seed_takes_the_place_of_an_added_article_with_its_text(
    tmp_path: Path, store: Store, adder: Adder, source: FakeSource
) -> None:
    adder.add_file(write(tmp_path / "copy.txt"))

    synchronize(store, make_articles({"seed": HARBOUR}), as_source(source))

    assert [(article.id, article.added) for article in store.articles()] == [("seed", False)]
    assert adder.add_file(tmp_path / "copy.txt") == Outcome(str(tmp_path / "copy.txt"), "unchanged", "seed")


# What was put in by itself


def paste(adder: Adder, text: str = HARBOUR) -> Outcome:
    return adder.add_bytes(text.encode(), "pasted")


def test_pasted_article_stays_when_a_file_of_its_text_changes(
    tmp_path: Path, store: Store, adder: Adder
) -> None:
    paste(adder)
    path = write(tmp_path / "copy.txt")
    assert adder.add_file(path).state == "same"
    rewrite(path, "The harbour closed.")

    assert adder.add_file(path).article_id == "copy"
    assert {article.id: article.text for article in store.articles()} == {
        "copy": "The harbour closed.",
        "pasted": HARBOUR,
    }


def test_pasted_article_stays_when_a_file_of_its_text_becomes_another_articles(
    tmp_path: Path, store: Store, adder: Adder
) -> None:
    paste(adder)
    path = write(tmp_path / "copy.txt")
    adder.add_file(path)
    adder.add_file(write(tmp_path / "other.txt", "The harbour closed."))
    rewrite(path, "The harbour closed.")

    assert adder.add_file(path) == Outcome(str(path), "same", "other")
    assert list(store.digests()) == ["other", "pasted"]


def test_article_that_was_pasted_after_its_file_was_added_stays_when_the_file_changes(
    tmp_path: Path, store: Store, adder: Adder
) -> None:
    path = write(tmp_path / "harbour.txt")
    adder.add_file(path)
    assert paste(adder).state == "same"
    rewrite(path, "The harbour closed.")
    adder.add_file(path)

    assert store.find(text_sha256(HARBOUR)) == "harbour"
    assert len(store.digests()) == 2


@pytest.mark.parametrize("seed_first", [True, False])
def test_pasted_article_stays_when_a_seed_of_its_text_goes(
    store: Store, adder: Adder, source: FakeSource, seed_first: bool
) -> None:
    seed = make_articles({"seed": HARBOUR})
    if seed_first:
        synchronize(store, seed, as_source(source))
    paste(adder)
    synchronize(store, seed, as_source(source))
    synchronize(store, (), as_source(source))

    assert [(article.id, article.added) for article in store.articles()] == [("seed", True)]


def test_what_was_added_as_a_seeds_text_stays_when_the_seed_changes(
    tmp_path: Path, store: Store, adder: Adder, source: FakeSource
) -> None:
    synchronize(store, make_articles({"seed": HARBOUR}), as_source(source))
    path = write(tmp_path / "copy.txt")
    adder.add_file(path)
    encoded = len(source.encoder.encoded)

    synchronize(store, make_articles({"seed": "The harbour closed."}), as_source(source))

    held = f"seed-{text_sha256(HARBOUR)[:8]}"
    assert {article.id: article.text for article in store.articles()} == {
        "seed": "The harbour closed.",
        held: HARBOUR,
    }
    assert len(source.encoder.encoded) == encoded + 1  # only what is new
    assert adder.add_file(path) == Outcome(str(path), "unchanged", held)


def test_pasted_article_goes_when_it_is_removed(tmp_path: Path, store: Store, adder: Adder) -> None:
    paste(adder)
    adder.add_file(write(tmp_path / "copy.txt"))

    remove_added(store, ["pasted"])

    assert store.digests() == {}
    assert adder.add_file(tmp_path / "copy.txt").state == "added"


# Ids


@pytest.mark.parametrize(
    ("name", "article_id"),
    [
        ("Harbour opens, again.txt", "Harbour-opens-again"),
        ("Гавань.txt", "Гавань"),
        ("cafe\u0301.txt", "caf\u00e9"),
        ("हिन्दी समाचार.txt", "हिन्दी-समाचार"),
        ("ข่าววันนี้.txt", "ข่าววันนี้"),
        ("שָׁלוֹם.txt", "שָׁלוֹם"),
        ("خبر\u200cها.txt", "خبرها"),
        ("a \u0301b\u0301.txt", "a-b\u0301"),
        ("news - 5 (1).txt", "news---5-1"),
        ("....txt", "article"),
        (f"{'a' * 90}.txt", "a" * 60),
    ],
)
def test_id_is_made_of_the_files_name(tmp_path: Path, adder: Adder, name: str, article_id: str) -> None:
    assert adder.add_file(write(tmp_path / name)).article_id == article_id


def test_files_of_one_name_get_different_ids(tmp_path: Path, adder: Adder) -> None:
    first = adder.add_file(write(tmp_path / "may" / "news.txt"))
    second = adder.add_file(write(tmp_path / "june" / "news.txt", "The harbour closed."))

    assert first.article_id == "news"
    assert second.article_id == f"news-{text_sha256('The harbour closed.')[:8]}"


def test_content_without_a_name_is_named_by_its_title(store: Store, adder: Adder) -> None:
    outcome = adder.add_bytes(f"Harbour opens\n\n{HARBOUR}".encode(), "", "standard input")

    assert outcome == Outcome("standard input", "added", "Harbour-opens", 3)


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="their file names are Unicode")
def test_file_whose_name_is_no_unicode_is_known_again(tmp_path: Path, adder: Adder) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt"))
    write(path)

    outcome = adder.add_file(path)

    assert (outcome.state, outcome.article_id) == ("added", "caf")
    assert outcome.name == f"{tmp_path}/caf?.txt"  # which can be printed
    assert adder.add_file(path).state == "unchanged"


# What other processes do meanwhile


class Meanwhile(FakeSource):
    """Lets another process write something while this one loads its model for the first time."""

    def __init__(self, write: Callable[[], object]) -> None:
        super().__init__()
        self._write = write

    def load(self):  # type: ignore[no-untyped-def]
        if self.loads == 0:
            self._write()
        return super().load()


def adding_meanwhile(store: Store, path: Path, write: Callable[[], object]) -> Outcome:
    with Extractor() as extractor:
        return Adder(store, as_source(Meanwhile(write)), extractor).add_file(path)


def test_another_process_adds_an_article_of_the_same_name(tmp_path: Path, store: Store, adder: Adder) -> None:
    theirs = write(tmp_path / "june" / "news.txt", "The harbour closed.")

    outcome = adding_meanwhile(store, write(tmp_path / "may" / "news.txt"), lambda: adder.add_file(theirs))

    assert outcome.article_id == f"news-{text_sha256(HARBOUR)[:8]}"
    assert {article.id: article.text for article in store.articles()} == {
        "news": "The harbour closed.",
        outcome.article_id: HARBOUR,
    }


def test_another_process_adds_the_same_text(tmp_path: Path, store: Store, adder: Adder) -> None:
    theirs = write(tmp_path / "theirs.txt")

    outcome = adding_meanwhile(store, write(tmp_path / "ours.txt"), lambda: adder.add_file(theirs))

    assert (outcome.state, outcome.article_id) == ("same", "theirs")
    assert list(store.digests()) == ["theirs"]


def test_files_that_begin_with_the_same_text_and_change_are_articles_of_their_own(
    tmp_path: Path, store: Store, adder: Adder
) -> None:
    days = 5
    for day in range(days):
        path = write(tmp_path / str(day) / "news.txt", "The news of the day follows.")
        assert adder.add_file(path).state == "added"
        rewrite(path, f"The news of day {day}.")
        assert adder.add_file(path).state == "changed"

    assert len(store.digests()) == days


def test_another_process_removes_the_article(tmp_path: Path, store: Store, adder: Adder) -> None:
    path = write(tmp_path / "harbour.txt")
    adder.add_file(path)
    rewrite(path, "The harbour closed.")

    outcome = adding_meanwhile(store, path, lambda: store.remove("harbour"))

    assert (outcome.state, outcome.article_id) == ("added", "harbour")
    assert [article.text for article in store.articles()] == ["The harbour closed."]


class StoreMeanwhile(Store):
    """A store of which another process removes the article that is about to be written to.

    That is the one of a file that is asked for, and of a text that is asked for again, for it is
    asked for when it is encoded, too.
    """

    looks = 0

    def find(self, sha256: str) -> str | None:
        self.looks += 1
        return self._removed(super().find(sha256)) if self.looks == 2 else super().find(sha256)

    def article_of(self, path: Path) -> str | None:
        return self._removed(super().article_of(path))

    def _removed(self, article_id: str | None) -> str | None:
        if article_id:
            with Store(self.path.parent) as other:
                other.remove(article_id)
        return article_id


@pytest.fixture
def adder_meanwhile(store: Store, source: FakeSource) -> Iterator[Adder]:
    with StoreMeanwhile(store.path.parent) as opened, Extractor() as extractor:
        prepare(opened, as_source(source))
        yield Adder(opened, as_source(source), extractor)


def test_file_is_added_though_another_process_removes_the_article_of_its_text(
    tmp_path: Path, store: Store, adder: Adder, adder_meanwhile: Adder
) -> None:
    adder.add_file(write(tmp_path / "theirs.txt"))

    assert adder_meanwhile.add_file(write(tmp_path / "ours.txt")).article_id == "ours"
    assert store.digests() == {"ours": text_sha256(HARBOUR)}


def test_pasted_text_is_added_though_another_process_removes_the_article_of_it(
    tmp_path: Path, store: Store, adder: Adder, adder_meanwhile: Adder
) -> None:
    adder.add_file(write(tmp_path / "theirs.txt"))

    assert paste(adder_meanwhile).article_id == "pasted"
    assert store.digests() == {"pasted": text_sha256(HARBOUR)}


def test_touched_file_is_read_again_where_another_process_removes_its_article(
    tmp_path: Path, store: Store, adder: Adder, adder_meanwhile: Adder
) -> None:
    path = write(tmp_path / "harbour.txt")
    adder.add_file(path)
    touch(path)

    assert adder_meanwhile.add_file(path) == Outcome(str(path), "added", "harbour", 2)
    assert store.digests() == {"harbour": text_sha256(HARBOUR)}


# Many files


def write_days(folder: Path, count: int) -> list[Path]:
    return [write(folder / str(day) / "news.txt", f"The news of day {day}.") for day in range(count)]


def test_files_are_encoded_together_and_each_is_an_article(
    tmp_path: Path, store: Store, adder: Adder, source: FakeSource
) -> None:
    paths = write_days(tmp_path, 5)

    outcomes = list(adder.add_files([*paths, write(tmp_path / "copy.txt", "The news of day 3.")]))

    ids = [outcome.article_id for outcome in outcomes]
    assert [outcome.state for outcome in outcomes] == ["added"] * 5 + ["same"]
    assert (ids[0], ids[5], len(set(ids))) == ("news", ids[3], 5)
    assert sorted(source.encoder.encoded) == [f"The news of day {day}." for day in range(5)]
    for path, article_id in zip(paths, ids, strict=False):
        article = store.article(str(article_id))
        assert article is not None
        assert article.text == path.read_text()
        assert [passage.id for passage in store.passages_of(article.id)] == [f"{article_id}:1"]


def test_what_was_added_before_a_stop_is_not_encoded_again(
    tmp_path: Path, store: Store, adder: Adder, source: FakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatbot.adding.WINDOW", 30)  # two of the texts
    paths = write_days(tmp_path, 7)
    adding = adder.add_files(paths)
    for _ in range(3):
        next(adding)
    del adding  # which ends it

    in_time = set(source.encoder.encoded)
    assert 3 <= len(store.digests()) < 7
    assert len(in_time) == 4

    states = [outcome.state for outcome in adder.add_files(paths)]

    assert states.count("unchanged") == 3
    assert len(source.encoder.encoded) == 8  # the one that was encoded and not written is so again
    assert len(store.digests()) == 7


def test_bad_files_among_many_fail_alone(tmp_path: Path, store: Store, adder: Adder) -> None:
    paths = write_days(tmp_path, 3)
    paths.insert(1, write(tmp_path / "empty.txt", ""))

    outcomes = {outcome.name: outcome.state for outcome in adder.add_files(paths)}

    assert [outcomes[str(path)] for path in paths] == ["added", "failed", "added", "added"]


def test_files_are_read_by_several_processes_at_a_time(
    tmp_path: Path, store: Store, source: FakeSource
) -> None:
    paths = [write(tmp_path / f"{day}.md", f"# Day {day}\n\nThe news follows.") for day in range(6)]

    with Extractor(processes=3) as extractor:
        outcomes = list(Adder(store, as_source(source), extractor).add_files(paths))

    assert [outcome.article_id for outcome in outcomes] == [str(day) for day in range(6)]
    assert {outcome.state for outcome in outcomes} == {"added"}


# Folders


def names(found: Iterator[Path | Outcome]) -> list[str]:
    return [path.name if isinstance(path, Path) else path.message for path in found]


def test_folder_gives_its_articles_in_order_without_what_is_hidden_or_of_another_kind(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.md", ".git/x.txt", ".x.txt", "a.toml", "a.png", "c.PDF"):
        write(tmp_path / name)

    assert names(find_files([tmp_path])) == ["b.txt", "c.PDF", "z.md"]


def test_file_that_is_named_is_taken_whatever_its_kind_and_once(tmp_path: Path) -> None:
    path = write(tmp_path / "notes")

    assert names(find_files([path, path, tmp_path / "nowhere.txt"])) == ["notes", "nowhere.txt"]


def test_file_in_a_folder_that_is_named_too_is_taken_once(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt")

    assert names(find_files([path, tmp_path])) == ["a.txt"]


def test_folder_without_articles_is_said(tmp_path: Path) -> None:
    (message,) = names(find_files([tmp_path]))

    assert "expected files of .docx" in message


def test_link_to_itself_fails_alone(tmp_path: Path, adder: Adder) -> None:
    (tmp_path / "a.txt").symlink_to(tmp_path / "a.txt")
    write(tmp_path / "b.txt")

    outcomes = [adder.add_file(path) for path in find_files([tmp_path]) if isinstance(path, Path)]

    assert [outcome.state for outcome in outcomes] == ["failed", "added"]


@pytest.mark.parametrize("name", ["n" * 5000, "d" * 300 + "/a.txt", "b.txt/a.txt"])
def test_path_that_cannot_be_looked_at_fails_alone(tmp_path: Path, adder: Adder, name: str) -> None:
    write(tmp_path / "b.txt")

    paths = [path for path in find_files([tmp_path / name, tmp_path]) if isinstance(path, Path)]
    outcomes = list(adder.add_files(paths))

    assert sorted(outcome.state for outcome in outcomes) == ["added", "failed"]
    assert any("expected a file" in outcome.message for outcome in outcomes)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everywhere")
def test_path_in_a_folder_without_permission_fails_alone(tmp_path: Path, adder: Adder) -> None:
    path = write(tmp_path / "closed" / "a.txt")
    path.parent.chmod(0)
    try:
        (found,) = find_files([path])
        assert isinstance(found, Path)
        assert adder.add_file(found).state == "failed"
    finally:
        path.parent.chmod(0o755)


def test_loop_of_folders_ends(tmp_path: Path) -> None:
    write(tmp_path / "a.txt")
    (tmp_path / "loop").symlink_to(tmp_path)

    assert names(find_files([tmp_path])) == ["a.txt"]
