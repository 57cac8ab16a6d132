"""Processes that are killed while they add articles, and others that read meanwhile."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from bound import end_with_parent
from fakes import FakeSource, as_source

from chatbot.adding import Adder
from chatbot.check import CheckedStore
from chatbot.formats import Extractor
from chatbot.making import prepare

TESTS = Path(__file__).parent
FILES, KILLS = 150, 50

# What both programs below begin with: adds every file of a folder, as `chatbot add` does.
ADDING = """
import json, os, random, signal, sys, time
from pathlib import Path
from chatbot.adding import Adder
from chatbot.check import CheckedStore
from chatbot.formats import Extractor
from chatbot.library import read_library, refresh
from chatbot.making import prepare
from chatbot.store import Store
from bound import end_with_parent
from fakes import FakeSource, as_source

news, data = Path(sys.argv[1]), Path(sys.argv[2])
source = as_source(FakeSource())

def add_all():
    store = Store(data)
    prepare(store, source)
    with Extractor() as extractor:
        adder = Adder(store, source, extractor)
        for path in sorted(news.iterdir()):
            adder.add_file(path)
    store.close()
"""
# Kills a process that adds, again and again, and looks at what is left each time. A fork,
# since it has all that it needs in memory already.
KILLING = (
    ADDING
    + """
random.seed(int(sys.argv[3]))
Store(data).close()
for _ in range(int(sys.argv[4])):
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        end_with_parent()
        os.write(write, b"x")
        add_all()
        time.sleep(60)
    os.read(read, 1)
    time.sleep(random.uniform(0, 0.08))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    store = CheckedStore(data)
    faults = [fault.what for fault in store.inspect()]
    texts = {article.id: article.text for article in store.articles()}
    files = sum(len(store.files(article_id)) for article_id in texts)
    store.close()
    print(json.dumps({"faults": faults, "texts": texts, "files": files}), flush=True)
    for path in random.sample(sorted(news.iterdir()), 5):  # so that articles are replaced, too
        path.write_text(path.read_text() + "\\n\\nIt was changed once more.")
"""
)
READING = (
    ADDING
    + """
library = read_library(Store(data))
vector = FakeSource().encoder.encode_queries(["ferry"])[0]
seen = set()
print("reading", flush=True)
while len(library.articles) < int(sys.argv[3]):
    library = refresh(library)
    near = dict(library.store.rank_by_meaning(vector, 1000))
    assert len(near) == library.store.passage_count() == 3 * len(library.articles)
    held = library.store.passages(list(near))
    assert all([one.article_id for one in held.values()].count(name) == 3 for name in library.articles)
    ranked = library.store.rank_lexically(["ferri"], 1000)
    assert {row for row, _ in ranked} <= set(held) and len(ranked) == len(library.articles)
    seen.add(len(library.articles))
print(len(seen))
"""
)


# Opens new libraries, each from four processes at the same moment; prints how many could not.
OPENING = """
import os, sys, time
from pathlib import Path
from chatbot.store import Store
from bound import end_with_parent

failed = 0
for round in range(int(sys.argv[2])):
    start = time.monotonic() + 0.05
    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            end_with_parent()
            status = 1
            while time.monotonic() < start:
                pass
            try:
                Store(Path(sys.argv[1], str(round))).close()
                status = 0
            finally:
                os._exit(status)
        children.append(child)
    failed += sum(os.waitpid(child, 0)[1] != 0 for child in children)
print(failed)
"""


def write_news(folder: Path) -> Path:
    news = folder / "news"
    news.mkdir()
    for number in range(FILES):
        text = f"Ferry {number} came.\n\nIts mayor met crew {number}.\n\nThe library had {number} books."
        (news / f"n{number:03}.txt").write_text(text)
    return news


@pytest.mark.parametrize("seed", [20261123])
def test_every_article_is_wholly_in_or_out_whenever_the_process_is_killed(tmp_path: Path, seed: int) -> None:
    news, data = write_news(tmp_path), tmp_path / "data"

    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", KILLING, str(news), str(data), str(seed), str(KILLS)],
        cwd=TESTS,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        preexec_fn=end_with_parent,
    )

    left = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(left) == KILLS
    assert [found["faults"] for found in left] == [[]] * KILLS
    assert all(found["files"] == len(found["texts"]) for found in left)
    assert len({len(found["texts"]) for found in left} - {0, FILES}) > 1  # killed on the way
    paragraphs = {text.partition("\n\nIt was")[0] for found in left for text in found["texts"].values()}
    assert paragraphs <= {path.read_text().partition("\n\nIt was")[0] for path in news.iterdir()}
    finish(news, data)


def finish(news: Path, data: Path) -> None:
    """Add again, undisturbed: everything is in then, as the files have it."""
    with CheckedStore(data) as store, Extractor() as extractor:
        prepare(store, as_source(FakeSource()))
        adder = Adder(store, as_source(FakeSource()), extractor)
        for path in sorted(news.iterdir()):
            adder.add_file(path)
        assert store.inspect() == ()
        assert {article.id: article.text for article in store.articles()} == {
            path.stem: path.read_text() for path in news.iterdir()
        }


def test_two_processes_read_whole_libraries_while_one_writes(tmp_path: Path) -> None:
    news, data = write_news(tmp_path), tmp_path / "data"
    first = sorted(news.iterdir())[0]
    with CheckedStore(data) as store, Extractor() as extractor:
        prepare(store, as_source(FakeSource()))
        Adder(store, as_source(FakeSource()), extractor).add_file(first)
    command = [sys.executable, "-c", READING, str(news), str(data), str(FILES)]
    readers = [
        subprocess.Popen(
            command,
            cwd=TESTS,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=end_with_parent,
        )
        for _ in range(2)
    ]
    for reader in readers:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "reading\n"

    adding = [sys.executable, "-c", ADDING + "add_all()", str(news), str(data)]
    subprocess.run(adding, cwd=TESTS, check=True, preexec_fn=end_with_parent)

    for reader in readers:
        out, err = reader.communicate(timeout=120)
        assert err == ""
        assert int(out) > 2  # of the moments on the way


def test_a_new_library_may_be_opened_from_several_processes_at_the_same_moment(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", OPENING, str(tmp_path), "50"],
        cwd=TESTS,
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=end_with_parent,
    )
    assert (run.stdout, run.stderr) == ("0\n", "")
