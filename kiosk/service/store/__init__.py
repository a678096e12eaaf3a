"""What the service remembers. SQLAlchemy Core, one schema for SQLite and PostgreSQL.

``schema`` the tables · ``database`` the door: transactions, errors, waking · ``migrations`` Alembic's steps · one file
a topic with functions that take a ``Connection`` and are called through ``Database.write`` or ``Database.read``.
"""
