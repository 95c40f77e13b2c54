"""Policy variables: ``${aws:username}`` in a resource or in a condition's value.

What stands for a variable is data: a star in a user's name is a star, and means
nothing else.  A variable whose key has no value, or several, stands for
nothing, and a text with it is no text that anything could be equal to.

Source: IAM User Guide, "IAM policy elements: Variables and tags".
"""

import re
from collections.abc import Callable
from typing import Final

from gateway.iam.match import ANY_CHARACTER, ANY_STRING, PLAIN

# What a request has under the name of a condition key, in lower case; None if nothing.
Values = Callable[[str], tuple[str, ...] | None]


def no_values(_: str) -> tuple[str, ...] | None:
    """Of a request that nothing is asked of."""
    return None


_VARIABLE: Final = re.compile(r"\$\{([^{}]*)\}")
_NAMED: Final = re.compile(r"([A-Za-z0-9:/_.@=+-]+)\s*(?:,\s*'([^']*)')?\Z", re.ASCII)
_ESCAPES: Final = {"*": ANY_STRING, "?": ANY_CHARACTER, "$": "$"}
_RESERVED: Final = re.compile(f"[{ANY_STRING}{ANY_CHARACTER}]")
_LITERAL: Final = str.maketrans({"*": ANY_STRING, "?": ANY_CHARACTER})


class Template:
    """A text of a policy, with what has to be filled in.

    ``names`` are the condition keys that it asks for, in lower case.
    """

    __slots__ = ("_parts", "literal", "names", "text")

    def __init__(self, text: str, *, variables: bool) -> None:
        """Raises ValueError if the text has a variable that is none."""
        self.text = text
        if _RESERVED.search(text):
            raise ValueError("a character that no policy has")
        self._parts: tuple[tuple[str, str | None, str | None], ...] = ()
        self.literal: str | None = text
        if variables and "${" in text:
            self._parts = tuple(_parts(text))
            if all(name is None for _, name, _ in self._parts):
                self.literal = "".join(part for part, _, _ in self._parts)
            else:
                self.literal = None
        self.names = frozenset(name for _, name, _ in self._parts if name is not None)

    def pattern(self, values: Values, most: int) -> str | None:
        """The text as a pattern of ``match``; None if a variable stands for nothing.

        It is for texts of ``most`` characters or fewer: what cannot be one of them any
        more is not made longer, for a header's value may stand in it a thousand times.
        """
        if self.literal is not None:
            return self.literal
        made: list[str] = []
        least = 0  # as many characters have to be there
        for part, name, default in self._parts:
            made.append(part)
            least += len(part) - part.count("*")
            if name is None:
                continue
            found = values(name)
            if found is not None and len(found) != 1:
                return None
            value = found[0] if found is not None else default
            if value is None:
                return None
            if least <= most:
                if _RESERVED.search(value):
                    return None
                made.append(value.translate(_LITERAL))
                least += len(value)
        return "".join(made)

    def resolves(self, values: Values) -> bool:
        """Whether each of its variables stands for something."""
        for _, name, default in self._parts:
            if name is None:
                continue
            found = values(name)
            if found is None and default is None:
                return False
            if found is not None and (len(found) != 1 or _RESERVED.search(found[0])):
                return False
        return True

    @property
    def widest(self) -> str:
        """The text as a pattern in which every variable may be anything."""
        if self.literal is not None:
            return self.literal
        return "".join(part if name is None else f"{part}*" for part, name, _ in self._parts)

    def plain(self, values: Values, most: int) -> str | None:
        """The text to compare with; None if a variable stands for nothing."""
        found = self.pattern(values, most)
        return None if found is None else found.translate(PLAIN)


def _parts(text: str) -> list[tuple[str, str | None, str | None]]:
    """What precedes each variable, its name, and what stands for it where it has no value."""
    found: list[tuple[str, str | None, str | None]] = []
    end = 0
    for one in _VARIABLE.finditer(text):
        before, end = text[end : one.start()], one.end()
        inner = one[1]
        if inner in _ESCAPES:
            found.append((before + _ESCAPES[inner], None, None))
            continue
        named = _NAMED.match(inner.strip())
        if named is None:
            raise ValueError(f"{one[0]} is no variable")
        found.append((before, named[1].lower(), named[2]))
    found.append((text[end:], None, None))
    return found
