"""A sandbox org in a process of its own, and the few calls that its benchmark prepares itself with."""

import json
import subprocess
import time
import urllib.request
from pathlib import Path

BASE = "/services/data/v60.0"


class OrgServer:
    """Started with generated rows; ended when the block ends."""

    def __init__(self, binary: Path, rows: dict[str, int]) -> None:
        self.command = [str(binary), "serve", "--port", "0", "--api-quota", "100000000", "--seed", "7"]
        for name, count in rows.items():
            self.command += ["--rows", f"{name}={count}"]

    def __enter__(self) -> "OrgServer":
        started = time.monotonic()
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        summary = json.loads(self.process.stdout.readline())
        self.start_seconds = time.monotonic() - started
        self.url = summary["instance_url"]
        self.host, _, port = self.url.rpartition("//")[2].partition(":")
        self.port = int(port)
        self.pid = self.process.pid
        form = f"grant_type=client_credentials&client_id={summary['client_id']}&client_secret={summary['client_secret']}"
        self.token = ""
        self.token = self.call("POST", "/services/oauth2/token", form.encode(), "application/x-www-form-urlencoded")["access_token"]
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def call(self, method: str, path: str, body: bytes | None = None, content_type: str = "application/json") -> dict:
        request = urllib.request.Request(self.url + path, data=body, method=method)
        request.add_header("Content-Type", content_type)
        request.add_header("Authorization", f"Bearer {self.token}")
        with urllib.request.urlopen(request, timeout=300) as answer:
            content = answer.read()
        return json.loads(content) if content else {}

    def get(self, path: str) -> dict:
        return self.call("GET", path)

    def fields(self, name: str) -> set[str]:
        return {field["name"] for field in self.get(f"{BASE}/sobjects/{name}/describe")["fields"]}

    def bulk_job(self, query: str) -> str:
        job = self.call("POST", f"{BASE}/jobs/query", json.dumps({"operation": "query", "query": query}).encode())["id"]
        self.wait(f"{BASE}/jobs/query/{job}")
        return job

    def result_pages(self, job: str) -> list[str]:
        pages: list[str] = []
        path: str | None = f"{BASE}/jobs/query/{job}/resultPages"
        while path:
            answer = self.get(path)
            pages += [page["resultUrl"] for page in answer["resultPages"]]
            path = answer["nextRecordsUrl"]
        return pages

    def ingest(self, name: str, content: bytes) -> None:
        body = {"object": name, "operation": "insert", "contentType": "CSV", "lineEnding": "LF"}
        job = self.call("POST", f"{BASE}/jobs/ingest", json.dumps(body).encode())["id"]
        path = f"{BASE}/jobs/ingest/{job}"
        self.call("PUT", f"{path}/batches", content, "text/csv")
        self.call("PATCH", path, b'{"state": "UploadComplete"}')
        done = self.wait(path)
        if done["numberRecordsFailed"]:
            raise RuntimeError(f"{done['numberRecordsFailed']} records failed")
        self.call("DELETE", path)

    def wait(self, path: str) -> dict:
        """Asks until the job is complete; anything else but being under way is an error."""
        while True:
            job = self.get(path)
            if job["state"] == "JobComplete":
                return job
            if job["state"] not in ("UploadComplete", "InProgress"):
                raise RuntimeError(f"{path}: {job['state']}")
            time.sleep(0.02)
