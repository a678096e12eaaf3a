"""What every wing stands on and that knows no person: keys, TLS, certificates, HTTP limits, background work, logs."""
