"""Programs for the environments of the Python clients; each judges its own content by hash."""
