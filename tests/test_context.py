import pytest

from chatbot.context import lead_in

BEFORE = "Ana Ruiz opened the bridge. It cost 4.5 million euros. She left early."


@pytest.mark.parametrize(
    ("most", "lead"),
    [
        (50, BEFORE),
        (8, "It cost 4.5 million euros. She left early."),
        (7, "She left early."),
        (2, "left early."),
    ],
)
def test_lead_is_the_last_sentences_that_fit(most: int, lead: str) -> None:
    assert lead_in(BEFORE, most) == lead


def test_lead_of_nothing_is_nothing() -> None:
    assert lead_in("") == ""
