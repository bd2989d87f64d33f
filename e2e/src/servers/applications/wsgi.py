"""Writes down each whole request that a WSGI server understood."""

import os


def application(environ, start_response):
    length = environ.get("CONTENT_LENGTH")
    body = environ["wsgi.input"].read() if not length else environ["wsgi.input"].read(int(length))
    if length and len(body) != int(length):
        raise ConnectionError("the request broke off")
    target = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    said = [environ["REQUEST_METHOD"], target, environ.get("HTTP_HOST", ""), environ.get("HTTP_SEKISHO_ASSERTION", "")]
    line = "\t".join([*said, body.hex()]) + "\n"
    with open(os.environ["NOTES"], "ab", buffering=0) as notes:
        notes.write(line.encode())
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]
