"""What `longbox scan --dry-run` prints: what a scan would do, of which nothing is done."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

import click

from db import report
from db.states import Change
from pipeline.cli.output import print_json, safe, say

MARKS = {
    Change.NEW: ("+", "green"),
    Change.UPDATED: ("~", "yellow"),
    Change.MOVED: (">", "cyan"),
    Change.BACK: ("<", "green"),
    Change.MISSING: ("-", "red"),
}


def show(answers: Iterable[dict[str, Any]], *, as_json: bool) -> None:
    """Print a dry run as it comes, or all of it at its end; exit status 1 if it has not come to
    its end, or a library could not be looked at."""
    told: list[dict[str, Any]] = []
    whole, problems = False, []
    for answer in answers:
        if "progress" in answer:
            _tell_progress(answer["progress"])
        elif "problem" in answer:
            problems.append(answer["problem"])
        elif "end" in answer:
            whole = True
        else:
            told.append(answer)
    _tell_progress(None)
    if as_json:
        print_json(_as_json(told, problems))
    else:
        _print(told)
        for problem in problems:
            click.echo(safe(problem), err=True)
    if not whole:
        raise click.ClickException("The dry run ended before its time.")
    if problems:
        raise click.exceptions.Exit(1)


def _tell_progress(progress: dict[str, Any] | None) -> None:
    """One line that is written over, where somebody looks."""
    if sys.stderr.isatty():
        words = "" if progress is None else f"{progress['comics']:,} comics looked at"
        click.echo(f"\r\x1b[K{words}", err=True, nl=False)


def _print(told: list[dict[str, Any]]) -> None:
    for answer in told:
        if group := answer.get("group"):
            mark, colour = MARKS[Change(group["change"])]
            prefix = f"{group['folder']}/" if group["folder"] else ""
            for comic in group["comics"]:
                words = " → ".join(comic) if isinstance(comic, list) else prefix + comic
                click.echo(f"{click.style(mark, colour)} {safe(words)}")
        elif result := answer.get("result"):
            say(report.dry_run_sentence(result))
            if result["question"]:
                say(f"It would ask first: {result['question']}")
            for path, message in result["failures"]:
                say(f"{path}: {message}")


def _as_json(told: list[dict[str, Any]], problems: list[str]) -> dict[str, Any]:
    results = [one["result"] for one in told if "result" in one]
    for result in results:
        groups = [one["group"] for one in told if "group" in one]
        mine = [one for one in groups if one["library"] == result["library"]]
        result["changes"] = {
            change.value: [one for one in mine if one["change"] == change] for change in MARKS
        }
    return {"libraries": results, "problems": problems}
