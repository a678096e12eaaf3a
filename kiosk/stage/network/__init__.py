"""A workspace's own network: its loopback, the way out of it to what the station allows, and the doorbell's port there.

``own`` keeps one workspace's (a network namespace, and ``pasta`` as the way out of it), ``inside`` is what prepares it
from within, ``rules`` says what may pass, ``addresses`` which are the station's own, ``names`` who resolves names.
"""
