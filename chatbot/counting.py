"""Counting: how many of something, in words."""


def counted(number: int, noun: str) -> str:
    """Write a number with its noun: "1 article", "2,000 articles"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
