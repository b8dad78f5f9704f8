"""Whose address a request comes from: what trusted proxies add is believed, nothing else."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwidget.client_address import client_address


def test_without_trusted_proxies_the_header_is_ignored() -> None:
    assert client_address("198.51.100.1", ["203.0.113.7"]) == "198.51.100.1"


@pytest.mark.parametrize(
    ("forwarded", "proxies", "client"),
    [
        (["203.0.113.7"], 1, "203.0.113.7"),
        (["6.6.6.6, 203.0.113.7"], 1, "203.0.113.7"),
        (["6.6.6.6", "203.0.113.7"], 1, "203.0.113.7"),
        (["6.6.6.6, 203.0.113.7, 10.0.0.2"], 2, "203.0.113.7"),
        (["203.0.113.7:5124"], 1, "203.0.113.7"),
        (["[2001:db8:1:2:3::4]:5124"], 1, "2001:db8:1:2::/64"),
        (["2001:db8:1:2:3::4"], 1, "2001:db8:1:2::/64"),
        (["::ffff:203.0.113.7"], 1, "203.0.113.7"),
    ],
)
def test_the_nth_from_the_right_is_the_client(
    forwarded: list[str], proxies: int, client: str
) -> None:
    assert client_address("10.0.0.1", forwarded, trusted_proxies=proxies) == client


@pytest.mark.parametrize(
    ("forwarded", "proxies"),
    [
        ([], 1),
        ([""], 1),
        (["unknown"], 1),
        (["6.6.6.6, unknown"], 1),
        (["6.6.6.6,"], 1),
        (["203.0.113.7"], 2),
        (["256.1.1.1"], 1),
        (["203.0.113.7; DROP"], 1),
        (["[::1"], 1),
        (["x" * 100_000], 1),
    ],
)
def test_without_a_valid_address_in_its_place_the_peer_counts(
    forwarded: list[str], proxies: int
) -> None:
    assert client_address("10.0.0.1", forwarded, trusted_proxies=proxies) == "10.0.0.1"


def test_one_ipv6_network_is_one_client() -> None:
    assert client_address("2001:db8::1") == client_address("2001:db8::ffff:1") == "2001:db8::/64"
    assert client_address("2001:db8:0:1::1") != client_address("2001:db8::1")
    assert client_address("fe80::1%eth0") == "fe80::/64"
    assert client_address("::ffff:198.51.100.1") == client_address("198.51.100.1")


def test_a_peer_without_an_address_has_a_name_still() -> None:
    assert client_address(None) == "unknown"
    assert client_address("testclient") == "testclient"


@given(st.lists(st.text() | st.ip_addresses().map(str)), st.ip_addresses(v=4), st.integers(1, 3))
def test_what_a_client_writes_never_moves_its_address(
    spoofed: list[str], client: ipaddress.IPv4Address, proxies: int
) -> None:
    trusted = [str(client)] + ["10.0.0.9"] * (proxies - 1)
    seen = client_address("10.0.0.1", [*spoofed, ", ".join(trusted)], trusted_proxies=proxies)
    assert seen == str(client)
