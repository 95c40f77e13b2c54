"""Web identities: tokens of OpenID Connect providers, believed when their signature is right."""
