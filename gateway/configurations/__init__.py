"""The documents that configure a bucket, one module each: what S3 refuses, and what they mean.

Pure: a document comes in as the model's structure, already held against the
schema (``protocol.documents``); what is wrong beyond that raises ProtocolError
with S3's words.  Where they are kept is ``storage.configurations``, how they
are asked for ``operations.documents``.
"""
