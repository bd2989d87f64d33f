"""A transmitter of security events, written from RFC 8417 and RFC 9493 with jwcrypto: it signs what it is told, line by line."""

import base64
import hashlib
import hmac
import json
import sys

from jwcrypto import jwk, jws
from standardwebhooks.webhooks import Webhook

KEYS = {
    "ES256": jwk.JWK.generate(kty="EC", crv="P-256", kid="es"),
    "EdDSA": jwk.JWK.generate(kty="OKP", crv="Ed25519", kid="ed"),
    "RS256": jwk.JWK.generate(kty="RSA", size=2048, kid="rs"),
}
# It has the names of keys that are published, and none of them.
FORGER = {
    "ES256": jwk.JWK.generate(kty="EC", crv="P-256", kid="es"),
}


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def published():
    return {"keys": [dict(key.export_public(as_dict=True), use="sig") for key in KEYS.values()]}


def signed(asked):
    algorithm = asked.get("alg", "ES256")
    header = {"alg": algorithm, "typ": "secevent+jwt", **asked.get("header", {})}
    payload = json.dumps(asked["claims"])
    if algorithm == "none":
        return base64url(json.dumps(header).encode()) + "." + base64url(payload.encode()) + "."
    if algorithm == "HS256":
        # The mistake that such a token hopes for: the public key as the shared one.
        shared = base64url(json.dumps(published()).encode())
        key = jwk.JWK(kty="oct", k=shared)
    else:
        key = (FORGER if asked.get("forged") else KEYS)[algorithm]
        header.setdefault("kid", key.kid)
    token = jws.JWS(payload)
    token.add_signature(key, None, json.dumps(header))
    return token.serialize(compact=True)


def verified(asked):
    """What a token says, when one of the published keys signed it."""
    keys = jwk.JWKSet.from_json(json.dumps(asked["keys"]))
    token = jws.JWS()
    token.deserialize(asked["token"])
    key = keys.get_key(token.jose_header["kid"])
    token.verify(key, "ES256")
    return {"header": token.jose_header, "claims": json.loads(token.payload)}


def webhook(asked):
    from datetime import datetime, timezone

    at = datetime.fromtimestamp(asked["at"], timezone.utc)
    return Webhook(asked["secret"]).sign(asked["id"], at, asked["body"])


def hashed(asked):
    return hmac.new(asked["secret"].encode(), asked["body"].encode(), hashlib.sha256).hexdigest()


WORDS = {"keys": lambda _: published(), "sign": signed, "verify": verified, "webhook": webhook, "hash": hashed}

for line in sys.stdin:
    asked = json.loads(line)
    try:
        said = {"said": WORDS[asked["do"]](asked)}
    except Exception as error:  # pylint: disable=broad-except
        said = {"wrong": f"{type(error).__name__}: {error}"}
    print(json.dumps(said), flush=True)
