"""``python -m eval``: ask, measure, report, and compare with what was recorded."""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import track

from chatbot.chatbot import Chatbot
from chatbot.errors import ChatbotError
from chatbot.settings import load_settings
from eval import report
from eval.chains import with_chains
from eval.collection import Collection, EvaluationError, Question, sample
from eval.endpoint import differences
from eval.evaluation import Evaluation, Means, evaluate
from eval.library import open_chatbot, settings_for, write_articles
from eval.newsroom import newsroom_chains
from eval.practice import asked_questions, probe_questions, twin_questions
from eval.questions import Split, fixed_questions
from eval.recorded import RECORDED, moves, record, require
from eval.squad import read_squad
from eval.systems import ABLATIONS, SYSTEMS, ChatbotLike, System, parse_system
from web.app import create_app

COMPARED_OF_MANY = (
    100  # questions of a SQuAD file, or on practice articles, that are asked through the endpoint too
)
STDERR = Console(stderr=True)
OK, MOVED, UNUSABLE = 0, 1, 2

_progress = partial(track, console=STDERR, transient=True, disable=not STDERR.is_terminal)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the evaluation; 0, or 1 when a figure moved or the endpoint differs, 2 on an error."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except (ChatbotError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return UNUSABLE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m eval", description=__doc__)
    parser.add_argument("--split", choices=("dev", "test", "all"), help="half of the fixed questions (test)")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument(
        "--squad", type=Path, metavar="FILE", help="a SQuAD 1.1 or 2.0 file instead, plain or .gz"
    )
    instead.add_argument(
        "--newsroom", action="store_true", help="the newsroom's follow-up chains instead, or a half of them"
    )
    instead.add_argument(
        "--asked", action="store_true", help="what readers ask of held-out practice articles instead, or a half"
    )
    instead.add_argument(
        "--twins",
        action="store_true",
        help="pairs of like questions on such articles instead, or a half of them",
    )
    instead.add_argument(
        "--probes",
        action="store_true",
        help="hard questions and follow-ups on such articles instead, or a half of them",
    )
    parser.add_argument("--pooled", action="store_true", help="ask all of the SQuAD file's articles at once")
    parser.add_argument("--sample", type=int, metavar="N", help="ask N of the questions only")
    parser.add_argument("--seed", type=int, default=0, help="of the sample (0)")
    parser.add_argument(
        "--system",
        action="append",
        choices=[system.name for system in (*SYSTEMS, *ABLATIONS)],
        help="run this system alone; repeatable",
    )
    parser.add_argument("--ablations", action="store_true", help="run the product with parts left out, too")
    parser.add_argument(
        "--with",
        dest="extra",
        action="append",
        default=[],
        metavar="'NAME: SETTING=VALUE, ...'",
        help="run the product with other settings, too; repeatable",
    )
    parser.add_argument(
        "--seeds", type=Path, help="folder of the articles of the fixed questions (CHATBOT_SEEDS_DIR)"
    )
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="FOLDER",
        help="build the library there, and use what is built there already",
    )
    parser.add_argument("--json", type=Path, metavar="OUT", help="write everything as JSON")
    parser.add_argument("--html", type=Path, metavar="OUT", help="write the report as one HTML page")
    recorded = parser.add_mutually_exclusive_group()
    recorded.add_argument(
        "--check", action="store_true", help="compare with the recorded figures; exit 1 if one moved"
    )
    recorded.add_argument("--record", action="store_true", help="write the figures to the recorded ones")
    parser.add_argument(
        "--recorded", type=Path, default=RECORDED, help="the recorded figures (eval/recorded.json)"
    )
    return parser


def _run(options: argparse.Namespace) -> int:
    collection = _collection(options)
    systems = _systems(options)
    if options.check:
        require(collection.command, options.recorded)
    print(f"{collection.command}\n")
    with tempfile.TemporaryDirectory(prefix="chatbot-eval-") as temporary:
        folder = options.keep or Path(temporary)
        many = options.squad or options.asked or options.twins or options.probes
        evaluation = _evaluate(collection, systems, folder, COMPARED_OF_MANY if many else None)
    print(f"{report.heading(evaluation)}\n\n{report.table(evaluation)}\n", *report.notes(evaluation), sep="\n")
    for followups in report.followups(evaluation):
        print(f"\n{followups}")
    _write(evaluation, options)
    differing = [difference for one in evaluation.systems for difference in one.differences]
    for difference in differing:
        print(f"FAIL endpoint, {difference}")
    moved = _compare(evaluation, options)
    return MOVED if differing or moved else OK


def _systems(options: argparse.Namespace) -> list[System]:
    named = [system for system in (*SYSTEMS, *ABLATIONS) if system.name in (options.system or ())]
    chosen = dict.fromkeys([*(named or SYSTEMS), *(ABLATIONS if options.ablations else ())])
    return [*chosen, *map(parse_system, options.extra)]


def _collection(options: argparse.Namespace) -> Collection:
    split: Split | None = None if options.split == "all" else options.split or "test"
    if options.squad and options.split:
        raise EvaluationError("expected --split without --squad FILE, which has no halves; leave one out")
    if options.squad:
        collection = read_squad(options.squad, pooled=options.pooled)
    elif options.pooled:
        raise EvaluationError(
            "expected --pooled together with --squad FILE; name the file, or leave --pooled out"
        )
    elif options.newsroom:
        collection = newsroom_chains(split)
    elif options.asked:
        collection = asked_questions(split)
    elif options.twins:
        collection = twin_questions(split)
    elif options.probes:
        collection = probe_questions(split)
    else:
        collection = with_chains(fixed_questions(options.seeds or load_settings().seeds_dir, split), split)
    return collection if options.sample is None else sample(collection, options.sample, options.seed)


def _evaluate(
    collection: Collection, systems: Sequence[System], folder: Path, compared: int | None
) -> Evaluation:

    settings = {system: settings_for(system, folder) for system in systems}  # wrong ones are refused first
    write_articles(collection, folder / "seeds")

    def opener(system: System) -> ChatbotLike:
        return open_chatbot(settings[system], STDERR)

    def compare(
        system: System, chatbot: ChatbotLike, asked: Collection, questions: Sequence[Question]
    ) -> list[str]:
        assert isinstance(chatbot, Chatbot)
        app = create_app(settings[system], chatbot)
        return differences(chatbot, app, asked, _progress(questions, f"{system.name}, endpoint"))

    return evaluate(collection, systems, Means(opener, compare, compared, _progress))


def _write(evaluation: Evaluation, options: argparse.Namespace) -> None:
    for path, render in ((options.json, report.as_json), (options.html, report.as_page)):
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(render(evaluation), "utf-8")
            print(f"wrote {path}")


def _compare(evaluation: Evaluation, options: argparse.Namespace) -> bool:
    command = evaluation.collection.command
    got = {name: figures for one in evaluation.systems for name, figures in one.recorded.items()}
    if options.record:
        record(command, got, options.recorded)
        print(f"recorded in {options.recorded}")
    if not options.check:
        return False
    found = moves(command, got, options.recorded)
    for move in found:
        print(f"FAIL {move}")
    print(f"{'FAIL' if found else 'OK'} {command}")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
