"""What every room of the service stands on, and that knows no person: keys, TLS, certificates, HTTP limits, logs."""
