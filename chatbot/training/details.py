"""Write drills on details: which number goes with which thing, which day with which place, who said what.

"How many generators ...?" is answered by the number before the generators, never by that
before the trucks; "When did A leave?" by nothing where only the arrival is dated; "Did A visit
X?" by nothing where X is not named. The texts are invented.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from chatbot.sentences import split_sentences
from chatbot.training.data import Document, Passage, Question, Span
from chatbot.training.directions import CLUTTER, FIRST, LANDS, LAST, OFFICES

TOWNS = """Lisbon Accra Oslo Lima Riga Rabat Bogotá Amman Ottawa Dakar Vienna Helsinki Bucharest Cairo Madrid
Porto Tamale Bergen Cusco Daugavpils Tangier Medellín Aqaba Halifax Thiès Graz Tampere Cluj Aswan Seville Osijek
Maribor Gdynia Aarhus Leuven""".split()
THINGS = (
    "generators", "water pumps", "ambulances", "trucks", "tents", "excavators", "cranes", "power transformers",
    "fire engines", "school buses", "hospital beds", "solar panels", "drones", "boats", "tractors", "laptops",
    "field kitchens", "patrol cars", "heaters", "X-ray machines",
)  # fmt: skip
PURPOSES = (
    "a new bridge over the river", "the repair of schools", "the port’s terminal", "a hospital for children",
    "the metro’s extension", "flood defences", "the training of nurses", "rural electricity", "a laboratory",
    "the restoration of the old theatre", "drinking water in the north", "a railway to the coast",
)  # fmt: skip
SAYINGS = (
    ("the fuel tax", "the fuel tax would stay as it is until spring"),
    ("the strike", "the strike had cost the country too much already"),
    ("the border", "the border would open again within weeks"),
    ("the elections", "the elections would not be put off"),
    ("the harvest", "the harvest was the poorest in a decade"),
    ("the trade agreement", "the trade agreement needed another round of talks"),
    ("the new airport", "the new airport was a gift to the next generation"),
    ("the budget", "the budget left no room for new promises"),
    ("the refugees", "the refugees deserved more than tents"),
    ("the dam", "the dam had been inspected twice this year"),
)
MONTHS = "January February March April May June July August September October November December".split()
NUMBERS = "two three four five six seven eight nine ten eleven twelve".split()
PASSAGES = 4


@dataclass
class Draft:
    """A text as it is written, with the questions on it."""

    rng: random.Random
    text: str = ""
    asked: list[tuple[str, Span | None]] = field(default_factory=list)

    def write(self, *parts: str) -> list[Span]:
        """Append parts of one sentence; give where each lies."""
        spans = []
        for part in parts:
            spans.append((len(self.text), len(self.text) + len(part)))
            self.text += part
        return spans

    def clutter(self, share: float) -> None:
        """Append a sentence that says nothing of the matter, at times."""
        if self.rng.random() < share:
            self.write(self.rng.choice(CLUTTER), " ")

    def ask(self, span: Span | None, *ways: str) -> None:
        """Ask in one of several ways what a span, or nothing, answers."""
        self.asked.append((self.rng.choice(ways), span))

    def whole(self, first: Span, last: Span) -> Span:
        """Give the sentence from one span to another, its full stop included."""
        end = self.text.index(".", last[1] - 1) + 1
        return first[0], end


def drills(count: int = 200, seed: int = 0) -> list[Document]:
    """Give documents of drills, the same ones for the same seed."""
    rng = random.Random(f"details-{seed}")
    return [_document(number, rng) for number in range(count)]


def _document(number: int, rng: random.Random) -> Document:
    """Write a document; no name in it is in two of its passages."""
    lasts, lands = rng.sample(LAST, 3 * PASSAGES), rng.sample(LANDS, 3 * PASSAGES)
    towns = rng.sample(TOWNS, 5 * PASSAGES)
    passages = []
    for part, write in enumerate(rng.sample(WRITERS, PASSAGES)):
        draft = Draft(rng)
        draft.clutter(0.3)
        people = [f"{rng.choice(FIRST)} {last}" for last in lasts[3 * part : 3 * part + 3]]
        write(
            draft, people, [land for land, _ in lands[3 * part : 3 * part + 3]], towns[5 * part : 5 * part + 5]
        )
        draft.clutter(0.5)
        text = draft.text.rstrip()
        questions = tuple(
            Question(f"t{number}-{part}-{n}", asked, (span,) if span else ())
            for n, (asked, span) in enumerate(draft.asked)
        )
        passages.append(Passage(text, split_sentences(text), questions))
    return Document(f"details {number}", "details", tuple(passages))


def _count(rng: random.Random) -> str:
    return rng.choice((rng.choice(NUMBERS), str(rng.randint(13, 99)), str(rng.randint(100, 900))))


def _day(rng: random.Random) -> str:
    return f"{rng.randint(1, 28)} {rng.choice(MONTHS)}"


def _pledge(draft: Draft, people: Sequence[str], lands: Sequence[str], towns: Sequence[str]) -> None:
    """Write that one country gives another two kinds of things now, and gave a third before."""
    rng, (giver, taker, other), who = draft.rng, lands, people[0]
    one, two, three, absent = rng.sample(THINGS, 4)
    counts = [_count(rng) for _ in range(3)]
    now, before = rng.sample(range(2015, 2026), 2)
    verb, lemma = rng.choice(
        (("pledged", "pledge"), ("promised", "promise"), ("delivered", "deliver"), ("sent", "send"))
    )
    first, _, n1, *_, n2, _, t2, _, year = draft.write(
        giver, f" {verb} ", counts[0], " ", one, " and ", counts[1], " ", two, f" to {taker} in ", str(now)
    )
    draft.write(f", {rng.choice(OFFICES)} {who} said in {towns[0]}. ")
    sentence = draft.whole(first, first)
    _, n3, _, t3, _, earlier, _ = draft.write(
        "Earlier aid had consisted of ", counts[2], " ", three, " in ", str(before), ". "
    )
    for number, thing in ((n1, one), (n2, two)):
        draft.ask(
            number,
            f"How many {thing} did {giver} {lemma}?",
            f"how many {thing} did {giver} {lemma} to {taker}",
            f"How many {thing} will {taker} get from {giver}?",
            f"{giver} {thing} how many",
        )
    draft.ask(n3, f"How many {three} were in the earlier aid?", f"How many {three} did {giver} give before?")
    draft.ask(None, f"How many {absent} did {giver} {lemma}?", f"how many {absent} did {taker} receive")
    draft.ask(None, f"How many {one} did {other} {lemma}?", f"How many {two} did {taker} {lemma} to {giver}?")
    draft.ask((n1[0], t2[1]), f"What did {giver} {lemma} to {taker}?", f"What did {giver} {lemma} in {now}?")
    draft.ask((n3[0], t3[1]), f"What did {giver} give in {before}?", "What did the earlier aid consist of?")
    draft.ask(first, f"Who {verb} {one} to {taker}?", f"Which country {verb} {counts[1]} {two}?")
    draft.ask(year, f"When did {giver} {lemma} the {one}?", f"In what year did {giver} {lemma} {two}?")
    draft.ask(earlier, f"When were the {three} given?", f"In which year came the {three}?")
    draft.ask(
        None, f"How much did the {one} cost?", f"Why did {giver} {lemma} the {two}?", f"Who paid for the {one}?"
    )
    draft.ask(sentence, f"Did {giver} {lemma} {one}?", f"Will {taker} get {two}?")
    draft.ask(None, f"Did {giver} {lemma} {absent}?", f"Did {other} {lemma} {one}?")


def _journey(draft: Draft, people: Sequence[str], lands: Sequence[str], towns: Sequence[str]) -> None:
    """Write where somebody went on which days; of one of them the day is not told."""
    rng, (who, met, absent), land = draft.rng, people, lands[0]
    last, other = who.split()[-1], absent.split()[-1]
    office = rng.choice(OFFICES)
    arrived, visited = _day(rng), _day(rng)
    name, _, town, _, day, *_ = draft.write(
        f"{office} {who} of {land}",
        f" {rng.choice(('arrived in', 'landed in', 'came to'))} ",
        towns[0],
        " on ",
        arrived,
        ". ",
    )
    arrival = draft.whole(name, name)
    begin, second, _, day2, _, host, _ = draft.write(
        f"{last} visited ",
        towns[1],
        " on ",
        visited,
        " and met ",
        met,
        f" there, and then left for {towns[2]}. ",
    )
    visit = draft.whole(begin, begin)
    third = (draft.text.rindex(towns[2]), draft.text.rindex(towns[2]) + len(towns[2]))
    draft.ask(
        day,
        f"When did {last} arrive in {towns[0]}?",
        f"when did {last} arrive",
        f"What day did {last} come to {towns[0]}?",
    )
    draft.ask(day2, f"When did {last} visit {towns[1]}?", f"When did {last} meet {met.split()[-1]}?")
    draft.ask(town, f"Where did {last} arrive?", f"Where did {last} arrive on {arrived}?")
    draft.ask(second, f"Where did {last} meet {met.split()[-1]}?", f"Where was {last} on {visited}?")
    draft.ask(third, f"Where did {last} go after {towns[1]}?", f"where did {last} leave for")
    draft.ask(host, f"Whom did {last} meet in {towns[1]}?", f"Who met {last} in {towns[1]}?")
    draft.ask(
        name, f"Who visited {towns[1]}?", f"Who is the {office.lower()} of {land}?", f"who came to {towns[0]}"
    )
    draft.ask(
        None,
        f"When did {last} leave for {towns[2]}?",
        f"When did {last} arrive in {towns[2]}?",
        f"When did {last} leave?",
    )
    draft.ask(
        None,
        f"When did {last} visit {towns[3]}?",
        f"Where did {last} stay in {towns[0]}?",
        f"Who visited {towns[3]}?",
    )
    draft.ask(
        None, f"When did {other} arrive in {towns[0]}?", f"Where did {last} meet {other}?", f"Who met {other}?"
    )
    draft.ask(
        None,
        f"How long did {last} stay in {towns[1]}?",
        f"Why did {last} visit {towns[1]}?",
        f"How did {last} travel?",
    )
    draft.ask(
        visit,
        f"Did {last} visit {towns[1]}?",
        f"Was {last} in {towns[1]}?",
        f"did {last} meet {met.split()[-1]}?",
    )
    draft.ask(arrival, f"Did {last} come to {towns[0]}?", f"Has {last} been to {towns[0]}?")
    draft.ask(
        None, f"Did {last} visit {towns[3]}?", f"Has {last} been to {towns[4]}?", f"did {last} go to {towns[3]}"
    )
    draft.ask(
        None, f"Did {last} meet {other}?", f"Did {other} visit {towns[1]}?", f"Was {other} in {towns[0]}?"
    )


def _money(draft: Draft, people: Sequence[str], lands: Sequence[str], towns: Sequence[str]) -> None:
    """Write what a loan and a grant are for, and how much each is."""
    rng, (lender, taker, other), who = draft.rng, lands, people[0]
    one, two, absent = rng.sample(PURPOSES, 3)
    a, b = (f"{rng.choice(('$', '€', '£'))}{rng.randint(2, 950)} million" for _ in range(2))
    terms = f"{rng.randint(5, 40)} years"
    giver, _, loan, _, use, _, grant, _, gift, *_ = draft.write(
        f"{lender}’s development bank", " approved a loan of ", a, " for ", one, " and a grant of ", b, " for ",
        two, f" in {taker}. ",
    )  # fmt: skip
    sentence = draft.whole(giver, giver)
    _, years, _, signer, *_ = draft.write(
        "The loan runs for ", terms, ". It was signed by ", who, f" in {towns[0]}."
    )
    draft.ask(loan, f"How much is the loan for {one}?", "how big is the loan", f"How much does {taker} borrow?")
    draft.ask(
        grant, f"How much money goes to {two}?", "How much is the grant?", f"How much is given for {two}?"
    )
    draft.ask(use, "What is the loan for?", f"What will the {a} be spent on?")
    draft.ask(gift, "What is the grant for?", f"What does the grant of {b} pay for?")
    draft.ask(giver, "Who approved the loan?", f"Who gives money for {two}?")
    draft.ask(years, "How long does the loan run?", "For how many years is the loan?")
    draft.ask(signer, "Who signed the loan?", "By whom was it signed?")
    draft.ask(
        None,
        f"How much money is for {absent}?",
        f"Who pays for {absent}?",
        f"How much is the loan for {absent}?",
    )
    draft.ask(
        None, "What interest does the loan bear?", "How long does the grant run?", "Who signed the grant?"
    )
    draft.ask(None, f"How much did {other} lend to {taker}?", f"How much did {taker} lend to {lender}?")
    draft.ask(sentence, f"Does the grant pay for {two}?", f"Did {lender}’s bank approve a loan?")
    draft.ask(None, f"Does the loan pay for {absent}?", f"Did {other} approve a loan?")


def _speech(draft: Draft, people: Sequence[str], lands: Sequence[str], towns: Sequence[str]) -> None:
    """Write what two people said, each of one matter, before a third who said nothing."""
    rng, land = draft.rng, lands[0]
    (topic, saying), (topic2, saying2), (absent, _) = rng.sample(SAYINGS, 3)
    one, two, three = (person.split()[-1] for person in people)
    speaker, _, said, _ = draft.write(
        f"{rng.choice(OFFICES)} {people[0]} of {land}",
        rng.choice((" said that ", " told reporters that ")),
        saying,
        ". ",
    )
    speaker2, _, said2, _ = draft.write(
        people[1], rng.choice((" answered that ", " added that ")), saying2, ". "
    )
    draft.write(f"{people[2]} was in the room in {towns[0]}. ")
    draft.ask(
        said, f"What did {one} say?", f"What did {one} say about {topic}?", f"what did {one} tell reporters"
    )
    draft.ask(said2, f"What did {two} say about {topic2}?", f"What did {two} say?", f"what about {topic2}?")
    draft.ask(speaker, f"Who spoke about {topic}?", f"Who said that {saying}?")
    draft.ask(speaker2, f"Who spoke of {topic2}?", f"Who said {saying2}?")
    draft.ask(None, f"What did {three} say?", f"What did {three} say about {topic}?")
    draft.ask(None, f"What did {one} say about {topic2}?", f"What did {two} say about {topic}?")
    draft.ask(
        None, f"What did {one} say about {absent}?", f"Who spoke about {absent}?", f"What about {absent}?"
    )
    draft.ask(None, f"When did {one} say so?", f"Why did {three} come to {towns[0]}?", f"Did {three} speak?")
    draft.ask(None, f"Did {two} speak about {absent}?", f"Did {three} mention {topic}?")


WRITERS = (_pledge, _journey, _money, _speech)
