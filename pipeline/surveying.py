"""Has surveys made: when somebody asks for one, and when scans have changed something.

The work is done by `python -m stages.survey`, a process that reads the whole catalogue and gives
way to everything else. One that is killed is begun again.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading

from db import surveys
from db.engine import reading, writing
from db.states import Exit

TRIES = 3

log = logging.getLogger(__name__)


class Surveyor:
    """What this worker has begun to survey; a lock keeps another's from doing the same."""

    def __init__(self) -> None:
        self._work: threading.Thread | None = None

    def pass_by(self) -> None:
        """Begin a survey, when there is reason to."""
        if self._work is not None and self._work.is_alive():
            return
        with reading() as connection:
            survey_id = surveys.wanted(connection)
            is_due = survey_id is None and surveys.is_due(connection)
        if is_due:
            with writing() as connection:
                survey_id = surveys.ask(connection, None)
        if survey_id is not None:
            self._work = threading.Thread(
                target=self._make, args=(survey_id,), name="survey", daemon=True
            )
            self._work.start()

    def _make(self, survey_id: int) -> None:
        try:
            make(survey_id)
        except Exception:
            log.exception("Survey %d could not be made; it is tried again", survey_id)


def make(survey_id: int) -> None:
    """Make a survey, to its end or to that of its tries."""
    code = 0
    for _ in range(TRIES):
        code = _run(survey_id)
        with reading() as connection:
            if not surveys.is_open(connection, survey_id):
                return
        if code == Exit.STOPPED:
            return
    how = f"killed by signal {-code}" if code < 0 else f"exit status {code}"
    log.error("Survey %d came to nothing: %s", survey_id, how)
    with writing() as connection:
        surveys.give_up(
            connection,
            survey_id,
            f"The process that looked over the library ended ({how}); the worker's log says more.",
        )


def _run(survey_id: int) -> int:
    program = [sys.executable, "-m", "stages.survey", str(survey_id)]
    with subprocess.Popen(program, stdin=subprocess.PIPE) as process:
        # Its input stays open until it ends: it leaves when this process does.
        return process.wait()
