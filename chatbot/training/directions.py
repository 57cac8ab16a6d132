"""Write drills on who did what to whom: short invented news passages and questions on them.

"Who met B?" is answered by whoever met B, never by B; "Who thanked A?" by nobody where A
did the thanking; "Who is the foreign minister of B's country?" by nobody where only A's is
named. Few of the questions that people wrote ask so.
"""

import random
from dataclasses import dataclass

from chatbot.sentences import split_sentences
from chatbot.training.data import Document, Passage, Question, Span

FIRST = """Rosa Anton Leila Marcus Priya Tomás Ingrid Samuel Aisha Viktor Carmen Joseph Nadia Henrik Grace Luis
Marta Emmanuel Sofia Karim Elena Peter Fatou Daniel Mirela Oscar Hanna Rashid Lucía Stefan""".split()
LAST = """Alvear Brandt Castellanos Dlamini Eriksen Farouk Galvão Haddad Ibarra Jansen Kowalczyk Lindqvist
Mensah Novotny Okafor Petrov Quispe Ramires Santoro Takács Ulmanis Varga Weiss Ximenes Yilmaz Zapata Achterberg
Bouchard Cissé Dragomir Escobar Fenwick Grünwald Horvat Isakov Jokinen""".split()
LANDS = (
    ("Chile", "Chilean"), ("Ghana", "Ghanaian"), ("Norway", "Norwegian"), ("Peru", "Peruvian"),
    ("Kenya", "Kenyan"), ("Portugal", "Portuguese"), ("Latvia", "Latvian"), ("Morocco", "Moroccan"),
    ("Hungary", "Hungarian"), ("Colombia", "Colombian"), ("Jordan", "Jordanian"), ("Canada", "Canadian"),
    ("Brazil", "Brazilian"), ("Senegal", "Senegalese"), ("Austria", "Austrian"), ("Finland", "Finnish"),
    ("Mexico", "Mexican"), ("Romania", "Romanian"), ("Egypt", "Egyptian"), ("Spain", "Spanish"),
)  # fmt: skip
CITIES = (
    "Lisbon Accra Oslo Lima Riga Rabat Bogotá Amman Ottawa Dakar Vienna Helsinki Bucharest Cairo Madrid".split()
)
OFFICES = (
    "Foreign Minister", "Prime Minister", "President", "Defence Minister", "Finance Minister",
    "Trade Minister", "Interior Minister", "Energy Minister", "Deputy Foreign Minister", "Health Minister",
)  # fmt: skip
WHILE = (
    ", on an official visit to {city},", ", on a two-day trip to {city},", ", who arrived in {city} on Monday,",
    " on Tuesday", " in {city}", " in {city} on Thursday", "", "",
)  # fmt: skip
TAILS = (
    " to discuss a trade agreement", " to prepare a security agreement", " for talks on energy",
    " on the sidelines of a summit", " before flying home", "", "", " for two hours",
)  # fmt: skip
CLUTTER = (
    "The agreement is to be signed next year.", "The talks lasted three hours.",
    "It was the first such visit in seven years.", "No date was given for the next round.",
    "The embassy confirmed the meeting.", "Both sides spoke of steady relations.",
    "A statement was published in the evening.", "Journalists were not admitted.",
)  # fmt: skip
# As written, as asked ("Who ... B?"), as asked the other way ("Whom did A ...?").
MUTUAL = (
    ("met", ("met", "met with", "held a meeting with"), "meet"),
    ("met with", ("met", "met with", "had talks with"), "meet"),
    ("held talks with", ("held talks with", "talked to", "met"), "hold talks with"),
    ("spoke with", ("spoke with", "talked to", "spoke to"), "speak with"),
    ("had lunch with", ("had lunch with", "lunched with"), "have lunch with"),
)
ONE_WAY = (
    ("thanked", "thank"), ("praised", "praise"), ("criticised", "criticise"), ("invited", "invite"),
    ("received", "receive"), ("welcomed", "welcome"), ("accused", "accuse"), ("briefed", "brief"),
    ("congratulated", "congratulate"), ("warned", "warn"), ("hosted", "host"), ("replaced", "replace"),
    ("accompanied", "accompany"), ("telephoned", "telephone"),
)  # fmt: skip
PASSAGES = 4
"""Passages of a document; none of its people and countries is in two of them."""


@dataclass(frozen=True)
class Person:
    """Somebody with an office."""

    first: str
    last: str
    land: str
    nation: str
    office: str

    @property
    def full(self) -> str:
        """Give nation, office and name."""
        return f"{self.nation} {self.office} {self.first} {self.last}"

    def asked(self, rng: random.Random) -> str:
        """Give the person as a question may name them."""
        role = f"the {self.nation} {self.office.lower()}"
        ways = (self.last, self.last, f"{self.first} {self.last}", f"{self.office} {self.last}", role)
        return rng.choice(ways)


def drills(count: int = 300, seed: int = 0) -> list[Document]:
    """Give documents of drills, the same ones for the same seed."""
    rng = random.Random(f"directions-{seed}")
    return [_document(number, rng) for number in range(count)]


def _document(number: int, rng: random.Random) -> Document:
    lasts, lands = rng.sample(LAST, 4 * PASSAGES), rng.sample(LANDS, 3 * PASSAGES)
    passages = []
    for part in range(PASSAGES):
        one, other, third = lands[3 * part : 3 * part + 3]
        offices = rng.sample(OFFICES, 3)
        names = lasts[4 * part : 4 * part + 4]
        homes = ((one, offices[0]), (other, offices[1]), (other, offices[2]), (third, offices[0]))
        people = [
            Person(rng.choice(FIRST), last, *land, office)
            for last, (land, office) in zip(names, homes, strict=True)
        ]
        passages.append(_passage(f"d{number}-{part}", people, rng))
    return Document(f"directions {number}", "directions", tuple(passages))


def _passage(label: str, people: list[Person], rng: random.Random) -> Passage:
    """Write "A met B and C" or "A thanked B", with questions; the last of the people is not there."""
    a, b, c, absent = people
    mutual = rng.random() < 0.6
    two = rng.random() < 0.5
    verb, asked, lemma = rng.choice(MUTUAL) if mutual else _one_way(rng)
    subject = a.full
    second = b.full if rng.random() < 0.7 else f"{b.first} {b.last}, {b.land}’s {b.office.lower()}"
    objects = f"{second} and {c.office} {c.first} {c.last}" if two and "," not in second else second
    two = two and objects != second
    middle = rng.choice(WHILE).format(city=rng.choice(CITIES))
    end = "" if "," in second else rng.choice(TAILS)
    core = f"{subject}{middle} {verb} {objects}{end}."
    before = f"{rng.choice(CLUTTER)} " if rng.random() < 0.3 else ""
    after = f" {rng.choice(CLUTTER)}" if rng.random() < 0.5 else ""
    text = before + core + after
    start = len(before)
    whose = (start, start + len(subject))
    at = start + len(subject) + len(middle) + 1 + len(verb) + 1
    whom = (at, at + len(objects))
    questions = _directions(mutual, asked, lemma, (a, b, absent), (whose, whom), rng)
    questions += _offices((a, b), (whose, (at, at + len(second))), rng)
    if two:
        first = at + len(second) + len(" and ")
        questions.append((f"Who is the {c.office.lower()} of {c.land}?", (first, at + len(objects))))
        questions.append((f"Who {rng.choice(asked)} {c.asked(rng)}?", whose))
    return Passage(
        text,
        split_sentences(text),
        tuple(
            Question(f"{label}-{number}", question, (span,) if span else ())
            for number, (question, span) in enumerate(questions)
        ),
    )


def _one_way(rng: random.Random) -> tuple[str, tuple[str, ...], str]:
    written, lemma = rng.choice(ONE_WAY)
    return written, (written,), lemma


def _directions(
    mutual: bool,
    asked: tuple[str, ...],
    lemma: str,
    people: tuple[Person, Person, Person],
    spans: tuple[Span, Span],
    rng: random.Random,
) -> list[tuple[str, Span | None]]:
    """Ask who did it to whom: both ways, and of somebody who is not there."""
    (a, b, absent), (whose, whom) = people, spans
    return [
        (f"Who {rng.choice(asked)} {b.asked(rng)}?", whose),
        (f"Who {rng.choice(asked)} {b.last}?", whose),
        (f"Who {rng.choice(asked)} {a.asked(rng)}?", whom if mutual else None),
        (f"{rng.choice(('Whom', 'Who'))} did {a.asked(rng)} {lemma}?", whom),
        (f"{rng.choice(('Whom', 'Who'))} did {b.last} {lemma}?", whose if mutual else None),
        (f"Who {rng.choice(asked)} {absent.last}?", None),
    ]


def _offices(
    people: tuple[Person, Person], spans: tuple[Span, Span], rng: random.Random
) -> list[tuple[str, Span | None]]:
    """Ask who holds an office: of the right country, and of the other one."""
    (a, b), (whose, whom) = people, spans
    of = rng.choice(("Who is the {} of {}?", "What is the name of the {} of {}?", "Who is {1}’s {0}?"))
    return [
        (of.format(a.office.lower(), a.land), whose),
        (of.format(b.office.lower(), b.land), whom),
        (of.format(a.office.lower(), b.land), None),
        (of.format(b.office.lower(), a.land), None),
    ][:: rng.choice((1, -1))][: rng.choice((2, 3, 4))]
