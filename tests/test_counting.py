import pytest

from chatbot.counting import counted


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 articles"), (1, "1 article"), (2, "2 articles"), (2000, "2,000 articles")]
)
def test_number_stands_with_its_noun(number: int, words: str) -> None:
    assert counted(number, "article") == words
