"""The limit: a server that sends bytes of a file by sendfile(2), and swallows what is posted. It parses nothing but lengths."""

import os
import socket
import tempfile
import threading


class FileServer:
    """On the loopback address, a thread for each connection; ended when the block ends."""

    token = ""

    def __enter__(self) -> "FileServer":
        self.file = tempfile.TemporaryFile()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self.listener.getsockname()
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.listener.close()
        self.file.close()

    def url(self, size: int) -> str:
        if os.fstat(self.file.fileno()).st_size < size:
            self.file.seek(0)
            row = b'"0015g00000XXXXXAAA","Some Company Ltd.","Berlin","2024-01-31T10:22:00.000Z"\n'
            self.file.write(row * (size // len(row) + 1))
            self.file.flush()
        return f"http://{self.host}:{self.port}/{size}"

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            pending = b""
            while True:
                while b"\r\n\r\n" not in pending:
                    part = connection.recv(1 << 16)
                    if not part:
                        return
                    pending += part
                head, _, pending = pending.partition(b"\r\n\r\n")
                method, path = head.split(b" ", 2)[:2]
                if method == b"POST":
                    length = int(next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")).split(b":")[1])
                    while len(pending) < length:
                        pending += connection.recv(1 << 20)
                    pending = pending[length:]
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")
                    continue
                size = int(path[1:])
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: " + str(size).encode() + b"\r\n\r\n")
                sent = 0
                while sent < size:
                    sent += os.sendfile(connection.fileno(), self.file.fileno(), sent, size - sent)
