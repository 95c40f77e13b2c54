"""The query API on the same endpoint as S3, by the one operation that needs nothing else."""

import asyncio
from collections.abc import Iterator

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSRequest
from botocore.exceptions import ClientError

from gateway.exchange import Reply
from gateway.query.api import UNSIGNED_BYTES_MAX, UNSIGNED_FORMS_BYTES_MAX
from sigv4 import Credentials
from tests.gateway.identity.clients import ENDPOINT, Arrived, Server, served
from tests.gateway.inside import KEY, OTHER_KEY, text_of
from tests.gateway.refusals import refused

FORM = (b"content-type", b"application/x-www-form-urlencoded")


@pytest.fixture
def server() -> Iterator[Server]:
    with served() as found:
        yield found


@pytest.mark.parametrize(("key", "account"), [(KEY, "000000000001"), (OTHER_KEY, "000000000002")])
def test_each_key_is_told_whose_it_is(server: Server, key: Credentials, account: str) -> None:
    found = server.client("sts", key).get_caller_identity()
    assert found["Account"] == account
    assert found["Arn"] == f"arn:aws:iam::{account}:root"
    assert found["UserId"] == account
    assert len(found["ResponseMetadata"]["RequestId"]) == 16


def test_a_presigned_url_says_who_signed_it(server: Server) -> None:
    url = server.client("sts").generate_presigned_url("get_caller_identity", HttpMethod="GET")
    assert url.startswith(ENDPOINT)
    reply = server.ask("GET", url)
    assert reply.status == 200
    assert "<Account>000000000001</Account>" in text_of(reply)


def test_an_unknown_key_is_an_invalid_client_token(server: Server) -> None:
    nobody = Credentials("AKIANOBODYNOBODYNOBO", "nothing")
    with refused("InvalidClientTokenId", 403) as error:
        server.client("sts", nobody).get_caller_identity()
    assert error["Message"] == "The security token included in the request is invalid."


def test_a_wrong_secret_does_not_match(server: Server) -> None:
    wrong = Credentials(KEY.access_key, "wrong")
    with refused("SignatureDoesNotMatch", 403) as error:
        server.client("iam", wrong).list_users()
    assert error["Type"] == "Sender"
    assert error["Message"].startswith("The request signature we calculated does not match")


def test_iam_may_be_signed_for_its_global_region() -> None:
    with served(region="eu-central-1") as elsewhere:
        for region in ("eu-central-1", "us-east-1"):
            assert elsewhere.client("sts", region=region).get_caller_identity()["Account"]
        with refused("SignatureDoesNotMatch", 403) as error:
            elsewhere.client("sts", region="us-west-2").get_caller_identity()
        assert error["Message"].startswith("Credential should be scoped to a valid region")


def test_what_is_not_implemented_says_so_by_name(server: Server) -> None:
    with pytest.raises(ClientError) as caught:
        server.client("iam").create_login_profile(UserName="ann", Password="secret-of-ann")
    answer = caught.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert answer["Error"]["Code"] == "NotImplemented"
    assert answer["Error"]["Message"] == "CreateLoginProfile is not implemented."


@pytest.mark.parametrize(
    ("body", "code", "status"),
    [
        (b"Action=GetCallerIdentity&Version=2011-06-15", "MissingAuthenticationToken", 403),
        (b"Action=ListUsers&Version=2010-05-08", "MissingAuthenticationToken", 403),
        (b"Action=AssumeRoleWithSAML&Version=2011-06-15", "NotImplemented", 501),
        (b"Action=NoSuchThing&Version=2011-06-15", "InvalidAction", 400),
        (b"Action=GetCallerIdentity", "InvalidAction", 400),
        (b"Version=2011-06-15", "MissingAction", 400),
        (b"", "MissingAction", 400),
        (b"Action=A&Action=B", "MalformedInput", 400),
        (b"Action=%ff", "MalformedInput", 400),
        (b"Action=%zz", "MalformedInput", 400),
        (b"&".join(b"p%d=1" % n for n in range(10_001)), "MalformedInput", 400),
        (b"x" * (256 * 1024 + 1), "RequestEntityTooLarge", 413),
    ],
)
def test_a_form_without_a_signature(server: Server, body: bytes, code: str, status: int) -> None:
    reply = server.ask("POST", f"{ENDPOINT}/", [FORM], body)
    assert reply.status == status
    assert f"<Code>{code}</Code>" in text_of(reply)
    assert text_of(reply).startswith("<ErrorResponse xmlns=")


def test_an_action_without_a_signature_may_stand_in_the_query(server: Server) -> None:
    reply = server.ask("GET", f"{ENDPOINT}/?Action=GetCallerIdentity&Version=2011-06-15")
    assert (reply.status, "MissingAuthenticationToken" in text_of(reply)) == (403, True)


def test_a_body_that_is_not_the_signed_one_is_refused(server: Server) -> None:
    client = server.client("sts")

    def change(request: AWSPreparedRequest, **_: object) -> None:
        request.body = request.body.replace("2011", "2012")

    client.meta.events.register_first("before-send", change)
    with refused("SignatureDoesNotMatch", 403):
        client.get_caller_identity()


def test_a_digest_that_is_not_the_bodys_is_refused_although_it_is_signed(server: Server) -> None:
    client = server.client("sts")

    def promise(request: AWSRequest, **_: object) -> None:
        request.headers["X-Amz-Content-SHA256"] = "UNSIGNED-PAYLOAD"

    client.meta.events.register("before-sign", promise)
    with refused("SignatureDoesNotMatch", 403):
        client.get_caller_identity()


def test_s3_is_not_disturbed(server: Server) -> None:
    s3 = server.client("s3")
    s3.create_bucket(Bucket="bucket")
    assert [one["Name"] for one in s3.list_buckets()["Buckets"]] == ["bucket"]
    reply = server.ask("GET", f"{ENDPOINT}/")
    assert "<Error><Code>AccessDenied</Code>" in text_of(reply)
    for form in (f"{ENDPOINT}/bucket", f"{ENDPOINT}/bucket/key"):
        assert "ErrorResponse" not in text_of(server.ask("POST", form, [FORM], b"Action=GetUser"))


def test_a_scope_in_another_parameter_makes_no_request_of_iam(server: Server) -> None:
    s3 = server.client("s3")
    found = s3.list_buckets(Prefix="/iam/aws4_request")
    assert found["Buckets"] == []


def test_forms_that_nobody_signs_and_nobody_ends_leave_room_for_signed_ones(
    server: Server,
) -> None:
    ended = asyncio.Event()

    class Endless(Arrived):
        async def read(self) -> bytes:
            if not self._left:
                await ended.wait()
            return await super().read()

    form = b"x" * UNSIGNED_BYTES_MAX
    count = UNSIGNED_FORMS_BYTES_MAX // UNSIGNED_BYTES_MAX

    async def begin() -> list[asyncio.Task[Reply]]:
        begun = [Endless("POST", f"{ENDPOINT}/", [FORM], form) for _ in range(count)]
        tasks = [asyncio.create_task(server.app.serve(one)) for one in begun]
        while not all(one.received for one in begun):
            await asyncio.sleep(0)
        return tasks

    tasks = server.run(begin())
    reply = server.ask("POST", f"{ENDPOINT}/", [FORM], b"Action=GetCallerIdentity")
    assert reply.status == 503
    assert server.client("sts").get_caller_identity()["Account"] == "000000000001"
    ended.set()
    for task in tasks:
        assert server.run(task).status == 400
    assert server.ask("POST", f"{ENDPOINT}/", [FORM], b"Action=A").status == 400


def test_a_signed_form_may_be_larger_but_not_without_end(server: Server) -> None:
    sts = server.client("sts", parameter_validation=False)
    with refused("RequestEntityTooLarge", 413):
        sts.get_access_key_info(AccessKeyId="A" * 1024 * 1024)


def test_nothing_is_read_of_a_key_that_there_is_not(server: Server) -> None:
    nobody = Credentials("AKIANOBODYNOBODYNOBO", "nothing")
    sts = server.client("sts", nobody, parameter_validation=False)
    with refused("InvalidClientTokenId", 403) as error:
        sts.get_access_key_info(AccessKeyId="A" * 1024 * 1024)
    assert error["Code"] == "InvalidClientTokenId"
    sent: list[AWSPreparedRequest] = []
    sts.meta.events.register_first("before-send", lambda request, **_: sent.append(request))
    with refused("InvalidClientTokenId", 403):
        sts.get_caller_identity()
    (request,) = sent
    headers = [(name.encode(), str(value).encode()) for name, value in request.headers.items()]
    # The connection ends: what was not read would be taken for the next request.
    assert server.ask("POST", request.url, headers, b"x").close


def test_a_form_that_was_read_lets_the_connection_go_on(server: Server) -> None:
    body = b"Action=NoSuchThing&Version=2011-06-15"
    assert not server.ask("POST", f"{ENDPOINT}/", [FORM], body).close


def test_a_signature_that_does_not_match_is_explained_where_that_is_allowed() -> None:
    with served(explain_in_answer="on") as server:
        with_a_space = Credentials(KEY.access_key, f"{KEY.secret_key} ")
        with refused("SignatureDoesNotMatch", 403) as error:
            server.client("sts", with_a_space).get_caller_identity()
        assert "secret" in error["Message"].partition("for details. ")[2].lower()
