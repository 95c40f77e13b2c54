"""The server: HTTP in, S3 out.  Imports storage and sigv4, never the other way round."""
