"""Sends a code and checks it. See README.md."""

import json
import os
import urllib.parse
import urllib.request

from otpkit import Otpkit, OtpkitError

sandbox = os.environ.get("SANDBOX_URL")
otp = Otpkit(
    brand="Acme",
    providers={"sandbox": {"type": "sandbox", "url": sandbox}} if sandbox else {"outbox": {"type": "outbox"}},
)


def read_message(to: str) -> tuple[str, str]:
    """What the person would read on the phone: the text, and the code in it."""
    if not sandbox:
        kept = otp.outbox("outbox").last()
        assert kept is not None
        return kept.text, kept.code
    query = urllib.parse.urlencode({"to": to, "limit": 1, "wait_ms": 5000})
    with urllib.request.urlopen(f"{sandbox}/api/messages?{query}") as answer:
        message = json.load(answer)["messages"][0]
    return message["text"], message["code"]


started = otp.start(to="+31 6 1234 5678", purpose="login")
print(f"a code is on its way to {started.to_masked}, good until {started.expires_at:%H:%M:%S} UTC")

text, code = read_message("+31612345678")
print(f"the phone shows: {text}")

# A wrong code is a reply, not an exception.
wrong = "111111" if code == "000000" else "000000"
first = otp.check(id=started.id, code=wrong, purpose="login")
print(f"a wrong code: approved {first.approved}, {first.attempts_left} attempts left")

# A reply is true if the code was right, and only then it tells the full recipient.
second = otp.check(id=started.id, code=code, purpose="login")
if second:
    print(f"the right code: approved, welcome {second.to}")

# An exception says what to do: correct the input, wait, or try later.
try:
    otp.start(to="not a number", purpose="login")
except OtpkitError as error:
    print(f"an error: {error.code}, field {error.field}")
