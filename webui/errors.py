"""How an error is told: JSON to the API's callers, a designed page to everybody else.

A view raises `Problem` with the sentence for the user, or calls Flask's `abort`. Nobody is shown a
stack trace; what nobody expected goes to the log.
"""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, InternalServerError, ServiceUnavailable

from db.cursors import BadCursor
from db.engine import DatabaseUnusable
from db.reading.subjects import NotThere
from db.reading.words import Unfit

log = logging.getLogger(__name__)

# For each status its code in JSON, the page's heading, and the sentence when a view gave none.
WORDS = {
    400: ("bad_request", "That did not make sense", "The request cannot be understood."),
    401: ("not_signed_in", "Please sign in", "Sign in first."),
    403: ("forbidden", "Not open to you", "Only an administrator can do this."),
    404: ("not_found", "Nothing here", "There is nothing at this address."),
    405: ("method_not_allowed", "Not in this way", "This address does not take such requests."),
    409: ("conflict", "Not now", "Something else is under way that this would disturb."),
    410: ("gone", "Gone", "What was here has been removed."),
    413: ("too_large", "Too much", "The request is larger than Longbox takes."),
    415: ("not_json", "Not JSON", "Send JSON, with the header Content-Type: application/json."),
    416: ("bad_range", "Not in the file", "The file has no such range of bytes."),
    422: ("invalid", "Not valid", "A value of the request cannot be used."),
    429: ("too_many", "Slow down", "Too many requests. Wait a little and try again."),
    500: ("internal", "This is our fault", "Something went wrong in Longbox. It is in the log."),
    503: ("unavailable", "Not right now", "Longbox is busy. Try again in a moment."),
}


class Problem(HTTPException):
    """An answer that is an error: its status, its code for programs, its sentence for people.

    What else is given goes beside "error" in the JSON, like the `job_id` of the scan in the way;
    `retry_after` is the seconds until it is worth asking again.
    """

    def __init__(
        self, status: int, code: str, message: str, *, retry_after: int = 0, **beside: Any
    ) -> None:
        super().__init__(message)
        self.code = status
        self.name_for_programs = code
        self.retry_after = retry_after
        self.beside = beside


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, answer)
    app.register_error_handler(BadCursor, refuse_cursor)
    app.register_error_handler(NotThere, tell_it_is_gone)
    app.register_error_handler(Unfit, refuse_value)
    app.register_error_handler(OperationalError, tell_of_the_disk)
    app.register_error_handler(DatabaseUnusable, tell_what_to_do)


def answer(error: HTTPException) -> ResponseReturnValue:
    """The response to an error, in the form that the caller reads."""
    status = error.code or InternalServerError.code
    if status < 400:
        return error.get_response()
    code, heading, message = WORDS.get(status, WORDS[500 if status >= 500 else 400])
    if isinstance(error, Problem):
        code = error.name_for_programs
    if error.description != type(error).description:  # a view said it better
        message = error.description or message
    if request.path.startswith("/api/"):
        response: Response = jsonify(error={"code": code, "message": message}, **_beside(error))
    else:
        response = Response(render_template("error.html", heading=heading, message=message))
    response.status_code = status
    if isinstance(error, Problem) and error.retry_after:
        response.headers["Retry-After"] = str(error.retry_after)
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


def refuse_cursor(error: BadCursor) -> ResponseReturnValue:
    return answer(Problem(422, "bad_cursor", str(error)))


def tell_it_is_gone(error: NotThere) -> ResponseReturnValue:
    return answer(Problem(404, "not_found", str(error)))


def refuse_value(error: Unfit) -> ResponseReturnValue:
    return answer(Problem(422, "invalid", str(error)))


def tell_of_the_disk(error: OperationalError) -> ResponseReturnValue:
    """The database could not be written or read: a full disk is the one cause a person can mend."""
    log.error("The database refused", exc_info=error)
    if "disk is full" in str(error.orig):
        return answer(Problem(503, "disk_full", "The disk that Longbox writes to is full."))
    return answer(ServiceUnavailable())


def tell_what_to_do(error: DatabaseUnusable) -> ResponseReturnValue:
    """The database is broken: a page of ours cannot be drawn, it would ask who is looking."""
    log.error("%s", error)
    if request.path.startswith("/api/"):
        return answer(Problem(503, "unavailable", str(error)))
    return Response(f"{error}\n", 503, mimetype="text/plain")


def _beside(error: HTTPException) -> dict[str, Any]:
    return error.beside if isinstance(error, Problem) else {}
