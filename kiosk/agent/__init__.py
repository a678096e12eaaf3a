"""Where the workstation's rooms meet: inbox, threads, carrying out orders, doorbell."""
