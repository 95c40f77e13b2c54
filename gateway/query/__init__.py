"""The query API of IAM and STS: a form in, XML out, on the same endpoint as S3.

Compiled from the models as S3's own protocol is; what the operations do is in
``gateway.identity``.
"""
