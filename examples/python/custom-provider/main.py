"""Providers of your own. See README.md."""

import asyncio
import json
import sys
import urllib.error
import urllib.request
from typing import Any

from gateway import GatewayServer
from otpkit import Attempt, Message, Otpkit, Outgoing
from otpkit.providers import CheckAnswer, CreateAnswer, SendAnswer


def post(url: str, body: dict[str, str], timeout_ms: int, **headers: str) -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=timeout_ms / 1000) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, {}


class Gateway:
    """A sender: delivers the code that otpkit made. Its method is plain, so it runs on a thread of its own."""

    # This gateway refuses before it sends, so after an exception another provider may be tried.
    on_error = "not_sent"
    timeout_ms = 3000

    def __init__(self, url: str) -> None:
        self.url = url

    def send(self, message: Outgoing) -> SendAnswer:
        key = message.idempotency_key
        body = {"to": message.to, "text": message.text}
        status, answer = post(f"{self.url}/messages", body, message.deadline_ms, **{"idempotency-key": key})
        if status == 429:
            return {"result": "limited", "retry_after_ms": 60_000}
        if status == 422:
            return {"result": "rejected", "reason": "the gateway does not serve this number"}
        if status != 201:
            return {"result": "not_sent", "reason": f"the gateway answered {status}"}
        return {"result": "sent", "reference": answer["id"]}


class Service:
    """A verifier: a service that makes, sends and checks its own codes. Its methods are coroutines."""

    def __init__(self, url: str) -> None:
        self.url = f"{url}/verifications"

    async def create(self, message: Message) -> CreateAnswer:
        status, answer = await asyncio.to_thread(post, self.url, {"to": message.to}, message.deadline_ms)
        if status != 201:
            return {"result": "not_sent", "reason": f"the service answered {status}"}
        return str(answer["id"])

    async def check(self, attempt: Attempt) -> CheckAnswer:
        url = f"{self.url}/{attempt.reference}/check"
        status, answer = await asyncio.to_thread(post, url, {"code": attempt.code}, attempt.deadline_ms)
        if status == 404:
            return {"result": "ended"}
        if status != 200:
            return {"result": "cannot_tell", "reason": f"the service answered {status}"}
        return answer["valid"] is True


def show(event: dict[str, Any]) -> None:
    if event["event"] == "send":
        detail = f" ({event['detail']})" if "detail" in event else ""
        # One write: events come on a thread of their own.
        sys.stdout.write(f"  event: {event['provider']} {event['result']}{detail}\n")


server = GatewayServer()
otp = Otpkit(
    brand="Acme",
    providers={
        "broken": Gateway("http://127.0.0.1:1"),  # nobody listens there
        "gateway": Gateway(server.url),
        "service": Service(server.url),
    },
    # Dutch numbers go through the service; all others through the gateways, the next one if nothing was sent.
    routes=[{"country": ["NL"], "use": ["service"]}, {"use": ["broken", "gateway"]}],
    on_event=show,
)

for to in ("+32470123456", "+31612345678"):
    started = otp.start(to=to, purpose="login")
    sys.stdout.write(f"{started.provider} served {started.to_masked}\n")
    reply = otp.check(id=started.id, code=server.codes[to], purpose="login")
    sys.stdout.write(f"approved: {reply.approved}\n")

server.close()
