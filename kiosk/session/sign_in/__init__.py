"""From a tap or a login to a session that opens: reading, the service's answer, the second factor."""
