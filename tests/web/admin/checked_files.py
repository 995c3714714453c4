"""Files as people send them, and waiting for what becomes of them."""

from __future__ import annotations

import io
import re
import time
from typing import Any

from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import encode_multipart

from tests.web.admin.conftest import Desk

# A list as it comes: another column for phones, one of no use, and something wrong in nearly each row.
MESSY = """location_id,name,organization,State,Zip,Telefone,Lat,Long,Fax 2,website
a,North Clinic,Alder,Virginia,23220,804.555.0131,37.55,77.46,1,https://example.org/x
b,South Clinic,Alder,VA,2322,804-555-0100,,,2,
c,East Clinic,Alder,MA,2111.0,804 55,42.35,-71.06,3,https://example.org
d,,Alder,VA,23220,,,,4,
e,West Clinic,Alder,VA,23220,804-555-0101,37.56,-77.45,5,
"""
AT_WORK = ("about to begin", "We are reading", "We are checking")
_PATIENCE_SECONDS = 90


def upload(desk: Desk, *files: tuple[str, str | bytes], source: str = "alder", **fields: str) -> Any:
    """Send files by the form of the page."""
    sent = [
        FileStorage(io.BytesIO(text.encode() if isinstance(text, str) else text), name, content_type="text/csv")
        for name, text in files
    ]
    token = re.search(r'name="csrf_token" value="([^"]+)"', desk.get("/admin/imports").text)
    assert token
    # The client would leave a large form's own file open.
    boundary, body = encode_multipart(
        MultiDict(
            [("csrf_token", token[1]), ("new_source", source), *fields.items(), *(("files", one) for one in sent)]
        )
    )
    return desk.client.post("/admin/imports", data=body, content_type=f"multipart/form-data; boundary={boundary}")


def settled(desk: Desk, address: str) -> str:
    """Return the page of a check once nobody is at work on it any more."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        page = desk.get(address).text
        if 'id="progress"' not in page:
            return page
        assert time.monotonic() < until, page
        time.sleep(0.2)


def checked(desk: Desk, *files: tuple[str, str | bytes], **more: str) -> tuple[str, str]:
    """Send files and wait; return the address of the check and its page."""
    reply = upload(desk, *files, **more)
    assert reply.status_code == 303, reply.text
    return reply.location, settled(desk, reply.location)


def fields_of(page: str) -> dict[str, str]:
    """Return the selects of a page of columns: the name of each by its header."""
    return {
        head: name
        for name, head in re.findall(r'id="h(c\d+-\d+)"><bdi>(.*?)</bdi>', page)
    }  # fmt: skip
