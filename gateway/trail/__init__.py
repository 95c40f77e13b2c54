"""The trail: who did what, with which key, and why it was allowed or refused."""
