"""The commands on the library: ``chatbot add``, ``remove``, ``show``, ``articles`` and ``check``."""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

from chatbot.adding import Adder, remove_added
from chatbot.article import Article
from chatbot.check import Fault
from chatbot.counting import counted
from chatbot.encoder import usable_cores
from chatbot.errors import DamagedArticleError, NoArticlesError, StoreError, UnknownArticleError
from chatbot.files import Outcome, State, find_files, shown_path
from chatbot.formats import Extractor, Limits
from chatbot.library import load_seeds, open_store
from chatbot.listing import ArticleQuery, ListedArticle
from chatbot.milvus_check import connect_checked_store
from chatbot.passage_store import PassageStore
from chatbot.progress import AddingBar, progress_bar
from chatbot.settings import Settings
from chatbot.stores import connect_store, has_store

STANDARD_INPUT = Path("-")
LISTED_AT_ONCE = 200  # articles
MOST_READERS = 8  # processes that read files at a time; each may take what the settings allow
SUMMARY: dict[State, str] = {
    "added": "added",
    "changed": "changed",
    "unchanged": "unchanged",
    "same": "there already",
    "failed": "failed",
}


def add_library_commands(
    commands: Any, shared: argparse.ArgumentParser
) -> None:  # Any: argparse hides its type
    """Describe the commands and their flags."""
    add = commands.add_parser(
        "add",
        parents=[shared],
        help="add articles: text, Markdown, HTML, PDF or DOCX files, folders of them",
        epilog="Prints state, id and file of each article that is new or changed. Exit status: 0 all are in, "
        "1 some files failed and all others are in, 2 an error.",
    )
    add.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="file, folder, or - for standard input"
    )
    add.set_defaults(run=run_add)

    remove = commands.add_parser("remove", parents=[shared], help="remove articles that were added")
    remove.add_argument("ids", nargs="+", metavar="ID", help="an article's id, as `chatbot articles` lists it")
    remove.set_defaults(run=run_remove)

    show = commands.add_parser("show", parents=[shared], help="show an article: where it is from, and its text")
    show.add_argument("id", metavar="ID", help="an article's id, as `chatbot articles` lists it")
    show.add_argument("--json", action="store_true", help="print it as JSON")
    show.set_defaults(run=run_show)

    check = commands.add_parser(
        "check",
        parents=[shared],
        help="check the whole library, and repair what is derived",
        epilog="Exit status: 0 nothing is wrong now, 1 something is and cannot be repaired, 2 an error.",
    )
    check.set_defaults(run=run_check)

    articles = commands.add_parser("articles", parents=[shared], help="list the articles")
    articles.add_argument("--json", action="store_true", help="print the list as JSON")
    articles.set_defaults(run=run_articles)


def run_add(options: argparse.Namespace, settings: Settings) -> int:
    """Add files, folders or standard input; say what became of them."""
    with progress_bar() as progress:
        store, source = open_store(settings, progress, may_be_empty=True)
    counts, passages, failed = Counter[State](), 0, list[Outcome]()
    readers = min(usable_cores(), MOST_READERS)
    started = time.monotonic()
    try:
        with store:
            with Extractor(Limits.of(settings), readers) as extractor, AddingBar() as bar:
                for outcome in _add_each(options.paths, Adder(store, source, extractor, bar.encode), bar):
                    counts[outcome.state] += 1
                    passages += outcome.passages
                    if outcome.state == "failed":
                        failed.append(outcome)
                    elif outcome.state != "unchanged":
                        bar.write(f"{outcome.state}\t{outcome.article_id}\t{outcome.name}")
            if passages:  # so that the next start need not wait for the index of many passages
                with store.snapshot() as seen, progress_bar() as progress:
                    seen.open_index(progress)
    finally:  # of what is in, also where the disk is full or a key was pressed
        _summarize(counts, passages, time.monotonic() - started, failed)
    return 1 if failed else 0


def _add_each(paths: Sequence[Path], adder: Adder, bar: AddingBar) -> Iterable[Outcome]:
    found = list(find_files(path for path in paths if path != STANDARD_INPUT))
    files = [path for path in found if isinstance(path, Path)]
    yield from (outcome for outcome in found if isinstance(outcome, Outcome))
    for outcome in adder.add_files(bar.over(files)):
        bar.finish(Path(outcome.name), outcome.passages)
        yield outcome
    if STANDARD_INPUT in paths:
        most = adder.limits.file_bytes
        yield adder.add_bytes(sys.stdin.buffer.read(most + 1), "", "standard input")


def _summarize(counts: Counter[State], passages: int, seconds: float, failed: Sequence[Outcome]) -> None:
    if not counts:
        return
    said = [f"{counts[state]} {word}" for state, word in SUMMARY.items() if counts[state]]
    speed = (
        f"; {counted(passages, 'passage')}, {passages / max(seconds, 0.001):.1f} a second" if passages else ""
    )
    print(", ".join(said) + speed, file=sys.stderr)
    for outcome in failed:
        message = outcome.message.removeprefix(f"{Path(outcome.name).name}: ")
        print(f"failed: {outcome.name}: {message}", file=sys.stderr)


def run_remove(options: argparse.Namespace, settings: Settings) -> int:
    """Remove articles that were added; all of them, or none where one cannot be."""
    with connect_store(settings) as store:
        remove_added(store, options.ids)
    for article_id in dict.fromkeys(options.ids):
        print(f"removed\t{article_id}")
    return 0


def run_show(options: argparse.Namespace, settings: Settings) -> int:
    """Show one article."""
    with progress_bar() as progress, open_store(settings, progress)[0] as store, store.snapshot() as seen:
        article = seen.article(options.id)
        if article is None:
            raise UnknownArticleError(options.id, seen.article_count())
        described = _describe(seen, article, len(seen.passages_of(article.id)))
    if options.json:
        print(json.dumps({**described, "text": article.text}, ensure_ascii=False, indent=2))
        return 0
    for name, value in described.items():
        if value not in (None, []):
            print(f"{name}: {', '.join(value) if isinstance(value, list) else value}")
    print(f"\n{article.text}")
    return 0


def run_articles(options: argparse.Namespace, settings: Settings) -> int:
    """List the articles: id, number of paragraphs, title; the page counts its passages as paragraphs, too."""
    with progress_bar() as progress, open_store(settings, progress)[0] as store, store.snapshot() as seen:
        listed = list(_list_all(seen))
        if options.json:  # for which each is read: it says how many pages there are
            read = ((seen.article(one.id), one.passages) for one in listed)
            described = [_describe(seen, article, passages) for article, passages in read if article]
            print(json.dumps(described, ensure_ascii=False, indent=2))
            return 0
    for one in listed:
        print(f"{one.id}\t{counted(one.passages, 'paragraph')}\t{one.title}")
    return 0


def _list_all(seen: PassageStore) -> Iterator[ListedArticle]:
    for offset in count(0, LISTED_AT_ONCE):
        page = seen.list_articles(ArticleQuery(order="id", limit=LISTED_AT_ONCE, offset=offset))
        yield from page.articles
        if offset + LISTED_AT_ONCE >= page.total:
            return


def run_check(options: argparse.Namespace, settings: Settings) -> int:
    """Check the library, make anew what is derived and wrong, and check it again."""
    if not has_store(settings):
        raise StoreError(
            f"expected a library in {settings.data_dir}, found none; `chatbot index` or `chatbot add` makes one"
        )
    with connect_checked_store(settings) as store, progress_bar() as progress:
        found: list[Fault] = []
        left = store.inspect()
        while not set(left) <= set(found):  # what is repaired may lay something else open
            found += left
            store.repair(left, _seed_ids(settings))
            with suppress(DamagedArticleError):  # which is among the faults, and stays
                open_store(settings, progress, may_be_empty=True)[0].close()
            if any(fault.part == "index" for fault in left):
                with store.snapshot() as seen:
                    seen.open_index(progress)
            left = store.inspect()
        for fault in dict.fromkeys(found):
            print(f"{'damaged' if fault in left else 'repaired'}: {fault.what}")
        for article_id in (fault.article_id for fault in left if fault.article_id):
            if store.is_added(article_id):
                files = " ".join(map(shown_path, store.files(article_id))) or "its file"
                print(f"`chatbot remove {article_id}`, then `chatbot add` {files}")
            else:
                print(f"put {article_id}.txt into the folder of seeds, {settings.seeds_dir}, and check again")
        totals = store.passage_totals()
        held = f"{counted(len(totals), 'article')}, {counted(sum(totals.values()), 'passage')}"
        print(f"{held}: {_verdict(len(found), len(left))}")
    return 1 if left else 0


def _seed_ids(settings: Settings) -> set[str]:
    with suppress(NoArticlesError):
        return {seed.id for seed in load_seeds(settings) or ()}
    return set()


def _verdict(found: int, left: int) -> str:
    if not found:
        return "nothing is wrong"
    return f"{counted(found, 'fault')}, " + (f"{left} left" if left else "repaired")


def _describe(store: PassageStore, article: Article, passages: int) -> dict[str, Any]:
    return {
        "id": article.id,
        "title": article.title,
        "author": article.author,
        "published": article.published,
        "source_url": article.source_url,
        "sha256": article.sha256,
        "passages": passages,
        "pages": article.pages[-1].number if article.pages else None,
        "origin": "added" if article.added else "seed",
        "files": [shown_path(path) for path in store.files(article.id)],
    }
