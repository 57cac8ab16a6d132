import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bound import end_with_parent
from fakes import ARTICLES, FakeEncoder, make_articles, make_passages

from chatbot import database
from chatbot.article import Article, Page, make_article, text_sha256
from chatbot.contents import Recipe, SourceFile, decode_vectors
from chatbot.database import FILE_NAME, FIRST, LONGEST_LOG, SCHEMA_VERSION, remedy
from chatbot.errors import StoreError
from chatbot.passages import split_article
from chatbot.scope import Scope
from chatbot.store import Store
from chatbot.terms import fold, terms

TESTS = Path(__file__).parent
RECIPE = Recipe("fake", "0" * 64, 1, 1, 20)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path)
    yield opened
    opened.close()


def put(store: Store, article: Article) -> None:
    encoder = FakeEncoder()
    passages = split_article(article, encoder.count_tokens, encoder.max_tokens)
    store.put(article, passages, encoder.encode_passages([passage.text for passage in passages]))


def rows(store: Store, query: str) -> list[Any]:
    connection = sqlite3.connect(store.path)
    found = connection.execute(query).fetchall()
    connection.close()
    return found


def test_article_comes_back_as_it_was_put(store: Store) -> None:
    article = make_article(
        "a", "\ufeffOne\x00 🙂.\r\n\r\nTwo e\u0301.", "T", "https://example.org/", "2023", ("Who?",)
    )

    put(store, article)

    assert store.articles() == (article,)


def test_passages_and_vectors_come_back_as_they_were_put(store: Store) -> None:
    (article,) = make_articles({"harbour": ARTICLES["harbour"]})
    put(store, article)

    passages = store.passages_of("harbour")

    assert passages == split_article(article, FakeEncoder().count_tokens, 20)
    assert store.passages([3, 1, 9]) == {1: passages[0], 3: passages[2]}
    expected = FakeEncoder().encode_queries([passage.text for passage in passages])
    assert np.array_equal(store.vectors(np.array([3, 1])), expected[[2, 0]])


def test_article_put_again_takes_the_place_of_the_former(store: Store) -> None:
    put(store, make_article("a", "Ferries came.\n\nCrews left."))
    put(store, make_article("a", "Trains came."))

    assert [article.text for article in store.articles()] == ["Trains came."]
    assert store.rank_lexically(["ferri"], 10) == []
    assert store.passage_counts() == {"train": 1, "came": 1}
    assert set(store.vocabulary()) == {"trains", "came"}


def test_removed_article_leaves_nothing(store: Store) -> None:
    put(store, make_article("a", "Ferries came."))

    store.remove("a")

    for table in ("article", "passage", "counted_word", "passage_terms"):
        assert rows(store, f"SELECT COUNT(*) FROM {table}") == [(0,)]
    assert store.passage_counts() == {}


def test_metadata_changes_alone(store: Store) -> None:
    put(store, make_article("a", "Ferries came."))
    before = rows(store, "SELECT * FROM passage")

    store.put_metadata(make_article("a", "Ferries came.", "New title", questions=("Who?",)))

    assert [(article.title, article.questions) for article in store.articles()] == [("New title", ("Who?",))]
    assert rows(store, "SELECT * FROM passage") == before


def test_store_is_in_wal_mode(store: Store) -> None:
    assert rows(store, "PRAGMA journal_mode") == [("wal",)]


def test_recipe_is_none_when_the_store_is_new(store: Store) -> None:
    assert store.recipe() is None


def test_recipe_comes_back_and_forgets_the_passages_alone(store: Store) -> None:
    article = make_article("a", "Ferries came.")
    put(store, article)

    store.begin_recipe(RECIPE)

    assert store.recipe() == RECIPE
    assert store.articles() == (article,)
    assert store.pending() == ("a",)
    for table in ("passage", "counted_word", "counted_term", "passage_terms"):
        assert rows(store, f"SELECT COUNT(*) FROM {table}") == [(0,)]


def test_same_recipe_forgets_nothing(store: Store) -> None:
    store.begin_recipe(RECIPE)
    put(store, make_article("a", "Ferries came."))

    store.begin_recipe(RECIPE)

    assert store.pending() == ()


def test_passages_of_a_recipe_that_another_process_has_left_are_refused(tmp_path: Path, store: Store) -> None:
    store.begin_recipe(RECIPE)
    Store(tmp_path).begin_recipe(replace(RECIPE, encoder="other"))

    with pytest.raises(StoreError, match="another process has begun"):
        put(store, make_article("a", "Ferries came."))
    assert store.articles() == ()


def test_passages_of_an_article_that_was_removed_meanwhile_are_left_out(store: Store) -> None:
    article = make_article("a", "Ferries came.")

    store.put_passages(article, make_passages(article.text), np.ones((1, 2), dtype=np.float32))

    assert store.articles() == ()
    assert rows(store, "SELECT COUNT(*) FROM passage") == [(0,)]


def test_vectors_are_refused_when_one_is_missing(store: Store) -> None:
    article = make_article("a", "One.\n\nTwo.")

    with pytest.raises(ValueError, match="expected 2 vectors, got 1"):
        store.put(article, make_passages(article.text), np.ones((1, 2), dtype=np.float32))
    assert store.articles() == ()


def test_bm25_ranks_as_by_hand(store: Store) -> None:
    put(store, make_article("a", "ferry ferry harbour\n\nferry crew train\n\nmayor crew train"))

    ranked = store.rank_lexically(["ferri"], 10)

    # BM25 (k1 1.2, b 0.75), every passage as long as the mean: the inverse document
    # frequency of 2 in 3 is negative, and FTS5 takes 1e-6 in its place
    assert [score for _, score in ranked] == pytest.approx([1e-6 * 2 * 2.2 / 3.2, 1e-6], rel=1e-3)


def test_lexical_ranking_looks_at_one_article_alone(store: Store) -> None:
    for article in make_articles(ARTICLES):
        put(store, article)
    own = {row for (row,) in rows(store, "SELECT row FROM passage WHERE article_id = 'library'")}

    assert {row for row, _ in store.rank_lexically(["open", "the"], 10, Scope(("library",)))} <= own
    assert len(store.rank_lexically(["open", "the"], 10)) > len(own) - 1


def test_lexical_ranking_of_no_terms_is_empty(store: Store) -> None:
    put(store, make_article("a", "Ferries came."))

    assert store.rank_lexically([], 10) == []


@pytest.mark.parametrize("term", ["AND", "NEAR", "NOT", "a*", "terms:x", "(", "1⁄2", "", "ͺ"])
def test_lexical_ranking_takes_any_term_as_a_word(store: Store, term: str) -> None:
    put(store, make_article("a", "Ferries came."))

    assert store.rank_lexically([term], 10) == []


def test_lexical_ties_follow_the_articles_when_one_was_put_anew(store: Store) -> None:
    put(store, make_article("a", "Ferries came."))
    put(store, make_article("b", "Ferries left."))
    before = [row for row, _ in store.rank_lexically(["ferri"], 10)]
    put(store, make_article("a", "Ferries came."))

    names = dict(rows(store, "SELECT row, article_id FROM passage"))

    assert len(before) == 2
    assert [names[row] for row, _ in store.rank_lexically(["ferri"], 10)] == ["a", "b"]


def test_every_letter_is_counted_as_the_question_spells_it(store: Store) -> None:
    # but for those that stand for a letter and a sign, such as a Catalan l with its dot
    letters = [chr(point) for point in range(0x41, 0x1100) if fold(chr(point)).isalpha()]
    put(store, make_article("a", " ".join(f"x{letter}x" for letter in letters)))
    counts = store.passage_counts()

    assert [letter for letter in letters if any(term not in counts for term in terms(f"x{letter}x"))] == []


def test_data_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")

    with pytest.raises(StoreError, match=r"expected a data folder .* CHATBOT_DATA_DIR"):
        Store(tmp_path / "data")


def test_data_folder_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")

    with pytest.raises(StoreError, match="CHATBOT_DATA_DIR"):
        Store(tmp_path / "data" / "deeper")


def test_store_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()

    with pytest.raises(StoreError, match="CHATBOT_DATA_DIR"):
        Store(tmp_path)


def test_store_that_is_no_database_says_to_delete_it(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database at all, but long enough for a header" * 100)

    with pytest.raises(StoreError, match=rf"{FILE_NAME}: .*delete it") as caught:
        Store(tmp_path)
    assert "makes it anew" in str(caught.value)


def test_store_with_damaged_pages_says_to_delete_it(tmp_path: Path) -> None:
    store = Store(tmp_path)
    put(store, make_article("a", "Ferries came. " * 2000))
    store.close()
    content = bytearray((tmp_path / FILE_NAME).read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    (tmp_path / FILE_NAME).write_bytes(content)

    with pytest.raises(StoreError, match="delete it"):
        Store(tmp_path).articles()


def test_text_that_was_altered_in_the_store_is_never_given(store: Store) -> None:
    put(store, make_article("a", "Ferries came."))
    connection = sqlite3.connect(store.path)
    connection.execute("UPDATE article SET text = 'Ferries sank.'")
    connection.commit()
    connection.close()

    with pytest.raises(StoreError, match="`chatbot check`"):
        store.articles()


def test_vectors_are_refused_when_not_of_unit_length() -> None:
    with pytest.raises(StoreError, match="unit length"):
        decode_vectors(np.full((2, 3), np.nan, dtype="<f4").tobytes(), 2)


@pytest.mark.parametrize("count", [0, 2])
def test_vectors_are_refused_when_they_do_not_divide(count: int) -> None:
    with pytest.raises(StoreError, match=f"expected {count} vectors"):
        decode_vectors(np.zeros(3, dtype="<f4").tobytes(), count)


# Writes article b whole, then c, and stops to be killed after c's second passage.
KILLED = """
import sys, time
from pathlib import Path
from chatbot.article import make_article
from chatbot.store import Store
from fakes import FakeEncoder, make_passages

class Stopping(list):
    def __iter__(self):
        for at, passage in enumerate(super().__iter__()):
            if at == 2:
                print("halfway", flush=True)
                time.sleep(60)
            yield passage

store = Store(Path(sys.argv[1]))
text = "Ferries came.\\n\\nCrews left.\\n\\nTrains came.\\n\\nAll went."
for name, kind in (("b", list), ("c", Stopping)):
    passages = make_passages(text, name)
    vectors = FakeEncoder().encode_queries([passage.text for passage in passages])
    store.put(make_article(name, text), kind(passages), vectors)
"""


@pytest.mark.parametrize("before", [(), ("c",)], ids=["new article", "changed article"])
def test_article_is_wholly_in_or_out_when_the_process_is_killed(
    tmp_path: Path, before: tuple[str, ...]
) -> None:
    store = Store(tmp_path)
    for name in before:
        put(store, make_article(name, "What stood before."))
    store.close()
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        cwd=TESTS,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=end_with_parent,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "halfway\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()

    store = Store(tmp_path)
    articles = {article.id: article.text for article in store.articles()}
    counted = [passage.article_id for name in articles for passage in store.passages_of(name)]

    assert process.returncode == -signal.SIGKILL
    assert set(articles) == {"b", *before}
    assert counted.count("b") == 4
    assert counted.count("c") == len(before)
    assert all(articles[name] == "What stood before." for name in before)
    assert len(store.rank_lexically(["train"], 10)) == 1
    put(store, make_article("c", "Written after the kill."))
    store.close()


def test_store_of_a_recipe_with_other_fields_counts_as_new(store: Store) -> None:
    connection = sqlite3.connect(store.path)
    connection.execute("INSERT INTO recipe VALUES ('color', ?)", (json.dumps("red"),))
    connection.commit()
    connection.close()

    assert store.recipe() is None


# Versions


def first_version(folder: Path) -> None:
    """Make a library as releases made it before versions were numbered."""
    connection = sqlite3.connect(folder / FILE_NAME)
    for statement in FIRST:
        connection.execute(statement)
    article = ("a", "A", "Ferries came.", text_sha256("Ferries came."), None, None, "[]")
    connection.execute("INSERT INTO article VALUES (?, ?, ?, ?, ?, ?, ?)", article)
    connection.executemany(
        "INSERT INTO recipe VALUES (?, ?)",
        [(name, json.dumps(value)) for name, value in {"format_version": 1, **asdict(RECIPE)}.items()],
    )
    vector = np.array([1, 0], dtype="<f4").tobytes()
    connection.execute("INSERT INTO passage VALUES (1, 'a:1', 'a', 1, 'body', 0, 13, ?)", (vector,))
    connection.execute("INSERT INTO passage_terms (rowid, terms) VALUES (1, 'ferri came')")
    connection.commit()
    connection.close()


def test_library_of_the_first_version_opens_with_all_it_held(tmp_path: Path) -> None:
    first_version(tmp_path)

    store = Store(tmp_path)

    assert store.recipe() == RECIPE
    assert store.articles() == (make_article("a", "Ferries came.", "A"),)
    assert store.pending() == ()
    assert [row for row, _ in store.rank_lexically(["ferri"], 10)] == [1]
    assert rows(store, "PRAGMA user_version") == [(SCHEMA_VERSION,)]


def test_versions_migration_is_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first_version(tmp_path)
    monkeypatch.setattr(database, "STEPS", (FIRST, (*database.SECOND, "SELECT * FROM nowhere")))
    with pytest.raises(StoreError, match="nowhere"):
        Store(tmp_path)
    monkeypatch.undo()

    assert [article.id for article in Store(tmp_path).articles()] == ["a"]


def test_articles_of_no_file_are_kept_in_a_library_of_the_second_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "STEPS", database.STEPS[:2])
    monkeypatch.setattr(database, "SCHEMA_VERSION", 2)
    with Store(tmp_path) as store:
        for article_id, added in (("pasted", 1), ("of-a-file", 1), ("seed", 0)):
            store._connection.execute(
                "INSERT INTO article (id, title, text, sha256, questions, added) VALUES (?, '', ?, ?, '[]', ?)",
                (article_id, article_id, text_sha256(article_id), added),
            )
        store._connection.execute("INSERT INTO file VALUES (x'61', 1, 1, '', 'of-a-file')")
    monkeypatch.undo()

    with Store(tmp_path) as store:
        assert [article_id for article_id in store.digests() if store.is_kept(article_id)] == ["pasted"]


def log_size(store: Store) -> int:
    return Path(f"{store.path}-wal").stat().st_size


def test_log_of_writes_is_emptied_though_a_reader_holds_its_moment(store: Store) -> None:
    put(store, make_article("a", "The ferry came."))
    before = store.snapshot()
    put(store, make_article("b", "The harbour opened."))
    for number in range(20):
        store.put_metadata(make_article("b", "The harbour opened.", title=f"{number}" * 2**19))
    before.renew()  # which has to see what it saw
    assert list(before.digests()) == ["a"]
    assert log_size(store) > LONGEST_LOG
    before.close()

    held = store.snapshot()
    held.renew()

    assert log_size(store) == 0
    put(store, make_article("c", "The ferry left."))
    assert list(held.digests()) == ["a", "b"]
    held.close()


def test_library_of_a_later_version_is_refused_and_stays(tmp_path: Path) -> None:
    Store(tmp_path).close()
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()

    with pytest.raises(
        StoreError, match=rf"version {SCHEMA_VERSION} or earlier .* got version .* later release"
    ):
        Store(tmp_path)


def test_release_that_knows_the_first_version_alone_cannot_forget_the_articles(store: Store) -> None:
    connection = sqlite3.connect(store.path)

    with pytest.raises(sqlite3.IntegrityError, match="a later release"):
        connection.execute("INSERT INTO recipe VALUES ('format_version', '1')")
    connection.close()


# Who writes and who reads


def test_every_change_counts_the_generation_up(store: Store) -> None:
    seen = [store.generation()]
    put(store, make_article("a", "Ferries came."))
    seen.append(store.generation())
    store.put_metadata(make_article("a", "Ferries came.", "New title"))
    seen.append(store.generation())
    store.remove("a")
    seen.append(store.generation())

    assert seen == list(range(seen[0], seen[0] + 4))


def test_snapshot_stays_as_it_was_while_another_writes(store: Store) -> None:
    put(store, make_article("a", "Ferries came."))
    before = store.snapshot()

    put(store, make_article("b", "Ferries left."))
    store.remove("a")

    assert [article.id for article in before.articles()] == ["a"]
    assert len(before.rank_lexically(["ferri", "left"], 10)) == 1
    assert [article.id for article in store.snapshot().articles()] == ["b"]


def test_article_comes_back_with_all_that_an_added_one_has(store: Store) -> None:
    article = replace(
        make_article("a", "One.\n\nTwo."), author="Kim", pages=(Page(1, 0), Page(3, 6)), added=True
    )

    put(store, article)

    assert store.articles() == (article,)
    assert store.digests(added=True) == {"a": article.sha256}
    assert store.digests(added=False) == {}


# A full disk


FILLED = """
import resource, signal, sys
from pathlib import Path
from chatbot.article import make_article
from chatbot.errors import StoreError
from chatbot.store import Store
from fakes import FakeEncoder, make_passages

store = Store(Path(sys.argv[1]))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (256 * 1024, resource.RLIM_INFINITY))
text = "\\n\\n".join(f"Ferry {number} came to the harbour." for number in range(40))
vectors = FakeEncoder().encode_queries([passage.text for passage in make_passages(text)])
try:
    for number in range(1000):
        name = f"a{number:03}"
        store.put(make_article(name, text), make_passages(text, name), vectors)
        print(number, flush=True)
except StoreError as error:
    print(error, file=sys.stderr)
"""


def test_full_disk_is_a_clear_error_and_loses_nothing(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", FILLED, str(tmp_path)], cwd=TESTS, capture_output=True, text=True, check=True
    )

    written = len(run.stdout.splitlines())
    assert 0 < written < 1000
    assert "look whether the disk is full" in run.stderr
    store = Store(tmp_path)
    assert list(store.digests()) == [f"a{number:03}" for number in range(written)]
    assert set(store.passage_totals().values()) == {40}
    put(store, make_article("b", "Written when there was room again."))


HELD = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from chatbot.article import make_article
from chatbot.store import Store

store = Store(Path(sys.argv[1]))
nothing = (), np.empty((0, 7), dtype=np.float32)
store.put(make_article("a", "The ferry came."), *nothing)
before = store.snapshot()
store.put(make_article("b", "The harbour opened."), *nothing)
for number in range(20):
    store.put_metadata(make_article("b", "The harbour opened.", title=str(number) * 2**19))
before.close()
held = store.snapshot()
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (256 * 1024, resource.RLIM_INFINITY))
held.renew()
print(*held.digests(), held.article("b").title == "19" * 2**19)
"""


def test_reader_goes_on_where_a_full_disk_lets_no_log_be_emptied(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", HELD, str(tmp_path)], cwd=TESTS, capture_output=True, text=True, check=True
    )

    assert run.stdout.split() == ["a", "b", "True"]
    assert Path(f"{tmp_path / FILE_NAME}-wal").stat().st_size > LONGEST_LOG


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (sqlite3.SQLITE_FULL, "make room on its disk"),
        (sqlite3.SQLITE_READONLY_DIRECTORY, "files there writable"),
        (sqlite3.SQLITE_CANTOPEN, "files there writable"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, "another process holds it"),
        (sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY, "another process changed it meanwhile"),
        (sqlite3.SQLITE_IOERR_WRITE, "look whether the disk is full"),
    ],
)
def test_error_says_what_to_do_about_its_own_cause(code: int, told: str) -> None:
    error = sqlite3.OperationalError()
    error.sqlite_errorcode = code

    assert told in remedy(error)


def test_refusal_for_what_another_process_did_is_not_taken_for_damage(store: Store) -> None:
    file = SourceFile(Path("/a"), 1, 2, "0")

    with pytest.raises(StoreError, match="another process") as caught, store._transaction():
        store._put_file(file, "gone")
    assert "damaged" not in str(caught.value)


def test_store_that_is_closed_is_not_taken_for_a_damaged_one(store: Store) -> None:
    store.close()

    with pytest.raises(StoreError, match=r"cannot read the store .*: it is closed") as caught:
        store.article_count()
    assert "damaged" not in str(caught.value)


def test_store_that_takes_no_more_says_so(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        store._connection.execute("PRAGMA max_page_count = 1")  # as a full disk: no page more

        with pytest.raises(StoreError, match="is full; what it held stays: make room"):
            put(store, make_article("a", "The ferry came. " * 1000))

        assert store.article_count() == 0


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root writes everywhere")
def test_data_folder_that_is_read_only_is_a_clear_error_and_loses_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    put(store, make_article("a", "Ferries came."))
    store.close()
    tmp_path.chmod(0o500)
    (tmp_path / FILE_NAME).chmod(0o400)
    try:
        with pytest.raises(StoreError, match="files there writable"):
            put(Store(tmp_path), make_article("b", "Ferries left."))
    finally:
        (tmp_path / FILE_NAME).chmod(0o600)
        tmp_path.chmod(0o700)

    assert [article.id for article in Store(tmp_path).articles()] == ["a"]
