"""A hostile program in a workspace that knocks at the kernel's doors, and writes what was answered as JSON.

``doors.py LOGIN FIFO``: of each call the name of the error, or ``open``. The numbers are those of x86-64.
"""

import contextlib
import ctypes
import errno
import json
import mmap
import os
import subprocess
import sys
import threading
import time

CALLS = {
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
    "add_key": 248, "request_key": 249, "keyctl": 250,
    "bpf": 321, "perf_event_open": 298, "userfaultfd": 323,
    "kexec_load": 246, "kexec_file_load": 320, "init_module": 175, "finit_module": 313, "delete_module": 176,
    "open_by_handle_at": 304, "fanotify_init": 300, "acct": 163, "quotactl": 179, "reboot": 169,
    "swapon": 167, "swapoff": 168, "iopl": 172, "ioperm": 173,
    "ptrace": 101, "pidfd_getfd": 438, "kcmp": 312, "process_vm_readv": 310, "process_vm_writev": 311, "setns": 308,
    "mount": 165, "umount2": 166, "pivot_root": 155, "open_tree": 428, "move_mount": 429, "fsopen": 430,
    "fsconfig": 431, "fsmount": 432, "fspick": 433, "mount_setattr": 442,
}  # fmt: skip
OF_32_BITS = {"io_uring_setup": 425, "keyctl": 288, "ptrace": 26, "mount": 21, "bpf": 357}
X32 = 0x40000000
NEW_USER, NEW_NET, NEW_NS = 0x10000000, 0x40000000, 0x00020000
LIBC = ctypes.CDLL(None, use_errno=True)


def answer(number: int, *arguments: int) -> str:
    given = [ctypes.c_long(argument) for argument in (*arguments, 0, 0, 0, 0, 0, 0)[:6]]
    ctypes.set_errno(0)
    done = LIBC.syscall(ctypes.c_long(number), *given)
    return "open" if done >= 0 else errno.errorcode.get(ctypes.get_errno(), "?")


def by_32_bits(number: int) -> str:
    """The same by the door for programs of 32 bits, which every program can use."""
    code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(b"\x53\xb8" + number.to_bytes(4, "little") + b"\x31\xdb\x31\xc9\x31\xd2\xcd\x80\x5b\xc3")
    call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))
    done = call()
    return "open" if done >= 0 else errno.errorcode.get(-done, "?")


def in_a_child(act: object) -> str:
    ours, theirs = os.pipe()
    if os.fork() == 0:
        with contextlib.suppress(BaseException):
            os.write(theirs, act().encode())  # type: ignore[operator]
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours) as said:
        os.wait()
        return said.read() or "died"


def own_namespace() -> str:
    return answer(272, NEW_USER | NEW_NET)


def mounts_in_its_own() -> str:
    if LIBC.unshare(NEW_USER | NEW_NS):
        return "no namespace"
    return "open" if LIBC.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0 else errno.errorcode[ctypes.get_errno()]


def browser() -> str:
    """What Chromium, which does not start without a sandbox of its own, makes of a page."""
    words = ["chromium", "--headless=new", "--disable-gpu", "--no-first-run", "--password-store=basic"]
    words += ["--dump-dom", "data:text/html,<script>document.title = 6 * 7</script>"]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return type(error).__name__
    return " ".join((done.stdout + done.stderr)[-3000:].split())


def main(login: str, pipe: str, *more: str) -> None:
    told = {
        "calls": {name: answer(number) for name, number in CALLS.items()},
        "x32": {name: answer(X32 | number) for name, number in CALLS.items()},
        "32 bits": {name: in_a_child(lambda number=number: by_32_bits(number)) for name, number in OF_32_BITS.items()},
        "traces": in_a_child(lambda: answer(101, 16, 1)),
        "namespace": in_a_child(own_namespace),
        "mounts": in_a_child(mounts_in_its_own),
        "thread": in_a_child(_thread),
        "browser": browser() if more else "",
    }
    notes = os.open(pipe, os.O_WRONLY)
    os.write(notes, json.dumps(told).encode() + b"\n")
    time.sleep(600)  # until it is ended


def _thread() -> str:
    done: list[str] = []
    one = threading.Thread(target=lambda: done.append("runs"))
    one.start()
    one.join()
    return done[0]


if __name__ == "__main__":
    main(*sys.argv[1:])
