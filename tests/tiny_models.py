"""Tiny models with random weights, saved as transformers and sentence-transformers save theirs."""

from pathlib import Path

WORDS = (
    "who met what when where the mayor ana lind omar hasan harbour opened ferry ferries carry passengers "
    "library director is in to and crews on monday oslo late cafe e 40 . , ? : ! “ ” ##s ##y ##1 ##2 1 2 3"
)


def save_tokenizer(folder: Path) -> None:
    """Save a BERT tokeniser with a vocabulary of a few words and single letters."""
    from transformers import BertTokenizerFast  # type: ignore[attr-defined]  # it has no types

    letters = [chr(point) for point in range(ord("a"), ord("z") + 1)]
    cyrillic = [chr(point) for point in range(ord("а"), ord("я") + 1)]
    entries = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS.split(), *letters, *cyrillic]
    entries += [f"##{letter}" for letter in letters + cyrillic] + ["東", "京"]
    vocabulary = {entry: at for at, entry in enumerate(dict.fromkeys(entries))}
    BertTokenizerFast(vocab=vocabulary, do_lower_case=True).save_pretrained(str(folder))


def tiny_config(positions: int) -> object:
    """Give the settings of a BERT of two layers, 16 wide."""
    from transformers import BertConfig

    return BertConfig(
        vocab_size=256,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=positions,
        initializer_range=0.5,
    )


def save_bert(folder: Path, *, positions: int = 64) -> Path:
    """Save a random BERT without any head."""
    import torch
    from transformers import BertModel

    torch.manual_seed(7)
    save_tokenizer(folder)
    BertModel(tiny_config(positions)).save_pretrained(folder)  # type: ignore[arg-type]
    return folder


def save_sentence_model(folder: Path, *, positions: int = 64) -> Path:
    """Save a random sentence-transformers model with mean pooling."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

    transformer = Transformer(str(save_bert(folder / "bert", positions=positions)), max_seq_length=positions)
    pooling = Pooling(transformer.get_embedding_dimension())
    SentenceTransformer(modules=[transformer, pooling], device="cpu").save(str(folder / "model"))
    return folder / "model"


def save_reader(folder: Path, *, positions: int = 512) -> Path:
    """Save a random extractive question-answering model."""
    import torch
    from transformers import BertForQuestionAnswering

    torch.manual_seed(7)
    save_tokenizer(folder)
    BertForQuestionAnswering(tiny_config(positions)).save_pretrained(folder)  # type: ignore[arg-type]
    return folder


def export_reader(source: Path, folder: Path) -> Path:
    """Export a question-answering model to ONNX, with its tokeniser and settings beside it."""
    import shutil
    import warnings

    import torch
    from transformers import AutoModelForQuestionAnswering

    class Graph(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = AutoModelForQuestionAnswering.from_pretrained(source, attn_implementation="eager")

        def forward(
            self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor
        ) -> tuple[torch.Tensor, torch.Tensor]:
            found = self.model(input_ids=ids, attention_mask=mask, token_type_ids=types)
            return found.start_logits, found.end_logits

    folder.mkdir()
    for name in ("tokenizer.json", "config.json"):
        shutil.copy(source / name, folder / name)
    names = ["input_ids", "attention_mask", "token_type_ids"]
    axes = {name: {0: "batch", 1: "sequence"} for name in [*names, "start_logits", "end_logits"]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of tracing; the spans are compared instead
        torch.onnx.export(
            Graph().eval(),
            tuple(torch.ones((2, 8), dtype=torch.int64) for _ in names),
            str(folder / "model.onnx"),
            input_names=names,
            output_names=["start_logits", "end_logits"],
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )
    return folder
