"""The web app: Flask on top, one blueprint for each audience, one security policy for each blueprint."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from flask_openapi.models.info import Info
from flask_openapi.openapi import OpenAPI

from finder import __version__
from finder.config import Settings, read_settings
from finder.db.dialect import open_engine
from finder.db.lifeline import watch
from finder.desk.organizations import own_is_missing
from finder.desk.setup import refuse_demo_off_loopback
from finder.logs import log
from finder.web import (
    admin,
    api,
    compression,
    confirm,
    docs,
    embed,
    faults,
    hosts,
    limits,
    metrics,
    operations,
    patients,
    posting,
    security,
    site,
    static_files,
)
from finder.web.context import Directory, remember
from finder.web.embedding import Mount
from finder.web.template_context import QuickContext

_HERE = Path(__file__).parent
_MAX_REQUEST_BYTES = 64 * 1024
_MAX_HEADER_FIELDS = 200


def create_app(settings: Settings | None = None, *, today: dt.date | None = None) -> OpenAPI:
    """Make the app over the database that `settings` (else the environment) name; it loads the edition in force.

    `today` fixes the day that listings and rotation go by; None is the real one. Raises SettingError, and
    DirectoryRefused where only the demo would be served to other machines.
    """
    settings = settings or read_settings()
    engine = open_engine(settings.database_url, must_exist=True)
    engine.update_execution_options(finder_engine=settings.engine)
    watch(engine)
    refuse_demo_off_loopback(engine, settings.host, on_loopback=settings.on_loopback)
    app = OpenAPI(
        "finder",
        info=Info(title="Specialist finder", version=__version__, description=api.ABOUT),
        doc_ui=False,
        # What it would refuse by itself, in a form of its own, is declared as the refusal that is given.
        validation_error_status="400",
        validation_error_model=api.Problem,
        static_folder=None,
        template_folder=str(_HERE / "templates"),
    )
    app.openapi_version = "3.1.0"
    app.config.update(MAX_CONTENT_LENGTH=_MAX_REQUEST_BYTES, MAX_FORM_PARTS=_MAX_HEADER_FIELDS)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.jinja_env.context_class = QuickContext
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    directory = Directory(engine)
    directory.follow()
    remember(app, settings, directory, today)
    if own_is_missing(engine, settings.organization, settings.own):
        log.warning("organization_missing")
    site.warn(settings.site, directory)
    metrics.install(app, settings, directory)
    app.register_blueprint(patients.blueprint)
    app.register_blueprint(site.blueprint)
    app.register_blueprint(operations.blueprint)
    app.register_blueprint(docs.blueprint)
    app.register_blueprint(embed.blueprint)
    app.register_blueprint(admin.blueprint)
    app.register_blueprint(confirm.blueprint)
    app.register_api(api.blueprint)
    admin.install(app, settings)
    static_files.install(app)
    faults.install(app)
    hosts.install(app, settings)
    limits.install(app, settings)
    security.install(app)
    posting.install(app)
    compression.install(app)
    embed.install(app)
    app.wsgi_app = Mount(app.wsgi_app, lambda: directory.sites)  # type: ignore[method-assign]
    return app
