"""The other side of the tests: PyJWT, cryptography and standardwebhooks, one batch a run.

Reads a JSON object from the file named by the first argument and writes the answer to the one named by the second.
"""

import base64
import datetime
import json
import random
import sys

import jwt
from cryptography.hazmat.primitives import serialization
from standardwebhooks.webhooks import Webhook

OPTIONS = {"require": ["exp", "iss", "aud"]}


def verify(token, key, algorithm, now, audience="api", issuer="https://gateway.test"):
    """The claims, or the name of what PyJWT has against the token. Times are judged by the caller, whose clock is set."""
    options = {**OPTIONS, "verify_exp": False, "verify_nbf": False, "verify_iat": False}
    try:
        claims = jwt.decode(
            token, key, algorithms=[algorithm], audience=audience, issuer=issuer, options=options
        )
    except Exception as error:  # noqa: BLE001
        return type(error).__name__
    exp, nbf, iat = (claims.get(name, default) for name, default in (("exp", None), ("nbf", 0), ("iat", 0)))
    if not all(type(value) is int for value in (exp, nbf, iat)):
        return "Malformed"
    return claims if now - 30 < exp and nbf <= now + 30 and iat <= now + 30 else "Time"


def public_of(pem):
    private = serialization.load_pem_private_key(pem.encode(), None)
    return private.public_key()


def interop(work):
    """Verifies our tokens and makes some for us, with keys both sides made."""
    answer = {"verified": {}, "made": {}, "jwks": {}}
    for name, given in work["keys"].items():
        private = given["pem"] if "pem" in given else base64.b64decode(given["secret"])
        public = public_of(private) if "pem" in given else private
        answer["verified"][name] = verify(given["token"], public, name, work["now"])
        claims = {"iss": "https://gateway.test", "aud": ["x", "api"], "sub": "u2", "exp": work["now"] + 60,
                  "iat": work["now"], "nbf": work["now"], "name": "김 \u2028 \"q\""}
        answer["made"][name] = jwt.encode(claims, private, name, headers={"kid": given["kid"], "typ": "at+jwt"})
        if "jwk" in given:
            theirs = jwt.PyJWK(given["jwk"])
            answer["jwks"][name] = verify(given["token"], theirs.key, name, work["now"])
    return answer


def differential(work):
    """Random tokens, honest and spoilt, each with what PyJWT says of it."""
    chance = random.Random(work["seed"])
    secret = base64.b64decode(work["secret"])
    tokens = []
    for number in range(work["count"]):
        claims = {"iss": "https://gateway.test", "aud": "api", "sub": f"u{number}", "exp": work["now"] + 60}
        for _ in range(chance.randrange(3)):
            name = chance.choice(["iss", "aud", "exp", "nbf", "iat", "extra", "roles"])
            claims[name] = chance.choice(
                ["api", ["api"], ["x", "api"], [], "", None, 0, 1.5, True, work["now"], work["now"] + 40,
                 work["now"] - 40, {"a": [1]}, "https://gateway.test", "한글", ["a", "b"]]
            )
        header = {"kid": work["kid"], "typ": "at+jwt"}
        payload = json.dumps(claims, ensure_ascii=chance.random() < 0.5).encode()
        token = jwt.api_jws.encode(payload, secret, "HS256", headers=header)
        kind = chance.randrange(4)
        if kind == 1:
            place = chance.randrange(len(token))
            token = token[:place] + chance.choice("AZaz09-_.=+/ ") + token[place + 1:]
        if kind == 2:
            place = chance.randrange(len(token))
            token = token[:place] + token[place + chance.randrange(1, 4):]
        tokens.append({"token": token, "theirs": verify(token, secret, "HS256", work["now"])})
    return tokens


def webhooks(work):
    hook = Webhook(work["secret"])
    answer = {"verified": [], "made": []}
    for message in work["messages"]:
        try:
            hook.verify(message["body"], message["headers"], json_parse=False)
            answer["verified"].append(True)
        except Exception as error:  # noqa: BLE001
            answer["verified"].append(str(error))
        at = datetime.datetime.fromtimestamp(work["now"], tz=datetime.timezone.utc)
        answer["made"].append(hook.sign(message["headers"]["webhook-id"], at, message["body"]))
    return answer


WORKS = {"interop": interop, "differential": differential, "webhooks": webhooks}

with open(sys.argv[1], encoding="utf-8") as file:
    request = json.load(file)
with open(sys.argv[2], "w", encoding="utf-8") as file:
    json.dump(WORKS[request["work"]](request), file)
