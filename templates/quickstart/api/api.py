"""Counts visits in Redis. POST /api/visits counts one, GET /api/visits reads, GET /healthz tells whether the cache answers."""

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import redis

cache = redis.Redis(host=os.environ["CACHE_HOST"], socket_timeout=5, socket_connect_timeout=5)
greeting = os.environ.get("GREETING", "Hello")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/healthz":
            self.answer(lambda: {"cache": cache.ping()})
        elif self.path == "/api/visits":
            self.answer(lambda: {"greeting": greeting, "visits": int(cache.get("visits") or 0)})
        else:
            self.send(404, {"error": "not found"})

    def do_POST(self):
        if self.path == "/api/visits":
            self.answer(lambda: {"greeting": greeting, "visits": cache.incr("visits")})
        else:
            self.send(404, {"error": "not found"})

    def answer(self, work):
        try:
            self.send(200, work())
        except redis.RedisError as error:
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
