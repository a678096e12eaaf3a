"""Shared signals (OpenID SSF 1.0, CAEP 1.0, RISC 1.0): other systems tell us that somebody is to be stopped, and we
tell them.

Received: ``reading`` verifies a token, ``key_sets`` finds its key, ``naming`` its subject, ``brake`` stops a
transmitter that stops too many, ``acting`` does what an event asks for, ``taking`` all of that in one transaction.
Sent: ``telling`` makes signals of rows of the trail, ``following`` reads those, ``delivering`` posts what waits.
"""
