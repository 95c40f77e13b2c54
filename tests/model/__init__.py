"""S3 as a specification, and a machine that holds a running server against it."""
