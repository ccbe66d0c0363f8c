"""A refusal is counted, not logged; what broke is logged."""

import logging

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils.log import log_response


@pytest.mark.parametrize(("status", "is_said"), [(503, False), (500, True), (504, True)])
def test_refusals_make_no_line(status: int, is_said: bool, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.ERROR, logger="django.request")
    response = HttpResponse(status=status)

    log_response("said", response=response, request=RequestFactory().get("/"))

    assert (["said"] if is_said else []) == [record.message for record in caplog.records]
