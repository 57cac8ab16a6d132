"""Limits: what may be asked, and how much of it."""

import unicodedata

from chatbot.errors import QuestionError

LONGEST_QUESTION = 500  # characters
MOST_QUOTATIONS = 10
MOST_HITS = 100
MOST_TURNS = 10


def check_question(question: str, field: str = "question") -> str:
    """Trim a question and refuse what is none.

    Raises:
        QuestionError: it is blank, over 500 characters, or has control characters.
    """
    text = question.strip()
    if not text:
        raise QuestionError(field, f"expected a {field} of 1 to {LONGEST_QUESTION} characters, got a blank one")
    if len(text) > LONGEST_QUESTION:
        raise QuestionError(
            field, f"expected a {field} of at most {LONGEST_QUESTION} characters, got {len(text)}; shorten it"
        )
    for at, character in enumerate(text):
        if unicodedata.category(character) in {"Cc", "Cs"} and character not in "\n\r\t":
            raise QuestionError(
                field,
                f"expected a {field} without control characters, got U+{ord(character):04X} at {at}; remove it",
            )
    return text


def check_range(field: str, value: float, least: float, most: float) -> None:
    """Refuse a value out of its range.

    Raises:
        QuestionError: it is less than ``least`` or more than ``most``; ``field`` names it.
    """
    if not least <= value <= most:
        raise QuestionError(field, f"expected a {field} from {least} to {most}, got {value}")
