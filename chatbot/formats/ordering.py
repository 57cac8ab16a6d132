"""The order in which the lines of a page are read, where it is not that in which they are drawn."""

import heapq
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from chatbot.formats.layout import Line

MOST_LINES = 1_000  # the time that the rules take grows with the cube; pages have 300 at most
Relation = npt.NDArray[np.bool_]  # (line, line)


def by_place(lines: Sequence[Line]) -> list[Line]:
    """Order lines by their place on the page, if one is drawn after another that it stands above.

    A line is read before those below it, and before those to its right unless a line
    between them spans both: after T. M. Breuel, "High Performance Document Layout Analysis"
    (2003). What the two rules leave open, such as what is drawn in a box, stays as drawn.
    """
    if not 0 < len(lines) <= MOST_LINES:
        return list(lines)
    left, right, bottom, size = np.array([(line.left, line.right, line.bottom, line.size) for line in lines]).T
    overlapping = (left[:, None] < right) & (left < right[:, None])
    above = overlapping & (bottom[:, None] > bottom + 0.5 * size)
    if not np.tril(above).any():
        return list(lines)
    beside = right[:, None] <= left
    for spanning in range(len(lines)):
        both = np.outer(overlapping[:, spanning], overlapping[spanning])
        between = (bottom < bottom[spanning])[:, None] != (bottom < bottom[spanning])
        beside &= ~(both & between)
    return [lines[at] for at in _topological(above | beside)]


def _topological(before: Relation) -> list[int]:
    """Order so that nothing comes after what it is before, the first of those that may be next first."""
    waiting = before.sum(axis=0)
    ready = [at for at in range(len(before)) if waiting[at] == 0]
    order: list[int] = []
    done = np.zeros(len(before), dtype=bool)
    while len(order) < len(before):
        # Rules may contradict each other where lines lie askew: then the first that is left goes on.
        at = heapq.heappop(ready) if ready else int(np.argmin(done))
        if done[at]:
            continue
        done[at] = True
        order.append(at)
        waiting[before[at]] -= 1
        for after in np.flatnonzero(before[at] & (waiting == 0) & ~done):
            heapq.heappush(ready, int(after))
    return order
