"""Limits of requests, bytes and concurrency, held over all workers of a machine."""
