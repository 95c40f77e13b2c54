"""Temporary credentials: what a session token holds, and who comes with one."""
