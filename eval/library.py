"""The library under evaluation: a collection's articles in a folder of their own."""

import json
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from chatbot.chatbot import Chatbot
from chatbot.settings import Settings, load_settings
from eval.collection import Collection, EvaluationError
from eval.systems import System


def write_articles(collection: Collection, folder: Path) -> None:
    """Write each article as ``NAME.txt``, byte for byte, and its title as ``NAME.toml``.

    Raises:
        EvaluationError: the folder holds other articles, which would be asked too.
    """
    folder.mkdir(parents=True, exist_ok=True)
    others = sorted(
        {path.stem for path in folder.glob("*.txt")} - {article.id for article in collection.articles}
    )
    if others:
        raise EvaluationError(
            f"expected a folder for the articles of {collection.name}, got one with {len(others)} others "
            f"({others[0]}, ...); choose another --keep"
        )
    for article in collection.articles:
        (folder / f"{article.id}.txt").write_bytes(article.text.encode())
        title = json.dumps(article.title, ensure_ascii=False).replace("\x7f", "\\u007f")
        (folder / f"{article.id}.toml").write_bytes(f"title = {title}\n".encode())


def settings_for(system: System, folder: Path) -> Settings:
    """Give a system's settings over the articles below a folder; the user's own are not touched."""
    return load_settings(
        seeds_dir=folder / "seeds", data_dir=folder / "data", requests_per_minute=0, **dict(system.settings)
    )


def open_chatbot(settings: Settings, console: Console) -> Chatbot:
    """Open the chatbot, building what its library misses, with a progress bar."""
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("opening the library", total=None)

        def show(what: str, done: int, total: int) -> None:
            progress.update(task, description=what, completed=done, total=total)

        return Chatbot.open(settings, show)
