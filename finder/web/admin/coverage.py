"""Coverage: how far it is from every ZIP code of an area to the nearest who says they do some work."""

from __future__ import annotations

import numpy as np
from flask import Response, request
from markupsafe import Markup
from sqlalchemy import select

from finder.db.datasets import Dataset, DatasetState, Source
from finder.db.edition import kept_editions
from finder.db.reference import STATES
from finder.desk import coverage as covering
from finder.desk.accounts import Deed
from finder.desk.coverage import BANDS, Coverage
from finder.desk.coverage_table import as_csv
from finder.errors import DeskRefused, DirectoryRefused, QuestionError
from finder.formats.picture.bands import band_mark, bands_picture
from finder.formats.wording import wording
from finder.search import Index
from finder.search.snapshot import LAYOUT
from finder.web.admin.door import blueprint, needs, page, told
from finder.web.context import directory, today

_FEW = 50
_NAMES = ("work", "area", "of")


@blueprint.get("/coverage")
@needs(Deed.SEE)
def coverage() -> Response | str | tuple[str, int]:
    """Show how an area is covered, or send it as CSV."""
    asked = {name: request.args.get(name, "").strip() for name in _NAMES}
    index, found, refusal = directory().index, None, ""
    if asked["work"] and asked["area"]:
        try:
            chosen, called = _index(asked["of"], index)
            found = covering.coverage(chosen, asked["work"], asked["area"], today(), called)
        except (DeskRefused, DirectoryRefused, QuestionError) as error:
            refusal = told(error)
    if found is not None and request.args.get("as") == "csv":
        name = "".join(c if c.isalnum() else "-" for c in f"coverage-{found.work}-{asked['area']}")
        return Response(
            as_csv(found), mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}.csv"'}
        )
    w, catalogue = wording("en"), index.catalogue
    works = [
        (label, sorted((w.entry(catalogue, kind, key), key) for key in index.works if key in catalogue.entries[kind]))
        for kind, label in (("procedure", "Procedures"), ("condition", "Conditions"))
    ]
    kind = "procedure" if found and found.is_procedure else "condition"
    made = page(
        "coverage", asked=asked, refusal=refusal, found=found, works=works, states=sorted((name, key) for key, (_n, name) in STATES.items()),
        organizations=covering.areas_of(index), versions=_versions(), bands=BANDS, marks=[Markup(band_mark(n)) for n in range(len(BANDS) + 1)],  # noqa: S704
        picture=Markup(_picture(found)) if found else "", counts=counts(found) if found else (),  # noqa: S704
        name=w.entry(catalogue, kind, found.work) if found else "", shown=(found.zips if request.args.get("all") else found.zips[:_FEW]) if found else (),
    )  # fmt: skip
    return (made, 400) if refusal else made


def counts(found: Coverage) -> list[tuple[str, int, int]]:
    """Return of each band its words, how many ZIP codes are in it, and their share in whole percent."""
    bounds = (0, *BANDS)
    words = [f"{low} to {high} miles" if low else f"up to {high} miles" for low, high in zip(bounds, BANDS, strict=False)]  # fmt: skip
    numbers = np.bincount([one.band for one in found.zips], minlength=len(BANDS) + 1).tolist()
    return [
        (word, number, round(100 * number / len(found.zips)))
        for word, number in zip([*words, f"over {BANDS[-1]} miles"], numbers, strict=True)
    ]


def _picture(found: Coverage) -> str:
    latitudes, longitudes, bands = (
        np.array([getattr(one, name) for one in found.zips]) for name in ("latitude", "longitude", "band")
    )
    title = f"Map of {found.area} with a mark for each ZIP code by its distance"
    return bands_picture(latitudes, longitudes, bands, found.states, found.at, title)


def _index(of: str, in_force: Index) -> tuple[Index, str]:
    """Return the edition or version that was picked, such as `edition 4` or `version 2 of demo`."""
    words = of.split(" ", 3)
    if len(words) == 4 and words[0] == "version" and words[1].isascii() and words[1].isdigit():
        return covering.index_of(directory().engine, source=words[3], version=int(words[1][:9]), at_once=True)
    if len(words) == 2 and words[0] == "edition" and words[1].isascii() and words[1].isdigit():
        number = int(words[1][:9])
        if number != in_force.edition:
            return covering.index_of(directory().engine, edition=number)
    elif of:
        raise DeskRefused("edition_unknown", value=of[:60], known=[str(in_force.edition)])
    return in_force, f"edition {in_force.edition}, in force"


def _versions() -> list[str]:
    """Return what can be picked: editions that are kept, then versions of sources, newest first."""
    with directory().engine.connect() as connection:
        editions = [f"edition {number}" for number in reversed(kept_editions(connection, LAYOUT))]
        rows = connection.execute(
            select(Dataset.version, Source.name)
            .join(Source, Source.id == Dataset.source_id)
            .where(Dataset.state == DatasetState.READY, Dataset.pruned_at.is_(None), Source.retired_at.is_(None))
            .order_by(Source.name, Dataset.version.desc())
        ).all()
    return [*editions, *(f"version {row.version} of {row.name}" for row in rows)]
