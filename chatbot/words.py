"""Words: what a library counts for each word, read at once while that is quick, else looked up one by one."""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import TypeVar

MOST_READ = 50_000  # words of a library that are read at once, in some hundredths of a second
KEPT = 50_000  # words that were looked up

Value = TypeVar("Value")


class LookedUp(Mapping[str, Value]):
    """A mapping whose values are looked up when they are asked for; those asked for last are kept."""

    def __init__(self, read: Callable[[int], dict[str, Value]], look_up: Callable[[str], Value | None]) -> None:
        """Take what reads so many words at most (-1 for all), and what looks one up (None for none)."""
        self._read = read
        self._look_up = lru_cache(KEPT)(look_up)

    def __getitem__(self, word: str) -> Value:
        value = self._look_up(word)
        if value is None:
            raise KeyError(word)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._read(-1))

    def __len__(self) -> int:
        return len(self._read(-1))


def looked_up(
    read: Callable[[int], dict[str, Value]], look_up: Callable[[str], Value | None]
) -> Mapping[str, Value]:
    """Give all words where there are few, else a mapping that looks them up; see ``LookedUp``."""
    few = read(MOST_READ + 1)
    return few if len(few) <= MOST_READ else LookedUp(read, look_up)
