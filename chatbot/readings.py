"""Readings: what was found for several wordings of one question, made one."""

from collections.abc import Sequence

from chatbot.confidence import Judged, sigmoid

# What the surest wording weighs in a confidence; the least sure has the rest. Where wordings
# disagree on a passage, one of them was misunderstood.
SUREST = 0.7


def fuse(readings: Sequence[Sequence[Judged]]) -> tuple[Judged, ...]:
    """Rank passages by what they are worth to all wordings of a question, best first.

    A passage's worth is the mean of its probabilities to be the right one, 0 where a wording
    did not find it. Its span is that of the wording that is surest of it. As for one wording,
    no passage is more confident than one ranked before it; equal ones stay in the order in
    which they were found.
    """
    found: dict[str, list[Judged]] = {}
    for reading in readings:
        for item in reading:
            found.setdefault(item.candidate.span.passage.id, []).append(item)
    ranked = sorted(found.values(), key=lambda items: -sum(sigmoid(item.score) for item in items))
    fused: list[Judged] = []
    most = 1.0
    for items in ranked:
        surest = max(items, key=lambda item: item.confidence)
        least = min(item.confidence for item in items) if len(items) == len(readings) else 0.0
        most = min(most, SUREST * surest.confidence + (1 - SUREST) * least)
        score = sum(item.score for item in items) / len(items)
        fused.append(Judged(surest.candidate, score, most))
    return tuple(fused)
