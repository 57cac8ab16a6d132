"""Database: the store's file (SQLite, WAL), its tables, their versions, and transactions."""

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from chatbot.errors import StoreError

FILE_NAME = "library.sqlite3"
BUSY_TIMEOUT_S = 30.0
LONGEST_LOG = 4 * 2**20  # bytes of the write-ahead log that a reader at rest leaves be
MAKE_WRITABLE = "make its folder and the files there writable, or give another in CHATBOT_DATA_DIR"
REMEDIES = {
    sqlite3.SQLITE_FULL: "make room on its disk, and start this again",
    sqlite3.SQLITE_READONLY: MAKE_WRITABLE,
    sqlite3.SQLITE_CANTOPEN: MAKE_WRITABLE,
    sqlite3.SQLITE_CONSTRAINT: "another process changed it meanwhile; start this again, and see what `chatbot "
    "check` says if it is refused again",
    sqlite3.SQLITE_BUSY: "another process holds it; wait for that one, and start this again",
}

FULL_TEXT = "CREATE VIRTUAL TABLE IF NOT EXISTS passage_terms USING fts5 (terms, tokenize = 'unicode61')"
# Of version 1, which no release numbered: a new database begins with them too.
FIRST = (
    "CREATE TABLE IF NOT EXISTS recipe (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    """CREATE TABLE IF NOT EXISTS article (
        id TEXT PRIMARY KEY, title TEXT NOT NULL, text TEXT NOT NULL, sha256 TEXT NOT NULL,
        source_url TEXT, published TEXT, questions TEXT NOT NULL
    )""",
    """CREATE TABLE IF NOT EXISTS passage (
        row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
        article_id TEXT NOT NULL REFERENCES article (id) ON DELETE CASCADE,
        number INTEGER NOT NULL, kind TEXT NOT NULL, "start" INTEGER NOT NULL, "end" INTEGER NOT NULL,
        vector BLOB NOT NULL, UNIQUE (article_id, number)
    )""",
    """CREATE TABLE IF NOT EXISTS word (
        article_id TEXT NOT NULL REFERENCES article (id) ON DELETE CASCADE,
        folded TEXT NOT NULL, written TEXT NOT NULL, PRIMARY KEY (article_id, folded)
    ) WITHOUT ROWID""",
    FULL_TEXT,
    "CREATE VIRTUAL TABLE IF NOT EXISTS term_statistics USING fts5vocab ('passage_terms', 'row')",
)
# Articles that were put in, not only those of the seeds' folder; a count of the changes.
SECOND = (
    "ALTER TABLE article ADD COLUMN added INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE article ADD COLUMN author TEXT",
    "ALTER TABLE article ADD COLUMN pages TEXT NOT NULL DEFAULT '[]'",
    "CREATE INDEX article_sha256 ON article (sha256)",
    """CREATE TABLE file (
        path BLOB PRIMARY KEY, size INTEGER NOT NULL, modified INTEGER NOT NULL, sha256 TEXT NOT NULL,
        article_id TEXT NOT NULL REFERENCES article (id) ON DELETE CASCADE
    ) WITHOUT ROWID""",
    "CREATE INDEX file_article ON file (article_id)",
    "CREATE TABLE generation (number INTEGER NOT NULL)",
    "INSERT INTO generation VALUES (1)",
    "DELETE FROM recipe WHERE name = 'format_version'",
    # A release that knows version 1 alone forgets every article of a recipe that it does not know.
    """CREATE TRIGGER later_release BEFORE INSERT ON recipe WHEN NEW.name = 'format_version'
    BEGIN SELECT RAISE(ABORT, 'a later release of the chatbot made this library; use that one'); END""",
)
# Articles that were put in by themselves, and stay whatever becomes of files with their text.
THIRD = (
    "ALTER TABLE article ADD COLUMN kept INTEGER NOT NULL DEFAULT 0",
    "UPDATE article SET kept = 1 WHERE added AND id NOT IN (SELECT article_id FROM file)",
)
# Where an article's passages stand: ``passages`` rows from ``first_row``; none while they are to be made.
PLACE_PASSAGES = """
UPDATE article SET (first_row, passages) =
(SELECT MIN(row), COUNT(*) FROM passage WHERE article_id = article.id)
"""
# What every question asks, counted when articles come and go; no number of a row is given twice,
# and another lineage says that they were all given anew.
FOURTH = (
    "ALTER TABLE article ADD COLUMN first_row INTEGER",
    "ALTER TABLE article ADD COLUMN passages INTEGER NOT NULL DEFAULT 0",
    PLACE_PASSAGES,
    """CREATE INDEX article_beside
    ON article (id, title, author, source_url, published, sha256, added, first_row, passages)""",
    """CREATE TABLE total (
        lineage TEXT NOT NULL, next_row INTEGER NOT NULL, passages INTEGER NOT NULL, terms INTEGER NOT NULL
    )""",
    """INSERT INTO total SELECT lower(hex(randomblob(16))), ifnull(MAX(rowid), 0) + 1, COUNT(*),
    ifnull(SUM(iif(terms = '', 0, length(terms) - length(replace(terms, ' ', '')) + 1)), 0)
    FROM passage_terms""",
    "CREATE TABLE counted_term (term TEXT PRIMARY KEY, passages INTEGER NOT NULL) WITHOUT ROWID",
    "INSERT INTO counted_term SELECT term, doc FROM term_statistics",
    """CREATE TABLE counted_word (
        folded TEXT NOT NULL, written TEXT NOT NULL, articles INTEGER NOT NULL, PRIMARY KEY (folded, written)
    ) WITHOUT ROWID""",
    "INSERT INTO counted_word SELECT folded, written, COUNT(*) FROM word GROUP BY folded, written",
    "DROP TABLE word",
    "DROP TABLE term_statistics",
)
LISTED = """
SELECT id, fold(title), fold(title || ' ' || ifnull(author, '') || ' ' || ifnull(source_url, '')),
day(published), published, site(source_url), author FROM article
"""
LIST_ARTICLES = f"INSERT OR REPLACE INTO listed {LISTED}"
# What the list of articles is searched, narrowed and sorted by; the functions are those of ``chatbot.listing``.
FIFTH = (
    """CREATE TABLE listed (
        id TEXT PRIMARY KEY, title TEXT NOT NULL, words TEXT NOT NULL, day TEXT, published TEXT, site TEXT,
        author TEXT
    ) WITHOUT ROWID""",
    "CREATE INDEX listed_newest ON listed (day IS NULL, published DESC, title, id)",
    "CREATE INDEX listed_oldest ON listed (day IS NULL, published, title, id)",
    "CREATE INDEX listed_title ON listed (title, id)",
    LIST_ARTICLES,
)
STEPS = (FIRST, SECOND, THIRD, FOURTH, FIFTH)
SCHEMA_VERSION = len(STEPS)


class Database:
    """An open database, at this release's version.

    Any thread may read. Every change is one transaction and counts the generation up, so
    that others notice it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()  # while it is read, no other connection takes this one's place
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = self._connect()
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"expected a data folder that can be written at {path.parent}, got: {error}; "
                "give another in CHATBOT_DATA_DIR or make this one writable"
            ) from error
        try:
            with self._guard("open"):
                self._log_ahead()
                self._connection.execute("PRAGMA foreign_keys = ON")
                self._migrate()
        except StoreError:
            self._connection.close()
            raise

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_connection"):
            self._connection.close()

    def hold(self) -> None:
        """See the database from now on as it is at this moment, whatever others write; write no more."""
        with self._guard("read"):
            self._connection.execute("BEGIN")
            self.generation()  # the moment is that of the first look

    def renew(self) -> None:
        """Hold what is held anew, if nothing was written since, and empty the log of what was written before.

        The write-ahead log cannot shrink below what is held, so that it would grow with every
        change while a server runs. What cannot be written now, on a full disk, is when there is room.
        """
        if self._log_size() <= LONGEST_LOG:
            return
        with self._guard("read"), suppress(sqlite3.OperationalError):
            fresh = self._connect()
            try:
                _, logged, copied = fresh.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
                fresh.execute("BEGIN")  # of the file alone, if it has all that is logged
                (number,) = fresh.execute("SELECT number FROM generation").fetchone()
                if logged == copied and number == self.generation():
                    with self._lock:
                        fresh, self._connection = self._connection, fresh
            finally:
                fresh.close()
        with (
            self._guard("write"),
            suppress(sqlite3.OperationalError),
            closing(self._connect(timeout=0)) as emptying,
        ):
            emptying.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # as far as others let it

    def _log_size(self) -> int:
        with suppress(OSError):
            return Path(f"{self.path}-wal").stat().st_size
        return 0

    def _log_ahead(self) -> None:
        """Turn the write-ahead log on, which SQLite refuses at once while another process does the same."""
        deadline = time.monotonic() + BUSY_TIMEOUT_S
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
            time.sleep(0.01)

    def _connect(self, timeout: float = BUSY_TIMEOUT_S) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=timeout, isolation_level=None, check_same_thread=False)

    def generation(self) -> int:
        """Give how often the database was changed."""
        return int(self._value("SELECT number FROM generation"))

    def _rows(self, query: str, parameters: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        with self._guard("read"), self._lock:
            rows = self._connection.execute(query, parameters).fetchall()
        yield from rows

    def _value(self, query: str, parameters: Sequence[object] = ()) -> Any:
        """Give the one value of the first row, or None where there is no row."""
        return next((row[0] for row in self._rows(query, parameters)), None)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._guard("write"), self._immediately():
            yield
            self._connection.execute("UPDATE generation SET number = number + 1")

    @contextmanager
    def _immediately(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:  # a full disk ends it by itself
                self._connection.execute("ROLLBACK")
            raise

    @contextmanager
    def _guard(self, verb: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.ProgrammingError as error:
            raise StoreError(
                f"cannot {verb} the store {self.path}: it is closed ({error}); open it again"
            ) from error
        except (sqlite3.OperationalError, sqlite3.IntegrityError) as error:
            raise StoreError(
                f"cannot {verb} the store {self.path}: {error}; what it held stays: {remedy(error)}"
            ) from error
        except sqlite3.DatabaseError as error:
            raise StoreError(
                f"cannot {verb} the store {self.path}: {error}; it is damaged: put a copy in its place, "
                "or delete it: the next start makes it anew from the seeds; what was added is to be added again"
            ) from error

    def _migrate(self) -> None:
        """Bring the database to this version, all the steps or none.

        Raises:
            StoreError: a later release made it.
        """
        if self._version() == SCHEMA_VERSION:
            return
        with self._immediately():
            for step in STEPS[self._version() :]:  # another process may have been first
                for statement in step:
                    self._connection.execute(statement)
            self._connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _version(self) -> int:
        version = int(self._value("PRAGMA user_version"))
        if version > SCHEMA_VERSION:
            raise StoreError(
                f"expected a library of version {SCHEMA_VERSION} or earlier at {self.path}, got version "
                f"{version}: a later release of the chatbot made it; use that one, or another CHATBOT_DATA_DIR"
            )
        return version


def remedy(error: Exception) -> str:
    """Say what to do where the world does not let a file be read or written."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the primary one; beyond are its kinds
    otherwise = "look whether the disk is full, the folder can be written and another process holds the file"
    return REMEDIES.get(code, otherwise)
