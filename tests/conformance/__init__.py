"""A public suite of S3 tests (ceph/s3-tests), run from a checkout of one's own against our server.

Nothing of it is kept here but the names of its tests: ``core.txt`` those that
describe plain S3, ``beyond.txt`` others that might, ``identity.txt`` those of
IAM and STS, ``passing.txt`` those that pass, which may only grow.  Where AWS says
otherwise, ``docs/conformance.md`` names the test, what S3 answers, and the page.
"""
