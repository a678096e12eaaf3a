"""The database: schema, migrations and functions that take a ``Connection``."""
