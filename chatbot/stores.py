"""Stores: the one that the settings choose, opened."""

from pathlib import Path

from chatbot.database import FILE_NAME
from chatbot.milvus import MilvusStore
from chatbot.passage_store import PassageStore
from chatbot.settings import Settings
from chatbot.store import Store


def connect_store(settings: Settings) -> PassageStore:
    """Open the store, and make it where there is none.

    Raises:
        StoreError: it cannot be opened.
    """
    if settings.store == "milvus":
        return MilvusStore(*milvus_place(settings))
    return Store(settings.data_dir)


def milvus_place(settings: Settings) -> tuple[str, str, str]:
    """Give address, token and library in Milvus."""
    token = settings.milvus_token.get_secret_value() if settings.milvus_token else ""
    return settings.milvus_address, token, settings.milvus_library


def has_store(settings: Settings) -> bool:
    """Tell whether there may be a store already; looking makes none."""
    return settings.store == "milvus" or (settings.data_dir / FILE_NAME).exists()


def store_place(settings: Settings) -> Path | str:
    """Give where the store is, to be shown."""
    return settings.milvus_address if settings.store == "milvus" else settings.data_dir
