"""What a person can press. Apart from ``person_input``, which would cost the lock screen 5.1 ms."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Button(StrEnum):
    """What a person can press, whichever screen it is on."""

    LOCK = "lock"
    CANCEL = "cancel"
    """Escape, Cancel, Back."""
    REFUSE = "refuse"
    """On a step-up: no, this time."""
    TRY_AGAIN = "try_again"
    USE_CODE = "use_code"
    """Use a code instead (sign in by typed login)."""
    NOT_ME = "not_me"
    """On the locked screen that says where the session went; on a step-up, which silences its program too."""
    LET_ASK = "let_ask"
    """On the session bar's help: programs that were silenced may ask again."""
    STAY = "stay"
    """Any touch while fading."""
    USB_KEY = "usb_key"
    """My key is plugged in by USB: look for it."""
    LANGUAGE = "language"
    LAYOUT = "layout"
    """The keyboard's next layout."""
    SOUNDS = "sounds"
    """Silent, or heard again."""
    HELP = "help"
    MY_KEYS = "my_keys"
    """On the session bar: my badges, keys and codes."""
    ENROL = "enrol"
    """On an unknown badge: enrol it. On the lock screen's typing page: begin with a start code."""
    HAVE_CODES = "have_codes"
    """On the lock screen's typing page: badge and key are gone, recovery codes are at hand."""
    ADD = "add"
    """On My keys: add something."""
    TYPE_START_CODE = "type_start_code"
    TYPE_LOGIN = "type_login"
    ASK_COLLEAGUE = "ask_colleague"
    """On their own proof: they cannot give it now, and somebody is to vouch for them."""
    BACK = "back"
    """One step back in an enrolment."""
    EMERGENCY = "emergency"
    """On the lock screen: emergency access."""
    NOT_KNOWN = "not_known"
    """On emergency access: nobody here is known by badge or name."""
    SAFE_CODE = "safe_code"
    """On emergency access: type a sealed code of the ward's safe."""
    WRITE_TEXT = "write_text"
    """On the session bar's help: write the text that is owed about an emergency access."""
    EXTEND = "extend"
    """On the red bar: emergency access lasts longer."""
    NEXT = "next"
    """I have it: the codes are written down; I have read this page."""
    READ_AGAIN = "read_again"
    """On a step-up that was read page by page: from the first page on once more."""
    PRINT = "print"
    LOST = "lost"
    """On My keys, of the chosen one: report it lost."""
    REPLACE = "replace"
    NAME = "name"
    """On My keys, of the chosen one: call it something."""
    CONFIRM = "confirm"
    MORE = "more"
    """Enrolled: add something else at once."""
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Pressed:
    button: Button


@dataclass(frozen=True, slots=True)
class KeyPress:
    """A key was pressed or repeats, or something was touched that is no button, while our own window covers all.

    Which one is not told. What it led to follows as an event of its own.
    """
