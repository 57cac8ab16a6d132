import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import tokenizers
from conftest import SEEDS
from fakes import make_passage, make_passages
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_models import export_reader, save_bert, save_reader

from chatbot.encoder import file_sha256, packaged_folder
from chatbot.errors import ModelError
from chatbot.extractive import (
    MAX_ANSWER_TOKENS,
    PACKAGED_READER,
    ExtractiveReader,
    Ids,
    Logits,
    Window,
    best_span,
    load_extractive,
)
from chatbot.passages import Passage
from chatbot.readers import load_reader
from chatbot.settings import Settings
from chatbot.terms import words

TOKENIZER = tokenizers.Tokenizer.from_file(str(packaged_folder() / "tokenizer.json"))
SOUGHT = "zanzibar"
QUESTION = "where did they go?"
TEXT = "Ana Lind went to Oslo on Monday. Omar Hasan met the crews of the ferry in the harbour."


class SeekingModel:
    """Gives 10 where the sought words start and end, in the question too, and 0 elsewhere."""

    def __init__(self, *sought: str) -> None:
        encoded = [TOKENIZER.encode(words, add_special_tokens=False) for words in sought or (SOUGHT,)]
        self._sought = [
            [token for token, real in zip(one.ids, one.attention_mask, strict=True) if real] for one in encoded
        ]
        self.lengths: list[int] = []

    def __call__(self, ids: Ids, mask: Ids, types: Ids) -> tuple[Logits, Logits]:
        self.lengths += mask.sum(axis=1).tolist()
        start, end = np.zeros(ids.shape, dtype=np.float32), np.zeros(ids.shape, dtype=np.float32)
        for row, tokens in enumerate(ids.tolist()):
            for sought in self._sought:
                for at in range(len(tokens)):
                    if tokens[at : at + len(sought)] == sought:
                        start[row, at] = end[row, at + len(sought) - 1] = 10
        return start, end


def reader(*sought: str, max_tokens: int = 384) -> ExtractiveReader:
    return ExtractiveReader("fake", TOKENIZER, SeekingModel(*sought), max_tokens)


def found(text: str, *sought: str, question: str = QUESTION, start: int = 0) -> str:
    """Give the words that a passage at ``start`` of its article is marked with."""
    (span,) = reader(*sought).read(question, [make_passage(text, start)])
    return text[span.start - start : span.end - start]


@pytest.mark.parametrize("start", [0, 1204])
def test_span_is_the_words_that_the_model_points_at(start: int) -> None:
    assert found("They went to Zanzibar in May.", start=start) == "Zanzibar"


def test_score_is_what_the_span_has_over_no_answer() -> None:
    def model(ids: Ids, mask: Ids, types: Ids) -> tuple[Logits, Logits]:
        start = np.zeros(ids.shape, dtype=np.float32)
        start[:, 0], start[0, -2] = 1.5, 4.0
        return start, 2 * start

    (span,) = ExtractiveReader("fake", TOKENIZER, model).read("where?", [make_passage("In Oslo")])

    assert span.score == pytest.approx((4 + 8) - (1.5 + 3))


def test_words_of_the_question_are_never_the_span() -> None:
    question = "did they go to Zanzibar?"
    (span,) = reader().read(question, [make_passage("They went to Oslo.")])

    assert span.score == 0  # the best of the passage's own tokens


@pytest.mark.parametrize("at", [0, 100, 250, 363, 370, 380, 500, 899])
def test_long_passage_loses_nothing(at: int) -> None:
    words = ["ferry"] * 900
    words[at] = "Zanzibar"
    text = " ".join(words)

    (span,) = reader().read(QUESTION, [make_passage(text, 50)])

    assert text[span.start - 50 : span.end - 50] == "Zanzibar"
    assert span.start - 50 == 6 * at
    assert span.score == 20


@given(st.integers(0, 400), st.integers(1, 12))
@settings(max_examples=12)
def test_answer_in_several_words_is_whole_in_some_window(at: int, length: int) -> None:
    words = ["ferry"] * 400
    words[at:at] = ["Oslo"] * length
    text = " ".join(words)

    (span,) = reader(" ".join(["Oslo"] * length)).read(QUESTION, [make_passage(text)])

    assert text[span.start : span.end] == " ".join(["Oslo"] * length)


def test_no_window_is_longer_than_the_model_reads() -> None:
    model = SeekingModel()
    ExtractiveReader("fake", TOKENIZER, model, 64).read("who " * 200, [make_passage("ferry " * 500)])

    assert max(model.lengths) <= 64


@pytest.mark.parametrize(
    ("text", "sought"),
    [
        ("🙂🙂🏽 They 👩‍👩‍👧 went to Zanzibar 🙂.", "Zanzibar"),
        ("Кияни поїхали до Києва вчора.", "Києва"),
        ("Le café naïf à Zanzibar", "Zanzibar"),
        ("cafe\u0301 cafe\u0301 a\u0308o\u0308 Zanzibar", "Zanzibar"),
        ("İstanbul ſ ﬁ ½ Zanzibar", "Zanzibar"),
        ("\ufeff\u200b\u00ad Zanzibar\u200b", "Zanzibar"),
        ("Zanzibar’s “Zoo”", "Zanzibar"),
        ("東京へ行きました", "京"),
    ],
)
def test_offsets_are_the_texts_own(text: str, sought: str) -> None:
    assert found(text, sought.casefold()) == sought


@pytest.mark.parametrize("word", ["Café", "Cafe\u0301", "Zanzibar\u0301"])
def test_span_keeps_the_accent_of_its_last_letter(word: str) -> None:
    assert found(f"They went to the {word} in May.", "cafe", "zanzibar") == word


def test_each_passage_has_one_span_in_the_passages_order() -> None:
    passages = make_passages("Zanzibar is far. " * 40 + "\n\nOslo.\n\n" + "To Zanzibar.")

    spans = reader().read(QUESTION, passages)

    assert [span.passage for span in spans] == list(passages)
    assert [span.score for span in spans] == [20, 0, 20]


def test_span_stands_in_its_passage_and_not_in_the_lead() -> None:
    first, second = make_passages(f"{TEXT}\n\nThey went to {SOUGHT} then.")
    model = SeekingModel()

    spans = ExtractiveReader("fake", TOKENIZER, model).read(QUESTION, [first, second], [f"To {SOUGHT}.", TEXT])

    assert [span.score for span in spans] == [0, 20]
    assert second.text[spans[1].start - second.start : spans[1].end - second.start].lower() == SOUGHT
    bare = SeekingModel()
    ExtractiveReader("fake", TOKENIZER, bare).read(QUESTION, [first, second])
    assert sum(model.lengths) > sum(bare.lengths)


def test_long_passage_behind_a_lead_loses_nothing() -> None:
    text = "It is far. " * 60 + f"To {SOUGHT}."
    (span,) = reader(max_tokens=64).read(QUESTION, [make_passage(text, 7)], ["They left. " * 5])

    assert text[span.start - 7 : span.end - 7].lower() == SOUGHT


def test_passages_read_together_have_a_score_each_against_one_no_answer() -> None:
    passages = make_passages(f"{TEXT}\n\nThey went to {SOUGHT}.")
    model = SeekingModel()
    together = ExtractiveReader("fake", TOKENIZER, model).read_together(QUESTION, passages)

    assert together == (0.0, 20.0)
    assert len(model.lengths) == 1


def test_passages_that_do_not_fit_together_are_not_read() -> None:
    passages = make_passages(f"{TEXT}\n\n{TEXT}")

    assert reader(max_tokens=48).read_together(QUESTION, passages) == ()


def test_no_passages_have_no_spans() -> None:
    assert reader().read(QUESTION, []) == ()


@pytest.mark.parametrize("text", ["\u0301", "\u200b", "\u00ad"])
def test_passage_without_tokens_has_no_span(text: str) -> None:
    assert reader().read(QUESTION, [make_passage(text), make_passage("Zanzibar")])[0].passage.text == "Zanzibar"


@pytest.mark.parametrize(
    "question", ["東" * 500, "a" * 500, "🙂" * 500, "e\u0301" * 250, "? " * 250, "a.b" * 166]
)
def test_longest_question_leaves_room_for_the_passage(question: str) -> None:
    assert found("ferry " * 500 + "Zanzibar", question=question) == "Zanzibar"


@pytest.mark.parametrize("max_tokens", [30, 62, 126, 384])
def test_model_that_reads_little_loses_nothing(max_tokens: int) -> None:
    text = "ferry " * 300 + "Zanzibar " + "crew " * 300
    (span,) = reader(max_tokens=max_tokens).read("who " * 120, [make_passage(text)])

    assert text[span.start : span.end] == "Zanzibar"


def window(*offsets: tuple[int, int] | None) -> Window:
    return Window(0, tuple(range(len(offsets))), (0,) * len(offsets), offsets)


def logits(*values: float) -> Logits:
    return np.array(values, dtype=np.float32)


PASSAGE = make_passage("a b c", 10)
THREE = window(None, (0, 1), (2, 3), (4, 5))


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (logits(0, 1, 5, 0), logits(0, 0, 1, 4), (12, 15, 9.0)),
        (logits(0, 0, 0, 9), logits(0, 9, 0, 0), (10, 11, 9.0)),  # no span ends before it starts
        (logits(7, 0, 0, 0), logits(7, 0, 0, 0), (10, 11, -14.0)),  # ties: the earlier and shorter
        (logits(0, -5, -5, -5), logits(0, -5, -5, -5), (10, 11, -10.0)),  # below no answer, and said so
    ],
)
def test_best_span_is_as_by_hand(start: Logits, end: Logits, expected: tuple[int, int, float]) -> None:
    span = best_span(THREE, start, end, PASSAGE)

    assert span is not None
    assert (span.start, span.end, span.score) == expected


def test_best_span_is_no_longer_than_an_answer() -> None:
    count = MAX_ANSWER_TOKENS + 10
    offsets = [(2 * at, 2 * at + 1) for at in range(count)]
    start, end = np.zeros(count + 1, dtype=np.float32), np.zeros(count + 1, dtype=np.float32)
    start[1], end[count], end[5] = 10, 10, 3

    span = best_span(window(None, *offsets), start, end, make_passage("a " * count))

    assert span is not None
    assert (span.start, span.end, span.score) == (0, 9, 13.0)


def test_best_span_of_a_window_without_the_passage_is_none() -> None:
    assert best_span(window(None, None, (3, 3)), logits(0, 9, 9), logits(0, 9, 9), PASSAGE) is None


# Folders of models


@pytest.fixture(scope="module")
def torch_reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_reader(tmp_path_factory.mktemp("reader"))


@pytest.fixture(scope="module")
def onnx_reader(torch_reader: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_reader(torch_reader, tmp_path_factory.mktemp("exported") / "reader")


def copied(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "copy"))


def passages() -> Sequence[Passage]:
    return make_passages(f"{TEXT}\n\nWho?\n\n{TEXT * 20}\n\nКиїв café 🙂 in Oslo.")


def test_transformers_folder_and_its_onnx_export_read_alike(torch_reader: Path, onnx_reader: Path) -> None:
    record = load_extractive(torch_reader, 1).read(QUESTION, passages())
    exported = load_extractive(onnx_reader, 1).read(QUESTION, passages())

    assert [(span.start, span.end) for span in exported] == [(span.start, span.end) for span in record]
    assert [span.score for span in exported] == pytest.approx([span.score for span in record], abs=1e-3)
    assert len({(span.end - span.start) for span in record}) > 1


def test_passage_is_read_alike_alone_and_among_others(onnx_reader: Path) -> None:
    opened = load_extractive(onnx_reader, 1)
    together = opened.read(QUESTION, passages())

    for span in together:
        (alone,) = opened.read(QUESTION, [span.passage])
        assert (alone.start, alone.end) == (span.start, span.end)
        assert alone.score == pytest.approx(span.score, abs=1e-4)


def test_reader_is_the_folder_that_the_setting_names(onnx_reader: Path, real_settings: Settings) -> None:
    from fakes import FakeEncoder

    opened = load_reader(real_settings.model_copy(update={"reader": str(onnx_reader)}), FakeEncoder())

    assert opened.name == "reader (folder)"
    assert opened.read(QUESTION, passages())


def test_reader_of_short_positions_reads_long_questions_and_passages(tmp_path: Path) -> None:
    opened = load_extractive(save_reader(tmp_path, positions=64), 1)

    assert len(opened.read("who met the mayor of the harbour " * 15, passages())) == len(passages())


def test_folder_that_is_missing_says_what_may_be_given(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="CHATBOT_READER to be 'extractive', 'sentence' or the folder"):
        load_extractive(tmp_path / "nowhere", 1)


def test_folder_without_a_tokeniser_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"expected a tokenizer\.json"):
        load_extractive(tmp_path, 1)


def test_model_without_a_question_answering_head_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="expected a question-answering model"):
        load_extractive(save_bert(tmp_path), 1)


def test_reader_with_damaged_weights_is_refused(torch_reader: Path, tmp_path: Path) -> None:
    folder = copied(torch_reader, tmp_path)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:500])

    with pytest.raises(ModelError, match="got one that does not load"):
        load_extractive(folder, 1)


def test_graph_that_answers_no_questions_is_refused(
    onnx_reader: Path, tmp_path: Path, real_settings: Settings
) -> None:
    folder = copied(onnx_reader, tmp_path)
    (encoder,) = real_settings.data_dir.glob("encoder-*/model.onnx")
    shutil.copy(encoder, folder / "model.onnx")

    with pytest.raises(ModelError, match="start_logits and end_logits, got inputs"):
        load_extractive(folder, 1)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "config.json"])
def test_damaged_file_of_a_reader_is_a_model_error(onnx_reader: Path, tmp_path: Path, name: str) -> None:
    folder = copied(onnx_reader, tmp_path)
    (folder / name).write_bytes((folder / name).read_bytes()[:100])

    with pytest.raises(ModelError, match=name):
        load_extractive(folder, 1)


def test_file_that_is_not_the_recorded_one_is_a_checksum_error(onnx_reader: Path, tmp_path: Path) -> None:
    folder = copied(onnx_reader, tmp_path)
    recorded = file_sha256(folder / "model.onnx")
    (folder / "manifest.json").write_text(json.dumps({"sha256": {"model.onnx": recorded}}))
    assert load_extractive(folder, 1)

    with (folder / "model.onnx").open("ab") as file:
        file.write(b"x")

    with pytest.raises(ModelError, match=f"with sha256 {recorded}, got .* install the model anew"):
        load_extractive(folder, 1)


@pytest.mark.parametrize("content", ["", "[]", '{"sha256": 3}'])
def test_manifest_that_cannot_be_read_is_a_model_error(onnx_reader: Path, tmp_path: Path, content: str) -> None:
    folder = copied(onnx_reader, tmp_path)
    (folder / "manifest.json").write_text(content)

    with pytest.raises(ModelError, match=r"manifest\.json"):
        load_extractive(folder, 1)


@pytest.mark.skipif(not (PACKAGED_READER / "manifest.json").is_file(), reason="no reader is packaged")
def test_packaged_reader_has_a_checksum_for_each_file_it_reads() -> None:
    recorded = json.loads((PACKAGED_READER / "manifest.json").read_text(encoding="utf-8"))["sha256"]

    assert {"model.onnx", "tokenizer.json"} <= set(recorded)
    assert all(file_sha256(PACKAGED_READER / name) == digest for name, digest in recorded.items())


@pytest.mark.skipif(not (PACKAGED_READER / "manifest.json").is_file(), reason="no reader is packaged")
def test_damaged_copy_of_the_packaged_reader_is_refused(tmp_path: Path) -> None:
    folder = copied(PACKAGED_READER, tmp_path)
    content = bytearray((folder / "model.onnx").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "model.onnx").write_bytes(content)

    with pytest.raises(ModelError, match="sha256"):
        load_extractive(folder, 1)


@pytest.mark.skipif(not (PACKAGED_READER / "manifest.json").is_file(), reason="no reader is packaged")
def test_packaged_reader_finds_the_number_on_the_real_article() -> None:
    text = (SEEDS / "000_21e44077a3ba8fcb.txt").read_text(encoding="utf-8")
    opened = load_extractive(PACKAGED_READER, 1)

    spans = opened.read("How many demining cranes did Japan pledge?", make_passages(text))
    best = max(spans, key=lambda span: span.score)

    assert text[best.start : best.end] in {"24", "24 demining cranes"}
    assert spans == opened.read("How many demining cranes did Japan pledge?", make_passages(text))


def test_span_has_no_excluded_word_and_nothing_joined_to_one() -> None:
    passage = make_passage("Lind met Hasan and Berg")
    offsets = tuple((word.start, word.end) for word in words(passage.text))
    window = Window(0, (0, 1, 2, 3, 4, 5), (0, 1, 1, 1, 1, 1), (None, *offsets))
    start = np.array([0, 2, 0, 5, 0, 1], dtype=np.float32)
    end = np.array([0, 2, 0, 1, 0, 5], dtype=np.float32)

    joined = best_span(window, start, end, passage)
    other = best_span(window, start, end, passage, {"hasan"})

    assert joined is not None
    assert passage.text[joined.start - passage.start : joined.end - passage.start] == "Hasan and Berg"
    assert other is not None
    assert passage.text[other.start - passage.start : other.end - passage.start] == "Lind"
    assert best_span(window, start, end, passage, {word.stem for word in words(passage.text)}) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Peru's premier Lind", "premier Lind"),
        ("Peru and Lind", None),
        ("Peru, Lind", None),
        ("Premier Ana Peru", None),
        ("Peru's old premier", None),
    ],
)
def test_name_after_an_excluded_word_stays(text: str, found: str | None) -> None:
    passage = make_passage(text)
    offsets = tuple((word.start, word.end) for word in words(text))
    window = Window(0, (0,) * (len(offsets) + 1), (0,) * (len(offsets) + 1), (None, *offsets))
    start = np.array([0, 5, *range(3, 2 + len(offsets))], dtype=np.float32)
    start[3:] = 1
    end = np.array([0] * len(offsets) + [5], dtype=np.float32)

    span = best_span(window, start, end, passage, {"peru"})

    assert (span and text[span.start - passage.start : span.end - passage.start]) == found
