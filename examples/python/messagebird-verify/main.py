"""MessageBird makes, sends and checks the code: python main.py +31612345678. See README.md."""

import os
import sys

from otpkit import Otpkit, OtpkitError
from otpkit.settings import MessageBirdVerifyProvider

messagebird: MessageBirdVerifyProvider = {
    "type": "messagebird-verify",
    "access_key": os.environ["MESSAGEBIRD_ACCESS_KEY"],
    "originator": "Acme",
}
# The sandbox instead of MessageBird: http://127.0.0.1:4680.
if "MESSAGEBIRD_BASE_URL" in os.environ:
    messagebird["base_url"] = os.environ["MESSAGEBIRD_BASE_URL"]
    messagebird["allow_private"] = True
otp = Otpkit(providers={"messagebird": messagebird})


def main(to: str) -> int:
    started = otp.start(to=to, purpose="login")
    print(f"a code is on its way to {started.to_masked}; type it here", flush=True)
    for line in sys.stdin:
        checked = otp.check(id=started.id, code=line.strip(), purpose="login")
        if checked:
            print(f"welcome, {checked.to}")
            return 0
        print(f"not approved ({checked.reason}), {checked.attempts_left} attempts left", flush=True)
        if not checked.attempts_left:
            break
    return 1


try:
    sys.exit(main(sys.argv[1]))
except OtpkitError as error:
    sys.exit(f"{error.code}: {error}")
