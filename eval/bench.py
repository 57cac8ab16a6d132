"""Benchmarks of what grows: ``python -m eval.bench scale --squad FILE [--squad FILE ...]``.

Grows a library of the files' real passages, and of synthetic ones made from them, and
reports what it costs at each size, as a table and a plot. Nothing is asserted: times belong
to a machine.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from rich.console import Console

from chatbot.errors import ChatbotError
from chatbot.making import encoder_source
from chatbot.settings import load_settings
from eval.growing import NOISE, ONE_BY_ONE, Maker
from eval.report import machine
from eval.scale import Size, measure, panels, table
from eval.squad import BETWEEN, read_squad

SIZES = (1_000, 10_000, 100_000, 1_000_000)
STDERR = Console(stderr=True)
SAID = """
{real:,} passages are real, encoded {encoded:.0f} a second; the others are synthetic: sentences of real
ones put together anew, with the real one's vector and noise on it (cosine {cosine:.2f}). Beyond
{one_by_one:,} passages many articles are written at once; "added a second" is measured on the last {last}
passages of each size, an article a transaction, without the encoding. Retrieval is of one question at a
time, its spelling and encoding included. Recall is against an exact search over the same vectors.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; 0, or 2 on an error."""
    options = _parser().parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix="chatbot-scale-", dir=options.folder) as folder:
            sizes = sorted(options.size or SIZES)
            for said, measured in _grow(options.squad, sizes, Path(folder)):
                _write(options, said, measured)  # after each size: the last takes most of the time
    except (ChatbotError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"{', '.join(f'{name} {value}' for name, value in machine().items())}\n\n{said}\n\n{table(measured)}")
    return 0


def _write(options: argparse.Namespace, said: str, sizes: Sequence[Size]) -> None:
    if options.json:
        content = {"machine": machine(), "said": said, "sizes": [asdict(one) for one in sizes]}
        options.json.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    if options.plot:
        options.plot.write_text(plot(sizes), "utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m eval.bench", description=__doc__)
    parser.add_argument("what", choices=("scale",), help="what to measure")
    parser.add_argument(
        "--squad", type=Path, action="append", required=True, metavar="FILE", help="a SQuAD file; repeatable"
    )
    parser.add_argument("--size", type=int, action="append", metavar="N", help="passages; repeatable")
    parser.add_argument("--folder", type=Path, help="where the libraries are built, and removed again")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write what was measured as JSON")
    parser.add_argument("--plot", type=Path, metavar="OUT", help="write the plot as SVG")
    return parser


def _grow(files: Sequence[Path], sizes: Sequence[int], folder: Path) -> Iterator[tuple[str, list[Size]]]:
    collections = [read_squad(path) for path in files]
    texts = list(
        dict.fromkeys(
            text
            for collection in collections
            for article in collection.articles
            for text in article.text.split(BETWEEN)
            if text.strip()
        )
    )
    questions = [question.text for collection in collections for question in collection.questions]
    settings = load_settings(seeds_dir=folder / "no-seeds", data_dir=folder / "data")
    begin = time.perf_counter()
    vectors = encoder_source(settings).load().encode_passages(texts)
    encoded = len(texts) / (time.perf_counter() - begin)
    articles = Maker(texts, vectors).articles()
    said = SAID.format(
        real=len(texts), encoded=encoded, cosine=(1 + NOISE**2) ** -0.5, one_by_one=ONE_BY_ONE, last=200
    )
    measured: list[Size] = []
    for size in sizes:
        measured.append(measure(settings, articles, size, questions[:: max(1, len(questions) // 200)]))
        STDERR.print(table(measured[-1:]).splitlines()[-1])
        yield " ".join(said.split()), measured


def plot(sizes: Sequence[Size]) -> str:
    """Draw what was measured over the number of passages, as SVG."""
    environment = Environment(
        loader=PackageLoader("eval"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("scale.html").render(panels=panels(sizes), sizes=sizes)


if __name__ == "__main__":
    sys.exit(main())
