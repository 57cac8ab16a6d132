"""Rows of a library in Milvus: records as Milvus holds them, and texts of any length packed into some."""

import zlib
from base64 import b85decode, b85encode
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from chatbot.milvus_connection import UNUSED, Row

LONGEST_PART = 60_000  # bytes of a text in one row; Milvus allows 65,535


def quoted(article_id: str) -> str:
    """Write an id in letters that stand for themselves in a condition."""
    return quote(article_id, safe="")


def make_row(key: str, kind: str, value: str, batch: int = 0, part: int = 0, owner: str = "") -> Row:
    """Make a row; ``key`` tells it from all others of its collection."""
    fields = {"key": key, "kind": kind, "owner": owner, "batch": batch, "part": part, "value": value}
    return {**fields, UNUSED: [0.0, 0.0]}


def pack_rows(kind: str, batch: int, text: str, owner: str = "") -> list[Row]:
    """Pack a text of any length into rows."""
    packed = b85encode(zlib.compress(text.encode())).decode()
    parts = (packed[start : start + LONGEST_PART] for start in range(0, len(packed), LONGEST_PART))
    return [
        make_row(f"{kind}/{batch}/{owner}/{part}", kind, value, batch, part, owner)
        for part, value in enumerate(parts)
    ]


def unpack_rows(rows: Sequence[Row], by: Sequence[str]) -> dict[tuple[Any, ...], str]:
    """Unpack texts, by the fields that tell them apart."""
    parts: dict[tuple[Any, ...], dict[int, str]] = {}
    for row in rows:
        parts.setdefault(tuple(row[field] for field in by), {})[row["part"]] = row["value"]
    return {
        key: zlib.decompress(b85decode("".join(found[part] for part in sorted(found)))).decode()
        for key, found in parts.items()
    }
