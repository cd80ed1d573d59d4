"""The settings of one Longbox installation, read from the environment in this one place.

`longbox doctor` prints them and docs/SETTINGS.md lists them. Nothing else in the project reads
an environment variable of Longbox.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

LOG_LEVELS = ("debug", "info", "warning", "error")


class SettingsError(ValueError):
    """A setting has a value that Longbox cannot use; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, with the defaults that suit a home server. Times are seconds."""

    data: Path = Path("data")
    host: str = "127.0.0.1"
    port: int = 8000
    url: str = ""  # where people find Longbox; empty: at the host and the port
    trusted_proxies: str = "127.0.0.0/8,::1"
    database_url: str = ""
    workers: int = 2
    worker_processes: int = 1
    web_processes: int = 1
    web_threads: int = 16
    admin_user: str = ""
    admin_password: str = ""
    heartbeat: float = 2.0
    stale_after: float = 30.0
    yield_above: float = 0.1  # 0: stages yield to nobody
    file_timeout: float = 120.0
    stall_timeout: float = 600.0
    strikes: int = 3
    missing_share: float = 0.25
    purge_after_days: int = 0  # 0: nothing is purged by its age
    keep_jobs: int = 200  # of each library, whole
    keep_job_days: int = 365  # 0: however old
    log_level: str = "info"
    log_bytes: int = 10 << 20  # of one file; 0: there is none
    log_files: int = 5
    watch_stillness: float = 5.0
    poll_every: float = 300.0
    cover_wait: float = 10.0
    cover_timeout: float = 20.0
    max_memory_mb: int = 1024
    max_cpu_seconds: int = 60
    max_unpack_seconds: float = 60.0
    max_entries: int = 100_000
    max_page_mb: int = 256
    max_comic_mb: int = 8192
    max_metadata_mb: int = 4
    max_picture_megapixels: int = 90
    page_cache_bytes: int = 2 << 30
    cover_cache_bytes: int = 10 << 30

    @property
    def limits(self) -> dict[str, Any]:
        """What a comic may ask for: fields of `stages.formats.limits.Limits`."""
        return {
            "entries": self.max_entries,
            "page_bytes": self.max_page_mb << 20,
            "comic_bytes": self.max_comic_mb << 20,
            "metadata_bytes": self.max_metadata_mb << 20,
            "picture_pixels": self.max_picture_megapixels * 1_000_000,
            "unpack_seconds": self.max_unpack_seconds,
        }

    @property
    def workers_each(self) -> int:
        """How many stages each of the worker processes runs side by side."""
        return -(-self.workers // self.worker_processes)

    @property
    def library_url(self) -> str:
        """The database's address; SQLite in the data folder unless another is set."""
        return self.database_url or f"sqlite:///{self.data / 'library.db'}"

    @property
    def library_file(self) -> Path:
        """The file of the database, as its address has it."""
        return Path(self.library_url.partition("///")[2])

    @property
    def queue_file(self) -> Path:
        return self.data / "queue.db"

    @property
    def covers(self) -> Path:
        return self.data / "covers"

    @property
    def artwork(self) -> Path:
        return self.data / "artwork"

    @property
    def pages(self) -> Path:
        return self.data / "pages"

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    @property
    def run(self) -> Path:
        """Where running processes keep their lock files and the name of the file in hand."""
        return self.data / "run"

    @property
    def distrusted_proxy_file(self) -> Path:
        """The address of who speaks like a proxy and is none of the trusted ones, if anybody."""
        return self.run / "distrusted-proxy"


def from_environment(environ: dict[str, str] | None = None) -> Settings:
    """Read the settings; raises SettingsError for numbers that are none, or cannot be."""
    env = dict(os.environ if environ is None else environ)
    default = Settings()
    found = Settings(
        data=Path(env.get("LONGBOX_DATA") or default.data).expanduser().absolute(),
        host=env.get("LONGBOX_HOST") or default.host,
        port=_port(env, default.port),
        url=_url(env),
        trusted_proxies=_networks(env, "LONGBOX_TRUSTED_PROXIES", default.trusted_proxies),
        database_url=env.get("LONGBOX_DATABASE_URL", ""),
        workers=_number(env, "LONGBOX_WORKERS", os.cpu_count() or default.workers, 1, 64),
        worker_processes=_number(env, "LONGBOX_WORKER_PROCESSES", default.worker_processes, 1, 16),
        web_processes=_number(env, "LONGBOX_WEB_PROCESSES", default.web_processes, 1, 16),
        web_threads=_number(env, "LONGBOX_WEB_THREADS", default.web_threads, 2, 256),
        admin_user=env.get("LONGBOX_ADMIN_USER", ""),
        admin_password=env.get("LONGBOX_ADMIN_PASSWORD", ""),
        heartbeat=_seconds(env, "LONGBOX_HEARTBEAT", default.heartbeat),
        stale_after=_seconds(env, "LONGBOX_STALE_AFTER", default.stale_after),
        yield_above=_number(env, "LONGBOX_YIELD_ABOVE_MS", 100, 0, 60_000) / 1000,
        file_timeout=_seconds(env, "LONGBOX_FILE_TIMEOUT", default.file_timeout),
        stall_timeout=_seconds(env, "LONGBOX_STALL_TIMEOUT", default.stall_timeout),
        strikes=_number(env, "LONGBOX_STRIKES", default.strikes, 1, 100),
        missing_share=_number(env, "LONGBOX_MISSING_PERCENT", 25, 0, 100) / 100,
        purge_after_days=_number(
            env, "LONGBOX_PURGE_AFTER_DAYS", default.purge_after_days, 0, 36_500
        ),
        keep_jobs=_number(env, "LONGBOX_KEEP_JOBS", default.keep_jobs, 1, 1_000_000),
        keep_job_days=_number(env, "LONGBOX_KEEP_JOB_DAYS", default.keep_job_days, 0, 36_500),
        log_level=_one_of(env, "LONGBOX_LOG_LEVEL", LOG_LEVELS, default.log_level),
        log_bytes=_number(env, "LONGBOX_LOG_MB", 10, 0, 1 << 20) << 20,
        log_files=_number(env, "LONGBOX_LOG_FILES", default.log_files, 1, 1_000),
        watch_stillness=_seconds(env, "LONGBOX_WATCH_STILLNESS", default.watch_stillness),
        poll_every=_seconds(env, "LONGBOX_POLL_EVERY", default.poll_every),
        cover_wait=_seconds(env, "LONGBOX_COVER_WAIT", default.cover_wait),
        cover_timeout=_seconds(env, "LONGBOX_COVER_TIMEOUT", default.cover_timeout),
        max_memory_mb=_number(env, "LONGBOX_MAX_MEMORY_MB", default.max_memory_mb, 128, 65536),
        max_cpu_seconds=_number(env, "LONGBOX_MAX_CPU_SECONDS", default.max_cpu_seconds, 1, 86_400),
        max_unpack_seconds=_seconds(env, "LONGBOX_MAX_UNPACK_SECONDS", default.max_unpack_seconds),
        max_entries=_number(env, "LONGBOX_MAX_ENTRIES", default.max_entries, 1, 10_000_000),
        max_page_mb=_number(env, "LONGBOX_MAX_PAGE_MB", default.max_page_mb, 1, 4095),
        max_comic_mb=_number(env, "LONGBOX_MAX_COMIC_MB", default.max_comic_mb, 1, 1 << 20),
        max_metadata_mb=_number(env, "LONGBOX_MAX_METADATA_MB", default.max_metadata_mb, 1, 256),
        max_picture_megapixels=_number(
            env, "LONGBOX_MAX_PICTURE_MEGAPIXELS", default.max_picture_megapixels, 1, 10_000
        ),
        page_cache_bytes=_number(env, "LONGBOX_PAGE_CACHE_MB", 2048, 64, 1 << 20) << 20,
        cover_cache_bytes=_number(env, "LONGBOX_COVER_CACHE_MB", 10_240, 16, 1 << 20) << 20,
    )
    if found.stale_after < 2 * found.heartbeat:
        raise SettingsError(
            f"LONGBOX_STALE_AFTER ({found.stale_after:g}) must be at least twice LONGBOX_HEARTBEAT "
            f"({found.heartbeat:g}): stages that are well would count as dead."
        )
    return found


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return from_environment()


def is_set(name: str) -> bool:
    """Whether somebody has chosen a setting, by the name of its variable."""
    return bool(os.environ.get(name, "").strip())


def put(name: str, value: object) -> None:
    """Choose a setting for this process and for all that it starts."""
    os.environ[name] = str(value)
    settings.cache_clear()


def _port(env: dict[str, str], default: int) -> int:
    """The port; honcho says 5000 to its first process when nobody has chosen one."""
    if "HONCHO_PROCESS_NAME" in env and env.get("PORT") == "5000":
        return default
    return _number(env, "PORT", default, 1, 65535)


def _url(env: dict[str, str]) -> str:
    """The address that people use, without a slash at its end."""
    url = env.get("LONGBOX_URL", "").strip().rstrip("/")
    if url and not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", url):
        raise SettingsError(
            "LONGBOX_URL must be an address like https://home.example/comics, "
            f"without a question mark, not {url!r}."
        )
    return url


def _networks(env: dict[str, str], name: str, default: str) -> str:
    """Addresses and networks, separated by commas."""
    text = env.get(name, "").strip()
    if not text:
        return default
    from ipaddress import ip_network  # not for every stage that starts

    try:
        return ",".join(str(ip_network(one)) for one in text.replace(",", " ").split())
    except ValueError as error:
        raise SettingsError(
            f"{name} must name addresses or networks, like 172.16.0.0/12: {error}."
        ) from None


def _number(env: dict[str, str], name: str, default: int, low: int, high: int) -> int:
    text = env.get(name, "").strip()
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise SettingsError(f"{name} must be a whole number from {low} to {high}, not {text!r}.")
    return int(text)


def _one_of(env: dict[str, str], name: str, words: tuple[str, ...], default: str) -> str:
    word = env.get(name, "").strip().lower() or default
    if word not in words:
        raise SettingsError(f"{name} must be one of {', '.join(words)}, not {word!r}.")
    return word


def _seconds(env: dict[str, str], name: str, default: float) -> float:
    text = env.get(name, "").strip()
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 86_400:
        raise SettingsError(f"{name} must be a number of seconds up to a day, not {text!r}.")
    return value
