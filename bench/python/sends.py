"""Messages to a server on this machine: otpkit's provider, and Twilio's package with a thread for each send in flight."""

import itertools
from concurrent.futures import ThreadPoolExecutor

from timed import Timed

SID = "AC" + "0" * 32
TOKEN = "f" * 32
FROM = "+15005550006"

# No number is used twice, so that no window per recipient refuses it.
numbers = itertools.count(0)
clients = {}
pools = {}


def flood(count, in_flight, send):
    """`count` sends, `in_flight` of them at a time. The threads are there before the time runs."""
    def lane(share):
        for _ in range(share):
            send(f"+3161{next(numbers) % 10_000_000:07d}", "042424")

    if in_flight == 1:
        with Timed() as timed:
            lane(count)
        return timed.answer
    pool = pools.setdefault(in_flight, ThreadPoolExecutor(in_flight))
    list(pool.map(lane, [0] * in_flight))
    shares = [count // in_flight + (at < count % in_flight) for at in range(in_flight)]
    with Timed() as timed:
        list(pool.map(lane, shares))
    return timed.answer


def twilio(count, in_flight, url):
    def make():
        from twilio.http.http_client import TwilioHttpClient
        from twilio.rest import Client

        class Local(TwilioHttpClient):
            def request(self, method, uri, *args, **kwargs):
                return super().request(method, uri.replace("https://api.twilio.com", url), *args, **kwargs)

        return Client(SID, TOKEN, http_client=Local())

    client = clients.get("twilio") or clients.setdefault("twilio", make())

    def send(to, code):
        assert client.messages.create(to=to, from_=FROM, body=f"Your code is {code}. It is good for 5 minutes.").sid

    return flood(count, int(in_flight), send)


def otpkit(count, in_flight, url):
    def make():
        from otpkit import Otpkit

        it = {"type": "twilio-sms", "account_sid": SID, "auth_token": TOKEN, "from": FROM, "base_url": url}
        return Otpkit(providers={"it": {**it, "allow_private": True}})

    client = clients.get("otpkit") or clients.setdefault("otpkit", make())

    def send(to, code):
        assert client.deliver(to=to, code=code).delivery == "sent"

    return flood(count, int(in_flight), send)


CASES = {"send-twilio": twilio, "send-otpkit-twilio": otpkit}
