"""A service that believes nobody but cogate. PyJWT fetches the keys, keeps them, and looks again when a key is new."""

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt

keys = jwt.PyJWKClient(os.environ["KEYS_URL"])


def caller(token: str) -> dict:
    """The claims of a token that cogate has signed for this service. Raises jwt.PyJWTError for every other one."""
    return jwt.decode(
        token,
        keys.get_signing_key_from_jwt(token).key,
        algorithms=["ES256"],
        issuer=os.environ["ISSUER"],
        audience=os.environ["AUDIENCE"],
        options={"require": ["exp", "sub"]},
        leeway=5,
    )


class Service(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        try:
            claims = caller(self.headers.get("X-Cogate-Identity", ""))
        except jwt.PyJWTError:
            self.answer(401, "Not signed by the gate.\n")
        else:
            self.answer(200, claims.get("username", claims["sub"]) + "\n")

    def answer(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "3000"))), Service).serve_forever()
