"""The hash-chained audit trail: writing rows, keeping evidence, verifying, exporting."""
