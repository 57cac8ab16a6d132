"""What the packages may import, and what a process that answers has loaded."""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import READERS

from chatbot.settings import Settings

ROOT = Path(__file__).parents[1]
CHATBOT = ROOT / "chatbot"
# The way the data flows: a module imports only modules before it.
WAY = """
    counting errors limits settings article scope formats sentences passages terms spelling answer encoder
    export encoder_process database listing rows words index index_file bm25 contents rankings passage_store
    store milvus_connection milvus_rows milvus_claim milvus_catalog milvus_journal milvus_contents
    milvus_rankings milvus stores copying making library
    files adding check milvus_check retriever grammar answer_types names antecedents pronouns fragments
    context reader extractive readers followup wording quotation confidence overview candidates quoting evidence
    dialogue suggestions chatbot feedback progress verify commands terminal cli __main__
""".split()
PACKAGES = ("formats",)
HEAVY = (
    *("torch", "transformers", "sentence_transformers", "sklearn"),
    *("trafilatura", "mammoth", "pypdfium2", "markdown_it", "chardet"),  # read files, in a process of their own
)


def imports(path: Path, *, lazy: bool) -> Iterator[str]:
    """Give the modules that a file imports, also those inside functions if ``lazy``."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree) if lazy else tree.body:
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def modules(*packages: str) -> list[str]:
    return sorted([*(path.stem for path in CHATBOT.glob("*.py") if path.stem != "__init__"), *packages])


def files(name: str) -> list[Path]:
    return sorted((CHATBOT / name).glob("*.py")) or [CHATBOT / f"{name}.py"]


def test_every_module_has_its_place_in_the_way() -> None:
    assert sorted(WAY) == modules(*PACKAGES)


@pytest.mark.parametrize("name", modules(*PACKAGES))
def test_module_imports_only_modules_before_it(name: str) -> None:
    imported = {
        found.split(".")[1]
        for path in files(name)
        for found in imports(path, lazy=True)
        if found.split(".")[0] == "chatbot"
    }

    assert imported - ({name} & set(PACKAGES)) <= set(WAY[: WAY.index(name)])


@pytest.mark.parametrize("name", modules(*PACKAGES))
def test_module_never_imports_the_web_or_the_evaluation(name: str) -> None:
    imported = {found.split(".")[0] for path in files(name) for found in imports(path, lazy=name != "cli")}

    assert imported.isdisjoint({"fastapi", "starlette", "uvicorn", "web", "eval", "jinja2"})


@pytest.mark.parametrize("name", modules())
def test_module_imports_no_heavy_library_at_its_top(name: str) -> None:
    imported = {found.split(".")[0] for found in imports(CHATBOT / f"{name}.py", lazy=False)}

    assert imported.isdisjoint(HEAVY)


LOADED = """
import json, sys
heavy = [name for name in %r if name in sys.modules]
print(json.dumps({"heavy": heavy, "done": done}))
"""
ASKING = (
    """
import sys
from chatbot.cli import main
done = main(["ask", "who met Zelenskyy?", "--json"])
print()
"""
    + LOADED % (HEAVY,)
)
SERVING = (
    """
from starlette.testclient import TestClient
from chatbot.settings import load_settings
from web.app import create_app

app = create_app(load_settings())
with TestClient(app) as client:
    app.state.engine.wait(60)
    done = client.post("/api/answer", json={"question": "who met Zelenskyy?"}).status_code
    client.get("/")
"""
    + LOADED % (HEAVY,)
)


ADDING = (
    """
from starlette.testclient import TestClient
from chatbot.settings import load_settings
from web.app import create_app

app = create_app(load_settings(adding=True, reader="sentence"))
with TestClient(app, base_url="http://127.0.0.1") as client:
    app.state.engine.wait(300)
    headers = {"Content-Type": "application/octet-stream"}
    text = b"The lighthouse was painted green by Tove Aalto."
    done = [client.post("/api/articles", content=text, headers=headers).status_code]
    done.append(client.post("/api/answer", json={"question": "Who painted the lighthouse?"}).json()["status"])
"""
    + LOADED % (HEAVY,)
)


def test_server_that_makes_its_library_and_adds_to_it_loads_no_heavy_library(tmp_path: Path) -> None:
    environment = {**os.environ, "CHATBOT_DATA_DIR": str(tmp_path)}

    run = subprocess.run(
        [sys.executable, "-c", ADDING], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )

    assert json.loads(run.stdout.splitlines()[-1]) == {"heavy": [], "done": [201, "answered"]}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(("program", "done"), [(ASKING, 0), (SERVING, 200)], ids=["ask", "serve"])
def test_process_that_answers_loads_no_heavy_library(
    real_settings: Settings, program: str, done: int, reader: str
) -> None:
    environment = {
        **os.environ,
        "CHATBOT_SEEDS_DIR": str(real_settings.seeds_dir),
        "CHATBOT_DATA_DIR": str(real_settings.data_dir),
        "CHATBOT_READER": reader,
    }

    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )

    assert json.loads(run.stdout.splitlines()[-1]) == {"heavy": [], "done": done}
