"""Where programs on the workstation ask for a step-up: ``local`` a socket, ``web`` loopback HTTP for pages.

``open_requests`` joins both to the session, ``peers`` says who is at the other end, ``request`` reads what they say,
``sign_in_page`` what the service's own page says, ``client`` is the other end of the local socket, for our own
commands. No Qt here: events are posted.
"""
