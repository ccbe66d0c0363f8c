"""A site's list of its pages: read as the protocol has it, bounded, and only of that site."""

import pytest

from kbqa.errors import AddressRefused, Invalid, Unreachable
from kbqa.imports import sitemap
from kbqa.imports.sitemap import sitemap_pages

from .conftest import POLICY, WebSite


def test_the_pages_of_a_sitemap_in_its_order_each_once(site: WebSite):
    one, two = site.url("/one.html"), site.url("/two.html")
    site.pages["/sitemap.xml"] = site.sitemap(two, one, two)

    assert sitemap_pages(site.url("/sitemap.xml"), POLICY).places == [two, one]


def test_an_index_of_sitemaps_some_of_them_packed(site: WebSite):
    site.pages["/index.xml"] = site.sitemap(site.url("/a.xml"), site.url("/b.xml.gz"), kind="sitemapindex")
    site.pages["/a.xml"] = site.sitemap(site.url("/one"))
    site.pages["/b.xml.gz"] = site.sitemap(site.url("/two"), packed=True)

    assert sitemap_pages(site.url("/index.xml"), POLICY).places == [site.url("/one"), site.url("/two")]


def test_a_list_of_the_index_that_is_not_there_is_counted_as_left_out(site: WebSite):
    site.pages["/index.xml"] = site.sitemap(site.url("/a.xml"), site.url("/gone.xml"), kind="sitemapindex")
    site.pages["/a.xml"] = site.sitemap(site.url("/one"))

    listing = sitemap_pages(site.url("/index.xml"), POLICY)

    assert (listing.places, listing.left_out) == ([site.url("/one")], "Further lists of pages not read: 1.")


@pytest.mark.parametrize(
    "foreign", ["http://other.example/a", "http://site.example.evil.example/a", "http://[", "ftp:x"]
)
def test_pages_of_other_sites_are_left_out_and_counted(site: WebSite, foreign: str):
    site.pages["/sitemap.xml"] = site.sitemap(site.url("/one"), foreign)

    listing = sitemap_pages(site.url("/sitemap.xml"), POLICY)

    assert (listing.places, listing.left_out) == ([site.url("/one")], "Addresses of other sites left out: 1.")


def test_lists_of_other_sites_are_never_asked_for(site: WebSite):
    site.pages["/index.xml"] = site.sitemap(site.url("/a.xml", host="other.example"), kind="sitemapindex")
    site.pages["/a.xml"] = site.sitemap(site.url("/one"))

    assert sitemap_pages(site.url("/index.xml"), POLICY).places == []
    assert site.asked == ["/index.xml"]


def test_no_more_pages_than_an_import_takes(site: WebSite, monkeypatch):
    monkeypatch.setattr(sitemap, "MAX_PAGES", 3)
    site.pages["/sitemap.xml"] = site.sitemap(*(site.url(f"/{n}") for n in range(5)))

    listing = sitemap_pages(site.url("/sitemap.xml"), POLICY)

    assert (len(listing.places), listing.left_out) == (3, "Only the first 3 pages are taken.")


def test_a_packed_list_that_unpacks_without_end_is_refused(site: WebSite, monkeypatch):
    monkeypatch.setattr(sitemap, "MAX_SITEMAP_BYTES", 10_000)
    site.pages["/sitemap.xml.gz"] = site.sitemap(*[site.url("/one")] * 2_000, packed=True)

    with pytest.raises(Invalid, match="more than"):
        sitemap_pages(site.url("/sitemap.xml.gz"), POLICY)


@pytest.mark.parametrize(
    "content",
    [b"", b"<html></html>", b"not xml", b"\x1f\x8bnot packed", b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
     b"<urlset><url><loc>&e;</loc></url></urlset", b"<urlset/><urlset/>"],
)  # fmt: skip
def test_what_is_no_sitemap_is_refused(site: WebSite, content: bytes):
    site.pages["/sitemap.xml"] = content

    with pytest.raises(Invalid, match="no sitemap"):
        sitemap_pages(site.url("/sitemap.xml"), POLICY)


def test_an_entity_gives_nothing_of_a_file(site: WebSite):
    site.pages["/sitemap.xml"] = (
        b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]><urlset><url><loc>&e;</loc></url></urlset>'
    )

    assert sitemap_pages(site.url("/sitemap.xml"), POLICY).places == []


def test_an_address_that_is_not_public_is_refused_as_any_other():
    with pytest.raises(AddressRefused):
        sitemap_pages("http://127.0.0.1/sitemap.xml")


def test_an_absent_sitemap_says_what_the_site_said(site: WebSite):
    with pytest.raises(Unreachable, match="404"):
        sitemap_pages(site.url("/sitemap.xml"), POLICY)
