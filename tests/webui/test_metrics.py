"""`/metrics`, read as Prometheus would."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from db import api_tokens, users
from db.engine import writing
from db.states import JobStatus, Phase
from tests.scan_rows import add_errors, add_job, add_library, add_shard, ended, over, under_way

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = rf'({NAME})="((?:\\.|[^"\\])*)"'
LINE = re.compile(rf"({NAME})(?:\{{((?:{LABEL},?)*)\}})? (\S+)")

Found = dict[tuple[str, frozenset[tuple[str, str]]], float]


def parsed(text: str) -> Found:
    """The samples of an exposition; fails on what breaks the format's rules."""
    found: Found = {}
    kinds: dict[str, str] = {}
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in kinds
            kinds[name] = kind
        elif not line.startswith("# HELP "):
            match = LINE.fullmatch(line)
            assert match, line
            family = re.sub(r"_(bucket|sum|count)$", "", match[1])
            assert kinds.get(match[1]) or kinds[family] == "histogram", line
            key = match[1], frozenset(re.findall(LABEL, match[2] or ""))
            assert key not in found
            found[key] = float(match[5])
    return found


def value(found: Found, metric: str, **labels: str) -> float:
    return found[metric, frozenset(labels.items())]


@pytest.fixture
def token(admin: users.User) -> str:
    with writing() as connection:
        return api_tokens.add(connection, admin, "Prometheus")


def scrape(client: FlaskClient, token: str) -> Found:
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=0.0.4")
    return parsed(answer.text)


def test_strangers_and_readers_are_refused(
    client: FlaskClient, reader_client: FlaskClient, data: Path
) -> None:
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer x"}).status_code == 401
    assert reader_client.get("/metrics").status_code == 403


def test_jobs_phases_errors_and_queues_are_counted(client: FlaskClient, token: str) -> None:
    library = add_library('Come"ics\\')
    add_job(library, **ended(**over(Phase.INDEX, 10)))
    running = add_job(library, **under_way(Phase.INDEX, 40, 100))
    add_shard(running, Phase.INDEX)
    add_errors(running, library, [b"1.cbz", b"2.cbz"])
    found = scrape(client, token)
    assert value(found, "longbox_jobs", status="running") == 1
    assert value(found, "longbox_jobs", status=JobStatus.FAILED) == 0
    assert value(found, "longbox_shards", status="running") == 1
    assert value(found, "longbox_open_errors", error="truncated") == 2
    assert value(found, "longbox_queue_depth", queue="covers") == 0
    of_index = {"library": r"Come\"ics\\", "phase": "index"}
    assert value(found, "longbox_phase_items", state="done", **of_index) == 40
    assert value(found, "longbox_phase_items", state="total", **of_index) == 100
    assert value(found, "longbox_scan_active", library=of_index["library"]) == 1
    assert value(found, "longbox_database_bytes", database="library") > 4096
    assert value(found, "longbox_messages_waiting") == 0
    assert value(found, "longbox_uptime_seconds") >= 0


def test_requests_are_in_a_histogram(client: FlaskClient, token: str, data: Path) -> None:
    before = scrape(client, token)
    for _ in range(3):
        client.get("/login")
    after = scrape(client, token)
    name = "longbox_http_request_duration_seconds"
    counted = [value(one, f"{name}_count", kind="page") for one in (before, after)]
    assert counted[1] - counted[0] == 4  # three pages, and the first look at the numbers
    ends = ["0.005", "0.01", "0.1", "1.0", "10.0", "+Inf"]
    steps = [value(after, f"{name}_bucket", kind="page", le=end) for end in ends]
    assert steps == sorted(steps)
    assert steps[-1] == counted[1]
    assert value(after, f"{name}_sum", kind="page") > 0
