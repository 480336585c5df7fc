"""The only reader of the environment: every setting is a variable `PRECEDENT_…`, checked at the start."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from knowledge_base.errors import SettingsError

PREFIX = "PRECEDENT_"
TRANSLATORS = ("apertium", "libre", "deepl", "google", "microsoft", "mymemory")
# Names this alike are one name mistyped; PRECEDENT_TEST_… and the like are other people's.
LIKE = 0.85
# What PRECEDENT_KNOWLEDGE_LANGUAGES says beside languages.
AUTO, NONE = "auto", "none"
_HOST = re.compile(r"(?i)(?!-)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*")
_ORIGIN = re.compile(rf"(?i)https?://{_HOST.pattern.removeprefix('(?i)')}(?::\d{{1,5}})?")
List = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """Each field is read from `PRECEDENT_` and its name in capitals; lists are separated by commas."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="ignore")

    data: Path = Field(Path("data"), description="folder of the database and the index")
    database_url: str | None = Field(
        None, description="SQLAlchemy address; default: SQLite in the data folder", repr=False
    )
    model: str | None = Field(
        None, description="encoder: a folder or a model's name; default: the bundled one"
    )
    agent_language: str = Field("en", description="the language that the desk's agents work in (BCP 47)")
    agent_name: str | None = Field(None, description="signs the drafts; a gap where it isn't set")
    tone: Literal["warm", "neutral", "formal"] = Field(
        "neutral", description="how drafts sound where the agent chose nothing: warm, neutral or formal"
    )
    languages: List = Field(
        (), description="languages that customers write in; default: the 15 detected ones"
    )
    products: List = Field((), description="product names to recognise beside those of the cases")
    confidence_floor: float = Field(0.3, ge=0, le=1, description="nothing below this is shown")
    golden_gate: Literal["off", "warn", "block"] = Field(
        "warn", description="ask the golden questions at each index build; block keeps the former index"
    )
    publish_gate: List = Field(
        ("warn",), description="what a publish brings: warn tells it, block holds it back unless it is but "
        "a note, off looks at nothing; or which block: error, warning, checks such as dead_reference",
    )  # fmt: skip
    draft_floor: float = Field(0.4, ge=0, le=1, description="no draft is written on a weaker case than this")
    feedback_counts: bool = Field(True, description="agents' verdicts change later ranking")
    translators: List = Field((), description="apertium, libre, deepl, google, microsoft, mymemory; in order")
    apertium_url: str | None = Field(None, description="address of an Apertium APY server")
    libre_url: str | None = Field(None, description="address of a LibreTranslate server")
    libre_key: str | None = Field(None, description="its key", repr=False)
    deepl_key: str | None = Field(None, description="DeepL's key", repr=False)
    deepl_url: str | None = Field(None, description="another address for DeepL, such as a proxy's")
    microsoft_key: str | None = Field(None, description="Microsoft Translator's key", repr=False)
    microsoft_region: str | None = Field(None, description="its region, where it isn't global")
    microsoft_url: str | None = Field(None, description="another address for Microsoft Translator")
    knowledge_languages: List = Field(
        ("auto",), description="languages that the knowledge is told in at the index build, or none; "
        "auto: those of the customers that Apertium on this machine reaches",
    )  # fmt: skip
    translation_seconds: float = Field(4.0, gt=0, le=60, description="deadline of a translation")
    do_not_translate: List = Field((), description="names and terms that stay as they are")
    informal: List = Field((), description="languages in which customers are addressed informally")
    polisher_url: str | None = Field(None, description="base address of an OpenAI-compatible server")
    polisher_model: str | None = Field(
        None, validate_default=True, description="the model that may reword a draft; with the address"
    )
    polisher_key: str | None = Field(None, description="its key", repr=False)
    polisher_seconds: float = Field(8.0, gt=0, le=120, description="deadline of a rewording")
    polisher_conversation: bool = Field(
        False, description="send what the customer wrote too, names and figures taken out"
    )
    chatwoot_url: str | None = Field(None, description="address of a Chatwoot installation")
    chatwoot_token: str | None = Field(None, description="its access token, to post notes", repr=False)
    chatwoot_secret: str | None = Field(None, description="what its webhooks are signed with", repr=False)
    zammad_url: str | None = Field(None, description="address of a Zammad installation")
    zammad_token: str | None = Field(None, description="its access token, to post notes", repr=False)
    zammad_secret: str | None = Field(None, description="what its webhooks are signed with", repr=False)
    publishers: List = Field(
        (), description="who may publish what is reviewed, by the name they act under; others propose"
    )
    follow_links: List = Field(
        (), description="hosts whose pages the checks ask for, to find links that lead nowhere; *: all hosts"
    )
    panel_origins: List = Field((), description="origins whose pages may frame the panel")
    public_url: str | None = Field(None, description="where agents reach this server, for links in notes")
    allowed_hosts: List = Field(
        (), description="names under which a proxy on this machine passes requests on, beside the local ones"
    )
    import_folder: Path | None = Field(
        None, description="folder below which exports may be brought in by their path"
    )
    upload_bytes: int = Field(
        2_000_000_000, ge=1_000, description="the largest export that is taken as an upload"
    )
    host: str = Field("127.0.0.1", description="address to serve on; only this machine's own")
    port: int = Field(8321, ge=0, le=65535, description="port to serve on; 0 takes a free one")

    @field_validator(
        "languages", "products", "translators", "knowledge_languages", "do_not_translate", "informal",
        "publish_gate", "publishers", "follow_links", "panel_origins", "allowed_hosts", mode="before",
    )  # fmt: skip
    @classmethod
    def _split(cls, value: Any) -> Any:
        return (
            tuple(part.strip() for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )

    @field_validator("agent_language")
    @classmethod
    def _known_language(cls, value: str) -> str:
        from knowledge_base.fields import language_code

        code = language_code(value)
        if code is None:
            raise ValueError(f"{value!r} is no language tag such as en or pt-BR")
        return code

    @field_validator("languages", "informal")
    @classmethod
    def _known_languages(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(cls._known_language(tag) for tag in value)

    @field_validator("knowledge_languages")
    @classmethod
    def _told_languages(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        words = [word for word in value if word.lower() in (AUTO, NONE)]
        if words and len(value) > 1:
            raise ValueError(f"{words[0]!r} stands alone")
        return (words[0].lower(),) if words else tuple(cls._known_language(tag) for tag in value)

    @field_validator("publish_gate")
    @classmethod
    def _known_gates(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        from copilot.checking.finding import BLOCK, GATES, OFF, WARN

        told = tuple(one.lower() for one in value)
        unknown = [one for one in told if one not in GATES]
        if unknown:
            raise ValueError(f"there is no {unknown[0]!r}, only {', '.join(GATES)}")
        alone = [one for one in told if one in (OFF, WARN, BLOCK)]
        if alone and len(told) > 1:
            raise ValueError(f"{alone[0]!r} stands alone")
        return told

    @field_validator("translators")
    @classmethod
    def _known_translators(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [name for name in value if name.lower() not in TRANSLATORS]
        if unknown:
            raise ValueError(f"there is no translator {unknown[0]!r}, only {', '.join(TRANSLATORS)}")
        return tuple(name.lower() for name in value)

    @field_validator("panel_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} is no origin such as https://app.chatwoot.com")
        return tuple(origin.lower() for origin in value)

    @field_validator("follow_links")
    @classmethod
    def _followed(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for host in value:
            if host != "*" and not _HOST.fullmatch(host):
                raise ValueError(f"{host!r} is no host name such as help.example.com, and not *")
        return tuple(host.lower() for host in value)

    @field_validator("allowed_hosts")
    @classmethod
    def _hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for host in value:
            if not _HOST.fullmatch(host):
                raise ValueError(f"{host!r} is no host name such as precedent.example.com")
        return tuple(host.lower() for host in value)

    @field_validator("polisher_url", "chatwoot_url", "zammad_url", "public_url")
    @classmethod
    def _web_address(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "http://none")
        if parts.username is not None or parts.password is not None:
            raise ValueError("an address holds no user and no password; a key goes into its own variable")
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        if not usable or parts.query or parts.fragment:
            raise ValueError("write an address such as http://127.0.0.1:11434")
        return value

    @field_validator("polisher_model")
    @classmethod
    def _with_address(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and info.data.get("polisher_url"):
            raise ValueError("PRECEDENT_POLISHER_URL is set, so name the model as well")
        if value is not None and not info.data.get("polisher_url"):
            raise ValueError("set PRECEDENT_POLISHER_URL as well, the address of the server")
        return value

    @field_validator("polisher_key", "chatwoot_token", "chatwoot_secret", "zammad_token", "zammad_secret")
    @classmethod
    def _one_word(cls, value: str | None) -> str | None:
        if value is not None and not (value.isascii() and value.isprintable() and " " not in value):
            raise ValueError("a key is one word of plain characters")
        return value

    @field_validator("host")
    @classmethod
    def _own_machine(cls, value: str) -> str:
        loopback = value == "localhost"
        if not loopback:
            try:
                loopback = ip_address(value).is_loopback
            except ValueError:
                loopback = False
        if not loopback:
            raise ValueError("only 127.0.0.1, ::1 or localhost until there is access control")
        return value

    @property
    def database(self) -> str:
        """The database's address as SQLAlchemy wants it."""
        return self.database_url or f"sqlite:///{(self.data / 'precedent.db').absolute()}"

    @property
    def index_folder(self) -> Path:
        return self.data / "index"

    @property
    def questions_file(self) -> Path:
        """The desk's own questions by which resolutions are told apart, where it has written any."""
        return self.data / "questions.toml"

    @property
    def review_file(self) -> Path:
        """Where the manager writes which candidates are decided on without being looked at."""
        return self.data / "review.toml"

    @property
    def checks_file(self) -> Path:
        """Where the last run of the checks over the whole knowledge is kept."""
        return self.data / "checks.json"

    @property
    def links_file(self) -> Path:
        """Where it is kept what links led to, by digests of theirs."""
        return self.data / "links.json"

    @property
    def duplicates_file(self) -> Path:
        """Where it is kept which cases were found beside each other, and how far all were looked at."""
        return self.data / "duplicates.json"

    @property
    def golden_file(self) -> Path:
        """Where golden questions stood before they were part of the knowledge; taken in once where it is."""
        return self.data / "golden.jsonl"


def read_settings(**given: Any) -> Settings:
    """The settings, `given` ones before the environment's. Raises SettingsError naming variable and value."""
    _refuse_mistyped(os.environ)
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = PREFIX + str(first["loc"][0]).upper()
        secret = name.endswith(("_KEY", "_TOKEN", "_SECRET")) or "@" in str(
            first["input"]
        )  # an address with a password
        value = "(hidden)" if secret else _as_written(first["input"])
        message = first["msg"].removeprefix("Value error, ")
        raise SettingsError(f"{name}={value} can't be used: {message}") from error


def _as_written(value: Any) -> str:
    if value is None:
        return "(not set)"
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _refuse_mistyped(environment: Mapping[str, str]) -> None:
    """A variable that is nearly a setting's would silently leave the default in force."""
    from difflib import get_close_matches

    known = [PREFIX + name.upper() for name in Settings.model_fields]
    for name in environment:
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            for meant in get_close_matches(name.upper(), known, n=1, cutoff=LIKE):
                raise SettingsError(f"{name} is no setting: did you mean {meant}?")  # its value may be a key
