"""FIDO2 keys plugged in by USB, through the same door as cards (CTAP 2.1 section 11.2, CTAPHID).

Tested over a connection that frames packets as a key does; with a real key on a real hidraw device this was not
tried. A key that stops sending altogether keeps ``read_packet`` waiting: keys that wait for a touch send
a keep-alive ten times a second, which is where a cancel gets through.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event

from fido2 import hid
from fido2.ctap import CtapDevice
from fido2.ctap2.base import Info
from fido2.hid.base import CtapHidConnection, HidDescriptor

from kiosk.credential.ctap import keys_errors_named
from kiosk.credential.errors import NoUsbKeyError, SeveralUsbKeysError
from kiosk.credential.fido2 import read_info


class UsbKey:
    """The one FIDO2 key that is plugged in; handed to ``probe`` and ``sign`` like a lent card.

    ``name``: product name for the screen. ``close`` it when the ceremony is over.
    """

    def __init__(self, device: CtapDevice, name: str) -> None:
        self.device = device
        self.name = name
        self._info: Info | None = None

    def info(self) -> Info:
        """The key's getInfo, asked once. Raises ``CredentialError``."""
        if self._info is None:
            self._info = read_info(self.device)
        return self._info

    def forget(self) -> None:
        """What it said of itself is to be asked anew: its PIN was set."""
        self._info = None

    def close(self) -> None:
        """Let go of the device; safe on one that is gone."""
        try:
            self.device.close()
        except OSError:
            return


def usb_keys() -> Sequence[HidDescriptor]:
    """Every FIDO2 key on the USB that this user may open."""
    listed: Callable[[], Sequence[HidDescriptor]] = hid.list_descriptors
    return tuple(listed())


def open_usb_key(
    listed: Callable[[], Sequence[HidDescriptor]] = usb_keys,
    connect: Callable[[HidDescriptor], CtapHidConnection] = hid.open_connection,
) -> UsbKey:
    """Open the one key that is there. Raises ``NoUsbKeyError``, ``SeveralUsbKeysError``, or what opening it meets."""
    with keys_errors_named(Event()):
        keys = listed()
        if not keys:
            raise NoUsbKeyError
        if len(keys) > 1:
            raise SeveralUsbKeysError(f"{len(keys)} keys")
        connection = connect(keys[0])
        try:
            device = hid.CtapHidDevice(keys[0], connection)
        except BaseException:
            connection.close()
            raise
        return UsbKey(device, keys[0].product_name or "USB")
