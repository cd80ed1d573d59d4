"""The long-lived processes that the Procfile starts: `longbox web`, `worker` and `covers`."""

from __future__ import annotations

import atexit
import os
import signal
import sys
from collections.abc import Callable
from math import ceil
from pathlib import Path
from types import FrameType

import click

from pipeline.cli import needs_database


@click.command()
@needs_database
def web() -> None:
    """Serve the pages and the API."""
    from gunicorn.app.wsgiapp import WSGIApplication

    from db.settings import settings

    _begin("web")
    arguments = {
        "bind": f"{settings().host}:{settings().port}",
        "worker-class": "gthread",
        "workers": str(settings().web_processes),
        "threads": str(settings().web_threads),
        "graceful-timeout": "3",
        "timeout": str(ceil(settings().stale_after)),  # one that hangs is replaced
        "keep-alive": "30",
        "log-level": "warning",
        "worker-tmp-dir": str(settings().run),
        "forwarded-allow-ips": "",  # proxies are webui's business
    }
    words = [word for name, value in arguments.items() for word in (f"--{name}", value)]
    # Loaded before the fork, the application is in memory once.
    sys.argv = ["gunicorn", *words, "--preload", "--no-control-socket", "webui:create_app()"]
    WSGIApplication("%(prog)s [OPTIONS] [APP_MODULE]", prog="gunicorn").run()


@click.command()
@needs_database
def worker() -> None:
    """Run the stages of scans."""
    from db import workers
    from db.engine import writing
    from db.settings import put, settings
    from pipeline import parallel
    from pipeline import worker as process

    _begin("worker")
    stages = parallel.choose().stages
    put("LONGBOX_WORKERS", stages)
    with writing() as connection:
        workers.keep(connection, stages)  # phases are cut into as many shards
    _supervise("worker", settings().worker_processes, process.serve)


@click.command()
@needs_database
def covers() -> None:
    """Make the covers that somebody is waiting for."""
    from pipeline import covers as process

    _begin("covers")
    _supervise("covers", 1, process.serve)


def _supervise(kind: str, count: int, serve: Callable[[int], None]) -> None:
    from pipeline.supervisor import Supervisor

    sys.exit(Supervisor(kind, count, serve).run())


def _begin(process: str) -> None:
    from db import in_use, logs
    from db.settings import settings

    in_use.hold(settings().run)  # the web process closes its database before it forks
    logs.begin(process, settings())
    if "HONCHO_PROCESS_NAME" in os.environ and not _is_unit():
        _leave_with_honcho()


def _is_unit() -> bool:
    """Whether systemd has started us, from a unit in which honcho wrote our name down."""
    is_ours = os.environ.get("SYSTEMD_EXEC_PID") == str(os.getpid())  # said since version 248
    return is_ours or ("INVOCATION_ID" in os.environ and os.getppid() == 1)


def _leave_with_honcho() -> None:
    """Stop when honcho was killed: it cannot tell us, and nobody would stop us later.

    Between honcho and us is a process of its own that only reads what we print; when honcho is
    gone, that one has another parent. A timer looks, and not a thread, because gunicorn forks.
    """
    honcho = _grandparent()
    if honcho is not None and os.getsid(honcho) != os.getsid(os.getppid()):
        sys.exit("Longbox was stopped while it was starting.")  # honcho is gone already

    def look(_signal: int, _frame: FrameType | None) -> None:
        if _grandparent() != honcho:
            signal.setitimer(signal.ITIMER_REAL, 0)
            os.kill(os.getpid(), signal.SIGTERM)

    if honcho is not None:
        signal.signal(signal.SIGALRM, look)
        signal.setitimer(signal.ITIMER_REAL, 0.5, 0.5)
        atexit.register(signal.setitimer, signal.ITIMER_REAL, 0)


def _grandparent() -> int | None:
    """The parent of our parent; None where the system does not tell."""
    try:
        stat = Path(f"/proc/{os.getppid()}/stat").read_text("utf-8", "replace")
    except OSError:
        return None
    return int(stat.rpartition(")")[2].split()[1])
