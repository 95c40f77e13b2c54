"""A service by docs/verifying.md: a middleware of Django.  Arguments: the example's folder, a port.

Prints a line when it listens.
"""

import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import re_path


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def say(request: HttpRequest) -> HttpResponse:
    """As tests/sigv4/exercise.py expects."""
    text = f"<said>{request.access_key} {request.method} {request.content.hex()}</said>"
    return HttpResponse(text, "application/xml")


urlpatterns = [re_path("", say)]


def main(folder: str, port: int) -> None:
    """Serve until killed."""
    sys.path.insert(0, folder)  # where the example is, as the module `example`
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"],
        APPEND_SLASH=False,
        MIDDLEWARE=["example.signed_only"],
        ROOT_URLCONF=__name__,
        SECRET_KEY="of a test",
    )
    with make_server("127.0.0.1", port, get_wsgi_application(), handler_class=Quiet) as server:
        print("listening", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
