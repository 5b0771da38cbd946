"""Twilio makes, sends and checks the code: python main.py +31612345678. See README.md."""

import os
import sys

from otpkit import Otpkit, OtpkitError
from otpkit.settings import TwilioVerifyProvider

twilio: TwilioVerifyProvider = {
    "type": "twilio-verify",
    "account_sid": os.environ["TWILIO_ACCOUNT_SID"],
    "auth_token": os.environ["TWILIO_AUTH_TOKEN"],
    "service_sid": os.environ["TWILIO_SERVICE_SID"],
}
# The sandbox instead of Twilio: http://127.0.0.1:4680.
if "TWILIO_BASE_URL" in os.environ:
    twilio["base_url"] = os.environ["TWILIO_BASE_URL"]
    twilio["allow_private"] = True
otp = Otpkit(providers={"twilio": twilio})


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
