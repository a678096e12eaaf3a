"""The engine behind the front: policies in Cedar, the ladder of proofs, and what a policy must be like. Pure."""
