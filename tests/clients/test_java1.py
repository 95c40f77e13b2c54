"""The AWS SDK for Java v1, by java1/src/main/java/Client.java."""

import pytest

from tests.clients.catalogue import CLIENTS
from tests.clients.endpoint import Endpoint
from tests.clients.programs import run

pytestmark = pytest.mark.long


def test_what_is_put_is_read_back_by_parsers_that_depend_on_the_order_of_elements(
    endpoint: Endpoint, environment: dict[str, str]
) -> None:
    program = CLIENTS["java1"].require()
    classes = f"{program}:{program.parent}/lib/*"
    said = run(["java", "-cp", classes, "Client", endpoint.url], environment)
    assert said.splitlines()[-1] == "done"
