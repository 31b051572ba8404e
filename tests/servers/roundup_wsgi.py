"""Serves a Roundup tracker on 127.0.0.1 (its own server wants no root): TRACKER PORT."""

import sys
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIServer, make_server

from roundup.cgi.wsgi_handler import RequestDispatcher


class Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True


tracker, port = sys.argv[1:]
make_server(
    "127.0.0.1", int(port), RequestDispatcher(tracker), server_class=Threads
).serve_forever()
