"""Context: what a reader sees behind a question, by which it tells what the question speaks of.

A follow-up is read with the turns before it ("When did he arrive? | Who met the envoy? Ana
Ruiz"), the last one first, as in reading with history (Choi et al. 2018, arXiv:1808.07036).

A passage is read with the words before it in its article, which say who "she" is.
"""

from collections.abc import Iterable

from chatbot.sentences import split_sentences

SEPARATOR = " | "
MOST_TURNS = 3
MOST_TITLE_WORDS = 24
MOST_ANSWER_WORDS = 12  # of the words that answered an earlier question
MOST_LEAD_WORDS = 50


def with_context(question: str, context: Iterable[str]) -> str:
    """Give a question as a reader sees it in its context."""
    return SEPARATOR.join((question, *context))


def about(title: str) -> str:
    """Give an article's title as context, for a sentence that stands by itself."""
    return " ".join(title.split()[:MOST_TITLE_WORDS])


def without_context(question: str) -> str:
    """Give a question as it was asked."""
    return question.partition(SEPARATOR)[0]


def earlier_turn(question: str, answer: str = "") -> str:
    """Give one turn of the context: what was asked, and the words that answered it, if any did."""
    return " ".join((question, *answer.split()[:MOST_ANSWER_WORDS]))


def lead_in(before: str, most: int = MOST_LEAD_WORDS) -> str:
    """Give the last sentences of what stands before a passage, at most so many words of them.

    Of a last sentence that is longer, its last words.
    """
    lead: list[str] = []
    for start, end in reversed(split_sentences(before)):
        sentence = before[start:end].split()
        if lead and len(lead) + len(sentence) > most:
            break
        lead = sentence[-most:] + lead
    return " ".join(lead)
