"""URLs of metadata stores: which are taken, and that no password is ever shown."""

import pytest

from storage.meta.place import check, each, is_postgres, shown


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("postgresql://u@h/d", "postgresql://u@h/d"),
        ("postgres://u:secret@h:5433/d", "postgres://u@h:5433/d"),
        ("postgresql://u:se%40cret@h1:1,h2:2/d?a=b", "postgresql://u@h1:1,h2:2/d?a=b"),
        ("postgresql://u:se@cret@h/d", "postgresql://u@h/d"),
        ("postgresql://u@/d?host=/run/pg&port=1", "postgresql://u@/d?host=/run/pg&port=1"),
        ("postgresql://h/d?user=u&password=secret", "postgresql://h/d?user=u"),
        ("postgresql://h/d?sslpassword=secret&sslmode=x", "postgresql://h/d?sslmode=x"),
        ("postgresql://h/d?PASSWORD=secret", "postgresql://h/d"),
        ("postgresql://:secret@h/d", "postgresql://@h/d"),
    ],
)
def test_a_url_is_taken_and_shown_without_its_password(url: str, seen: str) -> None:
    assert is_postgres(url)
    assert check(url) == url
    assert shown(url) == seen
    assert "cret" not in seen


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("postgresql://u:p@h/d", ["postgresql://u:p@h/d"]),
        ("postgresql://h1:1,h2/d?a=b", ["postgresql://h1:1/d?a=b", "postgresql://h2/d?a=b"]),
        ("postgresql://u@h1,[::1]:2/d", ["postgresql://u@h1/d", "postgresql://u@[::1]:2/d"]),
        (
            "postgresql://u@/d?host=/a,/b",
            ["postgresql://u@/d?host=/a", "postgresql://u@/d?host=/b"],
        ),
        (
            "postgresql://u@/d?host=/a,/b&port=1,2",
            ["postgresql://u@/d?host=/a&port=1", "postgresql://u@/d?host=/b&port=2"],
        ),
        (
            "postgresql://u@/d?host=/a,/b&port=1",
            ["postgresql://u@/d?host=/a&port=1", "postgresql://u@/d?host=/b&port=1"],
        ),
    ],
)
def test_each_server_has_a_url_of_its_own(url: str, found: list[str]) -> None:
    assert each(check(url)) == found


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://",
        "postgresql://secret@h",
        "postgresql://secret@h/",
        "postgresql://secret@h/d/e",
        "postgresql://secret@h/d e",
        "postgresql://u:sec#ret@h/d",
        "postgresql://[::1/secret",
        "mysql://secret@h/d",
        "postgresql://secret@/d?host=/a,/b,/c&port=1,2",
    ],
)
def test_what_does_not_say_where_to_go_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="no URL of the form") as refused:
        check(url)
    assert "secret" not in str(refused.value)


def test_what_is_no_url_of_a_server_is_shown_as_it_is() -> None:
    assert shown("sqlite:") == "sqlite:"
    assert not is_postgres("sqlite:")
    assert not is_postgres("postgresql:d")
