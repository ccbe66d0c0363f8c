"""Every operation of the OpenAPI document shows what it takes and gives, and what it shows is valid."""

from collections.abc import Iterator
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator, FormatChecker

from kbqa.api.examples import FIELDS, REQUESTS

DOCUMENT: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
OPERATIONS = [
    pytest.param(operation, id=f"{method.upper()} {path}")
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_body_of_an_operation_has_a_valid_example(operation: dict[str, Any]):
    for media in bodies(operation):
        shown = (
            [media["example"]] if "example" in media else [example["value"] for example in media["examples"].values()]
        )
        assert shown
        for example in shown:
            schema = {**media["schema"], "components": DOCUMENT["components"]}
            Draft202012Validator(schema, format_checker=FormatChecker()).validate(example)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_operation_shows_a_success_and_the_problem_of_a_wrong_key(operation: dict[str, Any]):
    succeeded = [response for status, response in operation["responses"].items() if status < "300"]

    assert succeeded
    assert all(media.get("example") for response in succeeded for media in response.get("content", {}).values())
    problem = operation["responses"]["401"]["content"]["application/problem+json"]["examples"]
    assert problem["not_authenticated"]["value"]["status"] == 401


def test_each_operation_is_headed_by_a_sentence_of_its_own():
    headings = [operation["summary"] for (operation,) in (each.values for each in OPERATIONS)]

    assert all(heading and len(heading) <= 120 and "_" not in heading for heading in headings)


def test_no_example_is_kept_for_what_the_api_no_longer_has():
    schemas = DOCUMENT["components"]["schemas"]
    fields = {f"{name}.{field}" for name, schema in schemas.items() for field in schema.get("properties", ())}

    assert {name for name in FIELDS if "." in name} <= fields
    assert {name for name in FIELDS if "." not in name} <= {field.partition(".")[2] for field in fields}
    assert set(REQUESTS) <= set(schemas)


def bodies(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from operation.get("requestBody", {}).get("content", {}).values()
    for response in operation["responses"].values():
        yield from response.get("content", {}).values()
