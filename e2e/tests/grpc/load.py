"""Calls without end over one channel: PORT, HOST, the authority's file and a cookie are its arguments.

It calls again and again, and holds one conversation meanwhile, until its input ends; then it prints one JSON value with how many calls
and messages passed and what failed. As it goes it prints a line after every ten calls.
"""

import json
import queue
import sys
import threading

import grpc

port, host, authority, cookie = sys.argv[1:]
credentials = grpc.ssl_channel_credentials(open(authority, "rb").read())
options = [("grpc.ssl_target_name_override", host), ("grpc.default_authority", f"{host}:{port}")]
channel = grpc.secure_channel(f"127.0.0.1:{port}", credentials, options)
mine = (("cookie", cookie),)
over = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()

who = channel.unary_unary("/test.Echo/Who")
outgoing = queue.Queue()
talk = channel.stream_stream("/test.Echo/Talk")(iter(outgoing.get, None), metadata=mine)
calls, messages, failed = 0, 0, []
while not over.is_set() and not failed:
    try:
        who(b"", timeout=30, metadata=mine)
        calls += 1
        outgoing.put(b"message %d" % messages)
        if next(talk) != b"back: message %d" % messages:
            failed.append("another message came back")
        messages += 1
    except grpc.RpcError as error:
        failed.append(f"after {calls} calls: {error.code().name}: {error.details()}")
    if calls % 10 == 0:
        print(calls, flush=True)
outgoing.put(None)
print(json.dumps({"calls": calls, "messages": messages, "failed": failed}), flush=True)
