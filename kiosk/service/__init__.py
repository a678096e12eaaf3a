"""The central authority: verifies every proof, decides, issues tokens, keeps the audit trail."""
