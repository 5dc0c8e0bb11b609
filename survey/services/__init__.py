"""Verbs: what users do. They take a session and values, flush, never commit, and write the audit trail."""
