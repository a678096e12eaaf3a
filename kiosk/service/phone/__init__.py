"""A person's own phone: its page pairs it, and approves what a workstation asks (decision 49). It decides nothing."""
