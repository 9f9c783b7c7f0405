"""Clients of the API that look in a beat, as pages and scripts do."""

import http.client
import threading
import time

CLIENTS = 50
# A page looks every second, and so do scripts that wait for something.
PERIOD = 1.0


class Client(threading.Thread):
    """One client with a connection of its own, which asks in its own beat."""

    def __init__(self, port: int, token: str, path: str, offset: float, until: float) -> None:
        super().__init__(daemon=True)
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self.path = path
        self.due = time.monotonic() + offset
        self.until = until
        self.times: list[float] = []
        self.bytes = 0
        self.failures: list[str] = []

    def run(self) -> None:
        while self.due < self.until:
            time.sleep(max(0.0, self.due - time.monotonic()))
            started = time.monotonic()
            try:
                self.http.request("GET", self.path, headers=self.headers)
                answer = self.http.getresponse()
                self.bytes = len(answer.read())
                if answer.status != 200:
                    self.failures.append(f"{answer.status}")
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(f"{type(error).__name__}: {error}")
                self.http.close()
            self.times.append((time.monotonic() - started) * 1000)
            # Late answers do not spare the server the next question.
            self.due = max(self.due + PERIOD, time.monotonic())


def ask(port: int, token: str, path: str, seconds: float) -> list[Client]:
    """All clients for so long, their beats spread evenly."""
    until = time.monotonic() + seconds
    clients = [Client(port, token, path, number * PERIOD / CLIENTS, until) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return clients
