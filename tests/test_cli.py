import json
import os
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import replace
from io import BytesIO, TextIOWrapper
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import SEEDS
from fakes import ARTICLES, make_chatbot, make_passages

from chatbot import commands, rankings
from chatbot.answer import answer_json
from chatbot.article import Article, load_article, make_article
from chatbot.chatbot import Chatbot
from chatbot.cli import main
from chatbot.settings import Settings
from chatbot.store import Store
from chatbot.terminal import render, render_quotation

ROOT = Path(__file__).parents[1]
REAL = "000_21e44077a3ba8fcb"


class Shell:
    """Runs commands in this process; keeps what they print."""

    def __init__(self, settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
        self._folders = ["--seeds-dir", str(settings.seeds_dir), "--data-dir", str(settings.data_dir)]
        self._capsys = capsys
        self.out = self.err = ""

    def __call__(self, command: str, *arguments: str) -> int:
        """Run a command on the real article with the sentence reader."""
        return self.run(command, *self._folders, "--reader", "sentence", *arguments)

    def run(self, *arguments: str) -> int:
        """Run a command as it is; argparse leaves by SystemExit."""
        try:
            status = main(arguments)
        except SystemExit as left:
            status = int(left.code or 0)
        self.out, self.err = self._capsys.readouterr()
        return status


@pytest.fixture
def shell(real_settings: Settings, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(real_settings, capsys)


def test_ask_gives_0_and_the_quotation_when_answered(shell: Shell) -> None:
    assert shell("ask", "who met Zelenskyy?") == 0
    assert "Hayashi" in shell.out
    assert "characters " in shell.out
    assert shell.err == ""


def test_ask_joins_the_words_of_a_question(shell: Shell) -> None:
    assert shell("ask", "who", "met", "Zelenskyy?", "--json") == 0
    assert json.loads(shell.out)["question"] == "who met Zelenskyy?"


def test_ask_gives_1_when_not_found(shell: Shell) -> None:
    assert shell("ask", "how many tanks did Japan send?") == 1
    assert shell.out.startswith("The article does not say.")
    assert "Not in the article: tanks" in shell.out
    assert shell.err == ""


def test_ask_says_what_it_does_when_greeted(shell: Shell) -> None:
    assert shell("ask", "hello") == 1
    assert "Ask about the articles" in shell.out


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ([" "], "got a blank one"),
        (["a" * 501], "at most 500 characters, got 501"),
        (["who\x07?"], r"U+0007 at 3"),
        (["who\udcff?"], r"U+DCFF at 3"),
        (["Who?", "--limit", "0"], "expected a limit from 1 to 10, got 0"),
        (["Who?", "--limit", "11"], "expected a limit from 1 to 10, got 11"),
        (["Who?", "--limit", "many"], "invalid int value: 'many'"),
        (["Who?", "--min-confidence", "2"], "expected a min_confidence from 0 to 1, got 2.0"),
        (["Who?", "--min-confidence", "nan"], "got nan"),
        (["Who?", "--article", "nowhere"], "got 'nowhere'; `chatbot articles` lists them"),
        (["Who?", "--article", REAL, "--article", "nowhere"], "got 'nowhere'"),
        (["Who?", "--from", "May"], "expected a date such as"),
        (["Who?", "--from", "2024-01-01", "--to", "2023-01-01"], "exchange the two"),
        (["Who?", "--reader", "nowhere"], "CHATBOT_READER"),
        (["Who?", "--encoder", "no-such/model"], "CHATBOT_ENCODER"),
        ([], "QUESTION"),
        (["Who", "met?", "--limits", "3"], "unrecognized arguments: --limits"),
    ],
)
def test_ask_gives_2_and_says_why(shell: Shell, arguments: list[str], fault: str) -> None:
    assert shell("ask", *arguments) == 2
    assert fault in shell.err
    assert shell.out == ""
    assert "Traceback" not in shell.err


@pytest.mark.parametrize("question", ["who met Zelenskyy?", "how many tanks did Japan send?", "hello"])
def test_json_is_the_functions_answer_but_for_the_time(
    shell: Shell, real_settings: Settings, question: str
) -> None:
    shell("ask", question, "--json")
    printed: dict[str, Any] = json.loads(shell.out)
    with Chatbot.open(real_settings) as chatbot:
        expected = json.loads(answer_json(replace(chatbot.answer(question), took_ms=printed["took_ms"])))

    assert printed == expected
    assert list(printed) == list(expected)


def test_ask_passes_its_options_on(shell: Shell) -> None:
    assert (
        shell("ask", "who met Zelenskyy?", "--min-confidence", "0", "--limit", "2", "--article", REAL, "--json")
        == 0
    )
    assert len(json.loads(shell.out)["answers"]) == 2
    assert shell("ask", "who met Zelenskyy?", "--min-confidence", "1") == 1


def test_ask_keeps_to_articles_and_dates(shell: Shell) -> None:
    asked = ("ask", "who met Zelenskyy?")
    assert shell(*asked, "--article", REAL, "--article", REAL) == 0
    assert shell(*asked, "--from", "1990-01-01") == 1
    assert shell.out.startswith("None of the articles asked is in that range of dates.")
    assert shell.out.endswith("\nNot asked: 1 article without a date.\n")
    assert shell(*asked, "--article", REAL, "--to", "2030-01-01", "--json") == 1
    assert json.loads(shell.out)["status"] == "not_found"
    assert shell.err == "Not asked: 1 article without a date.\n"


def test_index_says_what_the_library_holds(shell: Shell, real_settings: Settings) -> None:
    assert shell("index") == 0
    assert shell.out == f"1 article, 18 passages in {real_settings.data_dir}\n"


def test_articles_are_listed(shell: Shell) -> None:
    assert shell("articles") == 0
    assert shell.out.startswith(f"{REAL}\t18 paragraphs\tJapanese FM initiates historic talks")


def test_articles_are_listed_as_json(shell: Shell) -> None:
    assert shell("articles", "--json") == 0
    (listed,) = json.loads(shell.out)
    assert (listed["id"], listed["passages"]) == (REAL, 18)


# Verify


@pytest.fixture
def saved(shell: Shell, tmp_path: Path) -> Path:
    """Save the real answer, and a copy of the article."""
    shell("ask", "who met Zelenskyy?", "--json")
    (tmp_path / "answer.json").write_text(shell.out, encoding="utf-8")
    shutil.copy(SEEDS / f"{REAL}.txt", tmp_path)
    return tmp_path


def verify(shell: Shell, folder: Path) -> int:
    return shell.run("verify", str(folder / "answer.json"), str(folder / f"{REAL}.txt"))


def test_verify_gives_0_only_for_ok(shell: Shell, saved: Path) -> None:
    assert verify(shell, saved) == 0
    assert {line.split("\t")[0] for line in shell.out.splitlines()} == {"ok"}


def test_verify_gives_1_when_a_quotation_moved(shell: Shell, saved: Path) -> None:
    article = saved / f"{REAL}.txt"
    article.write_bytes(b"Corrected.\n\n" + article.read_bytes())

    assert verify(shell, saved) == 1
    assert shell.out.startswith("moved\t")


def test_verify_gives_1_when_a_quotation_changed(shell: Shell, saved: Path) -> None:
    article = saved / f"{REAL}.txt"
    article.write_bytes(article.read_bytes().replace(b"Hayashi", b"Hayasi"))

    assert verify(shell, saved) == 1
    assert "changed\t" in shell.out


def test_verify_gives_2_when_it_cannot_tell(shell: Shell, saved: Path) -> None:
    (saved / "answer.json").write_text("no answer")

    assert verify(shell, saved) == 2
    assert "expected an answer of `chatbot ask --json`" in shell.err


def test_verify_holds_an_article_that_was_added_to_its_text_in_the_library(
    shell: Shell, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store(saved / "data") as store:
        article = replace(load_article(saved / f"{REAL}.txt"), added=True)
        assert store.add(article, (), np.empty((0, 1), dtype=np.float32))
    monkeypatch.chdir(saved)
    answer = str(saved / "answer.json")

    assert shell.run("verify", answer, REAL, "--data-dir", str(saved / "data")) == 0
    assert {line.split("\t")[0] for line in shell.out.splitlines()} == {"ok"}
    assert shell.run("verify", answer, "elsewhere", "--data-dir", str(saved / "data")) == 2
    assert "expected the file of an article, or the id of one in" in shell.err
    assert shell.run("verify", answer, REAL, "--data-dir", str(saved / "none")) == 2
    assert not (saved / "none").exists()


# Articles that are added

MARKED_UP = "<!DOCTYPE html><title>Skerry</title><article><h1>Skerry Point</h1><p>{}</p></article>"
LIGHTHOUSE = "The lighthouse on Skerry Point was painted green in March 2019 by Tove Aalto."


@pytest.fixture
def own(real_settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Give a shell whose library may be changed."""
    shutil.copytree(real_settings.data_dir, tmp_path / "data")
    return Shell(real_settings.model_copy(update={"data_dir": tmp_path / "data"}), capsys)


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("skerry.txt", "title: Skerry Point\nauthor: Kim Ode\n\n{}"),
        ("skerry.md", "# Skerry *Point*\n\n{}"),
        ("skerry.html", MARKED_UP),
        ("from the skerry.txt", "author: Kim Ode\n\n{}"),
    ],
)
def test_verify_takes_the_file_that_was_added(own: Shell, tmp_path: Path, name: str, form: str) -> None:
    path, answer = tmp_path / name, tmp_path / "answer.json"
    path.write_text(form.format(LIGHTHOUSE))
    own("add", str(path))
    own("ask", "Who painted the lighthouse?", "--article", path.stem.replace(" ", "-"), "--json")
    answer.write_text(own.out)

    assert own("verify", str(answer), str(path)) == 0
    assert own.out.startswith("ok\t")
    path.write_text(form.format(f"Not so long ago.\n\n{LIGHTHOUSE}"))
    assert own("verify", str(answer), str(path)) == 1
    assert own.out.startswith("moved\t")
    path.write_text(form.format(LIGHTHOUSE.replace("green", "red")))
    for library in (tmp_path / "data", tmp_path / "none"):
        assert own("verify", str(answer), str(path), "--data-dir", str(library)) == 1
        assert own.out.startswith("changed\t")


def test_verify_knows_the_article_of_a_file_whose_name_is_anothers_too(own: Shell, tmp_path: Path) -> None:
    for folder, colour in (("one", "green"), ("two", "red")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "skerry.txt").write_text(LIGHTHOUSE.replace("green", colour))
        own("add", str(tmp_path / folder))
    path, answer = tmp_path / "two" / "skerry.txt", tmp_path / "answer.json"
    own("ask", "What colour was the lighthouse painted?", "--min-confidence", "0", "--json")
    answer.write_text(own.out)
    assert len({one["article"]["id"] for one in json.loads(own.out)["answers"]}) > 1

    assert own("verify", str(answer), str(path)) == 0
    assert "red" in own.out
    assert own.err.startswith("not checked: ")
    assert own.err.endswith(", skerry\n")
    path.write_text(LIGHTHOUSE.replace("green", "blue"))  # which its article is not yet
    assert own("verify", str(answer), str(path)) == 1
    assert "red" in own.out


def test_verify_gives_2_when_there_is_nothing_to_check(shell: Shell, saved: Path) -> None:
    shell("ask", "how many tanks did Japan send?", "--json")
    (saved / "answer.json").write_text(shell.out)

    assert verify(shell, saved) == 2
    assert "expected quotations to check in" in shell.err


def test_article_is_added_asked_shown_and_removed(own: Shell, tmp_path: Path) -> None:
    (tmp_path / "skerry.txt").write_text(f"author: Kim Ode\n\n{LIGHTHOUSE}")

    assert own("add", str(tmp_path / "skerry.txt")) == 0
    assert own.out == f"added\tskerry\t{tmp_path / 'skerry.txt'}\n"
    assert own.err.startswith("1 added; 1 passage, ")
    assert own("add", str(tmp_path)) == 0
    assert (own.out, own.err) == ("", "1 unchanged\n")

    assert own("ask", "Who painted the lighthouse?", "--article", "skerry") == 0
    assert "Tove Aalto" in own.out
    assert own("articles") == 0
    assert own.out.splitlines()[1] == f"skerry\t1 paragraph\t{LIGHTHOUSE}"
    assert own("show", "skerry") == 0
    assert "author: Kim Ode\n" in own.out
    assert own.out.endswith(f"\n\n{LIGHTHOUSE}\n")
    assert own("show", "skerry", "--json") == 0
    assert json.loads(own.out)["text"] == LIGHTHOUSE

    assert own("remove", "skerry") == 0
    assert own("show", "skerry") == 2
    assert "got 'skerry'" in own.err


@pytest.mark.parametrize(
    "chosen", [("--from", "20230909"), ("--article", "skerry", "--article", REAL, "--from", "2023-09-09")]
)
def test_refusal_counts_the_articles_that_were_asked(
    own: Shell, tmp_path: Path, chosen: tuple[str, ...]
) -> None:
    (tmp_path / "skerry.txt").write_text(f"date: 2023-09-09\n\n{LIGHTHOUSE}")
    own("add", str(tmp_path / "skerry.txt"))

    assert own("ask", "Who met Zelenskyy?", *chosen) == 1
    assert own.out.startswith("The article does not say.")
    assert own.out.endswith("\nNot asked: 1 article without a date.\n")
    assert own("ask", "Who painted the lighthouse?", *chosen) == 0
    assert own.out.endswith("\nNot asked: 1 article without a date.\n")
    assert own("ask", "Who painted the lighthouse?") == 0
    assert "Not asked" not in own.out


def test_articles_are_those_of_one_moment_whatever_others_write(
    own: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process adds an article whenever something was read of the store."""
    (tmp_path / "skerry.txt").write_text(LIGHTHOUSE)
    own("add", str(tmp_path / "skerry.txt"))
    ids = count()

    def meanwhile(name: str) -> None:
        read = getattr(Store, name)

        def reading(store: Store, *arguments: object) -> object:
            found = read(store, *arguments)
            add_meanwhile(store.path.parent, f"0-{next(ids)}")
            return found

        monkeypatch.setattr(Store, name, reading)

    monkeypatch.setattr(commands, "LISTED_AT_ONCE", 1)
    for name in ("passage_totals", "list_articles"):
        meanwhile(name)
    assert own("articles") == 0
    assert [line.split("\t")[:2] for line in own.out.splitlines()] == [
        [REAL, "18 paragraphs"],
        ["skerry", "1 paragraph"],
    ]
    assert own("articles", "--json") == 0
    assert {"0-0", REAL, "skerry"} <= {one["id"] for one in json.loads(own.out)}
    assert own("show", "skerry") == 0


def add_meanwhile(folder: Path, article_id: str) -> None:
    article = replace(make_article(article_id, f"Text of {article_id}."), added=True)
    with Store(folder) as store:
        recipe = store.recipe()
        assert recipe is not None
        vector = np.eye(1, recipe.dimension, dtype=np.float32)
        assert store.add(article, make_passages(article.text, article_id), vector)


def test_article_is_shown_though_another_process_removes_it_meanwhile(
    own: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "skerry.txt").write_text(LIGHTHOUSE)
    own("add", str(tmp_path / "skerry.txt"))
    read = Store.article

    def reading(store: Store, article_id: str) -> Article | None:
        found = read(store, article_id)
        if article_id == "skerry":
            with Store(store.path.parent) as other:
                other.remove(article_id)
        return found

    monkeypatch.setattr(Store, "article", reading)

    assert own("show", "skerry") == 0
    assert "passages: 1\n" in own.out


def test_articles_are_listed_though_a_text_is_damaged(own: Shell, tmp_path: Path) -> None:
    (tmp_path / "skerry.txt").write_text(LIGHTHOUSE)
    own("add", str(tmp_path / "skerry.txt"))
    damage(tmp_path / "data", "UPDATE article SET text = 'It fell.' WHERE id = 'skerry'")

    assert own("articles") == 0
    assert [line.split("\t")[0] for line in own.out.splitlines()] == [REAL, "skerry"]


def test_bad_files_do_not_stop_the_others(own: Shell, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    (tmp_path / "skerry.txt").write_text(LIGHTHOUSE)

    assert own("add", str(tmp_path / "nowhere.txt"), str(tmp_path)) == 1
    assert own.out.startswith("added\tskerry\t")
    assert "1 added, 2 failed; " in own.err
    assert f"failed: {tmp_path / 'empty.txt'}: expected an article's text, got an empty file" in own.err
    assert f"failed: {tmp_path / 'nowhere.txt'}: expected a file" in own.err


def test_standard_input_is_added(own: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(LIGHTHOUSE.encode())))

    assert own("add", "-") == 0
    assert own.out.endswith("\tstandard input\n")
    assert own("articles") == 0
    assert LIGHTHOUSE in own.out


def test_no_seeds_are_needed_to_add(own: Shell, tmp_path: Path) -> None:
    (tmp_path / "skerry.txt").write_text(LIGHTHOUSE)
    folders = ["--seeds-dir", str(tmp_path / "nowhere"), "--data-dir", str(tmp_path / "new")]

    assert own("add", *folders, str(tmp_path / "skerry.txt")) == 0
    assert own("articles", *folders) == 0
    assert own.out == f"skerry\t1 paragraph\t{LIGHTHOUSE}\n"
    assert own("remove", *folders, "skerry") == 0
    assert own("articles", *folders) == 2
    assert "`chatbot add`" in own.err


def test_seed_is_not_removed(own: Shell) -> None:
    assert own("remove", REAL) == 2
    assert f"{REAL}.txt" in own.err
    assert own("articles") == 0
    assert own.out.startswith(REAL)


def test_nothing_is_removed_when_one_id_is_unknown(own: Shell, tmp_path: Path) -> None:
    (tmp_path / "skerry.txt").write_text(LIGHTHOUSE)
    own("add", str(tmp_path / "skerry.txt"))

    assert own("remove", "skerry", "nowhere") == 2
    assert "got 'nowhere'" in own.err
    assert own("show", "skerry") == 0


def test_check_says_that_nothing_is_wrong(own: Shell) -> None:
    assert own("check") == 0
    assert own.out == "1 article, 18 passages: nothing is wrong\n"


def test_check_repairs_what_is_derived_and_says_what_is_lost(own: Shell, tmp_path: Path) -> None:
    (tmp_path / "skerry.txt").write_text(LIGHTHOUSE)
    own("add", str(tmp_path / "skerry.txt"))
    connection = sqlite3.connect(tmp_path / "data" / "library.sqlite3")
    connection.execute("DELETE FROM passage WHERE number = 3")
    connection.execute("UPDATE article SET text = 'It fell.' WHERE id = 'skerry'")
    connection.commit()
    connection.close()

    assert own("check") == 1
    assert f"repaired: the passages of {REAL}: expected number 3, got 4" in own.out
    assert "damaged: skerry: expected the text of skerry with sha256" in own.out
    assert f"`chatbot remove skerry`, then `chatbot add` {tmp_path / 'skerry.txt'}" in own.out

    assert own("remove", "skerry") == 0
    assert own("add", str(tmp_path / "skerry.txt")) == 0
    assert own("check") == 0
    assert own.out == "2 articles, 19 passages: nothing is wrong\n"


def test_check_says_what_is_damaged_though_its_passages_are_to_be_made(own: Shell, tmp_path: Path) -> None:
    (tmp_path / "skerry.txt").write_text(LIGHTHOUSE)
    own("add", str(tmp_path / "skerry.txt"))
    connection = sqlite3.connect(tmp_path / "data" / "library.sqlite3")
    connection.execute("UPDATE article SET text = 'It fell.' WHERE id = 'skerry'")
    connection.execute("DELETE FROM passage")
    connection.commit()
    connection.close()

    assert own("check") == 1
    assert f"repaired: the passages of {REAL}" in own.out
    assert "damaged: skerry: expected the text of skerry with sha256" in own.out
    assert f"`chatbot remove skerry`, then `chatbot add` {tmp_path / 'skerry.txt'}" in own.out


def damage(folder: Path, *statements: str) -> None:
    connection = sqlite3.connect(folder / "library.sqlite3")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_check_makes_a_damaged_index_anew(own: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rankings, "MOST_EXACT", 10)
    assert own("index") == 0
    (path,) = (tmp_path / "data").glob("index-*.faiss")
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))

    assert own("check") == 0
    assert own.out.startswith("repaired: the index's file is damaged")
    assert [one.read_bytes() for one in (tmp_path / "data").glob("index-*.faiss")] == [content]
    assert own("check") == 0
    assert own.out == "1 article, 18 passages: nothing is wrong\n"


def test_check_takes_a_damaged_seed_from_its_file(own: Shell, tmp_path: Path) -> None:
    damage(tmp_path / "data", "UPDATE article SET text = 'It fell.'")

    assert own("check") == 0
    assert f"repaired: {REAL}: expected the text of {REAL} with sha256" in own.out
    assert own.out.endswith("1 article, 18 passages: 2 faults, repaired\n")


def test_check_leaves_a_damaged_seed_whose_file_is_not_there(own: Shell, tmp_path: Path) -> None:
    damage(tmp_path / "data", "UPDATE article SET text = 'It fell.'")

    assert own("check", "--seeds-dir", str(tmp_path / "nowhere")) == 1
    assert f"damaged: {REAL}: expected the text of {REAL} with sha256" in own.out
    assert f"put {REAL}.txt into the folder of seeds, {tmp_path / 'nowhere'}" in own.out
    assert "1 article, " in own.out

    assert own("check") == 0  # with the folder that has it


def test_check_of_no_library_says_what_makes_one(shell: Shell, tmp_path: Path) -> None:
    assert shell("check", "--data-dir", str(tmp_path)) == 2
    assert "found none; `chatbot index`" in shell.err
    assert list(tmp_path.iterdir()) == []


# What the world does wrong


def test_missing_seeds_folder_says_what_to_create(shell: Shell, tmp_path: Path) -> None:
    assert (
        shell("ask", "Who?", "--seeds-dir", str(tmp_path / "nowhere"), "--data-dir", str(tmp_path / "data"))
        == 2
    )
    assert "expected a folder of articles at" in shell.err
    assert "create it" in shell.err
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("command", ["ask", "index", "articles", "serve"])
def test_broken_articles_are_all_named_at_once(shell: Shell, tmp_path: Path, command: str) -> None:
    (tmp_path / "empty.txt").touch()
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9")
    question = ["Who?"] if command == "ask" else []

    assert shell(command, *question, "--seeds-dir", str(tmp_path)) == 2
    assert "empty.txt: expected an article's text, got an empty file" in shell.err
    assert "latin.txt, line 1: expected UTF-8, got byte 0xe9 at offset 3" in shell.err


@pytest.mark.parametrize("command", ["ask", "index", "articles", "serve"])
def test_data_folder_that_cannot_be_written_is_named(shell: Shell, tmp_path: Path, command: str) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    question = ["Who?"] if command == "ask" else []

    assert shell(command, *question, "--data-dir", str(tmp_path / "data")) == 2
    assert f"expected a data folder that can be written at {tmp_path / 'data'}" in shell.err
    assert "CHATBOT_DATA_DIR" in shell.err


def test_damaged_store_says_to_delete_it(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "library.sqlite3").write_bytes(b"damaged " * 1000)

    assert shell("ask", "Who?", "--data-dir", str(tmp_path)) == 2
    assert "delete it" in shell.err


def test_wrong_settings_are_all_named_at_once(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATBOT_THREADS", "none")
    monkeypatch.setenv("CHATBOT_PASSAGES_READ", "0")

    assert shell("ask", "Who?") == 2
    assert "CHATBOT_THREADS" in shell.err
    assert "CHATBOT_PASSAGES_READ" in shell.err


def test_flag_wins_over_the_environment(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATBOT_READER", "nowhere")

    assert shell("ask", "who met Zelenskyy?") == 0


# Help


@pytest.mark.parametrize(
    "command", ["serve", "ask", "index", "articles", "add", "remove", "show", "check", "verify"]
)
def test_command_has_a_help_text(shell: Shell, command: str) -> None:
    assert shell.run(command, "--help") == 0
    assert f"chatbot {command}" in shell.out


def test_help_of_ask_tells_the_exit_statuses(shell: Shell) -> None:
    shell.run("ask", "--help")

    assert "0 answered, 1 not found, 2 an error" in " ".join(shell.out.split())


@pytest.mark.parametrize("arguments", [[], ["sing"]])
def test_no_command_and_an_unknown_one_give_2(shell: Shell, arguments: list[str]) -> None:
    assert shell.run(*arguments) == 2
    assert "usage: chatbot" in shell.err


# The terminal


def test_rendered_answer_marks_the_answering_words(tmp_path: Path) -> None:
    with make_chatbot(ARTICLES, tmp_path) as chatbot:
        shown = render(chatbot.answer("Who is the director?"), 2)

    assert "“Its **director** is Omar Hasan.”" in shown
    assert "Body text, paragraph 2, characters 39-66" in shown


def test_rendered_answer_names_page_and_date_where_there_are_some(tmp_path: Path) -> None:
    with make_chatbot(ARTICLES, tmp_path) as chatbot:
        quotation = chatbot.answer("Who is the director?").answers[0]
    paged = replace(
        quotation,
        passage=replace(quotation.passage, page=3),
        article=replace(quotation.article, published="2023-09-09"),
    )

    assert "Body text, page 3, paragraph 2" in render_quotation(paged)
    assert "\n  Library stays, 2023-09-09\n" in render_quotation(paged)
    assert "page" not in render_quotation(quotation)
    assert "\n  Library stays\n" in render_quotation(quotation)


def test_rendered_answer_says_what_a_misspelt_question_was_read_as(tmp_path: Path) -> None:
    with make_chatbot(ARTICLES, tmp_path) as chatbot:
        shown = render(chatbot.answer("waht is the director?"), 2)

    assert shown.startswith("Read as: what is the director?\n")


def test_rendered_refusal_shows_the_closest_and_says_that_it_is_no_answer(tmp_path: Path) -> None:
    with make_chatbot(ARTICLES, tmp_path) as chatbot:
        shown = render(chatbot.answer("Did drones, tanks and rockets leave with the crews?"), 2)

    assert shown.startswith("The articles do not say.")
    assert "Not in the articles: drones, tanks, rockets, leave" in shown
    assert "Closest, but not an answer" in shown


def test_rendered_refusal_says_where_dates_leave_all_articles_out(tmp_path: Path) -> None:
    with make_chatbot(ARTICLES, tmp_path) as chatbot:
        shown = render(chatbot.answer("Who is the director?", published_to="1900-01-01"), 0)

    assert shown == "None of the articles asked is in that range of dates."


# The program


def test_program_is_run_as_a_module(real_settings: Settings) -> None:
    environment = {
        **os.environ,
        "CHATBOT_SEEDS_DIR": str(real_settings.seeds_dir),
        "CHATBOT_DATA_DIR": str(real_settings.data_dir),
        "CHATBOT_READER": "sentence",
    }

    run = subprocess.run(
        [sys.executable, "-m", "chatbot", "ask", "how many tanks did Japan send?", "--json"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )

    assert run.returncode == 1
    assert json.loads(run.stdout)["status"] == "not_found"
    assert run.stderr == ""
