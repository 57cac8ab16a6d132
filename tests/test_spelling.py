import pytest
from conftest import SEEDS
from hypothesis import given
from hypothesis import strategies as st

from chatbot.article import load_article
from chatbot.encoder import packaged_folder
from chatbot.spelling import SpellingCorrector, read_dictionary, vocabulary_of
from chatbot.terms import stem

TEXT = "Zelenskyy met the Japanese foreign minister for talks. Talks went on. Japan pledged 24 cranes in 2023."


def corrector(text: str = TEXT, dictionary: tuple[str, ...] = ("tanks", "table")) -> SpellingCorrector:
    vocabulary = {folded: (written, 1) for folded, written in vocabulary_of(text).items()}
    return SpellingCorrector(vocabulary, set(map(stem, vocabulary)), read_dictionary(dictionary))


@pytest.fixture(scope="module")
def real_corrector() -> SpellingCorrector:
    dictionary = (packaged_folder() / "vocab.txt").read_text(encoding="utf-8").splitlines()
    text = load_article(SEEDS / "000_21e44077a3ba8fcb.txt").text
    vocabulary = {folded: (written, 1) for folded, written in vocabulary_of(text).items()}
    return SpellingCorrector(vocabulary, set(map(stem, vocabulary)), read_dictionary(dictionary))


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("zelensky", "Zelenskyy"),
        ("Zelenskiy", "Zelenskyy"),
        ("ZELENSKI", "Zelenskyy"),
        ("Zelenskyj", "Zelenskyy"),
        ("japenese forein minster", "Japanese Foreign Minister"),
        ("yoshimassa hayasi", "Yoshimasa Hayashi"),
        ("shmygal", "Shmyhal"),
        ("kishda", "Kishida"),
        ("telecomunications", "telecommunications"),
    ],
)
def test_misspelt_word_becomes_the_articles(real_corrector: SpellingCorrector, asked: str, meant: str) -> None:
    assert real_corrector.correct(asked).text.casefold() == meant.casefold()


@pytest.mark.parametrize(
    "word",
    ["tanks", "drones", "putin", "merkel", "walks", "meat", "bunch", "poland", "march", "stalks", "China"],
)
def test_word_of_english_is_never_changed(real_corrector: SpellingCorrector, word: str) -> None:
    assert real_corrector.correct(f"who sent {word}?").text == f"who sent {word}?"


def test_word_that_the_article_lacks_is_unknown() -> None:
    assert corrector().correct("How many tanks did Kuleba get?").unknown == ("tanks", "Kuleba")


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("Did Hayashi visit Odesa?", ("Odesa",)),
        ("Odesa?", ("Odesa",)),
        ("Was it in 2019 or in 2023?", ("2019",)),
        ("Drones for Ukraine?", ()),  # a first word always has a capital
        ("Did the Ukranians in Jap accept?", ()),  # nearly "Ukraine", "Japan"
        ("How Many Drones Did Hayashi Send?", ()),  # a headline's capitals
        ("What did the EU say of the 3 drones?", ()),
        ("did he have 1900 cranes", ("1900",)),
        ("did he have 24000 cranes", ()),
    ],
)
def test_names_and_numbers_that_nothing_resembles_are_missing(question: str, missing: tuple[str, ...]) -> None:
    text = f"{TEXT} Yoshimasa Hayashi saw Ukraine's 24,000 mines."
    assert corrector(text).correct(question).missing == missing


def test_number_that_the_article_holds_is_known() -> None:
    assert corrector().correct("Were 24 cranes pledged in 2023?").unknown == ()


def test_number_is_never_changed_to_another() -> None:
    spelling = corrector().correct("What was pledged in 2022 and 20233?")

    assert spelling.text == "What was pledged in 2022 and 20233?"
    assert spelling.unknown == ("2022", "20233")


def test_word_is_never_changed_to_a_number() -> None:
    assert corrector("In 2023 it went well.", ()).correct("What of 202e?").text == "What of 202e?"


@pytest.mark.parametrize(
    "question", ["What did Zelenska say?", "Who is Hayashida?", "Did Olena Zelenska come?"]
)
def test_name_of_somebody_else_is_no_misspelling(question: str) -> None:
    spelling = corrector(f"{TEXT} Yoshimasa Hayashi met Volodymyr Zelenskyy.").correct(question)

    assert spelling.text == question
    assert {"Zelenska", "Hayashida"} & {*spelling.missing}


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("wher was it", "where was it"),
        ("wich country", "which country"),
        ("waht", "what"),
        ("when did the ships collide", "when did the ships collide"),
        ("who is the lender", "who is the lender"),
        ("why couldnt it wait", "why couldnt it wait"),
        ("whos there", "whos there"),
        ("presdent", "president"),
        ("minster", "minister"),
    ],
)
def test_english_is_left_and_question_words_are_mended(asked: str, meant: str) -> None:
    text = "When the president, a leader with wait at college, could want who, the minister went home."

    assert corrector(text, ()).correct(asked).text == meant


def test_inflection_of_a_known_word_is_known() -> None:
    assert corrector().correct("Did ministers pledge a crane?").unknown == ()


def test_short_word_is_left_alone() -> None:
    assert corrector("The cat sat.", ()).correct("a cot").text == "a cot"


def test_correction_leaves_every_other_character() -> None:
    spelling = corrector().correct("  Who’s «zelensky»?? 🙂\n cranes!")

    assert spelling.text == "  Who’s «Zelenskyy»?? 🙂\n cranes!"
    assert spelling.corrected == {"zelensky": "Zelenskyy"}


def test_tie_goes_to_the_word_of_more_articles() -> None:
    spelling = SpellingCorrector({"harbour": ("harbour", 1), "harbours": ("harbours", 3)}, {"harbour"}, ())

    assert spelling.correct("harbourx").text == "harbours"


def test_unknown_word_is_named_once() -> None:
    assert corrector().correct("tanks, tanks and tanks").unknown == ("tanks",)


@given(st.text(max_size=60))
def test_correction_is_stable(question: str) -> None:
    once = corrector().correct(question)

    assert corrector().correct(once.text).text == once.text


def test_vocabulary_prefers_lower_case() -> None:
    assert vocabulary_of("Talks began. The talks went on. Japan came.")["talks"] == "talks"


def test_vocabulary_keeps_the_capital_of_a_name() -> None:
    assert vocabulary_of("He saw Japan. japanese")["japan"] == "Japan"


def test_dictionary_takes_whole_words_alone() -> None:
    assert read_dictionary(["[CLS]", "##ing", "Tank", "2023", "café"]) == {"tank", "cafe"}
