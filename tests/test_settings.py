from pathlib import Path

import pytest
from pydantic import ValidationError

from chatbot.cli import make_parser
from chatbot.errors import ChatbotError
from chatbot.settings import ENVIRONMENT_PREFIX, Settings, load_settings

README = Path(__file__).parents[1] / "README.md"
COMMANDS = ("serve", "ask", "index", "add", "remove", "show", "check", "articles", "feedback", "verify")


def test_setting_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATBOT_PASSAGES_READ", "5")

    assert load_settings().passages_read == 5


def test_flag_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATBOT_PORT", "9000")

    assert load_settings(port=9001).port == 9001


def test_flag_that_was_not_given_leaves_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATBOT_PORT", "9000")

    assert load_settings(port=None).port == 9000


def test_settings_cannot_be_changed() -> None:
    settings = load_settings()

    with pytest.raises(ValidationError, match="frozen"):
        settings.port = 1


def test_every_wrong_setting_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATBOT_PORT", "harbour")
    monkeypatch.setenv("CHATBOT_THREADS", "0")

    with pytest.raises(ChatbotError) as caught:
        load_settings()

    assert "CHATBOT_PORT" in str(caught.value)
    assert "'harbour'" in str(caught.value)
    assert "CHATBOT_THREADS" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("passages_read", 0),
        ("passages_read", 101),
        ("port", 65536),
        ("encoder_runtime", "gpu"),
        ("log_level", "loud"),
        ("feedback", "perhaps"),
        ("widget_origins", ["*"]),
    ],
)
def test_setting_out_of_range_is_refused(name: str, value: object) -> None:
    with pytest.raises(ChatbotError, match=f"CHATBOT_{name.upper()}"):
        load_settings(**{name: value})


@pytest.mark.parametrize(
    "written", ["https://a.example, http://b.example:81", " https://a.example http://b.example:81"]
)
def test_origins_are_read_with_spaces_or_commas_between(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATBOT_WIDGET_ORIGINS", written)

    assert load_settings().widget_origins == ("https://a.example", "http://b.example:81")


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "null",
        "'self'",
        "a.example",
        "https://",
        "https://*.example",
        "https://a.example/",
        "https://a.example/page",
        "https://A.example",
        "https://me@a.example",
        "https://a.example:443",
        "http://a.example:80",
        "https://a.example:0",
        "https://a.example:65536",
        "https://a.example;script-src",
        "ftp://a.example",
        "https://ü.example",
        "https://a.example\n",
    ],
)
def test_what_no_browser_sends_as_origin_is_refused(origin: str) -> None:
    with pytest.raises(ChatbotError, match=r"CHATBOT_WIDGET_ORIGINS: .*expected an origin such as"):
        load_settings(widget_origins=["https://b.example", origin])


def test_unknown_setting_is_refused() -> None:
    with pytest.raises(ChatbotError, match="CHATBOT_SEED_DIR"):
        load_settings(seed_dir="seeds")


@pytest.mark.parametrize("name", Settings.model_fields)
def test_setting_has_a_description(name: str) -> None:
    assert Settings.model_fields[name].description


@pytest.mark.parametrize("name", Settings.model_fields)
def test_setting_is_in_the_readme(name: str) -> None:
    assert f"{ENVIRONMENT_PREFIX}{name.upper()}" in README.read_text(encoding="utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_command_is_in_the_readme(command: str) -> None:
    assert f"chatbot {command}" in README.read_text(encoding="utf-8")


def test_commands_are_those_that_the_readme_is_held_to() -> None:
    usage = make_parser().format_help()

    assert [
        line.split()[0] for line in usage.splitlines() if line.startswith("    ") and line[4] != " "
    ] == list(COMMANDS)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "chat.example"])
def test_adding_beyond_this_machine_needs_a_token(host: str) -> None:
    with pytest.raises(ChatbotError, match=r"CHATBOT_ADDING_TOKEN: .*expected a token"):
        load_settings(adding=True, host=host)

    assert load_settings(adding=True, host=host, adding_token="a-token-of-many-characters").adding
    assert not load_settings(host=host).adding


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_adding_on_this_machine_needs_no_token(host: str) -> None:
    assert load_settings(adding=True, host=host).adding_token is None


@pytest.mark.parametrize(
    "token", ["short", "a token with spaces", "ein-schlüssel-mit-umlaut", "a-token-of-many\n"]
)
def test_token_that_no_header_brings_as_it_is_is_refused(token: str) -> None:
    with pytest.raises(ChatbotError, match=r"CHATBOT_ADDING_TOKEN: .*expected at least 16 .* got another"):
        load_settings(adding_token=token)


def test_token_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATBOT_ADDING_TOKEN", "too-short")
    with pytest.raises(ChatbotError, match="at least 16 characters") as caught:
        load_settings()

    assert "too-short" not in str(caught.value)
    assert "many" not in repr(load_settings(adding_token="a-token-of-many-characters"))
