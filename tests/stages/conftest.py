"""What the tests of several stages share."""

from __future__ import annotations

import os
import subprocess

import pytest

CAPABILITIES = "-dac_override,-dac_read_search"
UNPRIVILEGED = ("setpriv", f"--bounding-set={CAPABILITIES}", f"--inh-caps={CAPABILITIES}")


@pytest.fixture(scope="session")
def unprivileged() -> tuple[str, ...]:
    """What a stage is started through so that file permissions count for it, also for root."""
    if os.geteuid() != 0:
        return ()
    try:
        subprocess.run([*UNPRIVILEGED, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("root may read everything, and setpriv cannot change that here")
    return UNPRIVILEGED
