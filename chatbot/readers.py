"""Readers: the one that the settings name."""

from pathlib import Path

from chatbot.encoder import QueryEncoder
from chatbot.extractive import PACKAGED_READER, load_extractive
from chatbot.reader import Reader, SentenceReader
from chatbot.settings import Settings


def load_reader(settings: Settings, encoder: QueryEncoder) -> Reader:
    """Load the reader that the settings name.

    Raises:
        ModelError: there is no such reader, or its files are damaged.
    """
    if settings.reader == "sentence":
        return SentenceReader(encoder)
    folder = PACKAGED_READER if settings.reader == "extractive" else Path(settings.reader)
    return load_extractive(folder, settings.threads)
