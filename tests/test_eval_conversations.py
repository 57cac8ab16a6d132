"""Follow-up chains: loaded, asked in every way, measured, recorded, reported; and the fixed ones."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from eval_fakes import ARTICLE, FakeChatbot, collection, question

from chatbot.answer import Answer
from chatbot.followup import Cited, Turn
from chatbot.settings import load_settings
from chatbot.terms import words
from eval.chains import load_chains, with_chains
from eval.collection import Chain, Collection, EvaluationError, Question
from eval.conversations import Conversations, converse
from eval.endpoint import differences
from eval.evaluation import Evaluation, Means, evaluate
from eval.questions import fixed_questions
from eval.recorded import moves, record
from eval.report import as_json, as_page, followups
from eval.systems import System
from web.app import create_app

SEEDS = Path(__file__).parent.parent / "seeds"
RANKING = System("ranking", "a ranking alone", mode="fusion")
READER = System("reader", "a reader")
MET = (
    question("a.1", "Who met Bo?", "Ann", kind="first"),
    question("a.2", "What colour is it?", "red", kind="pronoun"),  # right with history alone
    question("a.3", "How many?", "Two dogs", kind="ellipsis"),  # found with history alone, but held back
)
SNOW = (
    question("b.1", "Did it snow?", kind="first"),
    question("b.2", "Who won?", kind="switch"),  # answered in every way, though nothing says so
    question("b.3", "When?", "May", kind="return"),  # right bare, wrong with history
    question("b.4", "How cold was it?", kind="pronoun"),  # refused in every way
)
CHAINS = replace(collection(question("q", "Who?", "Ann")), chains=(MET, SNOW))
TABLE = {
    "Who met Bo?": [(1, "Ann", 0.9)],
    "What colour is it?": [(3, "dogs", 0.6), (2, "red", 0.2)],
    "Who met Bo? / What colour is it?": [(2, "red", 0.8)],
    "Who met Bo? / What colour is it? / How many?": [(3, "Two", 0.4)],
    "Who won?": [(1, "Bo", 0.7)],
    "Did it snow? / Who won?": [(1, "Bo", 0.7)],
    "When?": [(4, "May", 0.6)],
    "Did it snow? / Who won? / When?": [(2, "tram", 0.6)],
}
ANN = Cited("story", 0, 11)  # the whole sentence


@dataclass
class Listener(FakeChatbot):
    """Looks up the question after the questions before it, and notes what it was told."""

    heard: list[tuple[str, tuple[Turn, ...]]] = field(default_factory=list)

    def answer(self, question: str, *, history: Sequence[Turn] = (), **options: Any) -> Answer:
        self.heard.append((question, tuple(history)))
        return super().answer(" / ".join([*(turn.question for turn in history), question]), **options)


def track(questions: Sequence[Question], name: str) -> Sequence[Question]:
    return questions


def ask(chains: Collection = CHAINS, chatbot: FakeChatbot | None = None) -> tuple[Conversations, ...]:
    return converse(chatbot or Listener(TABLE), READER, chains, track)


def evaluation(*differing: str) -> Evaluation:
    means = Means(lambda _: Listener(TABLE), lambda *_: list(differing), None, track)
    return evaluate(CHAINS, (RANKING, READER), means)


def test_each_way_tells_what_came_before_in_its_own_chain() -> None:
    chatbot = Listener(TABLE)

    ask(replace(CHAINS, chains=(SNOW, MET)), chatbot)

    told = [history for text, history in chatbot.heard if text == "How many?"]
    assert told == [
        (),
        (Turn("Who met Bo?"), Turn("What colour is it?")),
        (Turn("Who met Bo?", (ANN,)), Turn("What colour is it?", (Cited("story", 13, 29),))),
    ]
    assert [history for text, history in chatbot.heard if text == "Who met Bo?"] == [(), (), ()]


def test_a_refused_turn_has_no_quotations() -> None:
    chatbot = Listener(TABLE)

    ask(chatbot=chatbot)

    assert chatbot.heard[-1][1][0] == Turn("Did it snow?")


def test_the_figures_are_as_counted_by_hand() -> None:
    bare, questions, quotations = ask()

    counts = {key: (figure.count, figure.total) for key, figure in bare.figures.items() if "ms" not in key}
    assert counts == {
        "success_1": (1, 3),  # b.3
        "success_1_pronoun": (0, 1),
        "success_1_ellipsis": (0, 1),
        "success_1_return": (1, 1),
        "served": (1, 3),  # b.3
        "false_refusals": (1, 3),  # a.3
        "false_answers": (1, 2),  # b.2
        "false_switches": (1, 1),
        "verbatim": (4, 4),  # a.2 has two
    }
    assert (questions.figures["success_1"].count, questions.figures["served"].count) == (2, 1)
    assert {key: figure for key, figure in questions.figures.items() if "ms" not in key} == {
        key: figure for key, figure in quotations.figures.items() if "ms" not in key
    }
    assert bare.figures["p50_ms"].total == 5


def test_first_turns_are_no_followups() -> None:
    assert [outcome.question.id for outcome in ask()[0].followups] == ["a.2", "a.3", "b.2", "b.3", "b.4"]


def test_rankings_and_collections_without_chains_have_no_conversations() -> None:
    ranking, reader = evaluation().systems

    assert ranking.conversations == ()
    assert len(reader.conversations) == 3
    assert ask(replace(CHAINS, chains=())) == ()


def test_each_way_is_recorded_and_compared(tmp_path: Path) -> None:
    _, reader = evaluation().systems
    path = tmp_path / "recorded.json"
    record("python -m eval --fake", reader.recorded, path)
    moved = replace(
        reader, conversations=(replace(reader.conversations[0], figures={}), *reader.conversations[1:])
    )

    assert list(reader.recorded) == [
        "reader",
        "reader, follow-ups bare",
        "reader, follow-ups after questions",
        "reader, follow-ups after quotations",
    ]
    assert moves("python -m eval --fake", reader.recorded, path) == []
    assert {move.system for move in moves("python -m eval --fake", moved.recorded, path)} == {
        "reader, follow-ups bare"
    }


def test_followups_are_compared_with_the_endpoint_with_either_history() -> None:
    compared: list[Question] = []

    def compare(_: Any, __: Any, ___: Any, questions: Sequence[Question]) -> list[str]:
        compared.extend(questions)
        return []

    evaluate(CHAINS, (READER,), Means(lambda _: Listener(TABLE), compare, None, track))

    assert Counter(one.id for one in compared) == {"q": 1, "a.2": 2, "a.3": 2, "b.2": 2, "b.3": 2, "b.4": 2}
    assert {one.history for one in compared if one.id == "a.2"} == {
        (Turn("Who met Bo?"),),
        (Turn("Who met Bo?", (ANN,)),),
    }


def with_history() -> Question:
    return replace(MET[1], history=(Turn("Who met Bo?", (ANN,)),))


def test_endpoint_is_given_the_history() -> None:
    chatbot = Listener(TABLE)
    app = create_app(load_settings(requests_per_minute=0), chatbot)

    assert differences(chatbot, app, CHAINS, [with_history()]) == []
    assert chatbot.heard == [("What colour is it?", (Turn("Who met Bo?", (ANN,)),))] * 2


def test_endpoint_that_forgets_the_history_is_described() -> None:
    app = create_app(load_settings(requests_per_minute=0), FakeChatbot(TABLE))

    (difference,) = differences(Listener(TABLE), app, CHAINS, [with_history()])

    assert difference.startswith("a.2: expected what the function gives, ")


def test_the_table_shows_bare_beside_resolved() -> None:
    (text,) = followups(evaluation())
    lines = text.splitlines()

    assert lines[0] == "Follow-ups, reader: 5 in 2 chains, 3 answerable, 2 not (1 of them topic switches)"
    assert re.split(r" *\| *", lines[4])[1:4] == [
        "Success@1",
        "33.3% (1/3; 6 to 79)",
        "66.7% (2/3; 21 to 94)",
    ]
    assert lines[-1] == (
        "after quotations: a right passage first in 2 follow-ups where bare has none there; the reverse in 1"
    )


def test_the_page_shows_every_turn_in_every_way() -> None:
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", as_page(evaluation())))

    assert "Follow-ups, reader: 5 in 2 chains" in text
    for turn in (*MET, *SNOW):
        assert turn.text in text
    assert text.count("60 % confident, right passage at rank 2") == 1  # a.2, bare
    assert "after questions answered rightly 80 % confident, right passage at rank 1" in text


def test_json_has_chains_and_what_became_of_each_turn() -> None:
    content = json.loads(as_json(evaluation()))

    ways = content["systems"][1]["conversations"]
    assert [[turn["id"] for turn in chain] for chain in content["collection"]["chains"]] == [
        ["a.1", "a.2", "a.3"],
        ["b.1", "b.2", "b.3", "b.4"],
    ]
    assert [way["way"] for way in ways] == ["bare", "after questions", "after quotations"]
    assert [way["outcomes"][1]["verdict"] for way in ways] == ["wrong", "right", "right"]
    assert ways[1]["figures"]["success_1"]["count"] == 2


# Loading


def turn(**changes: Any) -> dict[str, Any]:
    return {
        "question": "When?",
        "kind": "ellipsis",
        "answers": [{"start": 61, "end": 64, "text": "May"}],
    } | changes


FIRST = turn(question="Who met Bo?", kind="first", answers=[{"start": 0, "end": 3, "text": "Ann"}])


def row(*turns: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"id": "f1", "split": "test", "article_id": "story", "turns": turns or [FIRST, turn()]} | changes


def write(folder: Path, *rows: Any) -> Path:
    path = folder / "followups.jsonl"
    path.write_text("".join(f"{json.dumps(one)}\n" for one in rows), "utf-8")
    return path


def load(path: Path) -> tuple[Chain, ...]:
    return load_chains(path, {"story": ARTICLE})


def test_load_gives_each_turn_as_a_question_of_its_kind(tmp_path: Path) -> None:
    ((first, when),) = load(write(tmp_path, row()))

    assert (first.id, first.type, first.split) == ("f1.1", "first", "test")
    assert (when.id, when.type, when.answers[0].text) == ("f1.2", "ellipsis", "May")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (row(FIRST), "turns: List should have at least 2 items"),
        (row(FIRST, *[turn()] * 5), "turns: List should have at most 5 items"),
        (
            row(FIRST, turn(kind="first")),
            "turns.1.kind: expected 'first' for the first turn alone, got 'first'",
        ),
        (row(turn(), turn()), "turns.0.kind: expected 'first' for the first turn alone, got 'ellipsis'"),
        (row(FIRST, turn(kind="riddle")), "turns.1.kind: Input should be 'first', 'pronoun'"),
        (row(FIRST, turn(kind="switch")), "turns.1.answers: expected none for a switch"),
        (row(FIRST, turn(kind="return")), "turns.1.kind: expected a switch before a return, got none"),
        (
            row(FIRST, turn(answers=[{"start": 61, "end": 64, "text": "Mai"}])),
            "turns.1.answers.0: expected the text at [61, 64), 'May', got 'Mai'",
        ),
        (row(FIRST, turn(question=" ")), "turns.1.question: "),
        (row(article_id="other"), "article_id: expected one of story, got 'other'"),
        (row(split="train"), "split: Input should be 'dev' or 'test', got 'train'"),
        (row(note="x"), "note: Extra inputs are not permitted"),
    ],
)
def test_load_refuses_a_wrong_chain_with_file_and_line(
    tmp_path: Path, wrong: dict[str, Any], message: str
) -> None:
    good = row(FIRST, turn(question="And when?"), id="f0")

    with pytest.raises(EvaluationError) as caught:
        load(write(tmp_path, good, wrong))

    assert str(caught.value).startswith(f"followups.jsonl:2: {message}")


def test_load_refuses_repeated_ids_and_chains(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError) as caught:
        load(write(tmp_path, row(), row()))

    assert "id: expected each once, got f1 again (first on line 1)" in str(caught.value)
    assert "turns: expected each once, got Who met Bo?, When? again (first on line 1)" in str(caught.value)


def test_with_chains_gives_the_half_asked_for_and_refuses_an_empty_one(tmp_path: Path) -> None:
    path = write(tmp_path, row(), row(FIRST, turn(question="Which month?"), id="f2", split="dev"))
    alone = collection()

    assert [chain[0].id for chain in with_chains(alone, "dev", path).chains] == ["f2.1"]
    assert [chain[0].id for chain in with_chains(alone, None, path).chains] == ["f1.1", "f2.1"]
    with pytest.raises(EvaluationError, match="expected chains of the split 'dev' in followups"):
        with_chains(alone, "dev", write(tmp_path, row()))


# The fixed chains themselves


@pytest.fixture(scope="module")
def halves() -> dict[str, tuple[Chain, ...]]:
    every = fixed_questions(SEEDS, None)
    return {split: with_chains(every, split).chains for split in ("dev", "test")}


def all_followups(chains: Sequence[Chain]) -> list[Question]:
    return [one for chain in chains for one in chain[1:]]


def test_there_are_enough_fixed_chains(halves: dict[str, tuple[Chain, ...]]) -> None:
    assert sum(map(len, halves.values())) >= 60


def test_the_fixed_halves_are_alike_by_kind(halves: dict[str, tuple[Chain, ...]]) -> None:
    dev, test = (Counter(one.type for one in all_followups(chains)) for chains in halves.values())

    assert len(halves["dev"]) == len(halves["test"])
    assert dev.keys() == test.keys() == {"pronoun", "ellipsis", "switch", "return", "standalone"}
    assert all(abs(dev[kind] - test[kind]) <= 0.25 * (dev[kind] + test[kind]) for kind in dev)
    for chains in halves.values():
        answerable = sum(one.answerable for one in all_followups(chains))
        assert 0.5 <= answerable / len(all_followups(chains)) <= 0.6


def test_the_fixed_halves_share_no_followup(halves: dict[str, tuple[Chain, ...]]) -> None:
    def asked(chains: Sequence[Chain]) -> set[tuple[str, object]]:
        """Give the words of each follow-up with its answers: a bare "When?" may ask different things."""
        return {
            (" ".join(word.stem for word in words(one.text)), one.answers)
            for one in all_followups(chains)
            if one.answerable
        }

    assert not asked(halves["dev"]) & asked(halves["test"])


def test_the_fixed_chains_have_pronouns_of_every_kind(halves: dict[str, tuple[Chain, ...]]) -> None:
    said = {
        word.folded
        for chains in halves.values()
        for one in all_followups(chains)
        if one.type == "pronoun"
        for word in words(one.text)
    }

    assert said >= set("he she they it his her its their there then that this them him those these".split())
