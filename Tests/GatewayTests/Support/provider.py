"""An OpenID provider for tests: oidc-provider-mock, which here demands PKCE, whose keys turn, and which signs any claims.

Prints the port that it listens on.
"""

import base64
import hashlib
import logging
import os
from urllib.parse import parse_qs, urlsplit

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

import flask  # noqa: E402
import jwt  # noqa: E402
import oidc_provider_mock  # noqa: E402
from authlib import jose  # noqa: E402
from werkzeug.serving import make_server  # noqa: E402

app = oidc_provider_mock.app(
    require_nonce=True,
    user_claims=[
        oidc_provider_mock.User(
            sub="7e57-user", claims={"preferred_username": "김철수", "email": "kim@example.com"}
        )
    ],
)
fetches = {"/jwks": 0, "/.well-known/openid-configuration": 0, "/userinfo": 0}
challenges = {}
is_down = False


@app.before_request
def check():
    path = flask.request.path
    if is_down and not path.startswith("/test/"):
        return "down", 503
    if path in fetches:
        fetches[path] += 1
    if path == "/oauth2/token":
        verifier = flask.request.form.get("code_verifier", "")
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if challenges.pop(flask.request.form.get("code"), None) != digest:
            return flask.jsonify({"error": "invalid_grant", "error_description": "PKCE"}), 400
    return None


@app.after_request
def remember(response):
    location = response.headers.get("Location", "")
    code = parse_qs(urlsplit(location).query).get("code")
    if flask.request.path == "/oauth2/authorize" and code:
        assert flask.request.args["code_challenge_method"] == "S256"
        challenges[code[0]] = flask.request.args["code_challenge"]
    return response


def storage():
    return flask.g.oidc_provider_mock_storage


@app.post("/test/rotate")
def rotate():
    storage().jwk = jose.RSAKey.generate_key(is_private=True)
    return "", 204


@app.post("/test/down/<state>")
def set_down(state):
    global is_down
    is_down = state == "yes"
    return "", 204


@app.get("/test/fetches")
def count():
    return flask.jsonify(fetches)


@app.post("/test/token")
def token():
    """Signs what it is given: `{"header": {...}, "claims": {...}}`."""
    asked = flask.request.get_json()
    key = storage().jwk
    header = {"kid": key.thumbprint(), **asked.get("header", {})}
    # PyJWT writes what it is told; Authlib would put in the key's own id.
    return jwt.encode(asked["claims"], key.get_private_key(), algorithm="RS256", headers=header)


# Nobody reads what it would say of each request.
logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = make_server("127.0.0.1", 0, app, threaded=True)
print(f"port {server.server_port} is open", flush=True)
server.serve_forever()
