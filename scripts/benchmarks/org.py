"""scripts/bench org: how fast the sandbox org answers, beside a server that only sends files; and what it needs to start and to hold."""

import argparse
import json
import socket
import subprocess
import tempfile
import threading
import time
import urllib.parse
from dataclasses import dataclass

from .entry import Run, main, whole_number
from .file_server import FileServer
from .machine import cpu_seconds, peak_megabytes, resident_megabytes
from .org_server import OrgServer
from .results import Results, say

# The mapping of the load benchmark: 26 columns.
COLUMNS = [
    "Id", "IsDeleted", "SystemModstamp", "CreatedDate", "LastModifiedDate", "Name", "AccountNumber", "External_Id__c", "Type", "Industry",
    "Rating", "Phone", "Fax", "Website", "BillingStreet", "BillingCity", "BillingState", "BillingPostalCode", "BillingCountry",
    "AnnualRevenue", "NumberOfEmployees", "Customer_Since__c", "Credit_Limit__c", "Active__c", "ParentId", "OwnerId",
]
BATCH = 200


@dataclass
class Taken:
    """What a download brought and how long it took."""

    bytes: int
    seconds: float
    rows: int = 0

    @property
    def megabytes(self) -> float:
        return self.bytes / self.seconds / 1e6


class OrgBench:
    """The best of several rounds: what else the machine does only ever slows one down."""

    def __init__(self, run: Run) -> None:
        self.binary = run.binaries / "sandbox-org"
        self.arguments = run.options
        self.results = run.results

    def run(self) -> None:
        results = self.results
        rows = self.arguments.rows
        with OrgServer(self.binary, {"Account": rows, "Contact": 0}) as org:
            results.add("start_seconds", org.start_seconds, "s", bar=5.0)
            names = [name for name in COLUMNS if name in org.fields("Account")]
            say(f"{rows:,} generated Accounts, {len(names)} columns; best of {self.arguments.rounds} rounds:")
            with FileServer() as files:
                self.downloads(results, org, files, f"SELECT {', '.join(names)} FROM Account")
            self.order(results, org)
        with OrgServer(self.binary, {"Account": 1000, "Contact": 0}) as org:
            self.collections(results, org)
        self.memory(results)

    def downloads(self, results: Results, org: OrgServer, files: FileServer, query: str) -> None:
        job = org.bulk_job(query)
        pages = org.result_pages(job)
        best: dict[str, Taken] = {}
        for _ in range(self.arguments.rounds):
            for name, taken in (("bulk_csv", self.bulk(org, pages)), ("query_pages", self.query(org, query))):
                if name not in best or taken.megabytes > best[name].megabytes:
                    best[name] = taken
        limits = {
            "bulk_csv": max((self.files(files, best["bulk_csv"].bytes // len(pages), len(pages)) for _ in range(self.arguments.rounds)), key=lambda taken: taken.megabytes),
            "query_pages": max((self.files(files, best["query_pages"].bytes // self.arguments.query_pages, self.arguments.query_pages) for _ in range(self.arguments.rounds)),
                key=lambda taken: taken.megabytes),
        }
        for name, wanted in (("bulk_csv", 150.0), ("query_pages", 50.0)):
            results.add(name, best[name].megabytes, "MB/s", {"file_server": limits[name].megabytes}, bar=wanted)

    def bulk(self, org: OrgServer, pages: list[str]) -> Taken:
        """All result pages by one curl, over one connection, thrown away."""
        return curl([org.url + page for page in pages], org.token)

    def query(self, org: OrgServer, query: str) -> Taken:
        """As many pages of 2,000 rows as were asked for, in the order a client reads them."""
        first = org.get(f"/services/data/v60.0/query?q={urllib.parse.quote(query)}")
        locator = first["nextRecordsUrl"].rpartition("-")[0]
        size = len(first["records"])
        return curl([f"{org.url}{locator}-{size * page}" for page in range(1, self.arguments.query_pages + 1)], org.token)

    def files(self, files: FileServer, size: int, count: int) -> Taken:
        """The same bytes in as many answers, from a server that does nothing but send them."""
        return curl([files.url(size)] * count, "")

    def order(self, results: Results, org: OrgServer) -> None:
        for name, clause in (("order_by_name_limit", "ORDER BY Name LIMIT 100"), ("order_by_modstamp_limit", "ORDER BY SystemModstamp DESC LIMIT 2000"),
                             ("order_by_name", "ORDER BY Name")):
            path = f"/services/data/v60.0/query?q={urllib.parse.quote('SELECT Id FROM Account ' + clause)}"
            seconds = []
            for _ in range(self.arguments.rounds):
                started = time.monotonic()
                org.get(path)
                seconds.append(time.monotonic() - started)
            results.add(f"{name}_seconds", min(seconds), "s")

    def collections(self, results: Results, org: OrgServer) -> None:
        """Inserts of 200 records a call by two connections; what a client needs for its own part is taken before the clock runs."""
        calls = self.arguments.calls
        best: tuple[float, float] | None = None
        for part in range(self.arguments.rounds):
            bodies = [[body(part * 10**6 + (lane * calls + call) * BATCH) for call in range(calls)] for lane in range(2)]
            before = cpu_seconds(org.pid)
            seconds = in_parallel([lambda lane=lane: post_all(org, "/services/data/v60.0/composite/sobjects", bodies[lane]) for lane in range(2)])
            rate = 2 * calls * BATCH / seconds
            if best is None or rate > best[0]:
                best = (rate, (cpu_seconds(org.pid) - before) / (2 * calls * BATCH) * 1e6)
        if best is None:
            return
        with FileServer() as files:
            bodies = [[body(call * BATCH) for call in range(calls)] for _ in range(2)]
            seconds = in_parallel([lambda lane=lane: post_all(files, "/sink", bodies[lane]) for lane in range(2)])
        results.add("collections", best[0], "records/s", {"file_server": 2 * calls * BATCH / seconds}, bar=20_000.0)
        results.add("collections_cpu_us", best[1], "us/record")

    def memory(self, results: Results) -> None:
        """Writes records through Bulk 2.0 until there are as many as asked for, and asks the kernel."""
        records = self.arguments.memory_records
        if not records:
            return
        with OrgServer(self.binary, {"Account": 0, "Contact": 0}) as org:
            job_rows = 250_000
            started = time.monotonic()
            for start in range(0, records, job_rows):
                org.ingest("Account", upload(start, min(job_rows, records - start)))
            seconds = time.monotonic() - started
            held = resident_megabytes(org.pid)
            say(f"  {records:,} records written by Bulk 2.0 in {seconds:.0f} s, {records / seconds:,.0f} records/s")
            results.add("memory_gb", held / 1024, "GB", bar=4.0 * records / 5_000_000)
            results.add("memory_bytes_per_record", held * 2**20 / records, "B")
            results.add("memory_peak_gb", peak_megabytes(org.pid) / 1024, "GB")


def body(start: int) -> bytes:
    records = [
        {"attributes": {"type": "Account"}, "Name": f"Bench {start + index}", "Industry": "Banking", "Phone": "555-0100", "AnnualRevenue": 1000.5,
         "NumberOfEmployees": index, "BillingCity": "Berlin", "External_Id__c": f"B-{start + index}"}
        for index in range(BATCH)
    ]
    return json.dumps({"allOrNone": False, "records": records}).encode()


def upload(start: int, count: int) -> bytes:
    lines = ["Name,Industry,Phone,AnnualRevenue,NumberOfEmployees,BillingCity,External_Id__c"]
    lines += [f"Bench {number},Banking,555-0100,1000.5,{number % 1000},Berlin,B-{number}" for number in range(start, start + count)]
    return ("\n".join(lines) + "\n").encode()


def curl(urls: list[str], token: str) -> Taken:
    """Downloads one after the other on one connection; curl itself tells how many bytes came."""
    with tempfile.NamedTemporaryFile("w", suffix=".curl") as config:
        for url in urls:
            config.write(f'url = "{url}"\noutput = "/dev/null"\n')
        config.flush()
        command = ["curl", "--silent", "--fail", "--config", config.name, "--header", f"Authorization: Bearer {token}", "--write-out", "%{size_download}\n"]
        started = time.monotonic()
        answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
        seconds = time.monotonic() - started
    return Taken(sum(int(line) for line in answer.stdout.split()), seconds)


def in_parallel(parts: list) -> float:
    threads = [threading.Thread(target=part) for part in parts]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - started


def post_all(server: "OrgServer | FileServer", path: str, bodies: list[bytes]) -> None:
    """Over one raw socket, since an HTTP library would cost more than the answers."""
    head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {server.token}\r\nContent-Type: application/json\r\nContent-Length: "
    with socket.create_connection((server.host, server.port), timeout=60) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for content in bodies:
            connection.sendall(head.encode() + str(len(content)).encode() + b"\r\n\r\n" + content)
            answer = b""
            while b"\r\n\r\n" not in answer:
                answer += received(connection)
            headers, _, rest = answer.partition(b"\r\n\r\n")
            if b" 200 " not in headers.split(b"\r\n", 1)[0]:
                raise RuntimeError(headers.decode())
            length = int(next(line for line in headers.lower().split(b"\r\n") if line.startswith(b"content-length:")).split(b":")[1])
            got = len(rest)
            if b'"success":false' in rest:
                raise RuntimeError(rest[:500].decode())
            while got < length:
                got += len(received(connection))


def received(connection: socket.socket) -> bytes:
    part = connection.recv(1 << 20)
    if not part:
        raise RuntimeError("the connection ended")
    return part


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rows", type=whole_number, default=1_000_000, help="generated Accounts (default: 1,000,000)")
    parser.add_argument("--query-pages", type=whole_number, default=60, help="pages of 2,000 rows read by REST (default: 60)")
    parser.add_argument("--calls", type=whole_number, default=100, help="collections calls of 200 records, by each of two connections (default: 100)")
    parser.add_argument("--memory-records", type=int, default=5_000_000, help="records written to see what they need; 0 leaves it out (default: 5,000,000)")
    parser.add_argument("--rounds", type=whole_number, default=3, help="measurements of each kind, of which the best counts (default: 3)")


if __name__ == "__main__":
    main("org", __doc__, add_options, lambda run: OrgBench(run).run())
