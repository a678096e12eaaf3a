"""Servers on which people sign in: what PAM and FreeRADIUS run there. It speaks to the service, and keeps nothing."""
