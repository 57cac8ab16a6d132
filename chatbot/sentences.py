"""Sentence boundaries, as offsets; found by Wikimedia's sentencex."""

import sentencex


def split_sentences(text: str, language: str = "en") -> tuple[tuple[int, int], ...]:
    """Give the ``[start, end)`` of each sentence of a text, without the space around it.

    Between two sentences, before the first and after the last stands white space alone.
    """
    spans = []
    for boundary in sentencex.get_sentence_boundaries(language, text):
        start, end = boundary["start_index"], boundary["end_index"]
        sentence = text[start:end]
        stripped = sentence.strip()
        if stripped:
            start += len(sentence) - len(sentence.lstrip())
            spans.append((start, start + len(stripped)))
    return tuple(spans)
