"""The JSON interface's description as a page shows it, read from the app's own OpenAPI."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]
REFERENCE = "#/components/schemas/"


@dataclass(frozen=True)
class Field:
    """A field of a body, or a part of an address."""

    name: str
    type: str
    required: bool
    default: str | None
    description: str


@dataclass(frozen=True)
class Schema:
    """An object of a body: its name and its fields."""

    name: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Example:
    """A body, written out."""

    summary: str
    body: str


@dataclass(frozen=True)
class Outcome:
    """A status that an operation answers with; ``error`` when its body is a problem."""

    status: str
    description: str
    error: bool


@dataclass(frozen=True)
class Operation:
    """A method of an address."""

    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Field, ...]
    request: tuple[Schema, ...]
    request_examples: tuple[Example, ...]
    answer: tuple[Schema, ...]
    answer_examples: tuple[Example, ...]
    outcomes: tuple[Outcome, ...]

    @property
    def anchor(self) -> str:
        """Give the name of its place in the page."""
        return f"{self.method}{self.path}".replace("/", "-").replace("{", "").replace("}", "").lower()


def operations(openapi: Json) -> tuple[Operation, ...]:
    """Read the operations of a description, in its order."""
    return tuple(
        _operation(openapi, method, path, described)
        for path, methods in openapi["paths"].items()
        for method, described in methods.items()
    )


def type_words(schema: Json) -> str:
    """Say the type of a field, with its limits."""
    if "$ref" in schema:
        return _name(schema)
    if "anyOf" in schema:
        return " or ".join(type_words(one) for one in schema["anyOf"])
    if "const" in schema or "enum" in schema:
        return " or ".join(json.dumps(value) for value in schema.get("enum", [schema.get("const")]))
    if schema.get("format") == "date":
        return "date, YYYY-MM-DD"
    named = str(schema.get("type", "any"))
    if named == "array":
        most = f", at most {schema['maxItems']}" if "maxItems" in schema else ""
        return f"array of {type_words(schema.get('items', {}))}{most}"
    return named + _limits(schema)


def _operation(openapi: Json, method: str, path: str, described: Json) -> Operation:
    request = described.get("requestBody", {}).get("content", {}).get("application/json", {})
    answer = described["responses"].get("200", {}).get("content", {}).get("application/json", {})
    return Operation(
        method=method.upper(),
        path=path,
        summary=described["summary"],
        description=described.get("description", ""),
        parameters=tuple(
            _field(one["name"], one["schema"], required=one["required"])
            for one in described.get("parameters", ())
        ),
        request=tuple(_reachable(openapi, request.get("schema", {}))),
        request_examples=_examples(request),
        answer=tuple(_reachable(openapi, answer.get("schema", {}))),
        answer_examples=_examples(answer),
        outcomes=tuple(
            Outcome(status, one["description"], status >= "400")
            for status, one in described["responses"].items()
        ),
    )


def _reachable(openapi: Json, schema: Json, seen: set[str] | None = None) -> Iterator[Schema]:
    """Give a schema's objects, each once, the outer before the inner."""
    seen = set() if seen is None else seen
    if "$ref" in schema and _name(schema) not in seen:
        seen.add(_name(schema))
        described = openapi["components"]["schemas"][_name(schema)]
        required = described.get("required", ())
        properties = described.get("properties", {})
        yield Schema(
            _name(schema),
            tuple(_field(name, one, required=name in required) for name, one in properties.items()),
        )
        for one in properties.values():
            yield from _reachable(openapi, one, seen)
    for one in (*schema.get("anyOf", ()), schema.get("items", {})):
        if one:
            yield from _reachable(openapi, one, seen)


def _field(name: str, schema: Json, *, required: bool) -> Field:
    # a default of null is left out of the description
    default = None if required else json.dumps(schema.get("default"))
    return Field(name, type_words(schema), required, default, schema.get("description", ""))


def _examples(content: Json) -> tuple[Example, ...]:
    return tuple(
        Example(one["summary"], json.dumps(one["value"], ensure_ascii=False, indent=2))
        for one in content.get("examples", {}).values()
    )


def _limits(schema: Json) -> str:
    if "minimum" in schema and "maximum" in schema:
        return f", {schema['minimum']:g} to {schema['maximum']:.12g}"
    if "minLength" in schema and "maxLength" in schema:
        return f", {schema['minLength']} to {schema['maxLength']} characters"
    return ""


def _name(schema: Json) -> str:
    return str(schema["$ref"]).removeprefix(REFERENCE)
