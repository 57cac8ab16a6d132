import time

import pytest

from chatbot.answer_types import AnswerType, excluded_terms, expected_type, find_typed, holds_type, typed_spans


@pytest.mark.parametrize(
    ("question", "answer_type"),
    [
        ("Who met Zelenskyy?", "person"),
        ("whom did he meet", "person"),
        ("Which minister came?", "person"),
        ("Where did they meet?", "place"),
        ("which country pledged aid", "place"),
        ("When did the visit begin?", "date"),
        ("In what year did it begin?", "date"),
        ("How many cranes did Japan pledge?", "number"),
        ("how much money was given", "number"),
        ("Why did he thank Japan?", "reason"),
        ("Did Hayashi meet Putin?", "yes_no"),
        ("And was he in Bucha?", "yes_no"),
        ("What did Japan pledge?", "any"),
        ("bucha memorial", "any"),
        ("HOW MANY CRANES", "number"),
        ("", "any"),
        ("Why was the man who shot him arrested?", "reason"),
        ("What happened when the dam broke?", "any"),
        ("Who was there when it fell?", "person"),
        ("Since when is he there?", "date"),
        ("What did the WHO say?", "any"),
        ("WHO IS IT?", "person"),
    ],
)
def test_type_follows_the_wording(question: str, answer_type: AnswerType) -> None:
    assert expected_type(question) == answer_type


@pytest.mark.parametrize(
    ("text", "answer_type", "found"),
    [
        ("It began on Sept. 9.", "date", ["Sept. 9"]),
        ("On September 9, 2023 they met.", "date", ["September 9, 2023"]),
        ("In March of this year he came.", "date", ["March of this year"]),
        ("Since 2014 and on Monday.", "date", ["2014", "Monday"]),
        ("Japan gave $7 billion and 24 cranes.", "number", ["$7 billion", "24"]),
        ("Dozens came, twelve left.", "number", ["Dozens", "twelve"]),
        ("He met Yoshimasa Hayashi in Kyiv.", "person", ["He", "Yoshimasa Hayashi"]),
        ("He met Yoshimasa Hayashi in Kyiv.", "place", ["Kyiv"]),
        ("Nothing here.", "number", []),
        ("Seventy-five of ninety, or sixteen.", "number", ["Seventy-five", "ninety", "sixteen"]),
        ("From 18:00 until midnight, or in the morning.", "date", ["18:00", "midnight", "in the morning"]),
        ("Novak decided in Mariupol, Marseille and Janet in Jan.", "date", ["Jan"]),
    ],
)
def test_words_of_a_type_are_found(text: str, answer_type: AnswerType, found: list[str]) -> None:
    assert [text[start:end].strip(" ,.") for start, end in typed_spans(text, answer_type)] == [
        words.strip(" ,.") for words in found
    ]


def test_names_of_a_long_paragraph_are_found_in_bounded_time() -> None:
    started = time.thread_time()

    assert sum(1 for _ in typed_spans("Then Ana Lind met Omar in Oslo. " * 4000, "person")) == 8000
    assert time.thread_time() - started < 3


@pytest.mark.parametrize("text", ["It may rain.", "The soldiers march home.", "They may march."])
def test_verb_is_no_month(text: str) -> None:
    assert not holds_type(text, "date")


@pytest.mark.parametrize(
    "text", ["It rained in May.", "In March they left.", "MARCH 5", "Back in may 2020 it rained."]
)
def test_month_is_a_date(text: str) -> None:
    assert holds_type(text, "date")


@pytest.mark.parametrize("answer_type", ["any", "yes_no", "reason"])
def test_type_without_a_form_is_everywhere(answer_type: AnswerType) -> None:
    assert holds_type("", answer_type)


def test_words_that_the_question_repeats_do_not_answer() -> None:
    text = "Ana Lind met Omar Hasan."

    assert find_typed(text, "person", {"ana", "lind"}) == (13, 23)


def test_words_that_only_repeat_the_question_are_no_answer() -> None:
    assert find_typed("Ana Lind spoke.", "person", {"ana", "lind"}) is None


@pytest.mark.parametrize(
    ("question", "excluded"),
    [
        ("Who met Zelenskyy?", {"met", "zelenskyy"}),
        ("Whom did Hayashi visit?", {"hayashi", "visit"}),
        ("Who is Hayashi?", set()),
        ("who's Hayashi", set()),
        ("When did Hayashi visit?", set()),
        ("To whom did Hayashi speak?", {"hayashi", "speak"}),
        ("What did the man who shot the premier say?", set()),
        ("Did the man who shot the premier flee?", set()),
        ("Who came as foreign minister?", {"came"}),
        ("Did the WHO meet Zelenskyy?", set()),
        ("What did the WHO say of it?", set()),
    ],
)
def test_another_person_is_asked_for(question: str, excluded: set[str]) -> None:
    assert excluded_terms(question) == excluded
