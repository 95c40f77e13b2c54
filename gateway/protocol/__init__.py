"""S3's protocol compiled from its own model: route, parse, read a body, render.  No I/O."""
