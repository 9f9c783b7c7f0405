"""What lets clients that insist on https reach an org on a plain port: a certificate of an own CA, and a CONNECT proxy for every host."""

import asyncio
import ssl
import subprocess
import threading
from pathlib import Path

NAMES = "DNS:login.salesforce.com,DNS:test.salesforce.com,DNS:*.my.salesforce.com,DNS:*.salesforce.com,DNS:localhost,IP:127.0.0.1"
START_SECONDS = 20


class Certificate:
    """A CA and a certificate for Salesforce's hosts, good for two days."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.ca, self.key, self.chain = directory / "ca.pem", directory / "server.key", directory / "server.pem"
        extensions = directory / "extensions"
        extensions.write_text(f"subjectAltName={NAMES}\nextendedKeyUsage=serverAuth\n", encoding="utf-8")
        ca_key, request = directory / "ca.key", directory / "server.csr"
        openssl(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", ca_key, "-out", self.ca, "-subj", "/CN=Sandbox CA", "-days", "2",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", self.key, "-out", request, "-subj", "/CN=sandbox org")
        openssl(
            "x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", ca_key, "-CAcreateserial", "-out", self.chain, "-days", "2", "-extfile",
            extensions)


def openssl(*arguments: object) -> None:
    done = subprocess.run(
        ["openssl", *(str(argument) for argument in arguments)], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise RuntimeError(f"openssl {arguments[0]}: {done.stderr.strip()[-300:]}")


class Proxy:
    """Answers CONNECT for any host, speaks TLS for it, and passes everything on to the org."""

    def __init__(self, org_port: int, certificate: Certificate) -> None:
        self.org_port = org_port
        self.port = 0
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate.chain, certificate.key)
        self.loop = asyncio.new_event_loop()
        self.ready = threading.Event()
        # A daemon: clients that keep their connections open must not hold up the end.
        threading.Thread(target=self.serve, daemon=True).start()
        if not self.ready.wait(START_SECONDS):
            raise RuntimeError(f"the proxy did not start within {START_SECONDS} s")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def serve(self) -> None:
        asyncio.set_event_loop(self.loop)
        # What a client breaks off is the client's business.
        self.loop.set_exception_handler(lambda _loop, _context: None)
        server = self.loop.run_until_complete(asyncio.start_server(self.tunnel, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        self.loop.run_forever()

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)

    async def tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"CONNECT "):
                writer.write(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await writer.drain()
            await writer.start_tls(self.context)
            org_reader, org_writer = await asyncio.open_connection("127.0.0.1", self.org_port)
            await asyncio.gather(pass_on(reader, org_writer), pass_on(org_reader, writer))
        except (OSError, ssl.SSLError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(1 << 16):
            writer.write(piece)
            await writer.drain()
    except (OSError, ssl.SSLError):
        pass
    finally:
        writer.close()
