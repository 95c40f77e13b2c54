"""Mutation testing of ``sigv4``: every single check is changed, and a test must notice."""
