"""What is written for systemd and for containers fits the project as it is."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

from db.settings import from_environment

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
OPERATIONS = (ROOT / "docs" / "OPERATIONS.md").read_text()
TOLD = re.search(r"^(?:sudo )?\S*honcho (export .*) /etc/systemd/system$", OPERATIONS, re.MULTILINE)


@pytest.fixture(scope="module")
def units(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of units that the command of the documents writes, for a Longbox in /opt."""
    assert TOLD
    folder = tmp_path_factory.mktemp("systemd")
    program = folder / "longbox" / ".venv" / "bin" / "longbox"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    words = shlex.split(TOLD[1])
    templates = words.index("-t") + 1
    words[templates] = str(ROOT / words[templates])
    shutil.copy(ROOT / "Procfile", folder / "longbox")
    subprocess.run(
        [sys.executable, "-m", "honcho", *words, str(folder / "units")],
        cwd=folder / "longbox",
        check=True,
        capture_output=True,
    )
    return folder / "units"


def test_every_process_has_a_unit_that_starts_again_and_writes_nowhere_else(units: Path) -> None:
    processes = re.findall(r"^(\w+): (.*)$", (ROOT / "Procfile").read_text(), re.MULTILINE)
    assert len(processes) == 3
    for name, command in processes:
        unit = (units / f"longbox-{name}-1.service").read_text()
        assert f"-c '{command}'\n" in unit
        assert f"\nEnvironment=HONCHO_PROCESS_NAME={name}.1\n" in unit
        for line in ("Restart=always", "StateDirectory=longbox", "ProtectSystem=strict"):
            assert f"\n{line}\n" in unit
        assert f"longbox-{name}.target" in (units / "longbox.target").read_text()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze")
def test_systemd_finds_nothing_wrong_with_the_units(units: Path) -> None:
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units.iterdir()], capture_output=True, text=True
    )
    about_ours = [line for line in done.stderr.splitlines() if "longbox" in line]
    assert (done.returncode, about_ours) == (0, [])


def test_what_the_dockerfile_copies_is_there_and_is_not_ignored() -> None:
    let_in = {
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    copied = {
        word
        for words in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE)
        for word in words.split()[:-1]
    }
    assert copied == let_in
    assert all((ROOT / one).exists() for one in copied)
    packages = re.search(r"^include = \[(.*)\]$", (ROOT / "pyproject.toml").read_text(), re.M)
    assert packages
    for package in re.findall(r'"(\w+)"', packages[1]):
        assert package in copied


def test_the_container_sets_what_longbox_knows_and_is_nobody_special() -> None:
    [lines] = re.findall(r"^ENV (.*)$", DOCKERFILE, re.MULTILINE)
    environment = dict(one.split("=", 1) for one in lines.split())
    known = set(re.findall(r"LONGBOX_[A-Z_]+", (ROOT / "db" / "settings.py").read_text()))
    assert {one for one in environment if one.startswith("LONGBOX_")} <= known
    found = from_environment(environment)
    assert re.search(rf"^VOLUME {found.data}$", DOCKERFILE, re.MULTILINE)
    assert re.search(rf"^EXPOSE {found.port}$", DOCKERFILE, re.MULTILINE)
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", DOCKERFILE, re.MULTILINE)
    assert "/healthz" in DOCKERFILE.split("HEALTHCHECK")[1]
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert all(fnmatch(base, "python:*-slim") for base in bases)


def test_composed_it_may_write_to_its_data_alone_and_has_time_to_stop() -> None:
    [service] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"].values()
    assert service["read_only"]
    assert service["init"]
    writable = [one for one in service["volumes"] if not one.endswith(":ro")]
    assert writable == ["./data:/data"]
    assert int(service["stop_grace_period"].removesuffix("s")) > 10
    known = set(re.findall(r"LONGBOX_[A-Z_]+", (ROOT / "db" / "settings.py").read_text()))
    assert set(service["environment"]) <= known
