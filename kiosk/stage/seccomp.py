"""What a workspace's programs may not ask the kernel for: the words of a seccomp filter for bubblewrap.

Keyrings, which no namespace holds; asynchronous calls (io_uring), which no filter sees; what no program there needs and
much of the kernel lies behind: tracing, loading code into the kernel, mounting, other namespaces. A browser needs a
user namespace of its own for its sandbox, so whether programs may make one is the station's choice.

[seccomp(2), keyrings(7), io_uring_setup(2), user_namespaces(7), bwrap(1) --seccomp; numbers: syscalls(2), the kernel's
scripts/syscall.tbl and arch/*/syscall*.tbl]
"""

from __future__ import annotations

import errno
import os
import struct

NONE, BROWSERS, ALL = 0, 1, 2
"""Namespaces that programs may make: none; user, process and network ones; and mount what they like in those."""
_ARCHITECTURES = (0xC000003E, 0x40000003, 0xC00000B7, 0x40000028)
"""AUDIT_ARCH_X86_64, _I386, _AARCH64, _ARM: the columns of what follows. -1: that one has none."""
_ABSENT = (
    *((248, 286, 217, 309), (249, 287, 218, 310), (250, 288, 219, 311)),  # add_key, request_key, keyctl
    *((425,) * 4, (426,) * 4, (427,) * 4),  # io_uring_setup, _enter, _register
    *((321, 357, 280, 386), (298, 336, 241, 364), (323, 374, 282, 388)),  # bpf, perf_event_open, userfaultfd
    *((246, 283, 104, 347), (320, -1, 294, 401)),  # kexec_load, kexec_file_load
    *((175, 128, 105, 128), (313, 350, 273, 379), (176, 129, 106, 129)),  # init_module, finit_module, delete_module
    *((304, 342, 265, 371), (300, 338, 262, 367)),  # open_by_handle_at, fanotify_init
    *((163, 51, 89, 51), (179, 131, 60, 131), (169, 88, 142, 88)),  # acct, quotactl, reboot
    *((167, 87, 224, 87), (168, 115, 225, 115)),  # swapon, swapoff
    *((172, 110, -1, -1), (173, 101, -1, -1)),  # iopl, ioperm
)
"""Answered as by a kernel without them: programs then do without."""
_REFUSED = (
    *((101, 26, 117, 26), (438,) * 4, (312, 349, 272, 378)),  # ptrace, pidfd_getfd, kcmp
    *((310, 347, 270, 376), (311, 348, 271, 377)),  # process_vm_readv, process_vm_writev
    (308, 346, 268, 375),  # setns
)
_MOUNTING = (
    *((165, 21, 40, 21), (-1, 22, -1, -1), (166, 52, 39, 52), (155, 217, 41, 218)),  # mount, umount(2), pivot_root
    *((428,) * 4, (429,) * 4, (430,) * 4, (431,) * 4),  # open_tree, move_mount, fsopen, fsconfig
    *((432,) * 4, (433,) * 4, (442,) * 4, (467,) * 4),  # fsmount, fspick, mount_setattr, open_tree_attr
)
_CLONE3 = (435,) * 4
_CLONE, _UNSHARE = (56, 120, 220, 120), (272, 310, 97, 337)
_NEW_USER = 0x10000000
_LOAD, _EQUAL, _GREATER_OR_EQUAL, _ANY_OF, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_ALLOW = 0x7FFF0000
_NO_SUCH_CALL, _NOT_PERMITTED = 0x00050000 | errno.ENOSYS, 0x00050000 | errno.EPERM
_X32 = 0x40000000
"""The same calls once more, under other numbers; nobody uses them."""


def descriptor(namespaces: int = BROWSERS) -> int:
    """To be read once, and closed. Raises ``OSError``."""
    ours, theirs = os.pipe2(os.O_CLOEXEC)
    try:
        os.write(theirs, program(namespaces))
    finally:
        os.close(theirs)
    return ours


def program(namespaces: int = BROWSERS) -> bytes:
    """As of ``struct sock_filter``, for every kind of program that this machine may run."""
    words = [_word(_LOAD, _ARCHITECTURE)]
    for column, architecture in enumerate(_ARCHITECTURES):
        block = _block(column, namespaces)
        words += [_word(_EQUAL, architecture, 0, len(block)), *block]
    return b"".join([*words, _word(_RETURN, _ALLOW)])


def _block(column: int, namespaces: int) -> list[bytes]:
    absent = [row[column] for row in _ABSENT]
    refused = [row[column] for row in (*_REFUSED, *(() if namespaces == ALL else _MOUNTING))]
    if namespaces == NONE:
        # Its flags lie where a filter cannot look; C libraries then use the older call.
        absent.append(_CLONE3[column])
    words = [_word(_LOAD, _NUMBER), _word(_GREATER_OR_EQUAL, _X32, 0, 1), _word(_RETURN, _NO_SUCH_CALL)]
    for numbers, answer in ((absent, _NO_SUCH_CALL), (refused, _NOT_PERMITTED)):
        for number in numbers:
            if number >= 0:
                words += [_word(_EQUAL, number, 0, 1), _word(_RETURN, answer)]
    if namespaces == NONE:
        words += [_word(_EQUAL, _CLONE[column], 1, 0), _word(_EQUAL, _UNSHARE[column], 0, 3)]
        words += [_word(_LOAD, _FIRST_ARGUMENT), _word(_ANY_OF, _NEW_USER, 0, 1), _word(_RETURN, _NOT_PERMITTED)]
    return [*words, _word(_RETURN, _ALLOW)]


def _word(code: int, value: int, if_so: int = 0, if_not: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_so, if_not, value)
