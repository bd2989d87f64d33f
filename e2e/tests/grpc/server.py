"""A gRPC server without generated code. It prints its port, then serves until its input ends."""

import sys
from concurrent import futures

import grpc


def talk(messages, context):
    for message in messages:
        yield b"back: " + message


def deadline(message, context):
    return str(context.time_remaining()).encode()


def fail(message, context):
    yield b"one"
    context.set_trailing_metadata((("x-detail", "of the origin"), ("set-cookie", "a=b")))
    context.abort(grpc.StatusCode.ALREADY_EXISTS, "is there already")


def who(message, context):
    return "\n".join(f"{key}: {value}" for key, value in context.invocation_metadata()).encode()


METHODS = {
    "Talk": grpc.stream_stream_rpc_method_handler(talk),
    "Deadline": grpc.unary_unary_rpc_method_handler(deadline),
    "Fail": grpc.unary_stream_rpc_method_handler(fail),
    "Who": grpc.unary_unary_rpc_method_handler(who),
}

server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test.Echo", METHODS),))
port = server.add_insecure_port("127.0.0.1:0")
server.start()
print(port, flush=True)
sys.stdin.read()
server.stop(None)
