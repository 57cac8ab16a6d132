"""Rewrite questions as people type them: noise, telegraph style, yes or no questions."""

import random
import re

from lemminflect import getLemma

from chatbot.training.data import Span

FILLERS_BEFORE = (
    "please tell me ", "hey, ", "can you tell me ", "do you know ", "i want to know ", "hi, ",
    "tell me ", "could you say ", "um ", "so ", "quick question: ", "does the article say ",
)  # fmt: skip
FILLERS_AFTER = (" please", " exactly", " in this article", " thanks", " according to the article")
FUNCTION_WORDS = frozenset(
    """a an the is are was were be been do does did has have had will would can could should
    of to for in on at by with from about and that this it its his her their there s not
    kind type sort as being""".split()
)
WH_WORDS = frozenset("who whom whose what which when where why how".split())
KEPT_TYPES = {"when": "date", "where": "place", "why": "reason", "who": ""}
PREPOSITIONS = re.compile(
    r"(?i)(?:in|on|at|during|from|by|since|after|before|until|near|last|next|to|inside|outside|"
    r"across|through|over|under|around|within|between|prior|while|when|early|late)\b"
)
PRONOUNS = frozenset("i you he she it we they me him them us my your our".split())


def add_noise(question: str, rng: random.Random) -> str:
    """Give the question as hastily typed: some of case, mark, fillers and spelling."""
    text = question
    if rng.random() < 0.5:
        text = text.lower()
    if rng.random() < 0.5:
        text = text.rstrip("?. ")
    if rng.random() < 0.15:
        text = rng.choice(FILLERS_BEFORE) + text[:1].lower() + text[1:]
    elif rng.random() < 0.1:
        mark = "?" if text.endswith("?") else ""
        text = text.rstrip("?") + rng.choice(FILLERS_AFTER) + mark
    for _ in range(rng.choice((0, 0, 1, 1, 2))):
        text = misspell(text, rng)
    return text


def misspell(text: str, rng: random.Random) -> str:
    """Drop, double, swap or change one inner letter of a word of five letters or more."""
    words = list(re.finditer(r"[^\W\d_]{5,}", text))
    if not words:
        return text
    word = rng.choice(words)
    place = rng.randrange(word.start() + 1, word.end() - 1)
    letter = text[place]
    way = rng.randrange(4)
    if way == 0:
        return text[:place] + text[place + 1 :]
    if way == 1:
        return text[:place] + letter + text[place:]
    if way == 2:
        return text[:place] + text[place + 1] + letter + text[place + 2 :]
    near = {"y": "i", "i": "y", "e": "i", "a": "e", "o": "u", "s": "z", "c": "k", "f": "ph"}
    return text[:place] + near.get(letter, rng.choice("aeiourst")) + text[place + 1 :]


def telegraph(question: str) -> tuple[str, bool] | None:
    """Give the question as bare keywords, and whether they still say what is asked for.

    None if fewer than two or more than six words would remain.
    """
    words = re.findall(r"[\w$%’'.-]*\w", question)
    asked = next((w.lower() for w in words if w.lower() in WH_WORDS), "")
    if PRONOUNS & {w.lower() for w in words}:
        return None
    bare = [w for w in words if w.lower() not in FUNCTION_WORDS | WH_WORDS]
    if asked == "how":
        bare = [w for w in bare if w.lower() not in {"many", "much"}]
        counted = "how many" in question.lower()
        return _enough([*bare, "number"] if counted else bare, counted)
    hint = KEPT_TYPES.get(asked, "")
    return _enough([*bare, hint] if hint else bare, bool(hint))


def _enough(words: list[str], typed: bool) -> tuple[str, bool] | None:
    """Give the keywords if they are neither too few nor too many."""
    return (" ".join(words), typed) if len(words) - typed >= 2 and len(words) <= 7 else None


def to_yes_no(question: str, answer: str, passage: str, span: Span) -> str | None:
    """Make a yes or no question that the answer's sentence settles with yes.

    "When did X meet Y?" with "Sept. 9" gives "Did X meet Y on Sept. 9?"; None where no rule
    fits.
    """
    if len(answer.split()) > 6 or not question.endswith("?"):
        return None
    body = question[:-1].strip()
    if re.search(r"(?i)\b(do|doing|done|be|being|happen|kind|type|sort)\b", body.partition(" ")[2]):
        return None
    match = re.match(r"(?i)(who|what|when|where|how many|how much|which|whom)\s+(.+)", body)
    if not match:
        return None
    asked, rest = match[1].lower(), match[2]
    words = rest.split()
    first = words[0].lower()
    if asked in {"when", "where"}:
        return _place_or_time(first, words, _with_preposition(answer, passage, span, asked))
    if asked in {"what", "whom", "who"} and first in {"did", "does", "do"} and len(words) > 2:
        return _ask(words[0], " ".join(words[1:]), answer)
    if asked in {"how many", "how much", "which", "what"}:
        return _with_noun(words, answer)
    if asked == "who" and len(words) > 1:
        return _subject(first, words, answer)
    return None


def _ask(auxiliary: str, rest: str, tail: str) -> str:
    """Join the parts of a yes or no question; a trailing preposition stays before the tail."""
    return f"{auxiliary.capitalize()} {rest} {tail}?"


def _place_or_time(first: str, words: list[str], answer: str | None) -> str | None:
    """Make it for when and where: the answer goes to the end."""
    auxiliaries = {"did", "does", "is", "are", "was", "were", "will", "has", "have"}
    if first not in auxiliaries or answer is None or len(words) < 3:
        return None
    return _ask(words[0], " ".join(words[1:]), answer)


def _with_preposition(answer: str, passage: str, span: Span, asked: str) -> str | None:
    """Give the answer with the preposition that stands before it in the passage, if one does."""
    if re.match(PREPOSITIONS, answer):
        return answer
    before = re.search(r"(\w+)\s+(?:the\s+)?$", passage[: span[0]])
    if before and re.fullmatch(PREPOSITIONS, before[1]):
        return f"{before[0].strip()} {answer}"
    return answer if asked == "when" and answer[:1].isalpha() else None


def _with_noun(words: list[str], answer: str) -> str | None:
    """Make it for "how many N did X V", "which N did X V": answer and noun to the end."""
    lowered = [word.lower() for word in words]
    place = next((i for i, w in enumerate(lowered) if w in {"did", "does", "do"}), 0)
    if not 0 < place <= 3 or len(words) - place < 3:
        return None
    noun = " ".join(words[:place])
    tail = answer if set(noun.lower().split()) & set(answer.lower().split()) else f"{answer} {noun}"
    return _ask(words[place], " ".join(words[place + 1 :]), tail)


def _subject(first: str, words: list[str], answer: str) -> str | None:
    """Make it for who: "Who visited Bucha" gives "Did Hayashi visit Bucha"."""
    if first in {"is", "are", "was", "were", "will", "has", "had", "can", "would", "have"}:
        return f"{words[0].capitalize()} {answer} {' '.join(words[1:])}?"
    if not re.fullmatch(r"[a-z]+", words[0]) or len(words) < 2:
        return None
    lemma = getLemma(words[0], upos="VERB")
    if not lemma or (lemma[0] == words[0] and not words[0].endswith(("t", "d", "e"))):
        return None
    auxiliary = "Does" if words[0].endswith("s") and lemma[0] != words[0] else "Did"
    return f"{auxiliary} {answer} {lemma[0]} {' '.join(words[1:])}?"
