"""Owns what lies behind the lock: shows and covers a person's programs, watches for idleness."""
