"""Another engine beside ours: generated policies, requests and contexts, decided by both.

The other one is @cloud-copilot/iam-simulate, from npm, which evaluates AWS's
policies by AWS's documentation; ``python -m tests.differential_iam.install`` puts
it into ``.tools``.  Where the two differ, AWS's documentation decides:
``explained`` lists the classes in which it says that ours is right.
"""
