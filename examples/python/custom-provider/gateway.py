"""Stands for somebody's SMS gateway and somebody's verification service, on a free port of this machine."""

import json
import re
import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class GatewayServer:
    """The server. `codes` is what the people would read on their phones."""

    def __init__(self) -> None:
        self.codes: dict[str, str] = {}
        self.verifications: dict[str, str] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                status, answer = outer.answer(self.path, body)
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(answer).encode())

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def answer(self, path: str, body: dict[str, str]) -> tuple[int, dict[str, object]]:
        if path == "/messages":
            found = re.search(r"\d{6}", body["text"])
            assert found is not None
            self.codes[body["to"]] = found[0]
            return 201, {"id": secrets.token_hex(8)}
        if path == "/verifications":
            id = secrets.token_hex(8)
            self.codes[body["to"]] = self.verifications[id] = f"{secrets.randbelow(10**6):06}"
            return 201, {"id": id}
        id = path.removeprefix("/verifications/").removesuffix("/check")
        if id not in self.verifications:
            return 404, {}
        return 200, {"valid": self.verifications[id] == body["code"]}

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
