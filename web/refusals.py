"""Refusals: what is wrong with a field of a request, in the form of all other messages."""

import json
from collections.abc import Mapping

LONGEST_SHOWN = 60  # characters of what came
# What each of pydantic's errors expected; the names in braces are what it says beside.
EXPECTED = {
    "string_type": "a string",
    "string_unicode": "a string of whole characters",
    "string_too_short": "a string of {min_length} or more characters",
    "string_too_long": "a string of {max_length} or fewer characters",
    "string_pattern_mismatch": "a string that matches {pattern}",
    "literal_error": "{expected}",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number of fewer digits",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "greater_than_equal": "{ge} or more",
    "less_than_equal": "{le} or less",
    "list_type": "an array",
    "too_short": "{min_length} or more entries",
    "too_long": "{max_length} or fewer entries",
    "model_type": "an object",
    "model_attributes_type": "an object",
}


def refusal_message(error: Mapping[str, object]) -> str:
    """Say what was expected of a field, what came and what to do, of one of pydantic's errors."""
    kind = str(error["type"])
    if kind == "value_error":  # raised by this project, which has said it all
        return str(error["msg"]).removeprefix("Value error, ")
    if kind == "missing":
        return "expected a value, got none; send one"
    if kind == "extra_forbidden":
        return f"expected only fields that /docs describes, got another, {_shown(error['input'])}; leave it out"
    context = error.get("ctx")
    expected = EXPECTED.get(kind, f"another value ({error['msg']})")
    if kind in EXPECTED and isinstance(context, dict):
        expected = expected.format_map(context)
    return f"expected {expected}, got {_came(kind, error['input'])}; correct it"


def _came(kind: str, value: object) -> str:
    """Show what came; of what is too long or too short, its length."""
    if kind in ("string_too_long", "too_long", "too_short") and isinstance(value, str | list):
        return str(len(value))
    return _shown(value)


def _shown(value: object) -> str:
    """Write a value as JSON has it, cut short, without halves of characters."""
    written = json.dumps(value, ensure_ascii=False, default=str).encode(errors="replace").decode()
    return written if len(written) <= LONGEST_SHOWN else f"{written[:LONGEST_SHOWN]}…"
