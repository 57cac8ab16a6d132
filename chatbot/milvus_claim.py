"""Claim: one process writes to a library in Milvus at a time, and those that end leave it to others."""

import json
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import uuid4

from chatbot.errors import StoreError
from chatbot.milvus_connection import Connection
from chatbot.milvus_rows import make_row

CLAIM_S = 60.0  # without a sign of life a process that writes has ended
BUSY_TIMEOUT_S = 90.0  # longer than that, or nobody could write after one was killed


class Claim:
    """The claim of this process to write to a library, as a row among its records."""

    def __init__(self, connection: Connection, records: str) -> None:
        self._connection = connection
        self._records = records
        self._key, self._since = "", 0.0

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Be the only one that writes, once all others are done.

        Raises:
            StoreError: another process has been writing all the while.
        """
        if self._connection.embedded:  # no other process can open it
            yield
            return
        self._key = f"claim/{uuid4()}"
        until = time.monotonic() + BUSY_TIMEOUT_S
        while not self._is_alone():
            self._release()
            if time.monotonic() > until:
                raise StoreError(
                    f"cannot write to the library at {self._connection.address}: another process has been "
                    f"writing for {BUSY_TIMEOUT_S:.0f} seconds; wait for it, and start this again"
                )
            time.sleep(random.uniform(0.05, 0.5))  # noqa: S311  # so that two do not meet for ever
        try:
            yield
        finally:
            with suppress(StoreError):  # it ends by itself
                self._release()

    def _is_alone(self) -> bool:
        """Lay claim to the library, and see whether no one else does: of two at once, neither gets it."""
        self._write()
        claims = self._connection.query(self._records, 'kind == "claim"', ["key", "value"])
        dead = [row["key"] for row in claims if float(row["value"]) < time.time() - CLAIM_S]
        if dead:
            self._connection.delete(self._records, f"key in {json.dumps(dead)}")
        return {row["key"] for row in claims} - {*dead} == {self._key}

    def _write(self) -> None:
        self._since = time.time()
        self._connection.upsert(self._records, [make_row(self._key, "claim", str(self._since))])

    def _release(self) -> None:
        self._connection.delete(self._records, f'key in ["{self._key}"]')

    def renew(self) -> None:
        """Show that this process is still writing.

        Raises:
            StoreError: it showed none for so long that another may have begun to write.
        """
        if self._connection.embedded:
            return
        if time.time() > self._since + CLAIM_S:
            raise StoreError(
                f"cannot write to the library at {self._connection.address}: nothing could be written for "
                f"{CLAIM_S:.0f} seconds, and another process may have begun to; start this again"
            )
        self._write()
