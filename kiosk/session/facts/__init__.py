"""What the session knows, hears, orders and shows: frozen facts. Nothing is decided here."""
