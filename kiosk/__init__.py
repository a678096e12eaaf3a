"""Tap-and-go sign-in and step-up for shared clinical workstations. ``docs/architecture.md`` is the map."""
