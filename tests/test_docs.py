"""What the documents promise is there, and what is there is documented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from db.errors import ADVICE
from db.scan_options import OPTIONS

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    pattern = r"LONGBOX_[A-Z_]+|\bPORT\b"
    known = set(re.findall(pattern, (ROOT / "db" / "settings.py").read_text()))
    told = set(re.findall(pattern, (ROOT / "docs" / "SETTINGS.md").read_text()))
    assert told == known


def test_every_class_of_errors_is_documented_with_what_to_do() -> None:
    told = (ROOT / "docs" / "FORMATS.md").read_text()
    for error_class, advice in ADVICE.items():
        row = rf"^\| `{error_class}` \| .* \| {re.escape(advice)} \|$"
        assert re.search(row, told, re.MULTILINE), error_class


def test_every_option_of_a_scan_is_documented() -> None:
    told = (ROOT / "docs" / "SCANS.md").read_text()
    assert set(re.findall(r"^\| `([a-z_]+)` \|", told, re.MULTILINE)) == set(OPTIONS)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text())
    assert not [target for target in targets if not (document.parent / target).exists()]


@pytest.mark.parametrize("target", ["install", "run", "demo", "test", "lint", "bench"])
def test_make_has_the_targets_that_people_know(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(rf"^{target}:", makefile, re.MULTILINE)
    assert f'@echo "make {target}' in makefile
