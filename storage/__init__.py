"""Buckets, objects and uploads over two small ports; knows no HTTP."""
