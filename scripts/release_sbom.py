"""Say what is in a release, for those who must know: a CycloneDX list of its wheels, made from what is in them."""

from __future__ import annotations

import datetime as dt
import email
import email.message
import hashlib
import re
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path

from cyclonedx.factory.license import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import License
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL
from packaging.markers import default_environment
from packaging.requirements import Requirement

# What classifiers of the packages stand for, where nothing better is said.
_CLASSIFIED = {
    "MIT License": "MIT",
    "BSD License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "ISC License (ISCL)": "ISC",
}
_LONGEST = 100  # letters: what is longer is the licence's text and not its name


def sbom(wheels: Path, own: Path, epoch: int) -> str:
    """Return the list as JSON, the same for the same wheels: name, version, licence, checksum, who needs whom."""
    about = {wheel: _metadata(wheel) for wheel in sorted(wheels.glob("*.whl"))}
    components = {_key(found["Name"]): _component(wheel, found, wheel == own) for wheel, found in about.items()}
    bom = Bom()
    bom.metadata.timestamp = dt.datetime.fromtimestamp(epoch, dt.UTC)
    bom.serial_number = uuid.uuid5(uuid.NAMESPACE_URL, "".join(_digest(wheel) for wheel in about))
    for wheel, found in about.items():
        component = components[_key(found["Name"])]
        if wheel == own:
            bom.metadata.component = component
        else:
            bom.components.add(component)
        extras = {"postgres"} if wheel == own else _extras(about.values(), found["Name"])
        needs = (components.get(name) for name in _needs(found, extras))
        bom.register_dependency(component, [one for one in needs if one is not None])
    text: str = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=1)
    return text + "\n"


def _metadata(wheel: Path) -> email.message.Message:
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name))
        return email.message_from_bytes(archive.read(name))


def _component(wheel: Path, found: email.message.Message, is_own: bool) -> Component:
    name, version = found["Name"], found["Version"]
    reference = PackageURL("pypi", name=_key(name), version=version)
    return Component(
        name=name, version=version, type=ComponentType.APPLICATION if is_own else ComponentType.LIBRARY,
        bom_ref=str(reference), purl=reference, description=found["Summary"], licenses=[_licence(found)],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=_digest(wheel))],
    )  # fmt: skip


def _licence(found: email.message.Message) -> License:
    """Return what the package says of its licence: an expression, else a classifier, else a name."""
    factory = LicenseFactory()
    if found["License-Expression"]:
        return factory.make_from_string(found["License-Expression"])
    classified = [one.rpartition(" :: ")[2] for one in found.get_all("Classifier", []) if one.startswith("License :: ")]
    known = [_CLASSIFIED[one] for one in classified if one in _CLASSIFIED]
    said = (found["License"] or "").strip()
    if len(known) == 1 and not (said and len(said) <= _LONGEST):
        return factory.make_from_string(known[0])
    if said and len(said) <= _LONGEST and "\n" not in said:
        return factory.make_from_string(said)
    if known or classified:
        return factory.make_from_string(" OR ".join(known) if known else classified[0])
    raise SystemExit(f"{found['Name']} says nothing of its licence.")


def _needs(found: email.message.Message, extras: set[str]) -> Iterator[str]:
    for text in found.get_all("Requires-Dist", []):
        requirement = Requirement(text)
        for extra in extras | {""}:
            environment = {**default_environment(), "extra": extra}
            if requirement.marker is None or requirement.marker.evaluate(environment):  # type: ignore[arg-type]
                yield _key(requirement.name)
                break


def _extras(all_found: object, name: str) -> set[str]:
    """Return the extras of a package that others ask for."""
    wanted: set[str] = set()
    for found in all_found:  # type: ignore[attr-defined]
        for text in found.get_all("Requires-Dist", []):
            requirement = Requirement(text)
            if _key(requirement.name) == _key(name):
                wanted |= requirement.extras
    return wanted


def _key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _digest(wheel: Path) -> str:
    return hashlib.sha256(wheel.read_bytes()).hexdigest()
