"""boto3, the reference client: every operation we answer, one idea a module."""
