"""What the rules of several documents have in common."""

from typing import Final

ID_CHARS_MAX: Final = 255  # API Reference: CORSRule, LifecycleRule, ReplicationRule ...
