"""A factor is enrolled or reported lost, and My keys: one part of the wizard a file."""
