"""Fixtures of the engine's tests: chatbots over fakes, and the real model on the real article."""

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from fakes import ARTICLES, make_chatbot

# No test asks another host, and none depends on the settings of who runs it.
os.environ["HF_HUB_OFFLINE"] = "1"
for _name in [name for name in os.environ if name.startswith("CHATBOT_") and name != "CHATBOT_CHROMIUM"]:
    del os.environ[_name]

from chatbot.chatbot import Chatbot  # noqa: E402  # after the environment is settled
from chatbot.confidence import MODELS  # noqa: E402
from chatbot.extractive import PACKAGED_READER  # noqa: E402
from chatbot.settings import Settings, load_settings  # noqa: E402

# A busy machine is no fault of the code.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

SEEDS = Path(__file__).parents[1] / "seeds"
PACKAGED = (PACKAGED_READER / "manifest.json", MODELS / "calibration-extractive.json")
READERS = ("sentence", "extractive") if all(path.is_file() for path in PACKAGED) else ("sentence",)


@pytest.fixture
def chatbot(tmp_path: Path) -> Iterator[Chatbot]:
    """Give a chatbot over both small articles, no model involved."""
    with make_chatbot(ARTICLES, tmp_path) as opened:
        yield opened


@pytest.fixture(scope="session")
def real_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Give settings for the real article in a library that is built once."""
    settings = load_settings(
        seeds_dir=SEEDS, data_dir=tmp_path_factory.mktemp("library"), reader="sentence", log_level="warning"
    )
    Chatbot.open(settings).close()
    return settings


@pytest.fixture(scope="session", params=READERS)
def real_chatbot(request: pytest.FixtureRequest, real_settings: Settings) -> Iterator[Chatbot]:
    """Give a chatbot with the real models on the real article, once for each packaged reader."""
    with Chatbot.open(real_settings.model_copy(update={"reader": request.param})) as opened:
        yield opened
