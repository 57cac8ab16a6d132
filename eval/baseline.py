"""What the benchmark puts beside the product: plain PyTorch, in a process of its own.

Reads ``{"questions": [...], "passages": [...]}`` from standard input and writes the times
and the memory as JSON: each question encoded by sentence-transformers, and the passages
read one after the other by a question-answering model of the same size (its head is not
trained: it takes as long as one that is).
"""

import json
import sys

import psutil
import torch
from sentence_transformers import SentenceTransformer
from transformers import AutoModelForQuestionAnswering, AutoTokenizer, logging

from chatbot.encoder import packaged_folder
from eval.timing import memory, times


def main() -> None:
    """Measure, and write the readings."""
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # the head is not trained, as said above
    asked = json.load(sys.stdin)
    torch.set_num_threads(asked["threads"])
    folder = str(packaged_folder())
    encoder = SentenceTransformer(folder, device="cpu")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForQuestionAnswering.from_pretrained(folder).eval()

    def read(question: str) -> None:
        for passage in asked["passages"]:
            tokens = tokenizer(question, passage, truncation="only_second", max_length=384, return_tensors="pt")
            model(**tokens)

    with torch.inference_mode():
        readings = {
            "encode_ms": times(encoder.encode, asked["questions"]),
            "read_ms": times(read, asked["questions"]),
            "memory_mib": memory(psutil.Process()),
        }
    json.dump(readings, sys.stdout)


if __name__ == "__main__":
    main()
