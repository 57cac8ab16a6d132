"""Terminal: an answer as `chatbot ask` prints it."""

from chatbot.answer import (
    KIND_WORDS,
    Answer,
    Quotation,
    corrected_question,
    percent,
    refusal_words,
    unknown_words,
)
from chatbot.counting import counted


def render(answer: Answer, asked: int, undated: int = 0) -> str:
    """Write an answer of so many articles, and how many were not asked for want of a date.

    The answering words stand between ** **.
    """
    left_out = f"\n\n{undated_words(undated)}" if undated else ""
    return _render(answer, asked) + left_out


def undated_words(undated: int) -> str:
    """Say how many articles a range of dates leaves out because they have none."""
    return f"Not asked: {counted(undated, 'article')} without a date."


def _render(answer: Answer, asked: int) -> str:
    read = corrected_question(answer)
    as_read = [f"Read as: {read}"] if read else []
    if answer.not_found is None:
        return "\n\n".join([*as_read, *map(render_quotation, answer.answers)])
    if answer.not_found.reason == "small_talk":
        return "Ask about the articles: the answer is a quotation from them. `chatbot articles` lists them."
    if not asked:
        return refusal_words(asked)
    lines = [
        *as_read,
        f"{refusal_words(asked)} (best confidence {percent(answer.not_found.best_confidence)} %)",
    ]
    if answer.not_found.unknown_terms:
        lines.append(f"{unknown_words(asked)} {', '.join(answer.not_found.unknown_terms)}")
    if answer.not_found.closest:
        lines.append("Closest, but not an answer:\n")
        lines += [render_quotation(quotation) + "\n" for quotation in answer.not_found.closest]
    return "\n".join(lines).rstrip()


def render_quotation(quotation: Quotation) -> str:
    """Write one quotation and where it stands."""
    text = "".join(f"**{part.text}**" if part.mark else part.text for part in quotation.segments)
    passage, article = quotation.passage, quotation.article
    page = f"page {passage.page}, " if passage.page else ""
    named = f"{article.title}, {article.published}" if article.published else article.title
    place = (
        f"{KIND_WORDS[passage.kind]}, {page}paragraph {passage.number}, "
        f"characters {quotation.start}-{quotation.end}"
    )
    sure = f"{quotation.band} confidence, {percent(quotation.confidence)} %"
    return f"“{text}”\n  {named}\n  {place}; {sure}"
