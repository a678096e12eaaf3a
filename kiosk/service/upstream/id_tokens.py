"""Reads the provider's ID token (OpenID Connect Core section 3.1.3.7, RFC 8725): one algorithm, one issuer, for us."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hmac import compare_digest

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from kiosk.model.proof import ACR_IDENTIFIED, ACR_RANK, Assurance
from kiosk.service.platform import bounds
from kiosk.service.platform.json_fields import JsonObject, items
from kiosk.service.platform.upstream_settings import UpstreamSettings
from kiosk.service.upstream.errors import ProviderAnswerError

SKEW = 60
"""Seconds by which its clock may differ from ours."""
MAX_AGE = 600
"""Seconds since it was made."""
MAX_CHARS = 16_384
MIN_RSA_BITS = 2048
MAX_WORD = 255
_AMR = frozenset(
    "face fpt geo hwk iris kba mca mfa otp pin pop pwd rba retina sc sms swk tel user vbm wia".split()  # noqa: SIM905
)
"""RFC 8176 section 2."""


@dataclass(frozen=True, slots=True)
class ProviderSays:
    """Of a person. ``subject``: as the provider knows them. ``login``: as the service does."""

    subject: str
    login: str
    assurance: Assurance


class UnknownKeyError(Exception):
    """The token is signed by a key that is not among those at hand."""


def read(
    settings: UpstreamSettings, keys: Sequence[JsonObject], token: str, nonce: str, max_age: int, now: int
) -> ProviderSays:
    """Whom the provider has signed in, for the request of ``nonce``, at most ``max_age`` seconds ago. Raises
    ``ProviderAnswerError``, ``UnknownKeyError``."""
    claims = _verified(settings, keys, token)
    _check(settings, claims, nonce, now)
    at = bounds.seconds(claims.get("auth_time"))
    if at is None:
        raise _bad("no_auth_time", "It does not say when the person proved who they are (auth_time).")
    if at > now + SKEW or now - at > max_age + SKEW:
        raise _bad("too_old", "The person's proof there is older than what was asked for.")
    return ProviderSays(_word(claims, "sub"), _login(settings, claims), _assurance(settings, claims, min(at, now)))


def _verified(settings: UpstreamSettings, keys: Sequence[JsonObject], token: str) -> JsonObject:
    if len(token) > MAX_CHARS:
        raise _bad("too_long", "The ID token is too long.")
    try:
        header = jws.extract_compact(token.encode("ascii")).headers()
        if header.get("alg") != settings.alg:
            raise _bad("other_alg", "The ID token is signed by another algorithm than was agreed.")
        key = _key(settings.alg, keys, header.get("kid"))
        claims = bounds.loads(jws.deserialize_compact(token, key, algorithms=[settings.alg]).payload)
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        raise _bad("bad_signature", "The ID token's signature is wrong.") from None
    if not isinstance(claims, dict):
        raise _bad("bad_signature", "The ID token has no claims.")
    return claims


def _key(alg: str, keys: Sequence[JsonObject], kid: object) -> ECKey | RSAKey:
    """The one key that is meant. Addresses of keys and keys in the token's own header are not looked at."""
    kty = "EC" if alg == "ES256" else "RSA"
    fit = [
        key for key in keys if key.get("kty") == kty and key.get("use", "sig") == "sig" and key.get("alg", alg) == alg
    ]
    if kid is not None:
        fit = [key for key in fit if key.get("kid") == kid]
    if not fit:
        raise UnknownKeyError
    if len(fit) > 1:
        raise _bad("bad_keys", "Several of its keys would fit the ID token.")
    wanted = {name: value for name, value in fit[0].items() if name in ("kty", "crv", "x", "y", "n", "e")}
    public: dict[str, str | list[str]] = {name: str(value) for name, value in wanted.items()}
    if kty == "EC":
        made = ECKey.import_key(public)
        if made.curve_name != "P-256":
            raise _bad("bad_keys", "Its key is on another curve.")
        return made
    rsa = RSAKey.import_key(public)
    if rsa.public_key.key_size < MIN_RSA_BITS:
        raise _bad("bad_keys", "Its key is too short.")
    return rsa


def _check(settings: UpstreamSettings, claims: JsonObject, nonce: str, now: int) -> None:
    if claims.get("iss") != settings.issuer:
        raise _bad("other_issuer", "The ID token is of another issuer.")
    if claims.get("aud") not in (settings.client_id, [settings.client_id]):
        raise _bad("other_audience", "The ID token is for another application, or not for us alone.")
    if claims.get("azp", settings.client_id) != settings.client_id:
        raise _bad("other_audience", "The ID token was given to another application.")
    said = claims.get("nonce")
    if not isinstance(said, str) or not compare_digest(said.encode(), nonce.encode()):
        raise _bad("other_nonce", "The ID token answers another sign-in.")
    made, ends = bounds.seconds(claims.get("iat")), bounds.seconds(claims.get("exp"))
    if made is None or not now - MAX_AGE <= made <= now + SKEW or ends is None or ends <= now - SKEW:
        raise _bad("expired", "The ID token's time is over, or not come yet.")
    begins = bounds.seconds(claims.get("nbf", 0))
    if begins is None or begins > now + SKEW:
        raise _bad("expired", "The ID token's time is not come yet.")


def _login(settings: UpstreamSettings, claims: JsonObject) -> str:
    """An address counts only where the provider has checked it."""
    if settings.login == "email" and claims.get("email_verified") is not True:
        raise _bad("email_not_verified", "The provider has not checked that the mail address is the person's.")
    said = _word(claims, settings.login)
    if not said.endswith(settings.suffix) or len(said) == len(settings.suffix):
        raise _bad("other_suffix", f"The claim {settings.login} does not end as it should.")
    return said.removesuffix(settings.suffix)


def _word(claims: JsonObject, name: str) -> str:
    said = claims.get(name)
    if not isinstance(said, str) or not 0 < len(said) <= MAX_WORD or not said.isprintable():
        raise _bad("no_claim", f"The ID token has no usable claim {name}.")
    return said


def _assurance(settings: UpstreamSettings, claims: JsonObject, at: int) -> Assurance:
    """What an administrator said that their words count as; without that, no more than a name."""
    try:
        methods = [each for each in items(claims.get("amr", [])) if isinstance(each, str)]
    except TypeError:
        methods = []
    said = claims.get("acr")
    counts = [settings.acr[said]] if isinstance(said, str) and said in settings.acr else []
    counts += [settings.amr[each] for each in methods if each in settings.amr]
    best = max(counts, key=ACR_RANK.__getitem__, default=ACR_IDENTIFIED)
    if ACR_RANK[best] == ACR_RANK[ACR_IDENTIFIED]:
        return Assurance(ACR_IDENTIFIED, (), at)
    return Assurance(best, tuple(sorted({each for each in methods if each in _AMR})), at)


def _bad(reason: str, detail: str) -> ProviderAnswerError:
    return ProviderAnswerError(reason, detail)
