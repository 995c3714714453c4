"""Plans under the words that patients know."""

from __future__ import annotations

import csv
from collections import Counter

import pytest

from finder.db.reference import DATA
from finder.search.plan_groups import PlanGroup, plan_group


@pytest.mark.parametrize(
    ("plan", "group"),
    [
        ("Medicare", PlanGroup.MEDICARE), ("Humana Medicare Advantage PPO", PlanGroup.MEDICARE), ("Medigap", PlanGroup.MEDICARE),
        ("Moonbeam Medicaid Plan", PlanGroup.MEDICAID), ("CHIP", PlanGroup.MEDICAID), ("Medi-Cal", PlanGroup.MEDICAID),
        ("Cardinal Care", PlanGroup.MEDICAID), ("Sentara VA Medicaid", PlanGroup.MEDICAID), ("TRICARE East", PlanGroup.TRICARE),
        ("VA Community Care", PlanGroup.VETERANS), ("CHAMPVA", PlanGroup.VETERANS), ("Veterans Affairs", PlanGroup.VETERANS),
        ("Anthem HealthKeepers VA", PlanGroup.OTHER), ("Virginia Premier", PlanGroup.OTHER), ("Silverspoon Advantage", PlanGroup.OTHER),
        ("Workers' compensation", PlanGroup.WORKERS), ("WORKERS COMP", PlanGroup.WORKERS), ("Hearthside Worker Cover", PlanGroup.WORKERS),
        ("Self-pay", PlanGroup.SELF_PAY), ("Self Pay / cash", PlanGroup.SELF_PAY), ("", PlanGroup.OTHER),
    ],
)  # fmt: skip
def test_the_group_of_a_plan(plan: str, group: PlanGroup) -> None:
    assert plan_group(plan) is group


def test_the_payers_that_the_product_knows_have_their_groups() -> None:
    with (DATA / "payers.csv").open(encoding="utf-8", newline="") as file:
        found = Counter(plan_group(row["name"]) for row in csv.DictReader(file))
    assert set(found) == set(PlanGroup)
    assert found[PlanGroup.MEDICARE] == 4
    assert found[PlanGroup.MEDICAID] == 27
