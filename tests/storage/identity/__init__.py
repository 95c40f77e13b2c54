"""Tests of storage.identity."""
