import gzip
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from chatbot.training.data import (
    Document,
    Passage,
    Question,
    detokenise,
    join,
    read_asked,
    read_chains,
    read_loose,
    read_practice,
    read_public,
    read_qamr,
    read_squad,
    split_by_title,
    text_digest,
    title_fold,
    window,
)
from chatbot.training.measure import held_out

PRACTICE = Path(__file__).parents[1] / "chatbot" / "training" / "data"
CONTEXT = "Ana 🎻 plays in Łódź. She is nine."


def squad_file(path: Path, start: int) -> Path:
    answers = [{"text": "Łódź", "answer_start": start}]
    qas = [
        {"id": "1", "question": " Where does Ana play? ", "answers": answers},
        {"id": "2", "question": "Where does Ana sing?", "answers": [], "is_impossible": True},
    ]
    data = {"data": [{"title": "Ana", "paragraphs": [{"context": CONTEXT, "qas": qas}]}]}
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wt", encoding="utf-8") as stream:
        json.dump(data, stream)
    return path


@pytest.mark.parametrize("name", ["squad.json", "squad.json.gz"])
def test_squad_offsets_count_code_points(tmp_path: Path, name: str) -> None:
    document = read_squad(squad_file(tmp_path / name, CONTEXT.index("Łódź")), "news")[0]

    (passage,) = document.passages
    asked, impossible = passage.questions
    assert [passage.text[a:b] for a, b in asked.answers] == ["Łódź"]
    assert asked.text == "Where does Ana play?"
    assert impossible.answers == ()
    assert [passage.text[a:b] for a, b in passage.sentences] == [
        "Ana 🎻 plays in Łódź.",
        "She is nine.",
    ]


def test_squad_answer_elsewhere_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="question 1: expected 'Łódź' at 3"):
        read_squad(squad_file(tmp_path / "squad.json", 3), "news")


def test_squad_other_form_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_text("[]", encoding="utf-8")

    with pytest.raises(ValueError, match=r"list\.json: expected a SQuAD file"):
        read_squad(path, "news")


def test_detokenise_joins_and_keeps_spans() -> None:
    tokens = "He said -LRB- twice -RRB- : `` I do n't know , '' and left Ana 's 3 % .".split()

    text, spans = detokenise(tokens)

    assert text == "He said (twice): \"I don't know,\" and left Ana's 3%."
    assert [text[a:b] for a, b in spans][:5] == ["He", "said", "(", "twice", ")"]


def qamr_files(folder: Path, answers: str) -> tuple[Path, Path]:
    sentences = folder / "sentences.tsv"
    sentences.write_text(
        "W:wikinews:7:2:1\tShe smiled .\nW:wikinews:7:2:0\tAna met two friends .\n", encoding="utf-8"
    )
    table = folder / "dev.tsv"
    table.write_text(f"W:wikinews:7:2:0\t0 3\t1\t0\t3\tWho did Ana meet?\t{answers}\n", encoding="utf-8")
    return table, sentences


def test_qamr_gives_documents_in_order_with_every_annotators_answer(tmp_path: Path) -> None:
    table, sentences = qamr_files(tmp_path, "2 3\t5:3\t6:2 3")

    (document,) = read_qamr([table], sentences)

    assert document.source == "qamr-wikinews"
    assert [p.text for p in document.passages] == ["Ana met two friends.", "She smiled."]
    (question,) = document.passages[0].questions
    found = [document.passages[0].text[a:b] for a, b in question.answers]
    assert found == ["two friends", "friends", "two friends"]


def test_qamr_leaves_out_what_a_validator_calls_invalid(tmp_path: Path) -> None:
    table, sentences = qamr_files(tmp_path, "2 3\t5:Invalid\t6:2 3")

    (document,) = read_qamr([table], sentences)

    assert document.passages[0].questions == ()


def test_join_moves_answers_with_their_text() -> None:
    one = Passage("Ana sang.", ((0, 9),), (Question("1", "Who sang?", ((0, 3),)),))
    two = Passage("Bo danced.", ((0, 10),), (Question("2", "Who danced?", ((0, 2),)),))

    joined = join([one, two])

    assert [joined.text[a:b] for q in joined.questions for a, b in q.answers] == ["Ana", "Bo"]
    assert [joined.text[a:b] for a, b in joined.sentences] == ["Ana sang.", "Bo danced."]
    assert window(joined, 1, 1) == ("Bo danced.", 10)


def chains_file(path: Path, title: str, start: int) -> Path:
    turns = [
        {"question": "Who came?", "answers": [{"paragraph": 1, "answer_start": 2, "text": "Åsa"}]},
        {"question": "Why?", "answers": []},
        {"question": "And then?", "answers": [{"paragraph": 0, "answer_start": start, "text": "rain"}]},
    ]
    path.write_text(json.dumps({"data": [{"title": title, "chains": [turns]}]}), encoding="utf-8")
    return path


@pytest.mark.parametrize("source", ["chains", "turns"])
def test_chains_put_follow_ups_to_passages_with_what_was_said_before(source: str, tmp_path: Path) -> None:
    texts = ("😀 rain fell.", "😀 Åsa came.")
    passages = tuple(Passage(text, ((0, len(text)),), ()) for text in texts)
    article = Document("Weather", "newsroom", passages)

    path = tmp_path / f"{source}_a.json"

    (document,) = read_chains(chains_file(path, "Weather", 2), [article])

    assert (document.title, document.source) == ("Weather", source)
    (then,), (why,) = (passage.questions for passage in document.passages)
    assert (why.text, why.answers, why.history) == ("Why?", (), (("Who came?", "Åsa"),))
    assert (then.text, then.answers) == ("And then?", ((2, 6),))
    assert then.history == (("Why?", ""), ("Who came?", "Åsa"))
    with pytest.raises(ValueError, match="expected 'rain' at 3"):
        read_chains(chains_file(path, "Weather", 3), [article])
    with pytest.raises(ValueError, match="'Traffic'"):
        read_chains(chains_file(path, "Traffic", 2), [article])


@pytest.mark.parametrize("source", ["asked", "twins", "probes"])
def test_questions_asked_of_an_article_stand_at_every_passage_that_answers(source: str, tmp_path: Path) -> None:
    texts = ("😀 rain fell.", "😀 Åsa came in the rain.")
    article = Document("Weather", "newsroom", tuple(Passage(text, ((0, len(text)),), ()) for text in texts))
    rain = [{"paragraph": p, "answer_start": s, "text": "rain"} for p, s in ((0, 2), (1, 18))]
    questions = [
        {"question": "What fell?", "answers": rain},
        {"question": "When did Åsa leave?", "answers": [], "paragraph": 1},
    ]
    path = tmp_path / f"{source}_a.json"
    path.write_text(json.dumps({"data": [{"title": "Weather", "questions": questions}]}), encoding="utf-8")

    (document,) = read_asked(path, [article])

    (first,), (second, third) = (passage.questions for passage in document.passages)
    assert (document.source, first.id == second.id) == (source, True)
    assert (first.answers, second.answers) == (((2, 6),), ((18, 22),))
    assert (third.text, third.answers, third.history) == ("When did Åsa leave?", (), ())


@pytest.mark.parametrize(
    ("files", "read"),
    [
        ("chains_*.json", read_chains),
        ("turns_*.json", read_chains),
        ("asked_*.json", read_asked),
        ("twins_*.json", read_asked),
        ("probes_*.json", read_asked),
    ],
)
def test_practice_questions_are_of_trained_and_of_held_out_articles(
    files: str, read: Callable[[Path, Iterable[Document]], list[Document]]
) -> None:
    practice = read_practice(PRACTICE)
    documents = [one for path in sorted(PRACTICE.glob(files)) for one in read(path, practice)]

    for half in split_by_title(documents):
        asked = [q for document in half for passage in document.passages for q in passage.questions]
        assert len({q.id for q in asked if q.answers}) > 500
        assert len({q.id for q in asked if not q.answers}) > 300
        assert all(bool(q.history) == (read is read_chains) for q in asked)


def test_public_questions_stand_at_the_passages_that_are_there(tmp_path: Path) -> None:
    text = "😀 Åsa came."
    here = Document("Weather", "squadshifts", (Passage(text, ((0, len(text)),), ()),))
    questions = [{"question": "Who came?", "answers": [[2, 5]]}, {"question": "Who left?", "answers": []}]
    chain = [questions[0], {"question": "Did she?", "answers": [[2, 10]]}]
    entries = [
        {"sha256": text_digest(text), "questions": questions, "chains": [chain]},
        {"sha256": text_digest("Elsewhere."), "questions": questions},
    ]
    path = tmp_path / "public_a.json"
    path.write_text(json.dumps({"data": entries}), encoding="utf-8")

    (document,) = read_public(path, [here])

    assert (document.title, document.source) == (text_digest(text), "public")
    who, left, did = document.passages[0].questions
    assert (document.passages[0].text, who.text, who.answers) == (text, "Who came?", ((2, 5),))
    assert (left.text, left.answers) == ("Who left?", ())
    assert (did.text, did.answers, did.history) == ("Did she?", ((2, 10),), (("Who came?", "Åsa"),))
    assert len({q.id for q in document.passages[0].questions}) == 3
    chain[0] = {"question": "Who came?", "answers": [[2, len(text) + 1]]}
    path.write_text(json.dumps({"data": entries}), encoding="utf-8")
    with pytest.raises(ValueError, match=f"expected answers within {len(text)} characters"):
        read_public(path, [here])


def test_public_files_hold_questions_and_places_and_no_text() -> None:
    files = sorted(PRACTICE.glob("public_*.json"))

    assert len(files) > 10
    for path in files:
        for entry in json.loads(path.read_text(encoding="utf-8"))["data"]:
            assert re.fullmatch(r"[0-9a-f]{64}", entry["sha256"])
            turns = [
                *entry.get("questions", []),
                *(turn for chain in entry.get("chains", []) for turn in chain),
            ]
            assert turns
            assert all(turn.keys() == {"question", "answers"} and turn["question"].strip() for turn in turns)
            assert all(0 <= start < end for turn in turns for start, end in turn["answers"])


def test_loose_passages_are_squads_and_joined_qamr_documents(tmp_path: Path) -> None:
    sentences = tmp_path / "sentences.tsv"
    sentences.write_text("w:wikinews:7:0:1\tHe left .\nw:wikinews:7:0:0\tÅsa came .\n", encoding="utf-8")
    table = tmp_path / "dev.tsv"
    table.write_text("w:wikinews:7:0:1\t-\t-\t1\tleft\tWho left?\t0\t1:0\t2:0\n", encoding="utf-8")

    (document,) = read_loose([], [table], sentences)

    assert (document.title, document.source) == ("wikinews:7", "qamr-wikinews")
    (passage,) = document.passages
    assert passage.text == "Åsa came. He left."
    assert [passage.text[slice(*q.answers[0])] for q in passage.questions] == ["He"]
    with pytest.raises(ValueError, match="give --qamr-sentences"):
        read_loose([], [table])


def test_split_by_title_holds_out_each_article_wholly() -> None:
    documents = [Document(f"article {n}", "news", ()) for n in range(50)]

    train, dev = split_by_title(documents)

    assert len(train) + len(dev) == 50
    assert {title_fold(d.title) for d in dev} == {0}
    assert 0 not in {title_fold(d.title) for d in train}


def test_practice_articles_are_in_form_and_some_of_each_kind_are_held_out() -> None:
    found = held_out(PRACTICE)

    assert set(found) == {"newsroom", "magazine", "asked", "twins", "probes"}
    assert all(len(articles) >= 3 for articles in found.values())
    assert {title_fold(d.title) for articles in found.values() for d in articles} == {0}


def test_practice_articles_have_titles_of_their_own() -> None:
    titles = [article.title for article in read_practice(PRACTICE)]

    assert len(set(titles)) == len(titles)
