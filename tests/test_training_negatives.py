import random
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from chatbot.training.data import Document, Passage, Question
from chatbot.training.directions import drills
from chatbot.training.examples import EasyExampleMaker, ExampleMaker, collect, names_elsewhere, names_of
from chatbot.training.negatives import best_window, hard_places, holds_answer, without_answer
from chatbot.training.ranking import BM25, stem, stems
from chatbot.training.swaps import Swapper

SENTENCES = (
    "Mayor Ana Berg opened a library in Tarn on Monday.",
    "The library holds forty maps.",
    "Ivo Lund gave the city nine lamps.",
)


def passage(sentences: tuple[str, ...], question: str, answer: str) -> Passage:
    text = " ".join(sentences)
    starts = [text.index(sentence) for sentence in sentences]
    spans = tuple((a, a + len(s)) for a, s in zip(starts, sentences, strict=True))
    at = text.index(answer)
    return Passage(text, spans, (Question(answer, question, ((at, at + len(answer)),)),))


@pytest.fixture
def documents() -> list[Document]:
    first = passage(SENTENCES, "Who opened a library in Tarn?", "Ana Berg")
    second = passage(
        ("A library in Norr was opened long ago.", "Nobody knows who opened it."),
        "When was the library in Norr opened?",
        "long ago",
    )
    return [Document("Tarn", "news", (first, second))]


def swapper() -> Swapper:
    """Words on a circle: each word's neighbours are those listed beside it."""
    listed = ["library", "school", "museum", "maps", "lamps", "opened", "closed", "norr", "tarn"]
    angles = np.linspace(0, 2, len(listed))
    forms = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    meanings = np.eye(len(listed), dtype=np.float32)
    words = {w: (f, m) for w, f, m in zip(listed, forms, meanings, strict=True)}
    texts = [f"the {w} in a {w} of {w.capitalize()}" for w in listed] * 3
    texts += [f"opened a {w} in" for w in listed]
    return Swapper(words, texts, [])


def test_bm25_ranks_the_text_with_the_rarer_word_first() -> None:
    index = BM25(["a red house", "a red car", "a blue car"])

    assert index.top("red car", 2) == [1, 0] or index.top("red car", 2) == [1, 2]
    assert index.top("blue", 5) == [2]
    assert index.top("green", 5) == []


def test_hard_places_never_hold_the_answer(documents: list[Document]) -> None:
    for (d, p, q), places in hard_places(documents, pooled=False).items():
        answers = {
            documents[d].passages[p].text[a:b].lower() for a, b in documents[d].passages[p].questions[q].answers
        }
        for i, j in places:
            assert not holds_answer(documents[i].passages[j].text, answers)
            assert (i, j) != (d, p)


def test_best_window_is_the_likest_that_lacks_the_answer(documents: list[Document]) -> None:
    text = documents[0].passages[0]

    assert best_window("Who opened the library?", text, 1, {"ana berg"}) == SENTENCES[1]
    assert best_window("Who opened the library?", text, 3, {"ana berg"}) is None


def test_without_answer_keeps_the_other_sentences(documents: list[Document]) -> None:
    text = documents[0].passages[0]

    assert without_answer(text, 0, 2, {"ana berg"}) == f"{SENTENCES[1]} {SENTENCES[2]}"
    assert without_answer(text, 0, 0, {"ana berg"}) is None


def test_swapped_word_does_not_stand_in_the_passage() -> None:
    swaps, rng = swapper(), random.Random(3)
    question, text = "Who opened a library in Tarn?", " ".join(SENTENCES)

    swapped = {swaps.swap(question, text, rng) for _ in range(40)} - {None}

    assert swapped
    for changed in swapped:
        assert changed is not None
        new = set(stems(changed)) - set(stems(question))
        assert len(new) == 1
        assert not new & set(stems(text))


def test_number_is_swapped_for_one_the_passage_lacks() -> None:
    swaps, rng = swapper(), random.Random(1)

    changed = swaps.swap("Why 1987?", "It was 1987, not 1988.", rng)

    assert changed is not None
    assert changed.startswith("Why 19")
    assert changed[4:8] not in {"1987", "1988"}


def test_names_elsewhere_are_not_in_the_answering_sentence(documents: list[Document]) -> None:
    names = names_elsewhere(names_of(documents[0]), SENTENCES[0])

    assert "Norr" in names
    assert not set(stems(" ".join(names))) & set(stems(SENTENCES[0]))


def test_examples_are_sound_and_the_same_for_the_same_seed(documents: list[Document]) -> None:
    maker = ExampleMaker(collect(documents), swapper())
    items = maker.epoch("1", {"news": 20.0})

    examples = maker.examples(items, "1")

    assert examples == maker.examples(maker.epoch("1", {"news": 20.0}), "1")
    assert examples != maker.examples(items, "2")
    assert {"plain", "rival", "swap"} <= {e.kind for e in examples}
    answers = {"ana berg", "long ago"}
    for example in examples:
        if example.kind in {"rival", "cut"}:
            assert example.span is None
            assert not any(a in example.passage.lower() for a in answers) or (
                # the other question's answer may stand there
                sum(a in example.passage.lower() for a in answers) == 1
            )
        if example.kind == "plain":
            assert example.span is not None
            assert example.passage[slice(*example.span)].lower() in answers


def test_some_questions_come_with_the_title_of_their_article(documents: list[Document]) -> None:
    titled = [replace(document, title="A_Library_Opens", source="newsroom") for document in documents]
    maker = ExampleMaker(collect(titled), swapper())

    examples = maker.examples(maker.epoch("1", {"newsroom": 20.0}), "1")

    with_title = [example for example in examples if example.question.endswith(" | A Library Opens")]
    assert 0.3 < len(with_title) / len(examples) < 0.7
    for group in {example.group for example in examples} - {0}:
        assert len({example in with_title for example in examples if example.group == group}) == 1


def follow_ups(title: str, first: str) -> Document:
    history = (("Who opened a library?", first), ("What is in Tarn?", ""))
    asked = Question("2", "When did she do it?", ((45, 51),), history)
    text = "Mayor Ana Berg opened a library in Tarn on a Monday. The library holds forty maps."
    held = Passage(text, ((0, 52), (53, len(text))), (asked,))
    assert text[45:51] == "Monday"
    return Document(title, "chains", (held, Passage("The harbour opened on a Monday.", ((0, 31),), ())))


def test_follow_ups_are_read_behind_the_turns_before_them() -> None:
    maker = ExampleMaker(collect([follow_ups("A", "Ana Berg"), follow_ups("B", "Ivo Lund")]), swapper())

    examples = maker.examples(maker.epoch("1", {"chains": 200.0}), "1")

    assert all(" | Who opened a library?" in example.question for example in examples)
    assert any(e.question.endswith("library? Ana Berg | What is in Tarn?") for e in examples)
    assert any(e.question.endswith("library?") for e in examples)
    foreign = [e for e in examples if e.kind == "foreign"]
    assert 0.1 < len(foreign) / len([e for e in examples if e.kind == "plain"]) < 0.8
    assert all(e.span is None and e.group == 0 for e in foreign)


def test_a_passage_is_at_times_read_among_rivals_with_its_answer_where_it_stands() -> None:
    document = follow_ups("A", "Ana Berg")
    held, rival = document.passages[0].text, "She opened the harbour, too."
    passages = (document.passages[0], Passage(rival, ((0, len(rival)),), ()))
    maker = ExampleMaker(collect([replace(document, passages=passages)]), swapper())

    joined = [e for e in maker.examples(maker.epoch("1", {"chains": 400.0}), "1") if e.kind == "joined"]

    assert {e.passage for e in joined} == {f"{held} {rival}", f"{rival} {held}"}
    assert {e.passage[slice(*e.span)] for e in joined if e.span} == {"Monday"}
    assert {e.span[0] for e in joined if e.span} == {45, 45 + len(rival) + 1}
    assert 30 < len(joined) < 90
    assert all(e.group == 0 for e in joined)


def test_no_other_answer_to_a_question_is_its_negative() -> None:
    document = follow_ups("A", "Ana Berg")
    asked = document.passages[0].questions[0]
    also = replace(document.passages[1], questions=(replace(asked, answers=((24, 30),)),))
    third = Passage("She did a library in Tarn.", ((0, 26),), ())
    both = replace(document, passages=(document.passages[0], also, third))

    assert hard_places([both], pooled=False)[0, 0, 0] == [(0, 2)]


@pytest.mark.parametrize("source", ["asked", "chains", "newsroom"])
def test_what_a_reader_takes_for_an_answer_is_the_likeliest_negative(source: str) -> None:
    texts = ("A library opened.", "The new library holds old maps.", "Who holds the maps of a library?")
    asked = Question("1", "Who holds the maps of the library?", ())
    passages = [Passage(text, ((0, len(text)),), ()) for text in texts]
    passages[0] = replace(passages[0], questions=(asked,))
    scorer = lambda question, found: [10.0 * text.startswith("The new") for text in found]  # noqa: E731
    maker = ExampleMaker(collect([Document("", source, tuple(passages))]), swapper(), scorer)

    examples = maker.examples(maker.epoch("1", {source: 200.0}), "1")

    seen = Counter(example.passage for example in examples)
    assert seen[texts[0]] > seen[texts[1]] > 10 * seen[texts[2]]


@pytest.mark.parametrize(("source", "often"), [("asked", 6), ("twins", 10)])
def test_what_nothing_answers_is_asked_more_seldom_but_of_twins(
    source: str, often: int, documents: list[Document]
) -> None:
    open_ones = replace(documents[0].passages[0].questions[0], id="3", answers=())
    passage = replace(documents[0].passages[0], questions=(documents[0].passages[0].questions[0], open_ones))
    maker = ExampleMaker(collect([Document("A", source, (passage,))]), swapper())

    answered = Counter(bool(item.question.answers) for item in maker.epoch("1", {source: 10.0}))

    assert answered == {True: 10, False: often}


def test_what_nothing_answers_comes_with_the_passage_or_its_likeliest_sentences_alone() -> None:
    text = "A library opened. The new library holds old maps. It rained. It was cold. Nobody came."
    sentences = ((0, 17), (18, 49), (50, 60), (61, 73), (74, 86))
    passage = Passage(text, sentences, (Question("1", "Who drew the old maps of the library?", ()),))
    maker = ExampleMaker(collect([Document("A", "public", (passage,))]), swapper())

    examples = maker.examples(maker.epoch("1", {"public": 200.0}), "1")

    seen = Counter(example.passage for example in examples)
    assert 80 < seen.pop(text) < 120
    assert all("holds old maps" in window for window in seen)
    assert seen[text[slice(*sentences[1])]] > 30


def test_an_answer_of_a_kind_that_no_first_answer_has_is_asked_for_by_yes_or_no_too() -> None:
    text = "Ana Berg opened a library in Tarn, and the council called Berg its founder."
    spans = ((0, 8), (text.index("the council"), text.index(" called")))
    passage = Passage(text, ((0, len(text)),), (Question("1", "Who opened a library in Tarn?", spans),))
    maker = ExampleMaker(collect([Document("A", "news", (passage,))]), swapper())

    examples = maker.examples(maker.epoch("1", {"news": 200.0}), "1")

    assert {"yes-no", "yes-no-swap"} <= {example.kind for example in examples}
    assert all((example.span is None) == example.kind.endswith("swap") for example in examples)


def test_easy_negatives_are_unrelated_passages_alone(documents: list[Document]) -> None:
    maker = EasyExampleMaker(collect(documents), swapper())

    examples = maker.examples(maker.epoch("1", {"news": 20.0}), "1")

    assert {"plain", "unrelated"} <= {e.kind for e in examples} <= {"plain", "yes-no", "telegraph", "unrelated"}
    assert all((e.span is None) == (e.kind == "unrelated") for e in examples)


def test_easy_examples_join_no_passages() -> None:
    document = follow_ups("A", "Ana Berg")
    rival = Passage("She opened the harbour, too.", ((0, 28),), ())
    maker = EasyExampleMaker(collect([replace(document, passages=(document.passages[0], rival))]), swapper())

    assert "joined" not in {e.kind for e in maker.examples(maker.epoch("1", {"chains": 100.0}), "1")}


@pytest.mark.parametrize(("word", "expected"), [("Opened", "open"), ("cities", "cit"), ("is", "is")])
def test_stem_takes_common_endings_off(word: str, expected: str) -> None:
    assert stem(word) == expected


def test_drills_are_the_same_for_the_same_seed_and_answered_by_their_own_words() -> None:
    documents = drills(20)

    assert documents == drills(20)
    assert documents != drills(20, seed=1)
    for passage in (passage for document in documents for passage in document.passages):
        for question in passage.questions:
            assert question.text.startswith(("Who ", "Whom ", "What "))
            for start, end in question.answers:
                assert passage.text[start:end].strip(" .,") == passage.text[start:end]
                assert passage.text[start:end][0].isupper()
    asked = [question for d in documents for p in d.passages for question in p.questions]
    assert 0.2 < sum(not question.answers for question in asked) / len(asked) < 0.5


def test_texts_of_an_article_come_with_what_stands_before_them_unless_it_answers() -> None:
    asked = Question("1", "Where was she born?", ((16, 21),))
    befores = ("Ana sings.", "Ana sings. She is from Osaka.")
    texts = [(before, "She was born in Osaka.") for before in befores]
    articles = [
        Document(f"Portrait {number}", "asked", tuple(Passage(text, ((0, len(text)),), ()) for text in pair))
        for number, pair in enumerate(texts)
    ]
    articles = [
        replace(one, passages=(one.passages[0], replace(one.passages[1], questions=(asked,))))
        for one in articles
    ]
    maker = ExampleMaker(collect(articles), swapper())

    plain = [one for one in maker.examples(maker.epoch("1", {"asked": 100.0}), "1") if one.kind == "plain"]

    led = [one for one in plain if one.passage != "She was born in Osaka."]
    assert 0.15 * len(plain) < len(led) < 0.35 * len(plain)  # half of those of one article
    assert {one.passage for one in led} == {"Ana sings. She was born in Osaka."}
    assert {one.passage[slice(*one.span)] for one in plain if one.span} == {"Osaka"}
