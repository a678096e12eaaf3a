"""The seal of this workstation's PIN verifiers: a systemd credential that the unit is given, and nothing on the disk.

``systemd-creds encrypt --with-key=tpm2`` keeps it by the machine's TPM: the disk alone, or a copy of it, is of no use.
``--with-key=host`` keeps it under a key on the very same disk, which hides it from a copy of our folder and from no
thief of the disk. Which of both it was cannot be seen from here: whoever installs the unit says so (docs/downtime.md).
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

CREDENTIAL = "kiosk-pin-seal"
MIN_BYTES, MAX_BYTES = 32, 1024
log = logging.getLogger("kiosk.downtime.seal")


def read() -> bytes | None:
    """The seal; None where the unit was given none that is long enough."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        return None
    try:
        with (Path(folder) / CREDENTIAL).open("rb") as file:
            found = file.read(MAX_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        log.error("the seal of PINs cannot be read: %s", error.strerror)
        return None
    if len(found) < MIN_BYTES:
        log.error("the seal of PINs is shorter than %d bytes and is not used", MIN_BYTES)
        return None
    return found
