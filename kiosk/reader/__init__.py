"""Sees readers and cards come and go; lends one open card. The only room that knows pyscard."""
