"""Whether a finder that is in a page already is whole, since editors of web sites take out what they do not know."""

from __future__ import annotations

from collections.abc import Iterator

from finder.desk.doctor.page import Embedded, Page, runs
from finder.desk.doctor.report import Finding
from finder.desk.doctor.sources import Address

SCRIPTS = {"element": "v1.js", "iframe": "frame-v1.js"}
_SANDBOX = frozenset(("allow-forms", "allow-scripts", "allow-same-origin"))
_MOST = 5


def script_tag(variant: str, base: str, attributes: str = "", file: str = "") -> str:
    """Return the tag of a variant's script, which is `file` where that is named. `base` is the finder's address."""
    return f'<script src="{base}/embed/{file or SCRIPTS[variant]}"{attributes} async></script>'


def of_element(page: Page, finder: Address, base: str) -> Iterator[Finding]:
    """Find what is wrong with the elements in a page."""
    elements, scripts = page.of("element"), page.of("element script")
    for one in elements[:_MOST]:
        read = f'<specialist-finder site="{one.element.get("site")}">'
        if one.key:
            yield Finding.of("embed_seen", read, kind="as an element", key=one.key)
        else:
            yield Finding.of("element_key_lacks", read)
    if elements and not scripts:
        yield Finding.of("element_script_lacks", "<specialist-finder>", tag=script_tag("element", base))
    if scripts and not elements:
        yield Finding.of("element_gone", scripts[0].address)
    yield from _of_scripts(scripts, finder)


def of_frame(page: Page, finder: Address, base: str) -> Iterator[Finding]:
    """Find what is wrong with the finder's frames in a page."""
    frames, scripts = page.of("frame"), page.of("frame script")
    for one in frames[:_MOST]:
        yield Finding.of("embed_seen", one.address, kind="as a frame", key=one.key)
        yield from _elsewhere(one, finder)
        if not one.element.get("title").strip():
            yield Finding.of("frame_title_lacks", one.address)
        if "geolocation" not in one.element.get("allow").lower():
            yield Finding.of("frame_location_lacks", one.address)
        if "sandbox" in one.element.attributes and not set(one.element.get("sandbox").lower().split()) >= _SANDBOX:
            yield Finding.of("frame_sandboxed", f'sandbox="{one.element.get("sandbox")}"')
    if frames and not scripts:
        yield Finding.of("frame_script_lacks", frames[0].address, tag=script_tag("iframe", base))
    if scripts and not frames:
        yield Finding.of("frame_gone", scripts[0].address)
    yield from _of_scripts(scripts, finder)


def _of_scripts(scripts: list[Embedded], finder: Address) -> Iterator[Finding]:
    for one in scripts[:_MOST]:
        yield from _elsewhere(one, finder)
        if not runs(one.element):
            read = f'type="{one.element.get("type")}"' if one.element.get("type") else "data-src"
            yield Finding.of("script_put_off", f"{one.address} {read}")


def _elsewhere(one: Embedded, finder: Address) -> Iterator[Finding]:
    address = f"https:{one.address}" if one.address.startswith("//") else one.address
    try:
        origin = Address.read(address)
    except ValueError:
        # Of the page's own origin, which is another's matter.
        return
    if origin != finder:
        yield Finding.of("embed_elsewhere", one.address, origin=origin, finder=finder)
