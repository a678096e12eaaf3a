"""A program asks for a fresh proof: who may ask, what is read, and how it ends."""
