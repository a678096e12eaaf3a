"""Which proof is enough for what. A narrow front; the rules are plain typed data."""
