"""What a backend must pass: test classes for its author to subclass.

Written without a test framework: any that awaits ``async def test_...`` will
do.  Each test begins with an empty store; ``open`` may be called several
times in a test and gives handles of the same data.
"""
