"""A tiny OpenID Connect provider: whoever comes is signed in at once, as the person it was told."""

from __future__ import annotations

import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID = "studio"


class OidcProvider:
    """`claims` are those of the next sign-in."""

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {}
        self._key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self._nonces: dict[str, str] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                """Quiet."""

            def do_GET(self) -> None:
                provider._get(self)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                provider._token(self, parse_qs(body))

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _get(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        if parts.path == "/authorize":
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            code = secrets.token_hex(8)
            self._nonces[code] = asked.get("nonce", "")
            back = urlencode({"code": code, "state": asked["state"]})
            handler.send_response(302)
            handler.send_header("Location", f"{asked['redirect_uri']}?{back}")
            handler.end_headers()
        elif parts.path == "/jwks":
            _send(handler, {"keys": [self._key.as_dict(private=False)]})
        else:
            _send(handler, self._metadata())

    def _metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def _token(self, handler: BaseHTTPRequestHandler, asked: dict[str, list[str]]) -> None:
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 3600,
            "nonce": self._nonces.pop(asked["code"][0]),
        }
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims | self.claims, self._key)
        _send(handler, {"access_token": "a", "token_type": "Bearer", "expires_in": 3600, "id_token": token})


def _send(handler: BaseHTTPRequestHandler, document: dict[str, Any]) -> None:
    body = json.dumps(document).encode()
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
