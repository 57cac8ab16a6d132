"""Wording: what of a question only says how it is asked, so that it does not matter."""

import re

# Before what is asked, in any number and order.
FILLER = re.compile(
    r"""^\W*(?:
      (?:hi|hello|hey|dear|please|pls|kindly|ok|okay|um+|uh+|hmm+|just|(?:quick\ )?question)
      (?:\ (?:there|all))?\b
    | (?:can|could|would|will)\ (?:you|anyone|somebody|someone)\ (?:please\ |kindly\ |perhaps\ |maybe\ )?
      (?:tell|show|inform|remind|say|explain)(?:\ to)?(?:\ (?:me|us))?\b
    | (?:please\ )?tell\ (?:me|us)(?:\ please)?\b
    | (?:i|we)(?:\ would|['’]?d)?\ (?:want|like|need|wish)\ to\ (?:know|ask|learn|find\ out)\b
    | (?:i|we)(?:\ (?:am|are)|['’](?:m|re))?\ (?:just\ )?(?:wonder(?:ing)?|curious)\b(?:\ (?:about|to\ know))?
    | do\ (?:you|we)\ (?:happen\ to\ )?know\b
    | any\ idea\b | (?:is\ it\ )?(?:according\ to|in|per)\ (?:the|this)\ (?:article|text|story|report)\b
    | does\ (?:the|this)\ (?:article|text|story)\ (?:say|mention|tell|state)
      (?=\ (?:who|what|when|where|why|which|how|if))
    | (?:if|whether)(?=\ )
    )[\s,:;.!–—-]*""",
    re.IGNORECASE | re.VERBOSE,
)
POLITE_END = re.compile(
    r"[\s,;]+(?:please|pls|thanks|thank\ you|thx|according\ to\ (?:the|this)\ (?:article|text|story)"
    r"|in\ (?:the|this)\ (?:article|text|story))\W*$",
    re.IGNORECASE,
)
JOINER = re.compile(r"^\W*(?:and|but|so|also|then)\b[\s,]*", re.IGNORECASE)
END = re.compile(r"[\s?!.…]+$")


def plain_question(question: str) -> str:
    """Give a question without greeting, politeness and final punctuation.

    "Hey, could you please tell me who met Zelenskyy??" becomes "who met Zelenskyy". What
    would leave nothing is left as it is.
    """
    plain = question
    while (shorter := _shorten(FILLER, _shorten(POLITE_END, plain))) != plain:
        plain = shorter
    return END.sub("", plain) or question


def read_question(question: str, added: tuple[str, ...] = ()) -> str:
    """Give a plain question as retriever and reader are given it, with earlier turns' words.

    It always ends in a question mark, whether one was typed or not.
    """
    return " ".join([_shorten(JOINER, question), *added]) + "?"


def _shorten(pattern: re.Pattern[str], text: str) -> str:
    """Take the pattern away where words remain."""
    shorter = pattern.sub("", text)
    return shorter if any(letter.isalnum() for letter in shorter) else text
