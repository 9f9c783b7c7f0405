"""A sign-in to the demo's dashboard by one click: an address on this machine that hands the browser a session and sends it there."""

import http.server
import threading
import urllib.error
import urllib.parse
import urllib.request

TIMEOUT_SECONDS = 10


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """The answer to a sign-in is what it sets, not where it leads."""

    def redirect_request(self, *_args: object) -> None:
        return None


def session_cookie(base: str, token: str) -> str:
    """Begins a session by an API token; returns the cookie as the server set it. ValueError when it was refused."""
    body = urllib.parse.urlencode({"token": token}).encode()
    opener = urllib.request.build_opener(NoRedirects)
    try:
        with opener.open(urllib.request.Request(base + "/login", data=body), timeout=TIMEOUT_SECONDS) as answer:
            raise ValueError(f"the sign-in was answered {answer.status}, not by a redirection")
    except urllib.error.HTTPError as error:
        cookie = error.headers.get("Set-Cookie")
        if error.code not in {302, 303} or not cookie:
            raise ValueError(f"the sign-in was answered {error.code}") from error
        return cookie


class OneClick:
    """Serves that address until it is stopped. A browser sends a cookie to every port of its host, so that one set here is the dashboard's."""

    def __init__(self, base: str, token: str) -> None:
        class Handler(http.server.BaseHTTPRequestHandler):
            timeout = TIMEOUT_SECONDS

            def do_GET(self) -> None:
                if self.path != "/":
                    self.send_error(404)
                    return
                try:
                    cookie = session_cookie(base, token)
                except (OSError, ValueError) as error:
                    self.send_error(502, str(error))
                    return
                self.send_response(303)
                self.send_header("Location", base + "/")
                self.send_header("Set-Cookie", cookie)
                self.send_header("Cache-Control", "no-store")
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
