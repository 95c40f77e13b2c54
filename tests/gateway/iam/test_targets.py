"""The Resource element compiled: it means what the plain matcher says of each pattern."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.iam.targets import Targets, resource_matches
from gateway.iam.variables import Template, Values

PATTERNS = st.sampled_from(
    [
        *("*", "arn:aws:s3:::*", "arn:aws:s3:::b", "arn:aws:s3:::b/*", "arn:aws:s3:::b/a*"),
        *("arn:aws:s3:::b/*z", "arn:aws:s3:::b/a*z", "arn:aws:s3:::b/?", "arn:aws:s3:::*/a"),
        *("arn:aws:s3:::b/a:*", "arn:*:s3:::b/*", "arn:aws:s3", "arn:*", "arn:aws:*", ""),
        *("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/a${?}*", "arn:aws:s3:::b/a*a*", "arn:aws:s3:::"),
        *("arn:aws:s3:::b/${aws:username}", "arn:aws:s3:::b/${aws:none}*", "arn:a?s:s3:::b/a"),
    ]
)
RESOURCES = st.sampled_from(
    [f"arn:aws:s3:::{name}" for name in ("b", "b/", "b/a", "b/az", "b/a:z", "b/*", "b/a?x", "c")]
    + ["arn:aws:iam::111111111111:user/a", "arn:aws:s3:::", "*", "b/a", ""]
)


def values(key: str) -> tuple[str, ...] | None:
    return ("a",) if key == "aws:username" else None


@given(st.lists(PATTERNS, min_size=1, max_size=4), RESOURCES)
def test_it_means_what_one_of_its_patterns_means(texts: list[str], resource: str) -> None:
    templates = [Template(text, variables=True) for text in texts]
    said = [one.pattern(values, len(resource)) for one in templates]
    wanted: bool | None = any(one is not None and resource_matches(one, resource) for one in said)
    if not wanted and None in said:
        wanted = None
    targets = Targets(templates)
    assert targets.mean(resource, values) is wanted
    if wanted:
        assert resource.startswith(targets.hints), "a hint leaves nothing out"
    if targets.is_sure and resource.startswith(targets.hints):
        assert wanted


def test_what_is_there_without_values_asks_for_none() -> None:
    asked: list[str] = []

    def note(key: str) -> tuple[str, ...] | None:
        asked.append(key)
        return None

    known: Values = note
    assert Targets([Template("arn:aws:s3:::b/*", variables=True)]).mean("arn:aws:s3:::b/k", known)
    assert asked == []
