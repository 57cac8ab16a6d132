import json
from dataclasses import replace
from typing import Any

import pytest
from pydantic import TypeAdapter

from chatbot.answer import (
    Answer,
    ArticleRef,
    NotFound,
    PassageRef,
    Quotation,
    QuotedSpan,
    Scores,
    Searched,
    Segment,
    answer_json,
    percent,
)

QUOTATION = Quotation(
    rank=1,
    confidence=0.86,
    band="high",
    quote="Ana met Omar.",
    start=100,
    end=113,
    span=QuotedSpan("Ana", 100, 103),
    segments=(Segment("Ana", True), Segment(" met Omar.", False)),
    prefix="",
    suffix="",
    passage=PassageRef("a:1", 1, "body", 100, 113),
    article=ArticleRef("a", "T", None, None, "0" * 64),
    href="/articles/a#c100-113",
    scores=Scores(0.7, 6.2, 4.1),
)
NOT_FOUND = NotFound("below_threshold", 0.1, 0.5)
SEARCHED = Searched("who met Omar?")


def test_answer_holds_quotations_or_not_found() -> None:
    assert Answer("q", "answered", (QUOTATION,), None, SEARCHED).answers == (QUOTATION,)
    assert Answer("q", "not_found", (), NOT_FOUND, SEARCHED).not_found == NOT_FOUND


@pytest.mark.parametrize(
    ("status", "answers", "not_found"),
    [
        ("answered", (), None),
        ("answered", (), NOT_FOUND),
        ("answered", (QUOTATION,), NOT_FOUND),
        ("not_found", (), None),
        ("not_found", (QUOTATION,), None),
        ("not_found", (QUOTATION,), NOT_FOUND),
    ],
)
def test_answer_is_refused_when_its_parts_contradict(status: Any, answers: Any, not_found: Any) -> None:
    with pytest.raises(ValueError, match="exactly when there are no answers"):
        Answer("q", status, answers, not_found, SEARCHED)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"end": 114}, "14 characters"),
        ({"quote": "", "end": 100}, "0 characters"),
        ({"segments": (Segment("Ana met Omar!", False),)}, "segments that join"),
        ({"segments": ()}, "segments that join"),
        ({"span": QuotedSpan("Bea", 100, 103)}, "span inside"),
        ({"span": QuotedSpan("", 100, 100)}, "span inside"),
        ({"span": QuotedSpan("Ana", 99, 102)}, "span inside"),
        ({"span": QuotedSpan("Omar.x", 108, 114)}, "span inside"),
        ({"confidence": 1.01}, "confidence from 0 to 1"),
        ({"confidence": float("nan")}, "confidence from 0 to 1"),
    ],
)
def test_quotation_is_refused_when_its_parts_contradict(changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        replace(QUOTATION, **changes)


def test_quotation_with_a_negative_offset_is_refused() -> None:
    changes: dict[str, Any] = {"start": -20, "end": -7, "span": QuotedSpan("Ana", -20, -17)}

    with pytest.raises(ValueError, match="expected"):
        replace(QUOTATION, **changes)


def test_json_has_the_contracts_fields_in_order() -> None:
    written = json.loads(answer_json(Answer("q", "answered", (QUOTATION,), None, SEARCHED)))

    assert list(written) == [
        *("question", "status", "answers", "not_found", "searched", "offset_unit", "took_ms"),
    ]
    assert list(written["answers"][0]) == [
        *("rank", "confidence", "band", "quote", "start", "end", "span", "segments", "prefix", "suffix"),
        *("passage", "article", "href", "scores"),
    ]
    assert list(written["answers"][0]["span"]) == ["text", "start", "end"]
    assert list(written["answers"][0]["segments"][0]) == ["text", "mark"]
    assert list(written["answers"][0]["passage"]) == ["id", "number", "kind", "start", "end", "page"]
    assert list(written["answers"][0]["article"]) == ["id", "title", "source_url", "published", "sha256"]
    assert list(written["answers"][0]["scores"]) == ["dense", "lexical", "reader"]
    assert list(written["searched"]) == ["text", "added_terms", "from_turns"]
    assert written["offset_unit"] == "unicode_code_point"


def test_json_of_not_found_has_the_contracts_fields() -> None:
    written = json.loads(answer_json(Answer("q", "not_found", (), NOT_FOUND, SEARCHED)))

    assert written["status"] == "not_found"
    assert written["answers"] == []
    assert list(written["not_found"]) == ["reason", "best_confidence", "threshold", "unknown_terms", "closest"]


def test_json_gives_the_answer_back() -> None:
    answer = Answer("Où? 🙂", "answered", (QUOTATION,), None, SEARCHED)

    assert TypeAdapter(Answer).validate_json(answer_json(answer)) == answer


@pytest.mark.parametrize(("confidence", "shown"), [(0.0, 0), (0.004, 0), (0.526, 53), (0.994, 99), (1.0, 99)])
def test_no_confidence_is_shown_as_certain(confidence: float, shown: int) -> None:
    assert percent(confidence) == shown
