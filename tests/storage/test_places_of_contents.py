"""URLs of stores of contents: what they say, and that nobody sees what is secret in them."""

import pytest

from storage.blob.place import Place, check, is_cloud, parse, shown


@pytest.mark.parametrize(
    ("url", "place"),
    [
        pytest.param(
            "s3://bucket",
            Place("s3", "bucket", "", "", "", "", "", ""),
            id="the environment says the rest",
        ),
        pytest.param(
            "s3://AKIA:a%2Fb%2Bc@my.bucket/some/prefix/?endpoint=http://[::1]:9000&region=eu-west-1",
            Place(
                "s3",
                "my.bucket",
                "some/prefix",
                "AKIA",
                "a/b+c",
                "http://[::1]:9000",
                "eu-west-1",
                "",
            ),
            id="S3 with everything",
        ),
        pytest.param(
            "gs://bucket/p?service_account=/etc/key.json",
            Place("gs", "bucket", "p", "", "", "", "", "/etc/key.json"),
            id="Google's credentials are a file",
        ),
        pytest.param(
            "az://container?account=me",
            Place("az", "container", "", "me", "", "", "", ""),
            id="Azure's account without its key",
        ),
        pytest.param(
            "az://me:a2V5PT0%3D@container",
            Place("az", "container", "", "me", "a2V5PT0=", "", "", ""),
            id="Azure's account with its key",
        ),
    ],
)
def test_a_url_says_where_contents_are(url: str, place: Place) -> None:
    assert is_cloud(url)
    assert parse(url) == place


SECRET = "verySecret"


@pytest.mark.parametrize(
    "url",
    [
        pytest.param(f"s3://k:{SECRET}@", id="no bucket"),
        pytest.param(f"s3://k:{SECRET}@a b", id="a blank"),
        pytest.param(f"s3://k:{SECRET}@b", id="a bucket of one letter"),
        pytest.param(f"s3://k:{SECRET}@bucket/../other", id="a prefix that leads out of itself"),
        pytest.param(f"s3://k:{SECRET}@bucket/a//b", id="a prefix with an empty part"),
        pytest.param(f"s3://k:{SECRET}@bucket?{SECRET}=1", id="an unknown option"),
        pytest.param(f"s3://k:{SECRET}@bucket?region=a&region=b", id="an option twice"),
        pytest.param(f"s3://k:{SECRET}@bucket?endpoint=ftp://{SECRET}", id="another protocol"),
        pytest.param(
            f"s3://k:{SECRET}@bucket?endpoint=http://a:{SECRET}@host",
            id="a secret at a wrong place",
        ),
        pytest.param(f"s3://k:{SECRET}@bucket#x", id="a fragment"),
        pytest.param(f"s3://:{SECRET}@bucket", id="half of the credentials"),
        pytest.param(f"gs://k:{SECRET}@bucket", id="credentials that Google does not have"),
        pytest.param(f"az://me:{SECRET}@container?region=x", id="an option of another store"),
        pytest.param(f"s3://k:{SECRET}@[bucket", id="half of an address"),
    ],
)
def test_what_is_no_place_is_refused_without_telling_the_secret(url: str) -> None:
    with pytest.raises(ValueError) as refused:
        check(url)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("file:", "file:"),
        ("memory:", "memory:"),
        (f"s3://AKIA:{SECRET}@bucket/p?region=x", "s3://AKIA@bucket/p?region=x"),
        ("az://container?account=me", "az://container?account=me"),
    ],
)
def test_a_url_is_shown_without_what_is_secret(url: str, seen: str) -> None:
    assert shown(url) == seen


@pytest.mark.parametrize("text", ["file:", "memory:", "s3:bucket", "http://bucket", "bucket", ""])
def test_other_words_are_no_place(text: str) -> None:
    assert not is_cloud(text)
