"""Which words name something, and whether a person or a place."""

import pytest

from chatbot.names import Names, name_kinds

TEXT = "Mayor Ana Lind met crews in Oslo. Lind thanked the Norwegian navy. Old Harbour reopened."
WRITTEN = ("Ana", "Lind", "Oslo", "Norwegian", "Old", "Harbour", "Mayor", "met", "crews", "thanked", "navy")
NAMES = Names(
    {word.casefold(): (word, 1) for word in WRITTEN}, {"lind": 2, "ana": 1}, lambda _: [TEXT], {"old"}
)


def found(text: str) -> list[tuple[str, str]]:
    return [(name.text, name.kind) for name in NAMES.find(text)]


def test_articles_show_what_a_name_is() -> None:
    kinds = name_kinds([TEXT])

    assert (kinds["lind"], kinds["ana"], kinds["oslo"]) == ("person", "person", "place")
    assert kinds["norwegian"] == "other"
    assert "navy" not in kinds


def test_title_makes_a_person_of_a_name_that_is_a_place_elsewhere() -> None:
    assert name_kinds(["Trains go to Lincoln. President Lincoln spoke."])["lincoln"] == "person"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Did Ana Lind see Oslo?", [("Ana Lind", "person"), ("Oslo", "place")]),
        ("Did Mayor Lind come?", [("Lind", "person")]),
        ("did ana lind see oslo", [("ana lind", "person"), ("oslo", "place")]),
        ("Did Putin come?", [("Putin", "any")]),
        ("Who runs Putin Crews?", [("Putin Crews", "any")]),
        ("Did Lind come May 5?", [("Lind", "person")]),
        ("Drones came", []),
        ("DID THEY COME", []),
        ("How old is she?", []),
        ("Who reopened Old Harbour in May 2023?", [("Old Harbour", "any")]),
        ("Crews and the navy", []),
        ("How many Seventy came?", []),
        ("Did the US and the WHO give it to us?", [("US", "any"), ("WHO", "any")]),
        ("", []),
    ],
)
def test_names_of_a_text(text: str, names: list[tuple[str, str]]) -> None:
    assert found(text) == names


def test_name_stands_where_its_offsets_say() -> None:
    text = "🙂 Did Ána Lind see Oslo?"

    assert [text[name.start : name.end] for name in NAMES.find(text)] == ["Ána Lind", "Oslo"]


def test_name_is_shortened_to_the_word_that_is_used_most() -> None:
    assert [name.short for name in NAMES.find("Did Ana Lind see Old Harbour?")] == ["Lind", "Old Harbour"]


def test_name_of_a_body_is_not_shortened() -> None:
    names = Names({"meridian": ("Meridian", 1), "bank": ("Bank", 9)}, {"meridian": 1, "bank": 9})

    assert [name.short for name in names.find("Who runs Meridian Bank?")] == ["Meridian Bank"]


def test_name_that_the_library_lacks_is_unknown() -> None:
    assert [name.unknown for name in NAMES.find("Did Lind meet Putin?")] == [False, True]


def test_first_word_is_a_name_where_no_sentence_begins() -> None:
    assert NAMES.find("Putin") == ()
    assert [name.text for name in NAMES.find("Putin", begins=False)] == ["Putin"]
