"""The environment, read once and typed; a value that makes no sense stops the start with its name.

Every variable is here, with its default and its meaning; `.env.example` lists the
same ones, and a test compares the two. A secret may come from a file instead:
`KBQA_SECRET_KEY_FILE=/run/secrets/key`.
"""

import os
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

BASE_DIR = Path(__file__).resolve().parents[2]

Names = Annotated[list[str], NoDecode]  # comma-separated
SECRETS = ("SECRET_KEY", "DATABASE_URL", "BROKER_URL", "REDIS_URL", "ENGINE_KEY", "GENERATOR_KEY")


class Environment(BaseSettings):
    """All that an operator may set, as `KBQA_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="KBQA_", env_file=BASE_DIR / ".env", extra="ignore")

    # website
    debug: bool = Field(False, description="Django's debug pages; never in public")
    secret_key: str = Field("", description="at least 50 random characters; empty: kept in DATA_DIR/secret_key")
    allowed_hosts: Names = Field(["localhost", "127.0.0.1", "[::1]"], description="host names this site answers to")
    trusted_origins: Names = Field([], description="origins of a proxy, such as https://kb.example.org")
    https: bool = Field(False, description="secure cookies, redirects and HSTS; set it once TLS stands in front")
    web_threads: int = Field(64, ge=4, le=1024, description="requests one web process serves at once")
    web_workers: int = Field(
        0,
        ge=0,
        le=64,
        description="web processes of `up`; 0: half of the cores, 1 to 4",
    )
    num_proxies: int = Field(0, ge=0, le=8, description="trusted proxies that append to X-Forwarded-For")
    sign_in_header: str = Field(
        "",
        pattern=r"^[A-Za-z0-9-]*$",
        description="the header in which the proxy names who it has signed in, such as Remote-User; empty: none",
    )
    language: Literal["en", "zh-hans"] = Field("en", description="the language of a first visit")
    time_zone: str = Field("UTC", description="the time zone pages show")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="least severity logged")
    log_format: Literal["console", "json"] = Field("console", description="how a log line looks")
    otlp_url: str = Field(
        "",
        pattern=r"^(https?://.+)?$",
        description="OTLP/HTTP collector of traces, such as http://127.0.0.1:4318; empty: none",
    )

    # storage
    data_dir: Path = Field(BASE_DIR / "var", description="originals, segments, and the database when it is SQLite")
    database_url: str = Field("", description="postgresql://… ; empty: SQLite in DATA_DIR")
    redis_url: str = Field("", description="shared cache; empty: a file in DATA_DIR, for one machine")
    max_upload_mb: int = Field(100, ge=1, le=10_000, description="largest file taken")
    import_roots: Names = Field([], description="folders below which administrators may import; empty: none")
    bin_days: int = Field(30, ge=0, le=3650, description="what is deleted can be restored this long; 0: not at all")

    # ingestion
    broker_url: str = Field("", description="redis://… ; empty: the embedded broker in DATA_DIR")
    worker_concurrency: int = Field(1, ge=1, le=64, description="documents ingested side by side by one worker")
    lease_s: float = Field(30.0, ge=1, le=3600, description="a silent worker loses its document after this long")
    max_attempts: int = Field(5, ge=1, le=100, description="tries before a document is given up")
    chunk_tokens: int = Field(200, ge=16, le=4096, description="a passage's size, in the encoder's tokens")
    overlap_tokens: int = Field(30, ge=0, le=1024, description="what neighbouring passages share")

    ocr: bool = Field(True, description="read scans and pictures of text, where the extra named ocr is installed")
    ocr_max_pages: int = Field(
        1000, ge=1, le=100_000, description="pictured pages, or pictures inside, read of one document at the most"
    )

    # engine
    encoder: str = Field("", description="a sentence-transformers folder or hub id; empty: the packaged MiniLM")
    reader: str = Field(
        "",
        description="an extractive question-answering folder or hub id; "
        "joint: the other one that ships, which keeps nothing of passages; empty: the one shipped",
    )
    allow_downloads: bool = Field(False, description="fetch a hub id that the local Hugging Face cache lacks")
    quantization: Literal["auto", "fp32", "bf16", "int8"] = Field(
        "auto", description="arithmetic; auto measures at the start"
    )
    device: str = Field(
        "cpu", description="where encoder and reader run: cpu, another kind of PyTorch's devices, or auto"
    )
    onnx: str = Field("", description="folder of `python -m inference.export`, run by onnxruntime; empty: none")
    states_mb: int = Field(
        0, ge=0, description="disk for what the reader keeps of passages, so that a restart loses none; 0: memory alone"
    )
    engine_threads: int = Field(0, ge=0, le=256, description="threads of one engine; 0: half of the cores, 1 to 8")
    engine_queue: int = Field(256, ge=1, le=100_000, description="requests that may wait before 503")
    engine_url: str = Field("", description="unix:PATH or HOST:PORT of an engine process; empty: each has its own")
    engine_key: str = Field("", description="what opens that engine; needed unless it listens on a Unix socket")
    engine_ca: str = Field("", description="PEM file of whoever signed its TLS certificate; empty: no TLS")

    # prose
    generator: str = Field("", description="a Qwen2, Qwen3 or Llama folder or hub id that writes prose; empty: none")
    generator_url: str = Field(
        "", description="or an OpenAI-compatible endpoint that writes it, such as http://127.0.0.1:11434/v1"
    )
    generator_model: str = Field("", description="the endpoint's name for its model")
    generator_key: str = Field("", description="the endpoint's key, where it wants one")
    generator_context: int = Field(4096, ge=512, le=131_072, description="tokens of prompt and answer it can hold")
    generator_tokens: int = Field(400, ge=16, le=8192, description="tokens a written answer has at most")
    generator_cache_mb: int = Field(512, ge=1, le=1_000_000, description="memory of the folder's keys and values")

    # answers
    deadline_s: float = Field(10.0, gt=0, le=600, description="an answer's time when the asker names none")
    retrieval_deadline_ms: int = Field(200, ge=10, le=60_000, description="the most retrieval may take of it")
    abstain_below: float = Field(-1.0, ge=-1, le=1, description="least confidence shown; -1: the reader's own")
    num_passages: int = Field(6, ge=1, le=50, description="passages read for an answer, at the most")
    read_first: int = Field(2, ge=1, le=50, description="of them read first; the others only where those leave doubt")
    max_wait_s: float = Field(2.0, gt=0, le=600, description="longest expected wait for the engine before 503")
    asks_a_minute: int = Field(600, ge=0, description="questions one person, or one key, may ask a minute; 0: no limit")
    cache_ttl_s: int = Field(86_400, ge=0, description="how long a finished answer is kept; 0: not at all")

    @field_validator("allowed_hosts", "trusted_origins", "import_roots", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @model_validator(mode="after")
    def _header_of_a_proxy(self) -> Self:
        if self.sign_in_header and not self.num_proxies:
            raise ValueError("KBQA_SIGN_IN_HEADER is believed behind a proxy alone; set KBQA_NUM_PROXIES")
        return self

    @model_validator(mode="after")
    def _one_generator(self) -> Self:
        if self.generator and self.generator_url:
            raise ValueError("KBQA_GENERATOR and KBQA_GENERATOR_URL name two generators; set one of them")
        if self.generator_url and not (self.generator_model and self.generator_url.startswith(("http://", "https://"))):
            raise ValueError("KBQA_GENERATOR_URL begins with http:// or https:// and needs KBQA_GENERATOR_MODEL")
        if self.generator_tokens * 2 > self.generator_context:
            raise ValueError("KBQA_GENERATOR_TOKENS is at most half of KBQA_GENERATOR_CONTEXT")
        return self


def read_environment() -> Environment:
    """The environment with `<NAME>_FILE` secrets resolved."""
    for name in (f"KBQA_{secret}" for secret in SECRETS):
        if path := os.environ.get(f"{name}_FILE"):
            os.environ.setdefault(name, Path(path).read_text().strip())
    return Environment()
