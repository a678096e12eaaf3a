"""Certificates of minutes by which a workspace gets its person's Kerberos ticket (decision 59)."""
