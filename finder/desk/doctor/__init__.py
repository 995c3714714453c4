"""Say what a page needs before the finder can be shown in it, from what somebody pasted: policy, headers or HTML."""

from finder.desk.doctor.examination import address_of_finder, examine
from finder.desk.doctor.report import VARIANTS, Diagnosis, Directive, Finding, ReadPolicy, VariantReport, Weight
from finder.desk.doctor.watchers import Seen, Watcher

__all__ = (
    "VARIANTS", "Diagnosis", "Directive", "Finding", "ReadPolicy", "Seen", "VariantReport", "Watcher", "Weight",
    "address_of_finder", "examine",
)  # fmt: skip
