"""The arithmetic of limits, with a clock that is given: never unfair, never exceeded, and true in what it tells."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from finder.web.quota import Quota, Standing

NS = 1_000_000_000
QUOTAS = st.builds(Quota, st.integers(1, 5000), st.sampled_from([1, 10, 60]))
# Nanoseconds since the machine started, or since 1970.
STARTS = st.integers(0, 2_000_000_000 * NS)
PAUSES = st.lists(st.one_of(st.just(0), st.integers(0, 90 * NS)), min_size=1, max_size=60)


class Client:
    """One client and its clock."""

    def __init__(self, quota: Quota, now: int) -> None:
        self.quota, self.now, self.whole_at = quota, now, 0

    def ask(self) -> Standing:
        self.whole_at, standing = self.quota.ask(self.whole_at, self.now)
        return standing

    def all_at_once(self) -> int:
        """Ask until refused, and return how often it was granted."""
        granted = 0
        while not self.ask().retry_after:
            granted += 1
        return granted


@settings(deadline=None)
@given(QUOTAS, STARTS, PAUSES)
def test_what_is_told_is_true(quota: Quota, start: int, pauses: list[int]) -> None:
    client = Client(quota, start)
    for pause in pauses:
        client.now += pause
        told = client.ask()
        assert 0 <= told.left < quota.most
        assert 0 < told.whole_after <= quota.seconds
        assert (told.retry_after == 0) or told.left == 0
    # So many more at once, and not one more.
    assert client.all_at_once() == told.left
    refused = client.ask()
    assert refused.retry_after > 0
    # When it may be tried again, it may; and when all is said to be there again, all is.
    again = Client(quota, client.now + refused.retry_after * NS)
    again.whole_at = client.whole_at
    assert not again.ask().retry_after
    client.now += refused.whole_after * NS
    assert client.all_at_once() == quota.most


@settings(deadline=None)
@given(st.integers(1, 30), STARTS, st.lists(st.integers(0, 40 * NS), min_size=1, max_size=150))
def test_who_keeps_to_the_policy_is_never_refused(most: int, start: int, pauses: list[int]) -> None:
    """At most so many in any 60 seconds, in any rhythm."""
    client = Client(Quota(most), start)
    asked: list[int] = []
    for pause in pauses:
        client.now += pause
        if len([one for one in asked if one > client.now - 60 * NS]) < most:
            asked.append(client.now)
            assert not client.ask().retry_after


@settings(deadline=None)
@given(QUOTAS, STARTS, st.integers(1, 600))
def test_nobody_gets_more_than_the_quota_and_what_comes_back(quota: Quota, start: int, seconds: int) -> None:
    client, granted = Client(quota, start), 0
    for _ in range(20):
        granted += client.all_at_once()
        client.now += seconds * NS // 20
    assert granted <= quota.most * (1 + seconds / quota.seconds) + 1


@settings(deadline=None)
@given(QUOTAS, STARTS, st.integers(0, 10**9 * NS))
def test_a_clock_that_is_put_back_locks_nobody_out(quota: Quota, start: int, back: int) -> None:
    client = Client(quota, start + back)
    client.all_at_once()
    client.now = start
    told = client.ask()
    assert told.retry_after <= -(-quota.seconds // quota.most)
    if back:
        assert not told.retry_after


@given(QUOTAS, STARTS, st.integers(-(2**63), 2**63 - 1))
def test_whatever_a_damaged_file_says_the_answer_is_one_that_can_be(quota: Quota, start: int, kept: int) -> None:
    client = Client(quota, start)
    client.whole_at = kept
    told = client.ask()
    assert 0 <= told.left < quota.most
    assert told.retry_after <= -(-quota.seconds // quota.most)
    assert start <= client.whole_at <= start + quota.seconds * NS
