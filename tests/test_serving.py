"""The server as it is started, over a library without an article."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from bound import end_with_parent

ROOT = Path(__file__).parents[1]
WAIT_SECONDS = 300
TEXT = b"The lighthouse on Skerry Point was painted green in March 2019 by Tove Aalto."


def start(folder: Path, *, adding: bool) -> "subprocess.Popen[str]":
    environment = {
        **os.environ,
        "CHATBOT_SEEDS_DIR": str(folder / "nowhere"),
        "CHATBOT_DATA_DIR": str(folder / "data"),
        "CHATBOT_ADDING": str(adding),
        "CHATBOT_READER": "sentence",
    }
    command = [sys.executable, "-m", "chatbot", "serve", "--port", "0"]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True, preexec_fn=end_with_parent
    )


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Start a server that may be added to, and give its address."""
    server = start(tmp_path, adding=True)
    assert server.stderr is not None
    found = next(filter(None, (re.search(r"http://127\.0\.0\.1:\d+", line) for line in server.stderr)))
    yield found[0]
    server.terminate()
    server.communicate(timeout=WAIT_SECONDS)


def ask(address: str, path: str, body: bytes | None = None, media_type: str = "") -> tuple[int, str]:
    request = Request(f"{address}{path}", data=body, headers={"Content-Type": media_type} if body else {})
    try:
        with urlopen(request, timeout=WAIT_SECONDS) as response:
            return response.status, response.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def test_server_without_an_article_serves_the_first_that_is_added(address: str) -> None:
    question = json.dumps({"question": "Who painted the lighthouse?"}).encode()
    assert ask(address, "/api/health")[0] == 200
    assert ask(address, "/")[0] == 503
    assert ask(address, "/api/answer", question, "application/json")[0] == 503

    status, _ = ask(address, "/api/articles?name=skerry.txt", TEXT, "application/octet-stream")

    assert status == 201
    status, answer = ask(address, "/api/answer", question, "application/json")
    assert (status, json.loads(answer)["answers"][0]["quote"]) == (200, TEXT.decode())
    assert ask(address, "/articles/skerry")[0] == 200
    assert ask(address, "/api/articles?name=other.txt", TEXT, "application/octet-stream")[0] == 200


def test_server_without_an_article_does_not_start_where_none_can_be_added(tmp_path: Path) -> None:
    server = start(tmp_path, adding=False)

    _, said = server.communicate(timeout=WAIT_SECONDS)

    assert server.returncode == 2
    assert "`chatbot add`" in said
