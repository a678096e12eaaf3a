"""Decides at the workstation: ``step(state, event) -> (state, orders)`` and ``screen_for(state)``.

Pure: no I/O, no clock, no Qt. ``events`` what can happen, ``orders`` what is to be done, ``screens`` what is
shown, ``state`` what is remembered, ``step`` the rules. Each is imported by its own name: the lock screen needs
``screens`` alone, and its first paint is counted.
"""
