"""Connection to Milvus: its collections as rows in and rows out, and its errors as the store's.

``pymilvus`` is imported when a connection is opened, never before: who does not use Milvus
need not have it.
"""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chatbot.errors import StoreError

Row = dict[str, Any]
TIMEOUT_S = 30.0  # for one call
BUILDING_TIMEOUT_S = 300.0  # for a call that makes, loads or flushes a collection
MOST_ROWS = 1000  # read or written in one call; Milvus allows 16,384, and 64 MiB
LONGEST_KEY = 16_384  # bytes
UNUSED = "unused"  # a collection needs a vector, and most of these have none
PASSAGE_FIELDS = ("batch", "number", "start", "end", "day")
BM25 = {"bm25_k1": 1.2, "bm25_b": 0.75}  # those of SQLite's full text
HNSW = {"M": 32, "efConstruction": 256}
SEARCH_BREADTH = 8  # times as many passages as are asked for does the search in the graph keep in view

_connections: dict[tuple[str, str], "Connection"] = {}
_opening = threading.RLock()  # a store that nobody closed is let go whenever memory is


class Connection:
    """One client of Milvus; any thread may use it.

    ``embedded`` is true where the engine runs in this process on a folder of its own, and no
    other process can open it meanwhile; ``is_lite`` for milvus-lite, embedded or serving.
    ``writing`` is held while rows that belong together are written.
    """

    def __init__(self, address: str, token: str) -> None:
        self.address = address
        self.writing = threading.RLock()
        self.users = 0
        self._milvus, self._refusals = _import(address)
        with self.guard("open"):
            self._client = self._milvus.MilvusClient(address, token=token, timeout=TIMEOUT_S)
            self.is_lite = "lite" in self._client.get_server_version()
        self._loaded: set[str] = set()
        self._unflushed: set[str] = set()

    @property
    def embedded(self) -> bool:
        """Tell whether the engine runs in this process."""
        return is_path(self.address)

    def close(self) -> None:
        """Close the client, and the embedded engine, whose folder others can open then."""
        self._client.close()
        if self.embedded:
            from milvus_lite.server_manager import server_manager_instance

            server_manager_instance.release_server(self.address)

    @contextmanager
    def guard(self, verb: str) -> Iterator[None]:
        """Give what Milvus refuses as a StoreError."""
        try:
            yield
        except self._refusals as error:
            raise StoreError(_explain(verb, self.address, _said(error))) from error

    # Collections

    def has(self, name: str) -> bool:
        """Tell whether there is a collection."""
        with self.guard("read"):
            return bool(self._client.has_collection(name, timeout=TIMEOUT_S))

    def names(self) -> list[str]:
        """Give the names of all collections."""
        with self.guard("read"):
            return list(self._client.list_collections(timeout=TIMEOUT_S))

    def drop(self, name: str) -> None:
        """Drop a collection."""
        with self.guard("write"):
            self._client.drop_collection(name, timeout=BUILDING_TIMEOUT_S)
        self._loaded.discard(name)
        self._unflushed.discard(name)

    def make_rows(self, name: str) -> None:
        """Make a collection of rows of text, if there is none.

        Each has a ``key``, by which it is told apart, a ``kind``, an ``owner``, the number of
        its ``batch`` and of its ``part`` within it, and a ``value``.
        """
        kinds = self._milvus.DataType
        schema = self._milvus.MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("key", kinds.VARCHAR, max_length=LONGEST_KEY, is_primary=True)
        schema.add_field("kind", kinds.VARCHAR, max_length=32)
        schema.add_field("owner", kinds.VARCHAR, max_length=LONGEST_KEY)
        schema.add_field("batch", kinds.INT64)
        schema.add_field("part", kinds.INT64)
        schema.add_field("value", kinds.VARCHAR, max_length=65_535)
        schema.add_field(UNUSED, kinds.FLOAT_VECTOR, dim=2)
        index = self._client.prepare_index_params()
        index.add_index(UNUSED, index_type="FLAT", metric_type="IP")
        self._make(name, schema, index)

    def make_passages(self, name: str, dimension: int) -> None:
        """Make a collection of passages: vectors, and terms with their full text (BM25)."""
        kinds = self._milvus.DataType
        schema = self._milvus.MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("row", kinds.INT64, is_primary=True)
        for field in PASSAGE_FIELDS:
            schema.add_field(field, kinds.INT64)
        schema.add_field("kind", kinds.VARCHAR, max_length=32)
        schema.add_field("vector", kinds.FLOAT_VECTOR, dim=dimension)
        # terms are folded and stemmed already; milvus-lite has no analyzer that only splits at spaces
        analyzer = {"tokenizer": "standard" if self.is_lite else "whitespace"}
        schema.add_field(
            "terms", kinds.VARCHAR, max_length=65_535, enable_analyzer=True, analyzer_params=analyzer
        )
        schema.add_field("full_text", kinds.SPARSE_FLOAT_VECTOR)
        schema.add_function(
            self._milvus.Function("bm25", self._milvus.FunctionType.BM25, ["terms"], ["full_text"])
        )
        index = self._client.prepare_index_params()
        if self.is_lite:
            index.add_index("vector", index_type="FLAT", metric_type="IP")
        else:
            index.add_index("vector", index_type="HNSW", metric_type="IP", params=HNSW)
        index.add_index("full_text", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25", params=BM25)
        self._make(name, schema, index)

    def _make(self, name: str, schema: Any, index: Any) -> None:
        try:
            with self.guard("make"):
                self._client.create_collection(
                    name, schema=schema, consistency_level="Strong", num_shards=1, timeout=BUILDING_TIMEOUT_S
                )
        except StoreError:
            if not self.has(name):  # and no other process was first
                raise
        with self.guard("make"):
            self._client.create_index(name, index, sync=False, timeout=BUILDING_TIMEOUT_S)  # of nothing yet

    def _load(self, name: str) -> str:
        """Give the name of a collection that can be read."""
        if name not in self._loaded:
            with self.guard("open"):
                self._client.load_collection(name, timeout=BUILDING_TIMEOUT_S)
            self._loaded.add(name)
        return name

    # Rows

    def insert(self, name: str, rows: Sequence[Row]) -> None:
        """Write rows that are new."""
        for part in _parts(rows):
            with self.guard("write"):
                self._client.insert(name, part, timeout=TIMEOUT_S)
            self._unflushed.add(name)

    def upsert(self, name: str, rows: Sequence[Row]) -> None:
        """Write rows, in place of those with their keys."""
        for part in _parts(rows):
            with self.guard("write"):
                self._client.upsert(name, part, timeout=TIMEOUT_S)
            self._unflushed.add(name)

    def delete(self, name: str, condition: str) -> None:
        """Delete the rows for which a condition holds."""
        with self.guard("write"):
            self._client.delete(self._load(name), filter=condition, timeout=TIMEOUT_S)
        self._unflushed.add(name)

    def query(self, name: str, condition: str, fields: Sequence[str]) -> list[Row]:
        """Give the rows for which a condition holds, at most 16,384, in no order."""
        with self.guard("read"):
            found = self._client.query(
                self._load(name), filter=condition, output_fields=list(fields), limit=16_384, timeout=TIMEOUT_S
            )
            return [dict(row) for row in found]

    def count(self, name: str) -> int:
        """Give the number of rows."""
        with self.guard("read"):
            return int(
                self._client.query(self._load(name), filter="", output_fields=["count(*)"])[0]["count(*)"]
            )

    def search(
        self, name: str, field: str, wanted: object, condition: str, limit: int
    ) -> list[tuple[int, int, float]]:
        """Rank passages by a vector, or by words in their full text: (row, batch, score), best first."""
        breadth = {} if self.is_lite or field != "vector" else {"params": {"ef": SEARCH_BREADTH * limit}}
        with self.guard("search"):
            found = self._client.search(
                self._load(name),
                data=[wanted],
                anns_field=field,
                filter=condition,
                limit=limit,
                output_fields=["batch"],
                search_params=breadth,
                timeout=TIMEOUT_S,
            )[0]
        # milvus-lite gives BM25 scores as distances, below zero
        sign = -1 if self.is_lite and field != "vector" else 1
        return [(hit["row"], hit["entity"]["batch"], sign * hit["distance"]) for hit in found]

    def settle(self) -> None:
        """Let milvus-lite move what was written into segments, which it searches ten times as fast."""
        if not self.is_lite:
            return  # a cluster does so by itself, and limits how often it is asked
        for name in sorted(self._unflushed):
            with self.guard("write"):
                self._client.flush(name, timeout=BUILDING_TIMEOUT_S)
        self._unflushed.clear()


def connect(address: str, token: str) -> Connection:
    """Open a connection, or share the one that this process has; ``disconnect`` gives it back.

    Raises:
        StoreError: pymilvus is not installed, nothing answers at the address, or it refuses the token.
    """
    if is_path(address):
        address = str(Path(address).resolve())
    key = (address, token)
    with _opening:
        connection = _connections.get(key) or Connection(address, token)
        connection.users += 1
        _connections[key] = connection
        return connection


def disconnect(connection: Connection) -> None:
    """Give a connection back; the last user closes it."""
    with _opening:
        connection.users -= 1
        if connection.users == 0:
            for key in [key for key, held in _connections.items() if held is connection]:
                del _connections[key]
            connection.close()


def is_path(address: str) -> bool:
    """Tell whether an address names a folder of the embedded engine."""
    return "://" not in address


def _parts(rows: Sequence[Row]) -> Iterator[list[Row]]:
    for start in range(0, len(rows), MOST_ROWS):
        yield list(rows[start : start + MOST_ROWS])


def _import(address: str) -> tuple[Any, tuple[type[Exception], ...]]:
    """Give the client, and what it raises."""
    try:
        import grpc
        import pymilvus

        if is_path(address):
            import milvus_lite  # noqa: F401  # pymilvus imports it later, and does not tell its absence apart
    except ImportError as error:
        raise StoreError(
            f"expected the package {error.name} with CHATBOT_STORE=milvus, found none; install it: "
            "`pip install 'ask-the-article[milvus]'`, and `pip install milvus-lite` for a folder as address"
        ) from error
    if is_path(address):
        try:
            Path(address).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(_explain("open", address, str(error))) from error
    for name in ("pymilvus", "milvus_lite"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what they log is raised, too, and told once
    return pymilvus, (pymilvus.MilvusException, grpc.RpcError)


def _said(error: BaseException) -> str:
    """Give an error's message, and what gRPC said, which the client keeps to itself."""
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:  # the client raises errors from themselves
        chain.append(link)
        link = link.__cause__
    messages = [str(one.message) for one in chain if hasattr(one, "message")]
    details = [str(one.details()) for one in chain if hasattr(one, "details")]
    return ": ".join(dict.fromkeys(messages + details))


def _explain(verb: str, address: str, message: str) -> str:
    if "auth" in message.lower() or "permission" in message.lower():
        return f"cannot {verb} the library in Milvus at {address}: {message}; correct CHATBOT_MILVUS_TOKEN"
    if is_path(address):
        return (
            f"cannot {verb} the library in {address}: {message}; what it held stays. The embedded engine "
            "serves one process at a time: end the other one, or run a Milvus server; look also whether the "
            "disk is full and the folder can be written"
        )
    return (
        f"cannot {verb} the library in Milvus at {address}: {message}; what it held stays. Look whether Milvus "
        "runs there and can be reached, and correct CHATBOT_MILVUS_ADDRESS if not"
    )
