"""What no form of ours sends and no database keeps: refused before anything looks at it."""

from __future__ import annotations

from collections.abc import Iterator

from flask import abort, request

LARGEST_ID = 2**31 - 1


def texts() -> Iterator[str]:
    """Everything that came as text in the address, the form and the names of files."""
    yield from map(str, (request.view_args or {}).values())
    for values in (request.args, request.form):
        for name, value in values.items(multi=True):
            yield name
            yield value
    yield from (file.filename or "" for file in request.files.values())


def refuse() -> None:
    """A NUL or half a character answers 400; a number larger than any id is an address of nothing: 404."""
    if any("\x00" in text or any("\ud800" <= sign <= "\udfff" for sign in text) for text in texts()):
        abort(400)
    numbers = [value for value in (request.view_args or {}).values() if isinstance(value, int)]
    if any(number > LARGEST_ID for number in numbers):
        abort(404)
