"""The web sites that may show the finder inside their own pages."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Boolean, Connection, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from finder.db.base import Base, Numbered

# Anyone may read a key in the page that uses it; it says whose page that is, and opens nothing.
SITE_KEY = r"[a-z0-9-]{4,40}"


class EmbedSite(Numbered, Base):
    """A web site that may show the finder inside its pages; only pages of `origins` may.

    `own` says how `organization_key` is listed: all, first or only; null is as the finder's settings say, as is
    `phone`. `theme` holds colours and shapes by their keys in a site's file. `back_url` is where its patients came
    from. The defaults are what a form begins with.
    """

    __tablename__ = "embed_site"

    public_key: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    origins: Mapped[list[str]]
    organization_key: Mapped[str | None] = mapped_column(String(80))
    own: Mapped[str | None] = mapped_column(String(10))
    phone: Mapped[str | None] = mapped_column(String(30))
    theme: Mapped[dict[str, Any] | None]
    default_condition: Mapped[str | None] = mapped_column(String(80))
    default_stage: Mapped[str | None] = mapped_column(String(10))
    back_url: Mapped[str | None] = mapped_column(Text)
    enabled: Mapped[bool] = mapped_column(Boolean, default=True)
    created_at: Mapped[dt.datetime]


# What of a row the faces need.
SHOWN = (
    "public_key", "name", "origins", "organization_key", "own", "phone", "theme", "default_condition", "default_stage",
    "back_url", "enabled",
)  # fmt: skip
Sites = dict[str, dict[str, Any]]


def embed_sites(connection: Connection) -> Sites:
    """Return all web sites by their public keys, those that are switched off included."""
    site = EmbedSite
    rows = connection.execute(select(*(getattr(site, name) for name in SHOWN)).order_by(site.id))
    return {row.public_key: dict(zip(SHOWN, row, strict=True)) for row in rows}
