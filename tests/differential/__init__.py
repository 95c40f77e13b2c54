"""Differential tests: random requests signed by other people's signers, and by ours."""
