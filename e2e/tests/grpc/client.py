"""A gRPC client without generated code: PORT, HOST, the authority's file and a cookie are its arguments.

It prints one JSON value for each step, and takes the last step, a conversation, to the end that the other side gives it.
"""

import json
import queue
import sys

import grpc

port, host, authority, cookie = sys.argv[1:]
credentials = grpc.ssl_channel_credentials(open(authority, "rb").read())
options = [("grpc.ssl_target_name_override", host), ("grpc.default_authority", f"{host}:{port}")]
channel = grpc.secure_channel(f"127.0.0.1:{port}", credentials, options)


def say(**step):
    print(json.dumps(step), flush=True)


def call(name, metadata, timeout=20):
    try:
        answer, call = channel.unary_unary(f"/test.Echo/{name}").with_call(b"", timeout=timeout, metadata=metadata)
        return {"code": call.code().name, "answer": answer.decode()}
    except grpc.RpcError as error:
        return {"code": error.code().name, "details": error.details()}


mine = (("cookie", cookie),)
say(step="stranger", **call("Who", ()))
say(step="who", **call("Who", mine + (("x-mine", "yes"), ("x-auth-user", "mallory"))))
say(step="deadline", **call("Deadline", mine, timeout=15))
messages = channel.unary_stream("/test.Echo/Fail")(b"", metadata=mine)
try:
    first = next(messages)
    next(messages)
    say(step="fail", code="MORE")
except grpc.RpcError as error:
    trailing = [key for key, _ in error.trailing_metadata()]
    say(step="fail", code=error.code().name, details=error.details(), trailing=trailing, first=first.decode())

outgoing = queue.Queue()
talk = channel.stream_stream("/test.Echo/Talk")(iter(outgoing.get, None), metadata=mine)
for number in range(1000):
    outgoing.put(b"message %d" % number)
    if next(talk) != b"back: message %d" % number:
        say(step="talk", code="WRONG")
say(step="talk", code="OPEN")
try:
    next(talk)
    say(step="end", code="MORE")
except grpc.RpcError as error:
    say(step="end", code=error.code().name, details=error.details())
