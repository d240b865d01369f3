"""Every setting, read once from the environment and ``.env``; secrets are never printed.

docs/settings.md lists them; a test holds the two together.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.errors import ConfigurationError
from core.retention import Periods

__all__ = ["ROOT", "Settings"]

ROOT = Path(__file__).resolve().parents[1]
"""The project folder."""


class Settings(BaseSettings):
    """Settings of one process. Names are those of the environment without the prefix ``TROLY_``."""

    model_config = SettingsConfigDict(env_prefix="TROLY_", env_file=".env", extra="ignore", frozen=True)

    host: str = Field("127.0.0.1", description="Address the web server listens on")
    port: Annotated[int, Field(ge=0, le=65535, description="Port of the web server")] = 8080
    public_url: str | None = Field(
        None,
        description="Address citizens reach our pages by, https://… ; needed for webhooks, QR codes, links to printable guides",
    )
    trust_proxy: bool = Field(False, description="Believe X-Forwarded-For and -Proto (set it behind a reverse proxy only)")
    database_url: SecretStr = Field(
        SecretStr(f"sqlite+aiosqlite:///{ROOT / 'var' / 'troly.db'}"),
        description="SQLAlchemy address of the database; postgresql+asyncpg://… for more than one process",
    )
    data_dir: Path = Field(ROOT / "data", description="Folder of guides, places and lexicon")
    models_dir: Path = Field(ROOT / "models", description="Folder of trained models")
    training_dir: Path = Field(ROOT / "var" / "training", description="Folder of the trainers' draft and of candidate models")
    training_yields: bool = Field(
        True,
        description="Training uses only what others leave of the machine; false where they leave nothing, and it would not end",
    )
    second_person: bool = Field(
        True, description="Publishing a guide or a model takes somebody else than its last editor; false where one person trains"
    )
    link_hosts: str = Field(
        "dichvucong.gov.vn,vneid.gov.vn,hue.gov.vn,thuathienhue.gov.vn,bocongan.gov.vn,chinhphu.vn,gov.vn",
        description="Hosts (with their subdomains) the bot may link to, comma-separated; other links are cut from replies",
    )
    telegram_token: SecretStr | None = Field(None, description="Bot token from @BotFather; empty = Telegram is off")
    telegram_mode: Annotated[
        str, Field(pattern="^(polling|webhook)$", description="How Telegram delivers: polling or webhook")
    ] = "polling"
    telegram_webhook_secret: SecretStr | None = Field(None, description="1–256 of A–Z a–z 0–9 _ -; needed in webhook mode")
    telegram_api_url: str = Field(
        "https://api.telegram.org", description="Address of the Bot API (a local Bot API server, or a test double)"
    )
    staff_telegram_chat: str | None = Field(
        None, description="Telegram group or chat in which staff are told of cases (its number); empty = nowhere"
    )
    zalo_oa_app_id: str | None = Field(None, description="Number of the Zalo app; empty = Zalo Official Account is off")
    zalo_oa_app_secret: SecretStr | None = Field(
        None, description="Secret key of the Zalo app, for logging in and for its tokens"
    )
    zalo_oa_webhook_key: SecretStr | None = Field(
        None, description="OA Secret Key on the console's webhook page, which signs Zalo's calls; not the app's secret key"
    )
    zalo_oa_code_verifier: SecretStr | None = Field(
        None, description="PKCE verifier, only if one fixed pair was saved in Zalo's console; 43 characters"
    )
    zalo_oa_callback_url: str | None = Field(
        None, description="Callback address saved in Zalo's console; empty = the public address and /zalo/login"
    )
    zalo_oa_api_url: str = Field("https://openapi.zalo.me", description="Address of Zalo's Open API (or of a fake)")
    zalo_oa_oauth_url: str = Field("https://oauth.zaloapp.com", description="Address of Zalo's consent pages (or of a fake)")
    zalo_bot_token: SecretStr | None = Field(None, description="Token from Zalo Bot Manager; empty = Zalo Bot is off")
    zalo_bot_mode: Annotated[
        str, Field(pattern="^(polling|webhook)$", description="How Zalo Bot delivers: polling or webhook")
    ] = "polling"
    zalo_bot_webhook_secret: SecretStr | None = Field(None, description="8–256 characters; needed in webhook mode")
    zalo_bot_api_url: str = Field(
        "https://bot-api.zaloplatforms.com", description="Address of the Zalo Bot Platform (or of a fake)"
    )
    zalo_file_hosts: str = Field(
        "zdn.vn,zadn.vn,zalo.me,zaloapp.com,dlfl.me,dlfl.vn",
        description="Hosts (with their subdomains) that photos and documents sent on Zalo are fetched from, comma-separated",
    )
    staff_hold_minutes: Annotated[
        int, Field(ge=1, le=10080, description="Minutes the bot is silent after a person answered in the platform's own tool")
    ] = 120
    log_level: Annotated[
        str, Field(pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="What is logged; citizens' text never is")
    ] = "INFO"
    max_message_chars: Annotated[int, Field(ge=100, le=20000, description="Characters of a message that are kept")] = 2000
    messages_per_minute: Annotated[int, Field(ge=1, le=10000, description="Messages of one sender taken per minute")] = 60

    attachments_dir: Path = Field(ROOT / "var" / "attachments", description="Folder of photos and documents, served by nothing")
    key_file: Path = Field(
        ROOT / "var" / "keys.txt", description="Keys that seal second factors of staff, newest first; made at the first start"
    )
    max_upload_mb: Annotated[int, Field(ge=1, le=50, description="Megabytes of one photo or document")] = 10
    keep_transcripts_days: Annotated[
        int, Field(ge=1, le=3650, description="Days messages are kept, and after the last one the tie to the chat")
    ] = 180
    keep_cases_days: Annotated[int, Field(ge=1, le=3650, description="Days the content of a closed case is kept")] = 365
    keep_attachments_days: Annotated[int, Field(ge=1, le=3650, description="Days photos and documents are kept")] = 90
    keep_audit_days: Annotated[
        int, Field(ge=365, le=3650, description="Days the audit log is kept; the database allows no less than 365")
    ] = 730
    keep_inbox_days: Annotated[int, Field(ge=1, le=3650, description="Days a message stays in the trainers' inbox")] = 90
    channel_messages_per_minute: Annotated[
        int, Field(ge=1, le=1_000_000, description="Messages of one platform per minute from which on busy chats are held back")
    ] = 3000
    burst_seconds: Annotated[
        float, Field(ge=0, le=10, description='Seconds that "alo" or "cho tôi hỏi" waits for what follows; 0 = not at all')
    ] = 1.5
    late_after_hours: Annotated[
        float, Field(gt=0, le=720, description="Hours after which a message left lying gets an apology instead of an answer")
    ] = 6

    @field_validator(
        "telegram_token",
        "telegram_webhook_secret",
        "zalo_oa_app_id",
        "zalo_oa_app_secret",
        "zalo_oa_webhook_key",
        "zalo_oa_code_verifier",
        "zalo_oa_callback_url",
        "zalo_bot_token",
        "zalo_bot_webhook_secret",
        mode="before",
    )
    @classmethod
    def _empty_is_absent(cls, value: object) -> object:
        return None if value == "" else value

    @classmethod
    def load(cls) -> Settings:
        """Read the environment.

        Raises:
            ConfigurationError: Names each setting that is wrong, never its value.
        """
        try:
            return cls()
        except ValidationError as error:
            problems = [f"TROLY_{'.'.join(map(str, item['loc'])).upper()}: {item['msg']}" for item in error.errors()]
            raise ConfigurationError("\n".join(problems)) from None

    @property
    def allowed_hosts(self) -> tuple[str, ...]:
        """`link_hosts` as a tuple."""
        return _hosts(self.link_hosts)

    @property
    def file_hosts(self) -> tuple[str, ...]:
        """`zalo_file_hosts` as a tuple."""
        return _hosts(self.zalo_file_hosts)

    @property
    def content_dir(self) -> Path:
        """The content tree in use: the folder of `data_dir`, if it is laid out like the project, or the project itself."""
        above = self.data_dir.resolve().parent
        return above if self.data_dir.name == "data" and (above / "domain.yml").is_file() else ROOT

    def for_process(self) -> dict[str, str]:
        """What a process that works for this one needs to know of these settings, as environment variables."""
        return {
            "TROLY_DATABASE_URL": self.database_url.get_secret_value(),
            "TROLY_DATA_DIR": str(self.data_dir),
            "TROLY_MODELS_DIR": str(self.models_dir),
            "TROLY_TRAINING_DIR": str(self.training_dir),
            "TROLY_TRAINING_YIELDS": str(self.training_yields),
            "TROLY_LINK_HOSTS": self.link_hosts,
            "TROLY_LOG_LEVEL": self.log_level,
        }

    @property
    def max_upload_bytes(self) -> int:
        """`max_upload_mb` in bytes."""
        return self.max_upload_mb * 1_000_000

    @property
    def periods(self) -> Periods:
        """How long each kind of data is kept."""
        return Periods(
            transcripts=timedelta(days=self.keep_transcripts_days),
            cases=timedelta(days=self.keep_cases_days),
            files=timedelta(days=self.keep_attachments_days),
            audit=timedelta(days=self.keep_audit_days),
            inbox=timedelta(days=self.keep_inbox_days),
        )


def _hosts(listed: str) -> tuple[str, ...]:
    return tuple(host.strip().lower() for host in listed.split(",") if host.strip())
