"""Real S3 clients against a started server, each judged by the content that comes back."""
