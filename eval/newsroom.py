"""The newsroom's follow-up chains: conversations on articles that no reader is trained on."""

from dataclasses import replace
from pathlib import Path

from eval.chains import load_chains
from eval.collection import Collection, EvaluationError
from eval.practice import practice_questions
from eval.questions import FOLDER, Split

NEWSROOM_CHAINS = FOLDER / "followups_newsroom.jsonl"


def newsroom_chains(split: Split | None, path: Path = NEWSROOM_CHAINS) -> Collection:
    """Load the chains of a split (None: all) on the held-out newsroom articles.

    The questions are the first turns. Each half has articles of its own, and the library the
    articles of both; every question is asked of its own article alone.

    Raises:
        EvaluationError: a label is wrong, or the split has no chains.
    """
    newsroom = practice_questions("newsroom")
    chains = load_chains(path, {article.id: article for article in newsroom.articles})
    chosen = tuple(chain for chain in chains if split in (None, chain[0].split))
    if not chosen:
        raise EvaluationError(f"expected chains of the split {split!r} in {path.name}, got none; add some")
    told = {chain[0].article_id for chain in chains}
    return replace(
        newsroom,
        name=f"the newsroom's follow-ups, {f'{split} half' if split else 'both halves'}",
        command=f"python -m eval --newsroom --split {split or 'all'}",
        articles=tuple(article for article in newsroom.articles if article.id in told),
        questions=tuple(chain[0] for chain in chosen),
        pooled=False,
        chains=chosen,
    )
