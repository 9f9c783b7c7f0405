"""The key of a connected app that logs in by JWT."""

import subprocess
from pathlib import Path


def jwt_keys(directory: Path) -> tuple[Path, Path]:
    """A key, and its certificate for the org, good for two days."""
    key, certificate = directory / "jwt.key", directory / "jwt.pem"
    command = [
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(certificate), "-subj", "/CN=sandbox-client",
        "-days", "2"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise RuntimeError(f"openssl: {done.stderr.strip()[-300:]}")
    return key, certificate
