"""Makes tokens with PyJWT and by hand that should not be accepted, and one that should.

Reads `{"pem": ..., "jwk": {...}, "kid": ..., "iss": ..., "aud": ..., "other_pem": ..., "now": ...}` from the file named
first and writes `[{"name": ..., "token": ..., "ok": bool, "rule": ...}, ...]` to the one named second, where the rule is
what the token breaks. The key is one of Ed25519 or of RSA, and says the algorithm.
"""

import base64
import hashlib
import hmac
import json
import sys

import jwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

asked = json.load(open(sys.argv[1], encoding="utf-8"))
now = asked["now"]
private = serialization.load_pem_private_key(asked["pem"].encode(), None)
other = serialization.load_pem_private_key(asked["other_pem"].encode(), None)
public_pem = private.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)
is_rsa = isinstance(private, RSAPrivateKey)
ALGORITHM = "RS256" if is_rsa else "EdDSA"
public_raw = (
    private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
    if is_rsa
    else private.public_key().public_bytes_raw()
)
ABSENT = object()


def sign(key, message):
    return key.sign(message, PKCS1v15(), hashes.SHA256()) if is_rsa else key.sign(message)


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def claims(**changes):
    base = {
        "iss": asked["iss"], "sub": asked["sub"], "aud": asked["aud"], "exp": now + 600, "nbf": now, "iat": now,
        "jti": "attack",
    }  # fmt: skip
    base.update(changes)
    return {name: value for name, value in base.items() if value is not ABSENT}


def header(**changes):
    base = {"alg": ALGORITHM, "kid": asked["kid"], "typ": "at+jwt"}
    base.update(changes)
    return {name: value for name, value in base.items() if value is not ABSENT}


def raw(head, body, signed=lambda message: sign(private, message)):
    """A token from texts, however wrong they are."""
    head = head if isinstance(head, bytes) else json.dumps(head).encode()
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    message = f"{b64(head)}.{b64(body)}"
    return f"{message}.{b64(signed(message.encode()))}"


def hs256(secret):
    return lambda message: hmac.new(secret, message, hashlib.sha256).digest()


good = jwt.encode(claims(), private, algorithm=ALGORITHM, headers={"kid": asked["kid"], "typ": "at+jwt"})
head, body, signature = good.split(".")
text = json.dumps(claims())[:-1]
found = []
rule = ""


def add(name, token, ok=False):
    found.append({"name": name, "token": token, "ok": ok, "rule": "" if ok else rule})


add("PyJWT's own", good, ok=True)
add("by hand", raw(header(), claims()), ok=True)
add("several audiences", raw(header(), claims(aud=["x", asked["aud"]])), ok=True)

rule = "RFC 8725, 3.1: the algorithm comes from the key, and an unsigned token is none"
for alg in ["none", "None", "NONE", "nOnE", ""]:
    add(f"alg {alg!r}, no signature", raw(header(alg=alg), claims(), lambda message: b""))
    add(f"alg {alg!r}, signed", raw(header(alg=alg), claims()))
add("alg missing", raw(header(alg=ABSENT), claims()))
add("alg a list", raw(header(alg=["EdDSA"]), claims()))
for name, secret in [
    ("PEM", public_pem), ("PEM without its last line end", public_pem.rstrip()), ("bytes", public_raw),
    ("base64url", b64(public_raw).encode()), ("JWK", json.dumps(asked["jwk"]).encode()), ("nothing", b""),
]:  # fmt: skip
    add(f"HS256 by the public key as {name}", raw(header(alg="HS256"), claims(), hs256(secret)))
for alg in {"RS256", "EdDSA"} - {ALGORITHM} | {"ES256", "PS256", "ES512", "EdDSA ", "eddsa", "Ed25519", "rs256"}:
    add(f"alg {alg!r}", raw(header(alg=alg), claims()))

rule = "RFC 8725, 3.8: a key is one that we trust, and named by the kid that we gave it"
add("another's key", jwt.encode(claims(), other, algorithm=ALGORITHM, headers={"kid": asked["kid"], "typ": "at+jwt"}))
add("a key that it brings along", raw(
    header(jwk=json.loads(jwt.get_algorithm_by_name(ALGORITHM).to_jwk(other.public_key()))), claims(),
    lambda message: sign(other, message)))
for kid in ["../../../../dev/null", "/proc/self/environ", "..\\..\\x", "' OR '1'='1", "x'; DROP TABLE signing_keys; --",
            "", " ", "\u0000", asked["kid"] + "\u0000", asked["kid"].upper() + "x", "*", "%", "http://127.0.0.1:1/k"]:
    add(f"kid {kid!r}", raw(header(kid=kid), claims()))
add("kid missing", raw(header(kid=ABSENT), claims()))
add("kid a number", raw(header(kid=1), claims()))
add("kid of a key for services", raw(header(kid=asked["service_kid"]), claims()))
add("kid null", raw(header(kid=None), claims()))

rule = "RFC 8725, 3.9: the audience is ours, as a text or in a list of texts"
for name, value in [("other", "other"), ("empty", ""), ("missing", ABSENT), ("a prefix", asked["aud"][:-1]),
                    ("longer", asked["aud"] + "x"), ("a list of others", ["x"]), ("an empty list", []),
                    ("a number", 1), ("a service", "splat"), ("null", None)]:
    add(f"aud {name}", raw(header(), claims(aud=value)))
rule = "RFC 8725, 3.8: the issuer is compared to the letter"
for name, value in [("other", "https://evil.example"), ("empty", ""), ("missing", ABSENT),
                    ("with a slash", asked["iss"] + "/"), ("a list", [asked["iss"]]), ("internal", "pentad-internal"),
                    ("in capitals", asked["iss"].upper())]:
    add(f"iss {name}", raw(header(), claims(iss=value)))

rule = "RFC 7519, 4.1.4 to 4.1.6: times are whole seconds, there, and hold now; no token lives longer than ours do"
add("expired", raw(header(), claims(iat=now - 900, nbf=now - 900, exp=now - 60)))
for name, value in [("missing", ABSENT), ("a text", str(now + 600)), ("a fraction", now + 600.5), ("negative", -1),
                    ("null", None), ("true", True), ("beyond all years", 10**15), ("zero", 0), ("a list", [now + 600]),
                    ("too far", now + 400 * 86400)]:
    add(f"exp {name}", raw(header(), claims(exp=value)))
add("exp 1e400", raw(header(), (text.replace(f'"exp": {now + 600}', '"exp": 1e400') + "}").encode()))
add("not yet valid", raw(header(), claims(nbf=now + 300)))
add("issued in the future", raw(header(), claims(iat=now + 300)))
add("nbf a text", raw(header(), claims(nbf=str(now))))

rule = "RFC 8725, 3.11: the type is at+jwt, so that a token of another kind is none"
for typ in ["JWT", "refresh+jwt", "logout+jwt", "", "at+jwt2", "application/jwt", 1]:
    add(f"typ {typ!r}", raw(header(typ=typ), claims()))
add("typ missing", raw(header(typ=ABSENT), claims()))
rule = "RFC 7515, 4.1.11: what crit names must be understood"
add("crit", raw(header(crit=["x"], x=1), claims()))
add("crit b64", raw(header(crit=["b64"], b64=False), claims()))
add("crit empty", raw(header(crit=[]), claims()))

rule = "RFC 8259, 4 and RFC 7519, 4: a member is there once, in whatever spelling"
add("sub twice", raw(header(), (text + ', "sub": "1"}').encode()))
add("exp twice", raw(header(), (text + f', "exp": {now + 600}' + "}").encode()))
add("aud twice", raw(header(), (text + ', "aud": "pentad"}').encode()))
add("roles twice", raw(header(), (text + ', "roles": ["a"], "roles": ["admin"]}').encode()))
add("sub twice, once escaped", raw(header(), (text + ', "s\\u0075b": "1"}').encode()))
add("kid twice", raw(json.dumps(header())[:-1].encode() + b', "kid": "x"}', claims()))
add("alg twice", raw(json.dumps(header())[:-1].encode() + b', "alg": "none"}', claims()))
rule = "claims that become fields hold nothing that ends a line, and have their type"
for name, value in [("CRLF", "1\r\nX-User-Id: 2"), ("a blank", "1 2"), ("a letter beyond ASCII", "é"), ("empty", ""),
                    ("too long", "1" * 200), ("a number", 1), ("missing", ABSENT), ("null", None)]:
    add(f"sub with {name}" if isinstance(value, str) else f"sub {name}", raw(header(), claims(sub=value)))
add("role with CRLF", raw(header(), claims(roles=["admin\r\nx: y"])))
add("roles a text", raw(header(), claims(roles="admin")))
add("jti with CRLF", raw(header(), claims(jti="a\r\nb")))

rule = "RFC 7515, 7.1 and RFC 4648, 3.5: three parts in base64url of one spelling, and a signature that holds"
add("signature stripped", f"{head}.{body}.")
add("no signature part", f"{head}.{body}")
add("signature cut", f"{head}.{body}.{signature[:-4]}")
add("signature of zeros", f"{head}.{body}.{b64(bytes(64))}")
add("payload changed", f"{head}.{b64(json.dumps(claims(sub='1')).encode())}.{signature}")
add("padded", f"{head}.{body}.{signature}==")
add("another spelling of the last byte", f"{head}.{body}.{signature[:-1]}{chr(ord(signature[-1]) + 1)}")
add("standard base64", f"{head}.{body}.{signature.replace('-', '+').replace('_', '/')}+")
add("five parts", f"{head}.{body}.{signature}.{body}.{signature}")
add("a dot more", f"{good}.")
add("a dot before", f".{good}")
add("two dots", "..")
add("a quotation", f'"{good}"')
add("with a comma", f"{good},{good}")
add("JSON serialisation", json.dumps({"protected": head, "payload": body, "signature": signature}).replace(" ", ""))
rule = "RFC 8725, 3.12: heads and tokens have a limit, and payloads are objects in UTF-8"
add("oversized by its payload", raw(header(), claims(x="x" * 9000)))
add("oversized by its header", raw(header(x="x" * 9000), claims()))
add("payload no object", raw(header(), b"[]"))
add("payload no JSON", raw(header(), b"{"))
add("payload not UTF-8", raw(header(), text.encode() + b', "x": "\xff"}'))
add("payload in UTF-16", raw(header(), json.dumps(claims()).encode("utf-16")))
add("payload with a BOM", raw(header(), b"\xef\xbb\xbf" + json.dumps(claims()).encode()))
add("payload nested deeply", raw(header(), text.encode() + b', "x": ' + b"[" * 2000 + b"]" * 2000 + b"}"))

json.dump(found, open(sys.argv[2], "w", encoding="utf-8"))
