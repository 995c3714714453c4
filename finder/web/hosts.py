"""Under which names the finder answers, and how many proxies in front are believed about who asks, and how.

Flask's own TRUSTED_HOSTS is not set, since it refuses before an address is looked up: a load balancer, which asks by
number, could not see that a worker lives, and the refusal could not be a page. The same check of Werkzeug decides.
"""

from __future__ import annotations

from flask import Flask, request
from flask.globals import request_ctx
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.sansio.utils import host_is_trusted

from finder.config import Settings
from finder.errors import RequestRefused
from finder.web.security import name_of_audience

_LONGEST_NAME = 253


def install(app: Flask, settings: Settings) -> None:
    """Believe FINDER_TRUSTED_PROXIES proxies, and answer only under the names of FINDER_HOSTS where there are any."""
    if number := settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=number, x_proto=number, x_host=number)  # type: ignore[method-assign]

    def refuse_others() -> None:
        named = request.headers.get("Host", "")
        if request_ctx.url_adapter is None:
            # A name that none can have, such as one of 64 letters without a dot, leaves nothing to make links with.
            request_ctx.url_adapter = app.url_map.bind("localhost", script_name=request.root_path)
            raise RequestRefused("host_malformed", host=named[:_LONGEST_NAME])
        # Those who look whether a worker lives learn nothing else, and no answer to them holds an address.
        if name_of_audience(request) == "operations":
            return
        if settings.hosts and not host_is_trusted(named.lower(), settings.hosts):
            raise RequestRefused("host_refused", host=named[:_LONGEST_NAME])

    app.before_request(refuse_others)
