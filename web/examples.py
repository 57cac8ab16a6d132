"""Examples of the JSON interface's requests and answers, for its description."""

from dataclasses import asdict
from typing import Any

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
)

ARTICLE_ID = "000_21e44077a3ba8fcb"
SHA256 = "d58b28cf3dac8cdf2f974668e3444d1caa6be5baccbd39a491b1792d1d275773"
QUOTE = "Japan also pledged to provide Ukraine with 24 demining cranes."
ANSWERING_WORDS = "24 demining cranes"
START = 1744
SPAN_START = START + QUOTE.index(ANSWERING_WORDS)

ANSWER_REQUEST_EXAMPLES: dict[str, Any] = {
    "question": {
        "summary": "A question",
        "value": {"question": "How many demining cranes did Japan pledge?"},
    },
    "follow_up": {
        "summary": "A follow-up, with what came before",
        "value": {
            "question": "And when did he meet him?",
            "history": [
                {
                    "question": "Who met Zelenskyy?",
                    "quotations": [{"article_id": ARTICLE_ID, "start": 191, "end": 402}],
                }
            ],
            "limit": 1,
        },
    },
    "dates": {
        "summary": "Of articles that were published in a month",
        "value": {
            "question": "Which memorial did Hayashi visit?",
            "published_from": "2023-09-01",
            "published_to": "2023-09-30",
        },
    },
}
SEARCH_REQUEST_EXAMPLES: dict[str, Any] = {
    "query": {"summary": "A query", "value": {"query": "demining cranes", "limit": 5}},
}
FEEDBACK_REQUEST_EXAMPLES: dict[str, Any] = {
    "quotation": {
        "summary": "The quotation answers",
        "value": {
            "question": "How many demining cranes did Japan pledge?",
            "article_id": ARTICLE_ID,
            "sha256": SHA256,
            "start": START,
            "end": START + len(QUOTE),
            "label": "right",
        },
    },
    "refusal": {
        "summary": "The article does say, though the answer was that it does not",
        "value": {
            "question": "How many tanks did Japan send?",
            "article_id": ARTICLE_ID,
            "sha256": SHA256,
            "start": None,
            "end": None,
            "label": "wrong",
        },
    },
}


def _quotation() -> Quotation:
    end, span_end = START + len(QUOTE), SPAN_START + len(ANSWERING_WORDS)
    cut = QUOTE.index(ANSWERING_WORDS)
    return Quotation(
        rank=1,
        confidence=0.94,
        band="high",
        quote=QUOTE,
        start=START,
        end=end,
        span=QuotedSpan(ANSWERING_WORDS, SPAN_START, span_end),
        segments=(
            Segment(QUOTE[:cut], mark=False),
            Segment(ANSWERING_WORDS, mark=True),
            Segment(QUOTE[cut + len(ANSWERING_WORDS) :], mark=False),
        ),
        prefix="ne with drone detection system\n\n",
        suffix="\n\nHayashi also visited the memor",
        passage=PassageRef(f"{ARTICLE_ID}:13", 13, "body", START, end),
        article=ArticleRef(ARTICLE_ID, "Japanese FM initiates historic talks in Kyiv", None, None, SHA256),
        href=f"/articles/{ARTICLE_ID}#c{START}-{end}",
        scores=Scores(dense=0.71, lexical=6.2, reader=4.1),
    )


def _answered() -> Answer:
    question = "How many demining cranes did Japan pledge?"
    return Answer(question, "answered", (_quotation(),), None, Searched(question), took_ms=21.4)


def _not_found() -> Answer:
    question = "How many tanks did Japan send?"
    reason = NotFound("below_threshold", 0.08, 0.5, ("tanks",))
    return Answer(question, "not_found", (), reason, Searched(question), took_ms=19.8)


ANSWER_EXAMPLES: dict[str, Any] = {
    "answered": {"summary": "The article answers", "value": asdict(_answered())},
    "not_found": {"summary": "The article does not say", "value": asdict(_not_found())},
}
SEARCH_EXAMPLES: dict[str, Any] = {
    "hits": {
        "summary": "Passages, best first",
        "value": {
            "query": "demining cranes",
            "hits": [
                {
                    "rank": 1,
                    "score": 0.18,
                    "dense": 0.71,
                    "lexical": 6.2,
                    "passage": {
                        "id": f"{ARTICLE_ID}:13",
                        "article_id": ARTICLE_ID,
                        "number": 13,
                        "kind": "body",
                        "start": START,
                        "end": START + len(QUOTE),
                        "text": QUOTE,
                    },
                    "article": asdict(_quotation().article),
                }
            ],
            "offset_unit": "unicode_code_point",
        },
    }
}
ANSWERED_EXAMPLES = {"/api/answer": ANSWER_EXAMPLES, "/api/search": SEARCH_EXAMPLES}
