"""Counts visits in Redis. POST /api/visits counts one, GET /api/visits reads, GET /healthz tells whether the cache answers."""

import json
import os
import signal
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# The parser alone: the whole client library takes longer to load than all the rest.
import hiredis

greeting = os.environ.get("GREETING", "Hello")


def ask_cache(*command):
    """Gives the answer of Redis to one command."""
    with socket.create_connection((os.environ["CACHE_HOST"], 6379), timeout=5) as connection:
        connection.sendall(hiredis.pack_command(command))
        answers = hiredis.Reader(protocolError=OSError, replyError=OSError)
        while (answer := answers.gets()) is False:
            received = connection.recv(65536)
            if not received:
                raise OSError("it closed the connection")
            answers.feed(received)
        if isinstance(answer, OSError):
            raise answer
        return answer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/healthz":
            self.answer(lambda: {"cache": ask_cache("PING") == b"PONG"})
        elif self.path == "/api/visits":
            self.answer(lambda: {"greeting": greeting, "visits": int(ask_cache("GET", "visits") or 0)})
        else:
            self.send(404, {"error": "not found"})

    def do_POST(self):
        if self.path == "/api/visits":
            self.answer(lambda: {"greeting": greeting, "visits": ask_cache("INCR", "visits")})
        else:
            self.send(404, {"error": "not found"})

    def answer(self, work):
        try:
            self.send(200, work())
        except OSError as error:
            self.send(503, {"error": f"the cache does not answer: {error}"})

    def send(self, status, body):
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format, *args):
        if self.path != "/healthz":
            print(f"{self.command} {self.path} {args[1] if len(args) > 1 else ''}")


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print("api listens on 8000")
ThreadingHTTPServer(("", 8000), Handler).serve_forever()
