"""Settings: read once from ``CHATBOT_*`` environment variables, then passed down."""

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from chatbot.errors import ChatbotError

PACKAGED_ENCODER = "all-MiniLM-L6-v2"
ENVIRONMENT_PREFIX = "CHATBOT_"
ORIGIN = re.compile(r"(http|https)://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::([1-9][0-9]{0,4}))?")
SHORTEST_TOKEN = 16  # characters
TOKEN = re.compile(rf"[!-~]{{{SHORTEST_TOKEN},}}")  # what every header brings as it is
SECRET = ("adding_token", "milvus_address", "milvus_token")  # never shown; an address may name a password
MILVUS = re.compile(r"https?://[^@/\s]+(?:/\w+)?/?|[^@]+\.db")
OWN_PORTS = {"http": 80, "https": 443}


def check_origin(origin: str) -> str:
    """Give an origin as it is, if it is written as browsers write it.

    Raises:
        ValueError: it is not an origin, or written otherwise.
    """
    match = ORIGIN.fullmatch(origin)
    port = int(match[2]) if match and match[2] else None
    if match is None or port == OWN_PORTS[match[1]] or (port is not None and port > 65535):
        raise ValueError(
            "expected an origin such as https://news.example or http://localhost:8080 (scheme, host and, "
            "unless it is the scheme's own, port, in lower case, and nothing after them)"
        )
    return origin


def split_words(value: object) -> object:
    """Split what an environment variable holds at its spaces and commas."""
    return value.replace(",", " ").split() if isinstance(value, str) else value


Origin = Annotated[str, AfterValidator(check_origin)]


class Settings(BaseSettings):
    """What can be set; each field ``name`` is the environment variable ``CHATBOT_NAME``."""

    model_config = SettingsConfigDict(env_prefix=ENVIRONMENT_PREFIX, frozen=True, extra="forbid")

    seeds_dir: Path = Field(Path("seeds"), description="folder of the articles, NAME.txt each")
    data_dir: Path = Field(Path(".chatbot"), description="folder for the store and the exported encoder")
    store: Literal["sqlite", "milvus"] = Field(
        "sqlite", description="where the library is kept: in SQLite in the data folder, or in Milvus"
    )
    milvus_address: str = Field(
        "",
        validate_default=True,
        description="of Milvus, `http://HOST:19530` or `http://HOST:19530/DATABASE`; or a folder `NAME.db` for "
        "the embedded engine, of one process at a time",
    )
    milvus_token: SecretStr | None = Field(None, description="what Milvus asks for: `USER:PASSWORD` or a key")
    milvus_library: str = Field(
        "chatbot",
        pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}$",
        description="what the names of this library's collections in Milvus begin with",
    )
    encoder: str = Field(
        PACKAGED_ENCODER, description="a sentence-transformers model: the packaged one, a name or a folder"
    )
    encoder_runtime: Literal["onnx", "torch"] = Field(
        "onnx", description="what encodes questions: the exported encoder, or sentence-transformers itself"
    )
    reader: str = Field(
        "extractive",
        description="`extractive` (the trained reader), `sentence` (the baseline), or the folder of an "
        "extractive question-answering model: transformers' own form or an ONNX export",
    )
    calibration: Path | None = Field(
        None, description="a calibration that `python -m eval.calibrate` wrote, in place of the packaged one"
    )
    retrieval: Literal["fusion", "rrf", "dense", "lexical"] = Field(
        "fusion", description="how passages are ranked for the reader: both rankings' scores fused, or as named"
    )
    passages_read: int = Field(8, ge=1, le=100, description="how many passages the reader reads")
    threads: int = Field(2, ge=1, le=256, description="threads of the models for one question")
    host: str = Field("127.0.0.1", description="address that `chatbot serve` listens on")
    port: int = Field(
        8000, ge=0, le=65535, description="port that `chatbot serve` listens on; 0 picks a free one"
    )
    requests_per_minute: int = Field(
        0,
        ge=0,
        description="questions that one client may ask of the server in a minute, a conversation shown again "
        "or saved counting as one, and answers that it may judge; 0 sets no limit",
    )
    feedback: bool = Field(True, description="whether users may say what they think of an answer")
    widget_origins: Annotated[tuple[Origin, ...], NoDecode, BeforeValidator(split_words)] = Field(
        (),
        description="origins of the sites whose pages may show the chat, with spaces between",
    )
    file_mebibytes: int = Field(64, ge=1, description="size of a file to add, at most")
    unpacked_mebibytes: int = Field(256, ge=1, description="what a DOCX file may unpack to")
    reading_seconds: int = Field(60, ge=1, description="how long the reading of a file to add may take")
    reading_mebibytes: int = Field(
        1024, ge=256, description="memory that the reading of a file to add may take; plain text is not bounded"
    )
    adding: bool = Field(
        False, description="whether the server takes articles (`POST /api/articles`) and removes them"
    )
    adding_token: SecretStr | None = Field(
        None,
        validate_default=True,
        description="what clients send as `Authorization: Bearer ...` to add or remove; needed with "
        "`CHATBOT_ADDING` when the server listens beyond this machine",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="what is logged")

    @field_validator("milvus_address")
    @classmethod
    def _need_address(cls, address: str, others: ValidationInfo) -> str:
        if (address or others.data.get("store") == "milvus") and not MILVUS.fullmatch(address):
            raise ValueError(
                "expected http://HOST:19530 or https://HOST:19530/DATABASE, or a folder NAME.db for the "
                "embedded engine; name and password belong into CHATBOT_MILVUS_TOKEN"
            )
        return address

    @field_validator("adding_token")
    @classmethod
    def _need_token(cls, token: SecretStr | None, others: ValidationInfo) -> SecretStr | None:
        if token is not None and not TOKEN.fullmatch(token.get_secret_value()):
            raise ValueError(
                f"expected at least {SHORTEST_TOKEN} characters of ASCII, no spaces; make one of random ones"
            )
        host = others.data.get("host", "")
        if token is None and others.data.get("adding") and not is_this_machine(host):
            raise ValueError(
                f"expected a token, since articles may be added and the server listens on {host}; set one, or "
                "listen on 127.0.0.1"
            )
        return token


def is_this_machine(host: str) -> bool:
    """Tell whether only this machine reaches a server that listens on an address."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def load_settings(**flags: object) -> Settings:
    """Build the settings; flags that are not None win over the environment.

    Raises:
        ChatbotError: values of the wrong kind, all named at once.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]  # pydantic checks them
    except ValidationError as error:
        faults = (
            f"{ENVIRONMENT_PREFIX}{str(fault['loc'][0]).upper()}: {fault['msg']}, got "
            f"{'another' if fault['loc'][0] in SECRET else repr(fault['input'])}"
            for fault in error.errors()
        )
        raise ChatbotError("settings to correct:\n" + "\n".join(faults)) from error
