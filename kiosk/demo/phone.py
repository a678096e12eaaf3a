"""A phone for the demo: starts the browser that plays it, headless or in a window, and takes it down again."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kiosk.demo.phone_browser import PhoneBrowser, PhoneFailedError

FLAGS = (
    *("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync", "--disable-background-networking"),
    *("--disable-component-update", "--disable-dev-shm-usage", "--no-default-browser-check"),
)


def phone_browser() -> str | None:
    """Chromium, where it is installed."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def pin_of(leaf: Path) -> str:
    """By which the browser believes this certificate alone: SHA-256 of its public key, base64."""
    certificate = x509.load_pem_x509_certificate(leaf.read_bytes())
    spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(spki).digest()).decode()


@contextmanager
def phone(
    folder: Path, believes: Path, *also: Path, language: str = "en", window: bool = False
) -> Iterator[PhoneBrowser]:
    """A phone in whoever's hand. ``believes``: PEM of the service's certificate, as a phone that the hospital manages
    has its CA; ``also``: of other servers. ``window``: on the display, for a person's own hand.

    Raises ``PhoneFailedError`` where no browser is installed, or it does not come up.
    """
    browser = phone_browser()
    if browser is None:
        raise PhoneFailedError("There is no Chromium here to be a phone; apt-get install chromium.")
    folder.mkdir(parents=True, exist_ok=True)
    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()
    words = [browser, *FLAGS, f"--user-data-dir={folder / 'profile'}", "--remote-debugging-pipe", f"--lang={language}"]
    words += ["--no-startup-window"] if window else ["--headless"]
    words += ["--no-sandbox", "--test-type"] if os.geteuid() == 0 else []  # it refuses root otherwise
    words.append(f"--ignore-certificate-errors-spki-list={','.join(pin_of(each) for each in (believes, *also))}")
    shell = f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}'
    with (folder / "browser.log").open("ab") as log:
        process = subprocess.Popen(
            ["bash", "-c", shell, "phone", *words],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(theirs_in, theirs_out),
        )
    os.close(theirs_in)
    os.close(theirs_out)
    try:
        made = PhoneBrowser(ours_out, ours_in)
        made.begin(language, window=window)
        yield made
    finally:
        os.close(ours_out)
        os.close(ours_in)
        process.terminate()
        process.wait(20)
