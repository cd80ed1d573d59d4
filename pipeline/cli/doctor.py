"""`longbox doctor`: what is missing or odd on this machine, and every setting."""

from __future__ import annotations

import click
from rich.text import Text

from db.settings import settings
from pipeline import checkup
from pipeline.checkup import Finding, Verdict
from pipeline.cli.output import json_option, print_json, print_table, safe, say

MARKS = {
    Verdict.OK: ("✓", "green"),
    Verdict.WARN: ("!", "bold yellow"),
    Verdict.ERROR: ("✗", "bold red"),
}


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Say what is missing or odd. The exit status is 1 when something does not work."""
    findings = checkup.examine(settings())
    values = checkup.shown(settings())
    verdict = _worst(findings)
    if as_json:
        print_json(
            {
                "verdict": verdict,
                "findings": [
                    {"name": one.name, "verdict": one.verdict, "message": one.words}
                    for one in findings
                ],
                "settings": values,
            }
        )
    else:
        print_table(("", "Looked at", "Found"), map(_row, findings))
        say("")
        print_table(("Setting", "Value"), values.items())
        say("")
        say(_summary(findings))
    if verdict is Verdict.ERROR:
        raise SystemExit(1)


def _row(finding: Finding) -> tuple[Text, str, str]:
    mark, style = MARKS[finding.verdict]
    return Text(mark, style=style), finding.name, safe(finding.words)


def _worst(findings: list[Finding]) -> Verdict:
    return max((one.verdict for one in findings), key=list(Verdict).index)


def _summary(findings: list[Finding]) -> str:
    errors = sum(one.verdict is Verdict.ERROR for one in findings)
    warnings = sum(one.verdict is Verdict.WARN for one in findings)
    if errors:
        return f"{errors} {'thing does' if errors == 1 else 'things do'} not work."
    if warnings:
        return f"Longbox works; {warnings} {'thing is' if warnings == 1 else 'things are'} odd."
    return "All is well."
