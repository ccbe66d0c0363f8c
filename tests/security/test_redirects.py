"""Where a `next` leads: always to this site, however the address is dressed up."""

from urllib.parse import urlsplit

import pytest
from django.test import Client

from tests import factories

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough phrase 42"
FOREIGN = [
    "https://evil.example",
    "http://evil.example/",
    "//evil.example",
    "///evil.example",
    "////evil.example//",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\thttps://evil.example",
    " https://evil.example",
    "\x00https://evil.example",
    "\x01//evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "http:\\\\evil.example",
    "HTTPS://EVIL.EXAMPLE",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "ftp://evil.example",
    "https://testserver@evil.example",
    "https://testserver:80@evil.example/",
    "https://evil.example#@testserver/",
    "https://evil.example?testserver",
    "https://testserver.evil.example",
    "https://evil.example\\@testserver",
    "//testserver@evil.example",
    "//evil.example/%2f..",
    "//evil.example%E3%80%82com",
    "〱evil.example",
    "https://evil。example",
    "//[::1]/",
    "//0x7f000001/",
    "http://[",
    "/%09/evil.example",
    "/%5cevil.example",
    "/%2f%2fevil.example",
    "/.evil.example",
    "/;@evil.example",
    "/login?next=//evil.example",
]


@pytest.fixture
def person(db: None):
    return factories.user(username="walker", password=PASSWORD, is_staff=True, is_superuser=True)


@pytest.mark.parametrize("path", ["/login", "/admin/login/"])
def test_signing_in_leads_nowhere_else(person, path: str, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # not what is tested here
    person.set_password(PASSWORD)
    person.save()

    for address in FOREIGN:
        client = Client()
        response = client.post(path, {"username": "walker", "password": PASSWORD, "next": address})
        assert response.status_code == 302, address
        assert_here(response["Location"], address)


def test_one_already_signed_in_is_led_nowhere_else(person):
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")

    for address in FOREIGN:
        assert_here(client.get("/login", {"next": address})["Location"], address)


@pytest.mark.parametrize("path", ["/logout", "/i18n/setlang/"])
def test_signing_out_and_changing_the_language_lead_nowhere_else(person, path: str):
    for address in FOREIGN:
        client = Client()
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        assert_here(client.post(path, {"next": address, "language": "en"})["Location"], address)


def test_a_foreign_referrer_is_not_where_one_comes_back_to(client):
    response = client.post("/i18n/setlang/", {"language": "en"}, headers={"Referer": "https://evil.example/"})

    assert_here(response["Location"], "Referer")


def test_the_address_asked_for_is_kept_as_a_path(client):
    for path in ("//evil.example/", "/\\evil.example", "/collections?x=//evil.example"):
        response = client.get(path)
        if response.status_code in (301, 302):
            assert_here(response["Location"], path)


def assert_here(location: str, given: str) -> None:
    """A path of this site, as a browser would read it: backslashes are slashes, control characters are not there."""
    as_browser = "".join(char for char in location.replace("\\", "/") if char > " ")
    parts = urlsplit(as_browser)
    assert not parts.scheme, (given, location)
    assert parts.netloc in ("", "testserver"), (given, location)
    assert not as_browser.startswith("//"), (given, location)
