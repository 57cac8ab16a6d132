import pytest

from eval.collection import EvaluationError
from eval.systems import ABLATIONS, SYSTEMS, parse_system


def test_parse_system_takes_a_name_and_settings() -> None:
    system = parse_system("large reader: reader=models/large, passages_read=4")

    assert system.name == "large reader"
    assert system.settings == (("reader", "models/large"), ("passages_read", "4"))
    assert system.reads


@pytest.mark.parametrize(
    "text", ["", "name", "name:", "name: reader", "name: =x", ": reader=x", "name: reader="]
)
def test_parse_system_refuses_another_form(text: str) -> None:
    with pytest.raises(EvaluationError, match="expected NAME: SETTING=VALUE"):
        parse_system(text)


def test_systems_have_names_of_their_own() -> None:
    names = [system.name for system in (*SYSTEMS, *ABLATIONS)]

    assert len(names) == len(set(names))
