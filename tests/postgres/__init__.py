"""The metadata store on a real PostgreSQL."""
