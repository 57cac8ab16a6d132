"""Command line: ``chatbot serve``, ``ask``, ``index``, ``feedback``, ``verify`` and the library's commands."""

import argparse
import json
import logging
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

from chatbot.adding import readable_name
from chatbot.answer import answer_json
from chatbot.chatbot import Chatbot
from chatbot.commands import add_library_commands
from chatbot.copying import copy_library
from chatbot.counting import counted
from chatbot.errors import ChatbotError, NoArticlesError, UnknownArticleError
from chatbot.feedback import LABELS, FeedbackStore, count_feedback, judged_questions
from chatbot.files import real_path
from chatbot.formats import Limits
from chatbot.library import load_seeds
from chatbot.limits import MOST_QUOTATIONS
from chatbot.listing import ArticleQuery
from chatbot.progress import progress_bar
from chatbot.scope import Scope, make_scope, published_day
from chatbot.settings import Settings, load_settings
from chatbot.stores import connect_store, has_store, store_place
from chatbot.terminal import render, undated_words
from chatbot.verify import read_texts, verify_quotations

ANSWERED, NOT_FOUND, FAILED = 0, 1, 2
logger = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and give the exit status: 0 done, 1 not found or not ok, 2 an error."""
    options = make_parser().parse_args(arguments)
    try:
        settings = load_settings(
            **{
                name: getattr(options, name, None)
                for name in ("seeds_dir", "data_dir", "encoder", "reader", "host", "port", "log_level")
            }
        )
        quiet = options.command != "serve" and "log_level" not in settings.model_fields_set
        logging.basicConfig(
            level="WARNING" if quiet else settings.log_level.upper(), format="%(levelname)s %(message)s"
        )
        status: int = options.run(options, settings)
    except UnknownArticleError as error:
        print(f"chatbot {options.command}: {error.fault}; `chatbot articles` lists them", file=sys.stderr)
        return FAILED
    except (ChatbotError, ValueError) as error:
        print(f"chatbot {options.command}: {error}", file=sys.stderr)
        return FAILED
    except BrokenPipeError:  # whoever read the output has read enough; nothing is left to flush
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        return 130
    return status


def make_parser() -> argparse.ArgumentParser:
    """Describe the commands and their flags; a flag wins over its environment variable."""
    parser = argparse.ArgumentParser(
        prog="chatbot",
        description="Ask news articles questions; get their own words back, or that they do not say.",
        epilog="Settings are CHATBOT_* environment variables, listed in the README; flags win over them.",
    )
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--seeds-dir", metavar="FOLDER", help="folder of the articles (default: seeds)")
    shared.add_argument("--data-dir", metavar="FOLDER", help="folder for the store (default: .chatbot)")
    shared.add_argument("--encoder", metavar="MODEL", help="sentence-transformers model: name or folder")
    shared.add_argument("--reader", metavar="READER", help="'extractive', 'sentence' or a model's folder")
    shared.add_argument("--log-level", choices=("debug", "info", "warning", "error"), help="what is logged")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", parents=[shared], help="serve the web page and the JSON endpoint")
    serve.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    serve.add_argument("--port", type=int, help="port to listen on (default: 8000; 0: a free one)")
    serve.set_defaults(run=run_serve)

    ask = commands.add_parser(
        "ask",
        parents=[shared],
        help="ask one question",
        epilog="Exit status: 0 answered, 1 not found, 2 an error.",
    )
    ask.add_argument(
        "question",
        nargs="+",
        metavar="QUESTION",
        help="what to ask, 1 to 500 characters; its words may stand without quotes",
    )
    ask.add_argument("--json", action="store_true", help="print the answer as JSON")
    ask.add_argument(
        "--article", metavar="ID", action="append", help="ask this article; again for several (default: all)"
    )
    ask.add_argument(
        "--from",
        dest="published_from",
        metavar="DATE",
        help="ask only articles published since, YYYY-MM-DD; those without a date are left out",
    )
    ask.add_argument(
        "--to",
        dest="published_to",
        metavar="DATE",
        help="ask only articles published until, YYYY-MM-DD; those without a date are left out",
    )
    ask.add_argument(
        "--limit", type=int, default=3, help=f"quotations at most, 1 to {MOST_QUOTATIONS} (default: 3)"
    )
    ask.add_argument(
        "--min-confidence", type=float, metavar="P", help="least confidence, 0 to 1 (default: calibrated)"
    )
    ask.set_defaults(run=run_ask)

    index = commands.add_parser("index", parents=[shared], help="bring the store up to date with the articles")
    index.add_argument(
        "--copy-from",
        metavar="FOLDER",
        type=Path,
        help="first copy the library of another data folder, passages and vectors as they are (into Milvus "
        "with CHATBOT_STORE=milvus)",
    )
    index.set_defaults(run=run_index)

    add_library_commands(commands, shared)

    feedback = commands.add_parser(
        "feedback",
        parents=[shared],
        help="count what users said of answers, or export it",
        epilog="`chatbot feedback export` prints a JSON line for each question judged, for `python -m "
        "eval.feedback`.",
    )
    feedback.add_argument("action", nargs="?", choices=("export",), help="print what was judged as JSON lines")
    feedback.add_argument("--out", metavar="FILE", type=Path, help="export to a file (default: print)")
    feedback.set_defaults(run=run_feedback)

    verify = commands.add_parser(
        "verify",
        parents=[shared],
        help="check a saved answer's quotations against an article's text",
        epilog="Prints ok, moved or changed for each of the article's quotations, and says how many are of "
        "others. Exit status: 0 all are ok, 1 some are not, 2 an error, or there is none to check.",
    )
    verify.add_argument(
        "answer",
        metavar="ANSWER.json",
        type=Path,
        help="an answer, as `chatbot ask --json` prints it, or a conversation that the page saved",
    )
    verify.add_argument("article", metavar="ARTICLE", type=Path, help="its file, or its id in the library")
    verify.set_defaults(run=run_verify)
    return parser


def run_serve(options: argparse.Namespace, settings: Settings) -> int:
    """Serve until interrupted."""
    import uvicorn  # only here: no other command needs the web

    from web.app import create_app

    try:
        load_seeds(settings)  # what is broken is said at once, not once the server runs
    except NoArticlesError:
        if not settings.adding:
            raise
        logger.warning("there is no article yet: the first one that is added is served")
    connect_store(settings).close()
    uvicorn.run(create_app(settings), host=settings.host, port=settings.port, log_level=settings.log_level)
    return 0


def run_ask(options: argparse.Namespace, settings: Settings) -> int:
    """Ask one question and print the answer."""
    scope = make_scope(None, options.article, options.published_from, options.published_to)
    with progress_bar() as progress, Chatbot.open(settings, progress) as chatbot:
        answer = chatbot.answer(
            " ".join(options.question),
            article_ids=scope.article_ids,
            published_from=scope.published_from,
            published_to=scope.published_to,
            limit=options.limit,
            min_confidence=options.min_confidence,
        )
        asked, undated = _count_asked(chatbot, scope), _count_undated(chatbot, scope)
    if options.json:
        print(answer_json(answer, indent=2))
        if undated:
            print(undated_words(undated), file=sys.stderr)
    else:
        print(render(answer, asked, undated))
    return ANSWERED if answer.status == "answered" else NOT_FOUND


def _count_asked(chatbot: Chatbot, scope: Scope) -> int:
    if scope.article_ids is not None:
        return sum(scope.holds(chatbot.article(article_id)) for article_id in scope.article_ids)
    dates = ArticleQuery(published_from=scope.published_from, published_to=scope.published_to, limit=0)
    return chatbot.list_articles(dates).total


def _count_undated(chatbot: Chatbot, scope: Scope) -> int:
    """Count the articles that a range of dates leaves out because they have none."""
    if not scope.has_dates:
        return 0
    if scope.article_ids is not None:
        named = map(chatbot.article, scope.article_ids)
        return sum(published_day(article.published) is None for article in named)
    dated = ArticleQuery(published_from=date.min.isoformat(), limit=0)
    return chatbot.article_count - chatbot.list_articles(dated).total


def run_index(options: argparse.Namespace, settings: Settings) -> int:
    """Bring the store up to date, with what another library holds if one is to be copied."""
    if options.copy_from:
        with progress_bar() as progress, connect_store(settings) as store:
            copied = copy_library(options.copy_from, store, progress)
        print(f"{counted(copied, 'article')} copied from {options.copy_from}")
    with progress_bar() as progress, Chatbot.open(settings, progress) as chatbot:
        articles = counted(chatbot.article_count, "article")
        print(f"{articles}, {counted(chatbot.passage_count, 'passage')} in {store_place(settings)}")
    return 0


def run_feedback(options: argparse.Namespace, settings: Settings) -> int:
    """Count the labels of users, or export them for the evaluation."""
    kept = FeedbackStore(settings.data_dir)
    if options.action is None:
        if options.out:
            raise ValueError("expected `feedback export` together with --out, got --out alone; add export")
        counts = count_feedback(kept.all())
        print(f"{counted(counts.total(), 'label')} in {kept.path}")
        for label in LABELS:
            of_quotations, of_refusals = counts[label, True], counts[label, False]
            print(f"{label}\t{counted(of_quotations, 'quotation')}\t{counted(of_refusals, 'refusal')}")
        return 0
    with connect_store(settings) as store:
        articles = {article.id: article for article in store.articles()}
    rows, left_out = judged_questions(kept.all(), articles)
    lines = "".join(json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in rows)
    for line in left_out:
        print(f"left out: {line}", file=sys.stderr)
    if options.out is None:
        print(lines, end="")
    else:
        _write(options.out, lines)
        print(f"{counted(len(rows), 'question')} in {options.out}")
    return 0


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ChatbotError(f"expected a file that can be written at {path}, got: {error.strerror}") from error


def run_verify(options: argparse.Namespace, settings: Settings) -> int:
    """Check a saved answer against an article, and say what of it is from others."""
    texts, ids = _article_to_verify(options.article, settings)
    verification = verify_quotations(options.answer, texts, ids)
    for verdict in verification.verdicts:
        print(f"{verdict.state}\t{verdict.start}-{verdict.end}\t{verdict.quote}")
    if verification.left_out:
        number = counted(sum(verification.left_out.values()), "quotation")
        print(f"not checked: {number} of other articles: {', '.join(verification.left_out)}", file=sys.stderr)
    return 0 if all(verdict.state == "ok" for verdict in verification.verdicts) else 1


def _article_to_verify(article: Path, settings: Settings) -> tuple[Sequence[str], Iterable[str]]:
    """Give an article's text, in each way that its file can be read, and what it may be called."""
    if article.exists():
        return read_texts(article, Limits.of(settings)), _ids_of_file(article, settings)
    if has_store(settings):
        with connect_store(settings) as store:
            if held := store.article(str(article)):
                return [held.text], [held.id]
    raise ChatbotError(
        f"expected the file of an article, or the id of one in {store_place(settings)}, got {article}; "
        "`chatbot articles` lists the ids"
    )


def _ids_of_file(path: Path, settings: Settings) -> Iterator[str]:
    """Give what the article of a file is called: in the library that it was added to, or else by its name."""
    added = None
    if has_store(settings):
        with connect_store(settings) as store:
            added = store.article_of(real_path(path))
    yield from [added] if added else [path.stem, readable_name(path.stem)]
