"""Fakes for the tests of large libraries: vectors in clusters, and what reads them."""

from collections.abc import Callable

import numpy as np

from chatbot.encoder import Vectors
from chatbot.rows import RowNumbers

CLUSTERS = 200


def clustered(count: int, dimension: int, seed: int = 0) -> Vectors:
    """Make unit vectors around centres, the same ones whatever the seed."""
    centres = np.random.default_rng(99).normal(size=(CLUSTERS, dimension))
    random = np.random.default_rng(seed)
    near = centres[random.integers(CLUSTERS, size=count)] + random.normal(size=(count, dimension)) * 0.7
    unit: Vectors = (near / np.linalg.norm(near, axis=1, keepdims=True)).astype(np.float32)
    return unit


def reader_of(vectors: Vectors, first: int = 1) -> Callable[[RowNumbers], Vectors]:
    """Read the vectors of rows that are numbered from ``first``."""
    return lambda rows: vectors[rows - first]
