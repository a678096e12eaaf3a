"""Sign-in and step-up: the flow, its challenges, and what each proof makes of it."""
