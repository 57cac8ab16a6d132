"""Asking, figures, endpoint: a chatbot with a table of answers over four sentences."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from eval_fakes import ARTICLE, FakeChatbot, collection, question

from chatbot.answer import Answer
from chatbot.settings import load_settings
from eval.asking import Results, ask_all
from eval.collection import Collection, Question
from eval.endpoint import differences, without_time
from eval.evaluation import Means, evaluate, spread
from eval.figures import by_type, figures, judged
from eval.systems import SYSTEMS, ChatbotLike, System
from web.app import create_app

RANKING = System("ranking", "a ranking alone", mode="fusion")
READER = System("reader", "a reader")
MET = question("met", "Who met Bo?", "Ann")  # answered, span and sentence right
TRAM = question("tram", "Which colour?", "red")  # answered with another sentence
DOGS = question("dogs", "How many?", "Two dogs", kind="how_many")  # found, but held back
RAIN = question("rain", "When did it rain?", "May", "in May", kind="when")  # found second, span too long
CAT = question("cat", "Who met the cat?", near_miss=True)  # answered, though the story does not say
SNOW = question("snow", "Did it snow?")  # refused rightly, nothing found
EVERY = collection(MET, TRAM, DOGS, RAIN, CAT, SNOW)
TABLE = {
    "Who met Bo?": [(1, "Ann", 0.9)],
    "Which colour?": [(3, "Two dogs", 0.8)],
    "How many?": [(3, "Two", 0.4), (2, "tram", 0.1)],
    "When did it rain?": [(2, "red", 0.7), (4, "fell in May", 0.6)],
    "Who met the cat?": [(1, "Bo", 0.6)],
}


def track(questions: Sequence[Question], name: str) -> Iterable[Question]:
    return questions


def ask(system: System, questions: Collection = EVERY, chatbot: FakeChatbot | None = None) -> Results:
    return ask_all(chatbot or FakeChatbot(TABLE), system, questions, track)


def test_a_reader_is_asked_and_judged() -> None:
    met, _, dogs, rain, cat, snow = ask(READER).outcomes

    assert met.served is not None
    assert (met.served.text, met.served.span, met.served.right) == ("Ann met Bo.", "Ann", True)
    assert (met.quotations, met.verbatim) == (1, 1)
    assert dogs.served is None
    assert dogs.top is not None
    assert dogs.top.right
    assert (dogs.quotations, dogs.verbatim) == (2, 2)  # the closest of a refusal are quotations too
    assert rain.ranked == ("story:2", "story:4")
    assert cat.served is not None
    assert not cat.served.right
    assert (snow.top, snow.ranked) == (None, ())


def test_the_figures_of_a_reader_are_as_counted_by_hand() -> None:
    found = figures(ask(READER))

    counts = {key: (figure.count, figure.total) for key, figure in found.items() if figure.count is not None}
    assert counts == {
        "success_1": (2, 4),  # met, dogs
        "success_3": (3, 4),  # and rain
        "sentence": (2, 4),
        "exact_match": (1, 4),  # met: "Two" is not "Two dogs"
        "served_exact_match": (1, 4),
        "coverage_90": (1, 6),  # met at 0.9 is right, tram at 0.8 is not
        "coverage_95": (1, 6),
        "false_refusals": (1, 4),  # dogs
        "false_answers": (1, 2),  # cat
        "false_near_misses": (1, 1),
        "served_right": (1, 4),  # met, of met, tram, rain, cat
        "verbatim": (7, 7),
    }
    assert found["rr_10"].value == pytest.approx((1 + 0 + 1 + 1 / 2) / 4)
    assert found["f1"].value == pytest.approx((1 + 0 + 2 / 3 + 0) / 4)
    assert found["served_f1"].value == pytest.approx(1 / 4)
    # answerable 0.9, 0.8, 0.4, 0.7 against 0.6 and nothing at all
    assert found["auroc"].value == pytest.approx(7 / 8)
    # each alone in its bin but cat (0.6) and snow (0): met .1, tram .8, dogs .6, rain .7, cat .6, snow 0
    assert found["calibration_error"].value == pytest.approx((0.1 + 0.8 + 0.6 + 0.7 + 0.6 + 0) / 6)


def test_the_figures_of_a_ranking_leave_out_what_only_readers_do() -> None:
    found = figures(ask(RANKING))

    assert set(found) == {
        "success_1",
        "success_3",
        "rr_10",
        "auroc",
        "coverage_90",
        "coverage_95",
        "p50_ms",
        "p95_ms",
    }
    assert found["success_1"].count == 2


def test_figures_of_answerable_questions_alone_have_no_auroc() -> None:
    found = figures(ask(READER, collection(MET, TRAM)))

    assert not {"auroc", "false_answers"} & set(found)


def test_figures_of_unanswerable_questions_alone_have_no_success() -> None:
    found = figures(ask(READER, collection(CAT, SNOW)))

    assert not {"success_1", "exact_match", "false_refusals"} & set(found)
    assert found["false_answers"].count == 1


def test_a_question_with_nothing_found_has_less_confidence_than_any() -> None:
    outcomes = ask(RANKING, chatbot=FakeChatbot(TABLE | {"Who met Bo?": [(1, "Ann", -3.0)]})).outcomes

    assert min(one.confidence for one in judged(outcomes)) == -4


def test_by_type_counts_each_type() -> None:
    found = by_type(ask(READER).outcomes)

    assert found["who"]["false_answers"].total == 2
    assert found["when"]["sentence"].count == 0
    assert "false_answers" not in found["when"]


def test_questions_that_the_chatbot_does_not_take_are_named_and_left_out() -> None:
    results = ask(READER, collection(MET, question("long", "x" * 501), question("blank", " ")))

    assert results.refused == ("long", "blank")
    assert [outcome.question.id for outcome in results.outcomes] == ["met"]


def test_a_quotation_that_is_not_the_articles_text_is_not_verbatim() -> None:
    changed = replace(ARTICLE, text=ARTICLE.text.replace("Ann", "Ada"))

    found = figures(ask(READER, collection(MET, DOGS, articles=[changed])))

    assert (found["verbatim"].count, found["verbatim"].total) == (2, 3)


def test_each_article_is_asked_alone_unless_pooled() -> None:
    alone, pooled = FakeChatbot(TABLE), FakeChatbot(TABLE)

    ask(READER, collection(MET, pooled=False), alone)
    ask(READER, collection(MET, pooled=True), pooled)

    assert set(alone.asked_of) == {"story"}
    assert set(pooled.asked_of) == {None}


def test_neighbours_of_the_same_settings_share_a_chatbot_and_all_are_closed() -> None:
    opened: list[FakeChatbot] = []

    def opener(system: System) -> FakeChatbot:
        opened.append(FakeChatbot(TABLE))
        return opened[-1]

    evaluation = evaluate(EVERY, SYSTEMS, Means(opener, lambda *_: [], None, track))

    assert [one.system for one in evaluation.systems] == list(SYSTEMS)
    assert len(opened) == 2
    assert all(chatbot.closed for chatbot in opened)


def test_only_readers_are_compared_with_the_endpoint() -> None:
    asked: dict[str, int] = {}

    def compare(
        system: System, chatbot: ChatbotLike, asked_of: Collection, questions: Sequence[Question]
    ) -> list[str]:
        asked[system.name] = len(questions)
        return ["met: differs"]

    evaluation = evaluate(EVERY, (RANKING, READER), Means(lambda _: FakeChatbot(TABLE), compare, 4, track))

    assert asked == {"reader": 4}
    assert [one.differences for one in evaluation.systems] == [(), ("met: differs",)]


def test_spread_takes_questions_from_everywhere() -> None:
    assert spread(EVERY.questions, 3) == [MET, DOGS, CAT]
    assert spread(EVERY.questions, 9) == EVERY.questions
    assert spread(EVERY.questions, None) == EVERY.questions


def test_endpoint_gives_what_the_function_gives() -> None:
    chatbot = FakeChatbot(TABLE)
    app = create_app(load_settings(requests_per_minute=0), chatbot)

    assert differences(chatbot, app, EVERY, EVERY.questions) == []


class ShiftingChatbot(FakeChatbot):
    """Answers otherwise when it is asked through the endpoint, which passes a limit."""

    def answer(self, question: str, **options: Any) -> Answer:
        return super().answer("Did it snow?" if options.get("limit") and question == MET.text else question)


def test_endpoint_that_differs_is_described() -> None:
    chatbot = ShiftingChatbot(TABLE)
    app = create_app(load_settings(requests_per_minute=0), chatbot)

    (difference,) = differences(chatbot, app, EVERY, EVERY.questions)

    assert difference.startswith("met: expected what the function gives, ")


def test_endpoint_that_refuses_is_described() -> None:
    chatbot = FakeChatbot(TABLE)
    app = create_app(load_settings(requests_per_minute=1), chatbot)

    (difference,) = differences(chatbot, app, EVERY, [MET, TRAM])

    assert difference.startswith("tram: expected status 200, got 429: ")


def test_without_time_changes_only_the_field() -> None:
    body = b'{"question":"\\"took_ms\\":5","took_ms":12.5e-1}'

    assert without_time(body) == b'{"question":"\\"took_ms\\":5","took_ms":0}'
