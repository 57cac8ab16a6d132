"""A library in Milvus: connections, processes that are killed, and several that share a server."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent import futures
from contextlib import ExitStack, closing
from pathlib import Path

import grpc
import numpy as np
import pytest
from fakes import FakeEncoder, make_passages
from pymilvus.grpc_gen import common_pb2, milvus_pb2, milvus_pb2_grpc
from test_layout import ASKING, SERVING

from chatbot import milvus_claim, milvus_journal
from chatbot.article import Article, make_article
from chatbot.cli import main
from chatbot.errors import StoreError
from chatbot.milvus import MilvusStore
from chatbot.milvus_check import CheckedMilvusStore
from chatbot.milvus_journal import Change
from chatbot.milvus_rows import make_row
from chatbot.settings import Settings

ROOT, TESTS = Path(__file__).parents[1], Path(__file__).parent


def put(store: MilvusStore, article: Article) -> None:
    passages = make_passages(article.text, article.id)
    store.put(article, passages, FakeEncoder().encode_queries([passage.text for passage in passages]))


def run_python(program: str, *arguments: str) -> str:
    command = [sys.executable, "-W", "ignore", "-c", program, *arguments]
    return subprocess.run(command, cwd=TESTS, capture_output=True, text=True, check=True).stdout


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


# No ``preexec_fn``: what is forked takes the connections of gRPC from this process.
SERVER = """
import runpy
from bound import end_with_parent
end_with_parent()
runpy.run_module("milvus_lite", run_name="__main__")
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a server of its own process, which several others can ask at once."""
    folder, port = tmp_path_factory.mktemp("server"), free_port()
    command = [sys.executable, "-c", SERVER, "server", "--data-dir", str(folder), "--host", "127.0.0.1"]
    with (folder.parent / "server.log").open("w") as log:
        process = subprocess.Popen([*command, "--port", str(port)], cwd=TESTS, stdout=log, stderr=log)
    try:
        channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        grpc.channel_ready_future(channel).result(timeout=120)
        channel.close()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


# Connections


def test_client_of_milvus_is_loaded_by_who_asks_for_it_alone() -> None:
    loaded = run_python(
        "import sys, chatbot.cli, chatbot.milvus, chatbot.milvus_check, web.app\n"
        "print([name for name in ('pymilvus', 'milvus_lite', 'grpc', 'pandas') if name in sys.modules])"
    )

    assert loaded == "[]\n"


@pytest.mark.parametrize(
    ("missing", "address"), [("pymilvus", "http://127.0.0.1:1"), ("milvus_lite", "library.db")]
)
def test_package_that_is_missing_is_named(tmp_path: Path, missing: str, address: str) -> None:
    said = run_python(
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from chatbot.milvus import MilvusStore\n"
        "try: MilvusStore(sys.argv[1])\n"
        "except Exception as error: print(type(error).__name__, error)",
        address if "://" in address else str(tmp_path / address),
    )

    assert said.startswith(f"StoreError expected the package {missing} with CHATBOT_STORE=milvus")
    assert "ask-the-article[milvus]" in said


def test_address_where_nothing_answers_is_said() -> None:
    address = f"http://127.0.0.1:{free_port()}"

    with pytest.raises(StoreError, match=rf"cannot open .* {address}: .*CHATBOT_MILVUS_ADDRESS"):
        MilvusStore(address)


class Refusing(milvus_pb2_grpc.MilvusServiceServicer):  # type: ignore[misc]  # it has no types
    """Refuses whoever does not bring its token, as a server does."""

    def Connect(  # noqa: N802
        self, request: object, context: grpc.ServicerContext
    ) -> milvus_pb2.ConnectResponse:
        if ("authorization", "cmlnaHQ=") not in [
            (name, value) for name, value in context.invocation_metadata()
        ]:
            context.abort(
                grpc.StatusCode.UNAUTHENTICATED, "auth check failure, please check api key is correct"
            )
        return milvus_pb2.ConnectResponse(status=common_pb2.Status(), identifier=1)

    def GetVersion(  # noqa: N802
        self, request: object, context: grpc.ServicerContext
    ) -> milvus_pb2.GetVersionResponse:
        return milvus_pb2.GetVersionResponse(status=common_pb2.Status(), version="2.6.0")

    def DescribeCollection(self, request: object, context: grpc.ServicerContext) -> None:  # noqa: N802
        context.abort(grpc.StatusCode.PERMISSION_DENIED, "permission deny")


def test_token_that_is_refused_is_said_and_never_shown() -> None:
    server = grpc.server(futures.ThreadPoolExecutor(1))
    milvus_pb2_grpc.add_MilvusServiceServicer_to_server(Refusing(), server)
    address = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        with pytest.raises(
            StoreError, match=r"cannot open .*auth check failure.*CHATBOT_MILVUS_TOKEN"
        ) as refused:
            MilvusStore(address, "a-wrong-one")
        with pytest.raises(StoreError, match=r"cannot read .*permission deny.*CHATBOT_MILVUS_TOKEN"):
            MilvusStore(address, "right")
    finally:
        server.stop(None)
    assert "a-wrong-one" not in str(refused.value)


def test_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")

    with pytest.raises(StoreError, match=r"cannot open the library in .*folder can be written"):
        MilvusStore(str(tmp_path / "file" / "library.db"))


def test_embedded_engine_serves_one_process_and_is_let_go(tmp_path: Path) -> None:
    address = str(tmp_path / "library.db")
    opening = (
        "import sys\nfrom chatbot.milvus import MilvusStore\n"
        "try: print(MilvusStore(sys.argv[1]).article_ids())\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    with MilvusStore(address) as store:
        put(store, make_article("a", "Ferries came."))
        said = run_python(opening, address)
        with store.snapshot():
            pass

    assert said.startswith("StoreError cannot open")
    assert "one process at a time" in said
    assert run_python(opening, address) == "('a',)\n"


def test_library_of_another_format_is_refused(tmp_path: Path) -> None:
    with MilvusStore(str(tmp_path / "library.db")) as store:
        value = json.dumps({"format": milvus_journal.FORMAT + 1, "later": True})
        row = make_row(milvus_journal.STATE, "state", value)
        store._connection.upsert(store._journal._records, [row])

        with pytest.raises(StoreError, match=r"expected a library of format 1 .* got format 2"):
            MilvusStore(str(tmp_path / "library.db"))


# Processes that are killed


# Adds articles of three passages, again and again with other texts, until it is killed.
ADDING = """
import sys
from bound import end_with_parent
end_with_parent()
from chatbot.article import make_article
from chatbot.milvus import MilvusStore
from test_milvus import put

store = MilvusStore(sys.argv[1])
for round in range(1000):
    for name in "abcdef":
        put(store, make_article(name, f"Ferry {round} came.\\n\\nCrew {name} left.\\n\\nThe library stays."))
        print(name, round, flush=True)
"""


def assert_whole(store: CheckedMilvusStore) -> None:
    """Look whether every article is wholly as one round wrote it, and nothing else is there."""
    assert store.inspect() == ()
    texts = {article.text for article in store.articles()}
    count = len(store.article_ids())
    assert len(texts) == count
    assert store.passage_count() == 3 * count
    query = np.zeros(7, dtype=np.float32)
    query[3] = 1
    with store.snapshot() as seen:
        ranked = seen.rank_by_meaning(query, 100)
        assert len(seen.rank_lexically(["librari"], 100)) == count
        assert len(ranked) == 3 * count
        assert {passage.article_id for passage in seen.passages([key for key, _ in ranked]).values()} == {
            *store.article_ids()
        }


@pytest.mark.parametrize("embedded", [True, False], ids=["embedded", "server"])
def test_every_article_is_wholly_in_or_out_whenever_the_process_is_killed(
    tmp_path: Path, request: pytest.FixtureRequest, embedded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = str(tmp_path / "library.db") if embedded else request.getfixturevalue("server")
    monkeypatch.setattr(milvus_claim, "CLAIM_S", 0.5)  # of a process that was killed
    rng = np.random.default_rng(20261123)
    written: set[int] = set()
    for _ in range(4):
        command = [sys.executable, "-W", "ignore", "-c", ADDING.replace("sys.argv[1]", repr(address))]
        with subprocess.Popen(command, cwd=TESTS, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for _ in range(int(rng.integers(1, 9))):
                process.stdout.readline()
            time.sleep(rng.uniform(0, 0.05))
            process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL
        with CheckedMilvusStore(address) as store:
            assert_whole(store)
            time.sleep(0 if embedded else milvus_claim.CLAIM_S)
            put(store, make_article("after", f"Written after {len(written)}.\n\nOne.\n\nThe library stays."))
            assert_whole(store)
            written.add(store.generation())
    assert len(written) == 4


# Processes that share a server


def test_two_processes_read_whole_libraries_while_one_writes(server: str) -> None:
    with MilvusStore(server, library="shared") as store:
        put(store, make_article("a", "Ferry 0 came.\n\nCrew a left.\n\nThe library stays."))
        program = ADDING.replace("MilvusStore(sys.argv[1])", f"MilvusStore({server!r}, library='shared')")
        with subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", program], cwd=TESTS, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            seen: set[int] = set()
            former = store.snapshot()
            while len(seen) < 10:
                with closing(former):
                    view = store.snapshot(former)
                articles = view.articles()
                found = view.passages([key for key, _ in view.rank_lexically(["librari"], 100)])
                assert {passage.article_id for passage in found.values()} == {one.id for one in articles}
                assert view.passage_counts()["librari"] == len(articles)
                assert [len(view.passages_of(article.id)) for article in articles] == [3] * len(articles)
                seen.add(view.generation())
                former = view
            former.close()
            process.kill()


def claim(store: MilvusStore, since: float) -> None:
    """Have another process write."""
    row = make_row("claim/another", "claim", str(since))
    store._connection.upsert(store._journal._records, [row])


def test_who_writes_waits_for_another_who_does(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(milvus_claim, "BUSY_TIMEOUT_S", 0.2)
    with MilvusStore(server, library="claimed") as store:
        claim(store, time.time())

        with pytest.raises(StoreError, match="another process has been writing"):
            put(store, make_article("a", "Ferries came."))
        assert store.article_ids() == ()
        claim(store, time.time() - milvus_claim.CLAIM_S - 1)  # it ended without a word
        put(store, make_article("a", "Ferries came."))
        assert store.article_ids() == ("a",)


def test_who_writes_outwaits_another_that_was_killed(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(milvus_claim, "BUSY_TIMEOUT_S", milvus_claim.BUSY_TIMEOUT_S / milvus_claim.CLAIM_S)
    monkeypatch.setattr(milvus_claim, "CLAIM_S", 1.0)
    with MilvusStore(server, library="killed") as store:
        claim(store, time.time())

        put(store, make_article("a", "Ferries came."))
        assert store.article_ids() == ("a",)


def test_who_was_silent_for_long_writes_no_more(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with MilvusStore(server, library="silent") as store:
        put(store, make_article("a", "Ferries came."))
        begin = Change.begin

        def begin_late(change: Change) -> None:
            begin(change)
            store._journal.claim._since -= milvus_claim.CLAIM_S + 1  # as if the process had been asleep

        with monkeypatch.context() as asleep:
            asleep.setattr(Change, "begin", begin_late)
            with pytest.raises(StoreError, match="another process may have begun"):
                put(store, make_article("a", "Trains came."))
        assert [article.text for article in store.articles()] == ["Ferries came."]
        put(store, make_article("a", "Trains came."))
        assert [article.text for article in store.articles()] == ["Trains came."]
        assert store.passage_counts() == {"train": 1, "came": 1}


@pytest.mark.parametrize("is_done", [True, False], ids=["done", "writing"])
@pytest.mark.parametrize("has_begun", [True, False], ids=["begun", "not begun"])
def test_who_was_silent_for_long_undoes_nothing_of_another(
    server: str, monkeypatch: pytest.MonkeyPatch, has_begun: bool, is_done: bool
) -> None:
    library = f"undone_{has_begun}_{is_done}"
    with MilvusStore(server, library=library) as store, CheckedMilvusStore(server, library=library) as other:
        put(store, make_article("a", "Ferries came."))
        begin, late = Change.begin, make_article("b", "Trains came.\n\nThey left.")
        passages = make_passages(late.text, "b")
        vectors = FakeEncoder().encode_queries([passage.text for passage in passages])
        writing = ExitStack()

        def sleep(change: Change) -> None:
            monkeypatch.setattr(Change, "begin", begin)
            if has_begun:
                begin(change)
            claim = store._journal.claim
            claim._since -= milvus_claim.CLAIM_S + 1
            row = make_row(claim._key, "claim", str(claim._since))
            store._connection.upsert(store._journal._records, [row])
            others = writing.enter_context(other._change())
            others.write(other._write(others, late, passages, vectors))
            if is_done:
                writing.close()
            begin(change)

        monkeypatch.setattr(Change, "begin", sleep)
        with pytest.raises(StoreError, match="another process may have begun"):
            put(store, make_article("a", "Buses came."))
        writing.close()

        assert [article.text for article in store.articles()] == ["Ferries came.", late.text]
        assert len(other.passages_of("b")) == 2
        assert other.inspect() == ()


# The commands, with the real model


@pytest.fixture
def environment(tmp_path: Path, real_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Have commands keep the library in Milvus; an engine is made, and the library of SQLite copied."""
    settings = {
        "CHATBOT_STORE": "milvus",
        "CHATBOT_MILVUS_ADDRESS": str(tmp_path / "library.db"),
        "CHATBOT_SEEDS_DIR": str(real_settings.seeds_dir),
        "CHATBOT_DATA_DIR": str(real_settings.data_dir),
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert main(["index", "--copy-from", str(real_settings.data_dir)]) == 0
    return {**os.environ, **settings}


def test_commands_keep_the_library_in_milvus(
    tmp_path: Path, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ferry.txt").write_text("The ferry to Oslo is late.\n\nIts captain is Kim Berg.")

    def run(*command: str) -> str:
        capsys.readouterr()
        assert main(list(command)) == 0
        return capsys.readouterr().out

    assert run("add", str(tmp_path / "ferry.txt")) == f"added\tferry\t{tmp_path / 'ferry.txt'}\n"
    assert "Its captain is **Kim Berg**." in run("ask", "Who is the captain of the ferry?")
    assert len(run("articles").splitlines()) == 2
    assert "Its captain is Kim Berg." in run("show", "ferry")
    assert run("check").endswith("nothing is wrong\n")
    assert run("remove", "ferry") == "removed\tferry\n"
    assert len(run("articles").splitlines()) == 1


@pytest.mark.parametrize(("program", "done"), [(ASKING, 0), (SERVING, 200)], ids=["ask", "serve"])
def test_process_that_answers_from_milvus_loads_no_heavy_library(
    environment: dict[str, str], program: str, done: int
) -> None:
    command = [sys.executable, "-W", "ignore", "-c", program]
    answered = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)

    loaded = json.loads(answered.stdout.splitlines()[-1])
    assert loaded["done"] == done
    assert set(loaded["heavy"]) <= {"chardet"}  # which the client of Milvus brings along
