"""The pages as HTML, through the app."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from fakes import ARTICLES, make_chatbot
from starlette.testclient import TestClient
from web_fakes import LIBRARY, STATION, FakeChatbot, fake_chatbot

from chatbot.limits import MOST_TURNS
from chatbot.scope import Scope
from chatbot.settings import load_settings
from chatbot.verify import verify_quotations
from web.app import STATIC, create_app
from web.asked import MOST_CHOSEN
from web.conversation import CARRIED, SAVED, SHOWN, AskedBody, ask
from web.engine import Engine

TURN = re.compile(r'<article class="turn".*?</article>', re.DOTALL)
NOT_THE_CHAT = ("add", "articles", "docs", "widget", "frame")  # scripts and styles of other pages


@pytest.fixture
def chatbot() -> FakeChatbot:
    return fake_chatbot()


@pytest.fixture
def client(chatbot: FakeChatbot) -> Iterator[TestClient]:
    with TestClient(create_app(load_settings(), chatbot), raise_server_exceptions=False) as client:
        yield client


def test_the_first_screen_says_what_it_is_and_offers_questions(client: TestClient) -> None:
    page = client.get("/").text
    assert "Ask the article" in page
    assert "Station reopens after ten years" in page
    assert page.count('name="suggestion"') == 3 + 3  # on the first screen, and by passage


def test_a_question_is_answered_in_the_page(client: TestClient) -> None:
    page = client.post("/", data={"question": "How many million?"}).text
    assert "<mark>million</mark>" in page
    assert "High confidence, 86\u00a0%" in page
    start = STATION.index("It cost") - len("Mayor Ana Lindström said: “")
    assert f'href="/articles/station?c={start}-' in page


def test_the_turn_for_the_script_is_the_turn_of_the_page(client: TestClient) -> None:
    for question in ("How many million?", "How many tanks?", "hello"):
        page = client.post("/", data={"question": question}).text
        turn = client.post("/turn", data={"question": question}).text
        found = TURN.search(page)
        assert found is not None
        assert found[0].replace(" id=latest", "") in turn


def test_a_permanent_link_shows_the_same_answer(client: TestClient) -> None:
    turn = AskedBody(question="What reopened").model_dump_json()
    for data in ({"question": "How many million?"}, {"question": "and million", "turn": [turn]}):
        shown = TURN.search(client.post("/turn", data=data).text)
        assert shown is not None
        link = re.search(r'class="permanent" href="([^"]+)"', shown[0])
        assert link is not None
        assert "article=station" in link[1]
        page = client.get(unescape(link[1])).text
        again = TURN.search(page)
        assert again is not None
        assert again[0].replace(" id=latest", "") == shown[0]
        assert f"<title>{data['question']} – Ask the article</title>" in page


def test_a_linked_follow_up_names_the_earlier_questions_and_carries_them(client: TestClient) -> None:
    turn = AskedBody(question="What reopened").model_dump_json()
    page = client.get("/ask", params={"q": "and million", "turn": [turn]}).text
    assert "1 earlier question<" in page
    assert '<li dir="auto">What reopened</li>' in page
    assert page.count('name="turn"') == 2


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 422),
        ({"q": " "}, 422),
        ({"q": "x" * 501}, 422),
        ({"q": "x", "turn": "{}"}, 422),
        ({"q": "x", "article_id": "gone"}, 404),
    ],
)
def test_a_link_that_cannot_be_asked_is_told(client: TestClient, query: dict[str, str], status: int) -> None:
    response = client.get("/ask", params=query)
    assert response.status_code == status
    assert response.headers["content-type"].startswith("text/html")


def test_what_fails_for_a_form_leads_back_to_it() -> None:
    app = create_app(load_settings(), fake_chatbot())
    app.state.engine = Engine()
    client = TestClient(app)
    turn = AskedBody(question="What reopened").carried
    for path, way in (("/", "Go back"), ("/conversation.md", "Go back"), ("/feedback", "Close this page")):
        response = client.post(path, data={"question": "How many million?", "turn": [turn]})
        assert response.status_code == 503
        assert f"<p>{way} and " in response.text
        assert "waiting.js" not in response.text
        assert 'class="action"' not in response.text
    shown = client.get("/").text
    assert "waiting.js" in shown
    assert '<a class="action" href="">Try again</a>' in shown


def test_links_count_as_questions() -> None:
    with TestClient(create_app(load_settings(requests_per_minute=1), fake_chatbot())) as client:
        answered, first, refused = (client.get(path).status_code for path in ("/ask?q=the", "/", "/ask?q=the"))
    assert (answered, first, refused) == (200, 200, 429)


BRIDGE = "Bridge\n\nThe bridge crews rest."


@pytest.mark.parametrize(
    ("scope", "offered"),
    [
        ("article=library&article=bridge", ["How long until midnight", "Which crews"]),
        (
            "article=station&article=library&from=2024-01-01",
            ["How many million", "Who is the Mayor", "What reopened"],
        ),
        ("from=2023-01-01&to=2023-12-31", ["How long until midnight"]),
        ("from=2030-01-01", []),
        ("article=station&from=2030-01-01", []),
    ],
)
def test_questions_are_offered_that_what_is_asked_answers(scope: str, offered: list[str]) -> None:
    articles = {"station": STATION, "library": LIBRARY, "bridge": BRIDGE}
    chatbot = FakeChatbot(articles, ["Which crews", "How long until midnight"])
    with TestClient(create_app(load_settings(), chatbot)) as client:
        intro, _, _ = client.get(f"/?{scope}").text.partition('id="conversation"')
        refused = client.get(f"/ask?q=hello&{scope}").text
    assert re.findall(r'name="suggestion" value="([^"]+)"', intro) == offered
    (turn,) = TURN.findall(refused)
    assert re.findall(r'name="suggestion" value="([^"]+)"', turn) == offered


def test_a_follow_up_offers_to_be_asked_without_the_added_words(
    client: TestClient, chatbot: FakeChatbot
) -> None:
    turn = AskedBody(question="What reopened").model_dump_json()
    page = client.post("/", data={"turn": [turn], "question": "and million"}).text
    assert "Searched for:" in page
    assert 'name="alone" value="and million"' in page
    alone = client.post("/", data={"turn": [turn], "alone": "and million"}).text
    assert "Searched for:" not in alone
    assert chatbot.histories[-1] == ()


def test_a_follow_up_that_is_read_in_the_article_quoted_last_says_so_and_offers_all(tmp_path: Path) -> None:
    with (
        make_chatbot(ARTICLES, tmp_path) as narrowing,
        TestClient(create_app(load_settings(), narrowing)) as client,
    ):
        turn = ask(narrowing, AskedBody(question="Who is the director?"), []).carried
        answered, refused = (
            client.post("/turn", data={"turn": [turn], "question": question}).text
            for question in ("What is open?", "Did he meet the crews?")
        )
        one = {"turn": [turn], "question": "What is open?", "article": "library"}
        of_one = client.post("/turn", data=one).text
        turns = [turn, AskedBody(question="Did he meet the crews?").carried]
        saved = client.post("/conversation.md", data={"turn": turns}).text
    assert "Taken to be about <bdi>Library stays</bdi>." in answered
    assert 'name="alone" value="What is open?">Ask of all' in answered
    assert "Taken to be about <bdi>Library stays</bdi>." in refused
    assert 'name="alone" value="Did the director meet the crews?">Ask of all' in refused
    assert 'data-announcement="The article does not say."' in refused
    assert "The articles do not say." not in refused + saved
    assert "Taken to be about: Library stays" in saved
    assert "Ask of all" not in of_one


def test_an_answer_from_another_article_is_not_said_to_be_of_the_one_quoted_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with make_chatbot(ARTICLES, tmp_path) as chatbot:
        before = AskedBody.model_validate_json(
            ask(chatbot, AskedBody(question="Who is the director?"), []).carried
        )
        followup = AskedBody(question="What is open?")
        own = ask(chatbot, followup, [before])
        assert own.near is not None
        quotation = own.answer.answers[0]
        others = (article.id for article in chatbot.articles if article.id != own.near.id)
        elsewhere = replace(quotation, article=replace(quotation.article, id=next(others)))
        answer = replace(own.answer, answers=(elsewhere,))
        monkeypatch.setattr(chatbot, "answer", lambda *_, **__: answer)

        assert ask(chatbot, followup, [before]).near is None


def test_quotations_beyond_the_first_are_there_on_request() -> None:
    crowded = FakeChatbot({"crowded": "\n\n".join(f"Pier {number} holds the ferry." for number in range(12))})
    with TestClient(create_app(load_settings(), crowded)) as client:
        page = client.post("/", data={"question": "Which ferry"}).text
    before, _, more = page.partition('<details class="more">')
    assert before.count("<blockquote") == 3
    assert "<summary>7 more quotations</summary>" in more
    assert more.count("<blockquote") == 7


def test_a_conversation_is_saved_as_json_that_verify_reads(client: TestClient, tmp_path: Path) -> None:
    turns = [AskedBody(question=question).model_dump_json() for question in ("What reopened", "How many tanks")]
    response = client.post("/conversation.json", data={"turn": turns, "question": "half typ"})
    assert response.headers["content-disposition"] == 'attachment; filename="conversation.json"'
    saved = tmp_path / "saved.json"
    saved.write_bytes(response.content)
    verification = verify_quotations(saved, [STATION], ["station"])
    assert {verdict.state for verdict in verification.verdicts} == {"ok"}
    assert [answer["question"] for answer in response.json()["conversation"]] == [
        "What reopened",
        "How many tanks",
    ]


def test_a_conversation_is_saved_as_markdown(client: TestClient) -> None:
    turn = AskedBody(question="What reopened").model_dump_json()
    response = client.post("/conversation.md", data={"turn": [turn]})
    assert response.headers["content-type"] == "text/markdown; charset=utf-8"
    assert "## What reopened" in response.text
    assert "(<http://testserver/articles/station?c=" in response.text


def test_a_saved_conversation_says_how_many_questions_it_leaves_out(
    client: TestClient, chatbot: FakeChatbot
) -> None:
    turns: list[str] = []
    for number in range(1, CARRIED + 6):
        turn = client.post("/turn", data={"turn": turns, "question": f"{number} and the"}).text
        (carried,) = re.findall(r'name="turn" value="([^"]+)"', turn)
        turns = [*turns, unescape(carried)][-CARRIED:]  # as the script does
        assert ("A saved conversation holds" in turn) is (number > SAVED)
    left_out = CARRIED + 5 - SAVED
    assert f"its last {SAVED} questions: the first {left_out} are left out." in turn
    saved = client.post("/conversation.json", data={"turn": turns}).json()
    assert (saved["conversation"][0]["question"], saved["left_out"]) == (f"{left_out + 1} and the", left_out)
    assert {len(history) for history in chatbot.histories[-SAVED:]} == {MOST_TURNS}
    written = client.post("/conversation.md", data={"turn": turns}).text
    assert written.count("## ") == SAVED
    assert f"{left_out} questions are left out:" in written


def test_a_saved_conversation_counts_questions_of_articles_that_were_removed(client: TestClient) -> None:
    gone = AskedBody(question="Where?", article_ids=["gone"]).carried
    form = {"turn": [AskedBody(question="What reopened").carried, gone]}
    assert client.post("/conversation.json", data=form).json()["left_out"] == 1
    assert "1 question is left out:" in client.post("/conversation.md", data=form).text


@pytest.mark.parametrize("path", ["/conversation.json", "/conversation.md"])
def test_nothing_is_saved_of_no_conversation(client: TestClient, path: str) -> None:
    response = client.post(path, data={"question": "half typ"})
    assert response.status_code == 422
    assert "ask a question first" in response.text


def test_fixed_questions_stand_by_the_passage_that_answers_them() -> None:
    with TestClient(create_app(load_settings(), fake_chatbot(both=True))) as client:
        article, pane = client.get("/articles/station").text, client.get("/articles/station/pane").text
        without = client.get("/articles/library").text
    assert 'href="#answered-by-4"' in article
    assert '<a href="/ask?q=How+many+million&amp;article=station"' in article
    assert 'name="suggestion" value="How many million"' in pane
    assert "How many tanks" not in article + pane  # it has no answer
    assert "answerable" not in without


def test_answers_are_not_judged_where_feedback_is_off() -> None:
    for feedback in (True, False):
        with TestClient(create_app(load_settings(feedback=feedback), fake_chatbot())) as client:
            page = client.post("/turn", data={"question": "How many million"}).text
        assert ('action="/feedback"' in page) is feedback


def test_a_refusal_of_an_article_that_its_date_left_out_is_not_judged() -> None:
    form = {"question": "How many tanks", "article": "station"}
    with TestClient(create_app(load_settings(), fake_chatbot(both=True))) as client:
        read, unread = (client.post("/turn", data={**form, "from": day}).text for day in ("", "2025-01-01"))
        (carried,) = re.findall(r'name="turn" value="([^"]+)"', unread)
        saved = client.post("/conversation.md", data={"turn": [unescape(carried)]}).text
    assert "Is that so?" in read
    assert "Is that so?" not in unread
    assert "Asked: <bdi>Station reopens after ten years</bdi>, published since 1 January 2025" in unread
    for shown in (unread, saved):
        assert "None of the articles asked is in that range of dates." in shown
        assert "Not in the article" not in shown


@pytest.mark.parametrize("named", [[], ["station", "plain", "other"]])
def test_articles_without_a_date_are_said_to_be_left_out_of_a_range(named: list[str]) -> None:
    texts = {"station": STATION, "plain": "A pier\n\nNo date.", "other": "A quay\n\nNo date either."}
    ranged = {"question": "How many tanks", "from": "2024-01-01", "article": named}
    with TestClient(create_app(load_settings(), FakeChatbot(texts))) as client:
        pages = [
            client.get("/", params=ranged).text,
            client.post("/turn", data=ranged).text,
        ]
        listed = client.get("/articles", params={"after": "2024-01-01", "q": "quay"}).text
        assert "without a date" not in client.post("/turn", data={**ranged, "from": ""}).text
        assert "without a date" not in client.get("/articles").text
    for page in pages:
        assert "2 articles without a date are not asked" in page
    assert "1 article without a date is not listed." in listed


def test_the_chats_script_and_style_are_small() -> None:
    files = [
        path for path in STATIC.iterdir() if path.stem not in NOT_THE_CHAT and path.suffix in (".js", ".css")
    ]
    assert {"site.css", "chat.js"} <= {path.name for path in files}
    assert sum(path.stat().st_size for path in files) < 40 * 1024


def test_a_suggestion_wins_over_what_is_typed(client: TestClient) -> None:
    page = client.post("/", data={"question": "half typ", "suggestion": "What reopened"}).text
    assert "<mark>reopened</mark>" in page
    assert page.count("half typ") == 1
    assert ">half typ</textarea>" in page  # a draft stays


@pytest.mark.parametrize(
    ("chosen", "status", "said"),
    [
        ({"from": "2024-01-01", "to": "2023-01-01"}, 422, "Expected a first day up to the last one"),
        ({"article": "gone"}, 422, "gone"),
    ],
)
def test_a_choice_that_cannot_be_asked_loses_nothing(
    client: TestClient, chosen: dict[str, str], status: int, said: str
) -> None:
    turn = AskedBody(question="What reopened").model_dump_json()
    response = client.post("/", data={"turn": [turn], "question": "half typ", **chosen})
    assert response.status_code == status
    assert said in response.text
    assert "<mark>reopened</mark>" in response.text
    assert ">half typ</textarea>" in response.text


def test_a_blank_question_is_refused_and_the_conversation_kept(client: TestClient) -> None:
    turn = AskedBody(question="What reopened").model_dump_json()
    response = client.post("/", data={"turn": [turn], "question": "   "})
    assert response.status_code == 422
    assert "What reopened" in response.text
    assert "1 to 500 characters" in response.text


def test_a_conversation_alone_is_shown_again(client: TestClient) -> None:
    turns = [AskedBody(question=question).model_dump_json() for question in ("What reopened", "and million")]
    response = client.post("/", data={"turn": turns})
    assert response.status_code == 200
    assert response.text.count('class="turn"') == 2


def test_a_long_conversation_says_that_its_beginning_is_not_shown(client: TestClient) -> None:
    turns = [AskedBody(question=f"What {number}").model_dump_json() for number in range(SHOWN + 1)]
    page = client.post("/", data={"turn": turns, "question": "last"}).text
    assert page.count('class="turn"') == SHOWN
    assert "<summary>2 earlier questions</summary>" in page
    assert page.count('name="turn"') == SHOWN + 2


def test_the_longest_conversation_fits_the_limit_of_a_body(client: TestClient) -> None:
    turns = [AskedBody(question="🚢" * 500).model_dump_json()] * CARRIED
    response = client.post("/", data={"turn": turns, "question": "🚢" * 500}, files={"none": b""})
    assert response.status_code == 200


def test_a_long_conversation_over_many_articles_is_asked_saved_and_linked() -> None:
    names = [f"{number:03}-{'long-name' * 6}" for number in range(MOST_CHOSEN + 1)]
    crowd = FakeChatbot({name: f"Pier {name[:3]} holds the ferry." for name in names})
    turn = AskedBody(question="Where is the ferry?").of(Scope(tuple(names[:MOST_CHOSEN]))).carried
    form = {"turn": [turn] * CARRIED, "article": names[:MOST_CHOSEN]}
    with TestClient(create_app(load_settings(), crowd)) as client:
        asked = client.post("/turn", data={**form, "question": "and pier"}, files={"none": b""})
        saved = client.post("/conversation.json", data=form, files={"none": b""})
        too_many = client.post("/turn", data={"article": names, "question": "and pier"})
        link = re.search(r'class="permanent" href="([^"]+)"', asked.text)
        assert link is not None
        assert len(link[1]) < 32 * 1024  # servers take twice that
        again = client.get(unescape(link[1]))
    assert (asked.status_code, saved.status_code, again.status_code) == (200, 200, 200)
    assert "Asked: <bdi>100 articles</bdi>" in again.text
    assert saved.json()["asked"][0]["article_ids"] == names[:MOST_CHOSEN]
    assert too_many.status_code == 422
    assert "at most 100 articles, got 101" in too_many.text


def test_questions_of_an_article_that_was_removed_are_left_out_and_counted(client: TestClient) -> None:
    gone = AskedBody(question="Where?", article_ids=["gone"]).carried
    page = client.post("/", data={"turn": [gone, AskedBody(question="What reopened").carried]})
    assert page.status_code == 200
    assert page.text.count('class="turn"') == 1
    assert "1 question of articles that were removed since is left out." in page.text


def test_a_conversation_that_no_page_made_is_refused(client: TestClient) -> None:
    response = client.post("/turn", data={"turn": ["{}"], "question": "x"})
    assert response.status_code == 422
    assert "start a new one" in response.text
    assert response.headers["content-type"].startswith("text/html")


def test_what_articles_and_questions_hold_is_escaped(client: TestClient) -> None:
    typed = '<script>alert("x")</script> the'
    page = client.post("/", data={"question": typed}).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt;" in page
    assert "Ferry line to close &lt;script&gt;" in page


def test_an_article_is_shown_with_its_range_marked(client: TestClient) -> None:
    start = STATION.index("40 million")
    page = client.get(f"/articles/station?c={start}-{start + 10}").text
    assert f'<mark id="c{start}-{start + 10}">40 million</mark>' in page


def test_a_range_across_paragraphs_has_one_anchor(client: TestClient) -> None:
    start, end = STATION.index("years of work"), STATION.index("Ana")
    page = client.get(f"/articles/station?c={start}-{end}").text
    assert page.count("<mark") == 2
    assert page.count(f'id="c{start}-{end}"') == 1


@pytest.mark.parametrize("path", ["/articles/none", "/nothing", "/static/nothing.js"])
def test_a_page_that_is_not_there_is_a_page(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert response.headers["content-type"].startswith("text/html")
    assert "Nothing here" in response.text


def test_what_asks_an_article_that_was_removed_says_so_and_leads_on(client: TestClient) -> None:
    responses = [
        client.post("/turn", data={"question": "the", "article": "gone"}),
        client.get("/articles/gone"),
        client.get("/ask?q=the&article=gone"),
    ]
    for response in responses:
        assert response.status_code == 404
        (said,) = re.findall(r"<div [^>]*data-problem>(.*?)</div>", response.text, re.DOTALL)
        assert "This article is no longer here." in said
        assert "address" not in said
        assert 'href="/articles"' in said
        assert 'href="/"' in said
    assert "There is nothing at this address" in client.get("/nothing").text


@pytest.mark.parametrize("path", ["/", "/articles", "/articles/station", "/docs"])
def test_pages_answer_head(client: TestClient, path: str) -> None:
    response = client.head(path)
    assert response.status_code == 200
    assert not response.content


def test_articles_with_awkward_names_have_addresses() -> None:
    chatbot = FakeChatbot({"a b#1?c=ü%": LIBRARY, "ч": STATION})
    with TestClient(create_app(load_settings(), chatbot)) as client:
        links = re.findall(r'href="(/articles/[^"]+)"', client.get("/articles").text)
        assert [client.get(link).status_code for link in links] == [200, 200]


def test_asked_of_one_article_the_others_are_silent() -> None:
    with TestClient(create_app(load_settings(), fake_chatbot(both=True))) as client:
        answered = client.post("/", data={"question": "until midnight", "article": "library"}).text
        silent = client.post("/", data={"question": "until midnight", "article": "station"}).text
    assert "<mark>midnight</mark>" in answered
    assert "The article does not say." in silent


def test_what_is_asked_is_said_beside_the_question_and_under_the_answer() -> None:
    with TestClient(create_app(load_settings(), fake_chatbot(both=True))) as client:
        every = client.get("/").text
        one = client.get("/ask?q=until+midnight&article=library").text
        dated = client.get("/ask?q=until+midnight&from=2023-01-01&to=2023-06-30").text
        none = client.get("/ask?q=until+midnight&from=2025-01-01").text
    assert 'Asking: <b dir="auto">all 2 articles</b>' in every
    assert one.count("The library &lt;b&gt;stays&lt;/b&gt; open</b>") == 1
    assert "Asked: <bdi>The library &lt;b&gt;stays&lt;/b&gt; open</bdi>" in one
    assert "Asked: <bdi>1 article</bdi>, published 1 January 2023 to 30 June 2023" in dated
    assert "<mark>midnight</mark>" in dated
    assert "Asked: <bdi>0 articles</bdi>, published since 1 January 2025" in none
    assert "None of the articles asked is in that range of dates." in none


def test_an_address_of_the_first_release_asks_the_same_article() -> None:
    turn = '{"question":"What about the crews","article_id":"station"}'
    with TestClient(create_app(load_settings(), fake_chatbot(both=True))) as client:
        linked = client.get("/ask", params={"q": "until midnight", "article_id": "library"}).text
        carried = client.post("/", data={"turn": [turn]}).text
    assert "Asked: <bdi>The library" in linked
    assert "Asked: <bdi>Station reopens" in carried


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("from=May", "Expected a date such as"),
        ("from=2024-01-01&to=2023-01-01", "exchange the two"),
        ("to=2023-02-30", "Expected a date such as"),
    ],
)
def test_dates_that_are_none_are_refused_with_what_to_do(client: TestClient, query: str, said: str) -> None:
    for path in (f"/?{query}", f"/ask?q=the&{query}"):
        response = client.get(path)
        assert response.status_code == 422
        assert said in response.text


def test_what_narrows_is_shown_though_no_article_is_like_that() -> None:
    undated = FakeChatbot({name: f"Pier {name}\n\nThe ferry." for name in ("one", "two")})
    with TestClient(create_app(load_settings(), undated)) as client:
        chat = client.get("/?from=2024-01-01").text
        listed = client.get("/articles?after=2024-01-01&site=gone.example&author=Nobody").text
    assert 'name="from" value="2024-01-01"' in chat
    assert 'name="after" value="2024-01-01"' in listed
    assert '<option value="gone.example" selected>' in listed
    assert '<option value="Nobody" selected>' in listed


def test_the_list_is_searched_ticked_and_paged() -> None:
    names = {f"n{number:03}": f"Pier {number:03}\n\nThe ferry." for number in range(120)}
    with TestClient(create_app(load_settings(), FakeChatbot(names))) as client:
        second = client.get("/articles?page=2&article=n003&article=gone").text
        found = client.get("/articles?q=pier+11&tick=1").text
        last = client.get("/articles?q=pier&page=1&tick=3&article=n003").text
        emptied = client.get("/articles?q=pier&page=1&untick=3&article=n003").text
        beyond = client.get("/articles?page=9").text
        none = client.get("/articles?q=tank").text
    assert "51 to 100 of 120 articles" in second
    assert second.count(" checked>") == 1  # one that is gone is no longer ticked
    assert found.count(" checked>") == 10
    assert "101 to 120 of 120 articles" in last
    assert last.count(" checked>") == 21
    assert 'value="n119" id="tick-20" aria-label="Ask Pier 119" checked>' in last
    assert "101 to 120 of 120 articles" in emptied
    assert " checked>" not in emptied
    assert "There is no page 9: the list has 3." in beyond
    assert 'name="page" value="3"' in beyond
    assert "No article is like that." in none


def test_no_template_switches_escaping_off_and_none_holds_code() -> None:
    from web.rendering import HERE

    for template in (HERE / "templates").iterdir():
        text = template.read_text(encoding="utf-8")
        assert template.suffix == ".html"
        assert "|safe" not in text.replace(" ", "")
        assert "autoescape" not in text
        assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=", text)
    for script in (HERE / "static").glob("*.js"):
        assert "innerHTML" not in script.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", ["/static/%00", "/articles/%00", "/static/..%2f..%2fapp.py", "/articles/%ff"])
def test_an_address_that_cannot_be_is_not_there(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_crash_is_a_page_that_tells_nothing() -> None:
    class BrokenChatbot(FakeChatbot):
        def suggestions(self, article_id: str | None = None) -> tuple[str, ...]:
            raise RuntimeError("secret detail")

    app = create_app(load_settings(), BrokenChatbot({"station": STATION}))
    with TestClient(app, raise_server_exceptions=False) as client:
        response = client.get("/")
    assert response.status_code == 500
    assert "Something broke" in response.text
    assert "secret" not in response.text
    assert response.headers["x-frame-options"] == "DENY"
