"""Lists that are limited to something (RFC 5280 section 6.3.3), against an independent implementation.

Where the two differ, the test says so, and why ours is the stricter.
"""

from __future__ import annotations

import datetime
import itertools
from dataclasses import dataclass

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from kiosk.service.proofs import certificate_authority, crls
from kiosk.simulator.piv_ca import CardAuthority
from tests.service.proofs.test_certificate_paths import a_leaf, a_list, ours, theirs

HERE, ELSEWHERE = "http://crl.example/1.crl", "http://crl.example/2.crl"
SOME = frozenset({x509.ReasonFlags.key_compromise, x509.ReasonFlags.ca_compromise})
REST = crls.REASONS - SOME
RDN = x509.RelativeDistinguishedName([x509.NameAttribute(NameOID.COMMON_NAME, "CRL1")])


def url(text: str) -> list[x509.GeneralName]:
    return [x509.UniformResourceIdentifier(text)]


def part(
    *,
    full: list[x509.GeneralName] | None = None,
    relative: x509.RelativeDistinguishedName | None = None,
    users: bool = False,
    cas: bool = False,
    reasons: frozenset[x509.ReasonFlags] | None = None,
    indirect: bool = False,
    attributes: bool = False,
) -> x509.IssuingDistributionPoint:
    return x509.IssuingDistributionPoint(full, relative, users, cas, reasons, indirect, attributes)


def point(
    full: list[x509.GeneralName] | None = None,
    relative: x509.RelativeDistinguishedName | None = None,
    reasons: frozenset[x509.ReasonFlags] | None = None,
    issuer: list[x509.GeneralName] | None = None,
) -> x509.DistributionPoint:
    return x509.DistributionPoint(full, relative, reasons, issuer)


def behind(ca: CardAuthority) -> list[x509.GeneralName]:
    """The full name of what ``RDN`` is relative to the CA."""
    return [x509.DirectoryName(x509.Name([*ca.certificate.subject.rdns, RDN]))]


LISTS = {
    "users": part(users=True),
    "cas": part(cas=True),
    "attributes": part(attributes=True),
    "indirect": part(indirect=True),
    "here": part(full=url(HERE)),
    "elsewhere": part(full=url(ELSEWHERE)),
    "users here": part(full=url(HERE), users=True),
    "both": part(full=url(ELSEWHERE) + url(HERE)),
    "relative": part(relative=RDN),
    "some reasons": part(reasons=SOME),
}
CARDS = {
    "none": None,
    "here": [point(url(HERE))],
    "two": [point(url("ldap://x/y")), point(url(HERE))],
    "relative": [point(relative=RDN)],
    "reasons": [point(url(HERE), reasons=SOME)],
}
GOOD = {
    *itertools.product(["users"], ["none", "here", "two", "relative", "reasons"]),
    *itertools.product(["here", "users here", "both"], ["here", "two"]),
    ("relative", "relative"),
}
"""Which card is known to be good by which list alone."""


STRICTER = {"indirect", "reasons"}
"""Where ours refuses what the oracle takes.

An indirect list of the card's own CA: who is meant by an entry depends on all those before it, which are not read here.
A distribution point for some reasons: it does not answer for the rest, whatever the list is about (6.3.3 (d) (3)).
"""


@pytest.mark.parametrize(
    ("listed", "card", "critical", "revoked"), list(itertools.product(LISTS, CARDS, (True, False), (False, True)))
)
async def test_a_list_counts_for_the_cards_that_it_is_about(
    listed: str, card: str, critical: bool, revoked: bool
) -> None:
    ca = CardAuthority.new()
    leaf = a_leaf(ca, points=CARDS[card])
    crl = a_list(ca, *[leaf] * revoked, extra=(LISTS[listed], critical))
    wanted = (listed, card) in GOOD and not revoked
    assert ours(leaf, ca, crl) is wanted
    if not STRICTER & {listed, card}:
        assert await theirs(leaf, ca, crl) is wanted
    elif wanted:
        assert await theirs(leaf, ca, crl)


async def test_a_relative_name_is_put_behind_the_issuers() -> None:
    ca = CardAuthority.new()
    by_full, by_part = a_leaf(ca, points=[point(behind(ca))]), a_leaf(ca, points=[point(relative=RDN)])
    for leaf, said in itertools.product((by_full, by_part), (part(full=behind(ca)), part(relative=RDN))):
        assert ours(leaf, ca, a_list(ca, extra=(said, True)))
        assert not ours(leaf, ca, a_list(ca, leaf, extra=(said, True)))


@pytest.mark.parametrize("order", [1, -1])
async def test_lists_of_some_reasons_count_together(order: int) -> None:
    ca = CardAuthority.new()
    leaf = a_leaf(ca, points=[point(url(HERE))])

    def lists(
        *first: x509.Certificate, also: tuple[x509.Certificate, ...] = ()
    ) -> list[x509.CertificateRevocationList]:
        one = a_list(ca, *first, extra=(part(full=url(HERE), reasons=SOME), True))
        return [one, a_list(ca, *also, extra=(part(full=url(HERE), reasons=REST), True))][::order]

    assert ours(leaf, ca, *lists())
    assert await theirs(leaf, ca, *lists())
    assert not ours(leaf, ca, *lists(leaf))
    assert not ours(leaf, ca, *lists(also=(leaf,)))
    assert not ours(leaf, ca, lists()[0])


def test_a_point_of_some_reasons_needs_another_for_the_rest() -> None:
    ca = CardAuthority.new()
    leaf = a_leaf(ca, points=[point(url(HERE), reasons=SOME), point(url(ELSEWHERE), reasons=REST)])
    first, second = a_list(ca, extra=(part(full=url(HERE)), True)), a_list(ca, extra=(part(full=url(ELSEWHERE)), True))
    assert ours(leaf, ca, first, second)
    assert not ours(leaf, ca, first)
    assert not ours(leaf, ca, second)


async def test_a_point_of_another_issuer_is_no_point_of_this_ca() -> None:
    ca, other = CardAuthority.new(), CardAuthority.new("Somebody else")
    leaf = a_leaf(ca, points=[point(url(HERE), issuer=[x509.DirectoryName(other.certificate.subject)])])
    crl = a_list(ca, extra=(part(full=url(HERE)), True))
    assert not ours(leaf, ca, crl)
    assert not await theirs(leaf, ca, crl)


def test_another_cas_list_that_names_the_card_says_nothing() -> None:
    ca, other = CardAuthority.new(), CardAuthority.new()
    leaf = a_leaf(ca)
    assert ours(leaf, ca, a_list(ca), a_list(other, leaf))
    assert not ours(leaf, ca, a_list(other))


@dataclass(frozen=True)
class Change:
    """A delta: ``base`` and ``number`` as in section 5.2.4, whether it names the card, and what follows."""

    base: int
    number: int
    named: bool
    removed: bool
    listed: bool
    good: bool
    past: bool = False


@pytest.mark.parametrize(
    "change",
    [
        Change(5, 6, named=True, removed=False, listed=False, good=False),
        Change(5, 6, named=True, removed=True, listed=True, good=True),
        Change(5, 6, named=False, removed=False, listed=True, good=False),
        Change(4, 6, named=True, removed=False, listed=False, good=False),
        # It builds on a list that is not here, or is older than the one that is: it is not read.
        Change(6, 7, named=True, removed=True, listed=True, good=False),
        Change(4, 5, named=True, removed=True, listed=True, good=False),
        Change(3, 4, named=True, removed=False, listed=False, good=True),
        # It is old: what it revoked stays so, what it gave back does not.
        Change(5, 6, named=True, removed=False, listed=False, good=False, past=True),
        Change(5, 6, named=True, removed=True, listed=True, good=False, past=True),
    ],
)
def test_a_list_of_changes_is_read_with_the_one_that_it_changes(change: Change) -> None:
    ca = CardAuthority.new()
    leaf = a_leaf(ca)
    base = a_list(ca, *[leaf] * change.listed, number=5, reason=x509.ReasonFlags.certificate_hold)
    delta = a_list(
        ca,
        *[leaf] * change.named,
        number=change.number,
        base=change.base,
        reason=x509.ReasonFlags.remove_from_crl if change.removed else None,
        until=datetime.timedelta(hours=-1 if change.past else 30),
    )
    assert ours(leaf, ca, base, delta) is change.good
    assert ours(leaf, ca, delta, base) is change.good
    assert not ours(leaf, ca, delta), "changes alone are no list"


def test_changes_of_another_part_are_not_read() -> None:
    ca = CardAuthority.new()
    leaf = a_leaf(ca, points=[point(url(HERE))])
    base = a_list(ca, leaf, number=5, extra=(part(full=url(HERE)), True))
    freed = a_list(ca, leaf, number=6, base=5, reason=x509.ReasonFlags.remove_from_crl)
    assert not ours(leaf, ca, base, freed)


def test_a_ca_that_may_not_sign_lists_signs_none() -> None:
    ca = CardAuthority.new()
    usage = ca.certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.crl_sign
    weak = x509.KeyUsage(False, False, False, False, False, True, False, False, False)
    builder = x509.CertificateBuilder().subject_name(ca.certificate.subject).issuer_name(ca.certificate.subject)
    builder = builder.public_key(ca.key.public_key()).serial_number(5)
    builder = builder.not_valid_before(ca.certificate.not_valid_before_utc)
    builder = builder.not_valid_after(ca.certificate.not_valid_after_utc).add_extension(weak, critical=True)
    certificate = builder.sign(ca.key, ca.certificate.signature_hash_algorithm)  # type: ignore[arg-type]  # SHA-256
    assert crls.signed_by(a_list(ca), ca.certificate)
    assert not crls.signed_by(a_list(ca), certificate)


def test_a_ca_is_its_name_and_its_key() -> None:
    def name(text: str, kind: x509.name._ASN1Type) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text, kind)])

    plain, shouted = (
        name("Card  CA", x509.name._ASN1Type.UTF8String),
        name("card ca", x509.name._ASN1Type.PrintableString),
    )
    assert certificate_authority.folded(plain) == certificate_authority.folded(shouted)
    assert certificate_authority.folded(plain) != certificate_authority.folded(
        name("Card CA 2", x509.name._ASN1Type.UTF8String)
    )
    first, second = CardAuthority.new(), CardAuthority.new()
    assert certificate_authority.identity(first.certificate) != certificate_authority.identity(second.certificate)
