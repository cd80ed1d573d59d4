"""Changes of reading data that the visitor of a request asks for: whose, why, and from where."""

from __future__ import annotations

from flask import request
from flask_login import current_user

from db.reading.journal import Cause, Deed
from webui.browsers import browser_name

LONGEST_DEVICE = 80


def deed(cause: Cause = Cause.PERSON, device: str = "") -> Deed:
    """A deed of the visitor's, from the device that they name or the browser they seem to use."""
    return Deed(current_user.id, cause, device or here())


def here() -> str:
    """What to call the visitor's device."""
    return browser_name(request.user_agent.string)[:LONGEST_DEVICE]
