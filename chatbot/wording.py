"""Wording: what of a question only says how it is asked, so that it does not matter."""

import re

from chatbot.terms import words

# Before what is asked, in any number and order.
FILLER = re.compile(
    r"""^\W*(?:
      (?:(?:quick|next|quiz|trivia)\ )?(?:question|q|quiz|trivia|true\ or\ false|right\ or\ wrong|yes\ or\ no)
      (?:\ ?\d+)?(?=\s*:)
    # "I have to write about it for school, what is ...": words alone that name nothing
    | (?:i|we)(?:\ am|\ are|['’]?m|['’]?re|['’]?ve)?
      (?:\ (?:have|need|got|must|want|supposed|to|do|write|read|talk|speak|know|learn|prepare|present|something
      |about|on|it|this|that|all|an?|my|our|some|essay|report|text|paper|presentation|homework)\b)+
      \ for\ (?:(?:an?|my|our)\ )?(?:school|homework|class|college|university|uni|work)
      (?=\s*[,.:;–—-]+\s*(?:who|what|which|when|where|why|how)\b)
    | (?:hi|hello|hey|dear|please|pls|kindly|ok|okay|um+|uh+|hmm+|just|(?:quick\ )?question)
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
    r"(?:[\s,;]+(?:please|pls|thx|asking\ for\ a\ friend|according\ to\ (?:the|this)\ (?:article|text|story)"
    r"|in\ (?:the|this)\ (?:article|text|story))"
    r"|\s*\((?:it['’]?s\ )?(?:(?:for\ )?(?:my\ )?homework|for\ school|quiz|please)\))\W*$",
    re.IGNORECASE,
)
THANKS_END = re.compile(
    r"[\s,;.!?]+(?:many )?(?:thanks|thank you)(?: a lot| so much| very much)?\W*$", re.IGNORECASE
)
# After these it is what the question speaks of: "Who gave thanks?"
THANKS_FOLLOW = frozenset(
    "a an the any some no his her their its our my your s of for with in say says said saying give gives gave "
    "given get gets got receive receives received express expresses expressed send sends sent offer offers "
    "offered extend extends extended".split()
)
JOINER = re.compile(r"^\W*(?:and|but|so|also|then)\b[\s,]*", re.IGNORECASE)
END = re.compile(r"[\s?!.…]+$")

# Small talk, folded, one phrase a line; any number of them may follow one another.
ADDRESS = r"(?: (?:there|all|everyone|everybody|folks|guys|team|bot|chatbot|again|you|to you|my friend))*"
FAVOUR = r"(?: for (?:your|the|that|this|all)(?: help| answer| info| information)?)?"
PRAISE = "good|great|cool|nice|perfect|awesome|excellent|amazing"
PHRASES = rf"""
(?:hi+|hello|hallo|helo|hey|hiya|howdy|yo|greetings){ADDRESS}
good (?:morning|afternoon|evening|day|night){ADDRESS}
(?:many )?(?:thanks|thank (?:you|u)|thankyou|thx|tnx|ty|cheers)(?: (?:so |very )?much| a lot)?{ADDRESS}{FAVOUR}
(?:ok|okay|k|fine|sure|all right|alright|got it|i see|understood|wow|oh|haha|lol|sorry|never mind|nevermind)
(?:yes|yeah|yep|no|nope)
(?:that is |that s |very |so )?(?:{PRAISE})(?: (?:bot|job|work|answer))?
well done
(?:bye|goodbye|good bye|bye bye|see you|see ya|take care)(?: later| soon)?{ADDRESS}
have a (?:nice|good|great) (?:day|one|evening|weekend|night)
(?:please )?help(?: me)?(?: out)?(?: please)?
(?:i|we) need (?:some |your )?help
(?:can|could|would|will) you (?:please )?help(?: me| us)?(?: out)?(?: please)?
how can you help(?: me| us)?
what can you do(?: for (?:me|us))?
what (?:do you do|do you know|are you|are you able to do|are you good for)
what (?:can|could|should|may) i ask(?: you)?(?: here)?
what (?:can|could|may) i do (?:here|with (?:you|this))
what (?:kind of |sort of )?questions can (?:i ask|you answer)(?: you)?
(?:can|could|may) i ask(?: you)?(?: something| a question)?
i have a (?:quick )?question
who (?:are you|r u|made you|built you|created you)
what (?:is|s) your name
how (?:do you|does this) work
how (?:do i use|to use) (?:this|you)
tell me about yourself
are you (?:a |an |really )?(?:bot|chatbot|robot|human|person|machine|ai|real|there)
(?:is )?any(?:body|one) (?:here|there)
how are you(?: doing)?(?: today)?
how (?:is|s) it going
what s up|whats up|sup
nice to meet you
test|testing|ping
"""
SMALL_TALK = re.compile(f"(?:(?:{'|'.join(PHRASES.strip().splitlines())})(?: |$))+")
LONGEST_SMALL_TALK = 20  # words; the phrases can be told apart in many ways, and that takes time
STRETCHED = re.compile(r"([a-z])\1{2,}")  # "hellooo"


def is_small_talk(question: str) -> bool:
    """Tell whether a question is a greeting, thanks or a call for help, and nothing else."""
    said = [word.folded for word in words(question)]
    plain = STRETCHED.sub(r"\1", " ".join(said))
    return len(said) <= LONGEST_SMALL_TALK and SMALL_TALK.fullmatch(plain) is not None


def plain_question(question: str) -> str:
    """Give a question without greeting, politeness, what it is asked for, and final punctuation.

    "Hey, could you please tell me who met Zelenskyy??" becomes "who met Zelenskyy". What
    would leave nothing is left as it is.
    """
    plain = question
    while (shorter := _shorten(FILLER, _without_thanks(_shorten(POLITE_END, plain)))) != plain:
        plain = shorter
    return END.sub("", plain) or question


def read_question(question: str, added: tuple[str, ...] = ()) -> str:
    """Give a plain question as retriever and reader are given it, with earlier turns' words.

    It always ends in a question mark, whether one was typed or not.
    """
    return " ".join([_shorten(JOINER, question), *added]) + "?"


def _without_thanks(text: str) -> str:
    thanks = THANKS_END.search(text)
    before = [word.folded for word in words(text[: thanks.start()])] if thanks else []
    return text if before[-1:] and before[-1] in THANKS_FOLLOW else _shorten(THANKS_END, text)


def _shorten(pattern: re.Pattern[str], text: str) -> str:
    """Take the pattern away where words remain."""
    shorter = pattern.sub("", text)
    return shorter if any(letter.isalnum() for letter in shorter) else text
