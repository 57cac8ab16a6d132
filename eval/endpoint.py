"""The endpoint: does ``POST /api/answer`` give what the function gives, byte for byte?"""

import re
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from chatbot.answer import answer_json
from eval.collection import Collection, Question
from eval.systems import ChatbotLike

# The quotes of a text inside JSON have a backslash before them, so only the field matches.
TOOK = re.compile(rb'"took_ms": ?[-+0-9.eE]+')


def without_time(body: bytes) -> bytes:
    """Give an answer's JSON with ``took_ms`` set to 0."""
    return TOOK.sub(b'"took_ms":0', body)


def differences(
    chatbot: ChatbotLike, app: FastAPI, collection: Collection, questions: Iterable[Question]
) -> list[str]:
    """Ask through the function and through the endpoint; describe each question that differs.

    Times aside, the bodies have to be equal byte for byte, and their status 200.
    """
    found = []
    with TestClient(app) as client:
        for question in questions:
            scope = collection.scope(question)
            answer = chatbot.answer(question.text, history=question.history, article_id=scope)
            expected = without_time(answer_json(answer).encode())
            response = client.post("/api/answer", json=_body(question, scope))
            got = without_time(response.content)
            if response.status_code != 200:
                found.append(f"{question.id}: expected status 200, got {response.status_code}: {_near(got, 0)}")
            elif got != expected:
                at = _first_difference(expected, got)
                found.append(
                    f"{question.id}: expected what the function gives, {_near(expected, at)} at byte {at}, "
                    f"got {_near(got, at)}"
                )
    return found


def _body(question: Question, scope: str | None) -> dict[str, Any]:
    history = {"history": [asdict(turn) for turn in question.history]} if question.history else {}
    return {"question": question.text} | history | ({"article_id": scope} if scope else {})


def _first_difference(one: bytes, other: bytes) -> int:
    pairs = zip(one, other, strict=False)
    return next((at for at, (mine, theirs) in enumerate(pairs) if mine != theirs), min(len(one), len(other)))


def _near(body: bytes, at: int) -> str:
    return repr(body[max(0, at - 30) : at + 30].decode(errors="replace"))
