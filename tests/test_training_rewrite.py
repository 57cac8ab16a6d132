import random

import pytest

from chatbot.training.rewrite import add_noise, misspell, telegraph, to_yes_no


@pytest.mark.parametrize(
    ("question", "answer", "passage", "expected"),
    [
        ("When did Ana meet Bo?", "May 4", "Ana met Bo on May 4.", "Did Ana meet Bo on May 4?"),
        ("Who visited Tarn?", "Ana", "Ana visited Tarn.", "Did Ana visit Tarn?"),
        ("Who is the mayor?", "Ana", "The mayor is Ana.", "Is Ana the mayor?"),
        ("What did Ana buy?", "a bus", "Ana bought a bus.", "Did Ana buy a bus?"),
        ("How many buses did Ana buy?", "40", "Ana bought 40 buses.", "Did Ana buy 40 buses?"),
        ("Where was the fair held?", "Tarn", "It was held in Tarn.", "Was the fair held in Tarn?"),
        ("What did Ana do?", "sang", "Ana sang.", None),
        ("Why did Ana sing?", "she could", "Ana sang, for she could.", None),
    ],
)
def test_yes_no_question_puts_the_answer_in(
    question: str, answer: str, passage: str, expected: str | None
) -> None:
    start = passage.index(answer)

    assert to_yes_no(question, answer, passage, (start, start + len(answer))) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How many buses did the city buy?", ("buses city buy number", True)),
        ("When did Ana visit Tarn?", ("Ana visit Tarn date", True)),
        ("What did the council approve?", ("council approve", False)),
        ("What did she approve?", None),
        ("Who sang?", None),
    ],
)
def test_telegraph_keeps_the_words_that_matter(question: str, expected: tuple[str, bool] | None) -> None:
    assert telegraph(question) == expected


def test_misspelling_changes_one_long_word_only() -> None:
    for seed in range(50):
        changed = misspell("Who met the minister?", random.Random(seed)).split()

        assert changed[:3] == ["Who", "met", "the"]
        assert len(changed) == 4
        assert abs(len(changed[3]) - len("minister?")) <= 1


def test_misspelling_leaves_short_words_alone() -> None:
    assert misspell("Who met her?", random.Random(1)) == "Who met her?"


def test_noise_is_the_same_for_the_same_seed() -> None:
    noisy = [add_noise("When did Ana open the library?", random.Random(5)) for _ in range(2)]

    assert noisy[0] == noisy[1]
    assert len({add_noise("When did Ana open it?", random.Random(n)) for n in range(30)}) > 5
