"""Can anything that this CA issues ever pass here? Found out by trying it, so that no CA is trusted in vain.

Nobody here has the CA's key, so two things are tried with the verifier that judges cards and the metadata's signer.
First a certificate that bears the CA's name and another's signature: of a CA that is fit, the signature is all that the
verifier may find wrong. Then a certificate that is rightly signed, under a copy of the CA with a key made up for it:
rules that the verifier applies only behind a right signature (name constraints) show there. The rules below only put
into words what was found; none of them but that about serial numbers refuses by itself.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID, PublicKeyAlgorithmOID
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, Store, VerificationError

from kiosk.service.platform import certificate_reading, certificate_validity
from kiosk.service.platform.certificate_reading import quiet

MIN_RSA = 2048
CURVES = ("secp256r1", "secp384r1", "secp521r1")
URI = x509.UniformResourceIdentifier("urn:uuid:00000000-0000-4000-8000-000000000000")
"""As PIV certificates name their card (FIPS 201-3 section 4.2.1)."""
_HANDLED = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.NAME_CONSTRAINTS,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
    }
)
"""Extensions of a CA that may be critical: the verifier looks at them."""
_PURPOSES = frozenset({ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE})
_OF_ITS_KEY = (ExtensionOID.SUBJECT_KEY_IDENTIFIER, ExtensionOID.AUTHORITY_KEY_IDENTIFIER)
Kind = TypeVar("Kind", bound=x509.ExtensionType)
_UNUSABLE = (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension)


def policy() -> ExtensionPolicy:
    """What is asked of a CA's extensions, here and where cards are judged (RFC 5280 section 4.2.1; CA/B Forum)."""
    return ExtensionPolicy.webpki_defaults_ca()


def fault(ca: x509.Certificate, now: int) -> str | None:
    """Why nothing that ``ca`` issues passes at ``now`` (epoch seconds), one sentence; None for a CA that is fit."""
    with quiet():
        return _of_number(ca) or _found_out(ca, now)


def _of_number(ca: x509.Certificate) -> str | None:
    """The verifier takes it still; the library's next versions will not read it at all."""
    return None if ca.serial_number > 0 else "Its serial number is not positive (RFC 5280 section 4.1.2.2)."


def _found_out(ca: x509.Certificate, now: int) -> str | None:
    at = datetime.fromtimestamp(now, UTC)
    try:
        said = _tried(ca, _leaf(ca.subject, _made_up_key(), at), at)
        # Of a CA that is fit the verifier says what it says of any wrong signature, and no more.
        if said == _of_wrong_signature(at) and (not _has_constraints(ca) or _passes(ca, at)):
            return None
    except _UNUSABLE:
        pass
    said = _in_words(ca, now)
    if said is not None:
        return said
    unread = certificate_reading.why(ca.public_bytes(Encoding.DER))
    if unread is not None:
        return f"{unread[0].upper()}{unread[1:]}. Its owner must issue it anew."
    return "The verifier refuses it, and which rule of RFC 5280 it breaks is not known here."


def warning(ca: x509.Certificate, now: int) -> str | None:
    """What will disappoint although ``ca`` is fit: which cards or lists of it are refused. None for nothing."""
    usage = _extension(ca, x509.KeyUsage)
    if usage is not None and not usage.value.crl_sign:
        return "Its KeyUsage has no cRLSign, so revocation lists that it signs are not believed."
    if _has_constraints(ca) and not _passes(ca, datetime.fromtimestamp(now, UTC), URI):
        return "Its name constraints refuse certificates that name their card by a URI, as PIV cards do."
    return None


def _in_words(ca: x509.Certificate, now: int) -> str | None:
    """The fault by the rules of RFC 5280 that the verifier enforces."""
    try:
        return _of_kind(ca) or _of_extensions(ca) or _of_dates(ca, now) or _of_key(ca) or _of_names(ca)
    except _UNUSABLE:
        return None


def _of_kind(ca: x509.Certificate) -> str | None:
    if ca.version is not x509.Version.v3:
        return "It is of version 1, in which a certificate cannot say that it is a CA's. Ask for one of version 3."
    basic = _extension(ca, x509.BasicConstraints)
    if basic is None:
        return "It has no BasicConstraints, so it does not say that it is a CA's."
    if not basic.value.ca:
        return "Its BasicConstraints say that it is no CA's certificate, but one that a CA issued."
    if not basic.critical:
        return "Its BasicConstraints are not marked critical, as RFC 5280 section 4.2.1.9 demands."
    if not ca.subject.rdns:
        return "It has no name, by which its cards could say who issued them."
    return None


def _of_extensions(ca: x509.Certificate) -> str | None:
    usage = _extension(ca, x509.KeyUsage)
    if usage is None:
        return "It has no KeyUsage, which RFC 5280 section 4.2.1.3 demands of a CA."
    if not usage.value.key_cert_sign:
        return "Its KeyUsage has no keyCertSign, so it may not issue certificates."
    purposes = _extension(ca, x509.ExtendedKeyUsage)
    if purposes is not None and _PURPOSES.isdisjoint(purposes.value):
        return "Its ExtendedKeyUsage limits it to other purposes than signing in (clientAuth, or any)."
    strange = [
        extension.oid.dotted_string
        for extension in ca.extensions
        if extension.critical and extension.oid not in _HANDLED
    ]
    if strange:
        return f"It has a critical extension that is not understood here: {', '.join(strange)}."
    return None


def _of_dates(ca: x509.Certificate, now: int) -> str | None:
    said = certificate_validity.fault(ca, now)
    if said is None:
        return None
    ended = ca.not_valid_after_utc.timestamp() < now
    return f"It {said}. Ask its owner for the present one." if ended else f"It {said}."


def _of_key(ca: x509.Certificate) -> str | None:
    if ca.public_key_algorithm_oid == PublicKeyAlgorithmOID.RSASSA_PSS:
        return "Its key is for RSASSA-PSS alone (RFC 4055), which is not taken. A key for RSA (rsaEncryption) is."
    key = ca.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return f"Its RSA key has {key.key_size} bits, and {MIN_RSA} are needed." if key.key_size < MIN_RSA else None
    if isinstance(key, ec.EllipticCurvePublicKey):
        return None if key.curve.name in CURVES else f"Its key is on the curve {key.curve.name}, which is not taken."
    return "Its key is neither RSA nor ECC on P-256, P-384 or P-521."


def _of_names(ca: x509.Certificate) -> str | None:
    if not _has_constraints(ca):
        return None
    return "It has name constraints of a kind that the verifier does not understand, such as directoryName."


def _extension(ca: x509.Certificate, kind: type[Kind]) -> x509.Extension[Kind] | None:
    try:
        return ca.extensions.get_extension_for_class(kind)
    except x509.ExtensionNotFound:
        return None


def _has_constraints(ca: x509.Certificate) -> bool:
    return _extension(ca, x509.NameConstraints) is not None


def _tried(ca: x509.Certificate, leaf: x509.Certificate, at: datetime) -> str | None:
    """What the verifier says; None if it passes."""
    builder = PolicyBuilder().store(Store([ca])).time(at).max_chain_depth(1)
    builder = builder.extension_policies(ca_policy=policy(), ee_policy=ExtensionPolicy.permit_all())
    try:
        builder.build_client_verifier().verify(leaf, [])
    except VerificationError as error:
        return str(error)
    return None


def _of_wrong_signature(at: datetime) -> str | None:
    """What the verifier says where nothing but the signature is wrong."""
    key, name = _made_up_key(), _name("fit")
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    builder = _builder(name, name, key, at).add_extension(x509.BasicConstraints(True, None), critical=True)
    ca = builder.add_extension(usage, critical=True).sign(key, SHA256())
    return _tried(ca, _leaf(name, _made_up_key(), at), at)


def _passes(ca: x509.Certificate, at: datetime, *names: x509.GeneralName) -> bool:
    """Whether a certificate with these names passes under a copy of ``ca``."""
    key = _made_up_key()
    builder = _builder(ca.subject, ca.subject, key, at)
    for extension in ca.extensions:
        if extension.oid not in _OF_ITS_KEY:
            builder = builder.add_extension(extension.value, extension.critical)
    return _tried(builder.sign(key, SHA256()), _leaf(ca.subject, key, at, *names), at) is None


def _leaf(
    issuer: x509.Name, key: ec.EllipticCurvePrivateKey, at: datetime, *names: x509.GeneralName
) -> x509.Certificate:
    builder = _builder(_name("try"), issuer, key, at)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(key, SHA256())


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, at: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=1))
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _made_up_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())
