"""PyPI `twilio` as it is published, against the sandbox."""

import os
import subprocess
import sys
import time
import unittest
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from json import dumps, load
from queue import Queue
from threading import Thread
from urllib.parse import parse_qsl, quote, urlsplit

from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

ACCOUNT = "AC00000000000000000000000000000001"
TOKEN = "0123456789abcdef0123456789abcdef"
SERVICE = "VA00000000000000000000000000000001"
FROM = "+15005550006"


class Sandbox:
    def __init__(self):
        command = [os.environ["OTPKIT_SANDBOX"], "--listen", "127.0.0.1:0", "--exit-with-parent"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().split()[-1]
        self.numbers = 0

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=10)
        self.process.stdout.close()

    def number(self):
        """A number that no other test uses; those from 0100 to 0199 are kept for fiction."""
        self.numbers += 1
        return f"+120255501{self.numbers:02}"

    def newest(self, to):
        with urllib.request.urlopen(f"{self.url}/api/messages?to={quote(to)}&limit=1&wait_ms=5000") as answer:
            return load(answer)["messages"][0]

    def fault(self, **rule):
        request = urllib.request.Request(f"{self.url}/api/faults", dumps(rule).encode(), {"content-type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 201


class Loopback(TwilioHttpClient):
    """Only the way changes: https to a host of Twilio becomes http to the sandbox."""

    def request(self, method, url, *rest, **named):
        asked = urlsplit(url)
        assert asked.scheme == "https" and asked.netloc in ("verify.twilio.com", "api.twilio.com"), url
        return super().request(method, url.replace(f"https://{asked.netloc}", sandbox.url, 1), *rest, **named)


def client(user=ACCOUNT, secret=TOKEN, **options):
    return Client(user, secret, http_client=Loopback(timeout=options.pop("timeout", None)), **options)


def other_than(code):
    return str((int(code) + 1) % 10 ** len(code)).zfill(len(code))


class Case(unittest.TestCase):
    def setUp(self):
        self.client = client()
        self.verify = self.client.verify.v2.services(SERVICE)

    def fails(self, status, code, call, *arguments, **named):
        with self.assertRaises(TwilioRestException) as raised:
            call(*arguments, **named)
        self.assertEqual((raised.exception.status, raised.exception.code), (status, code), raised.exception.msg)


class Verify(Case):
    def check(self, to, code):
        return self.verify.verification_checks.create(to=to, code=code)

    def test_a_code_is_created_checked_and_approved_then_it_is_gone(self):
        to = sandbox.number()
        created = self.verify.verifications.create(to=to, channel="sms")
        self.assertEqual((created.status, created.valid, created.to, created.service_sid), ("pending", False, to, SERVICE))
        self.assertLess(abs(created.date_created.timestamp() - time.time()), 10)
        message = sandbox.newest(to)
        self.assertEqual(message["provider"], "twilio")
        wrong = self.check(to, other_than(message["code"]))
        self.assertEqual((wrong.status, wrong.valid), ("pending", False))
        self.assertEqual(self.verify.verifications(created.sid).fetch().status, "pending")
        right = self.verify.verification_checks.create(verification_sid=created.sid, code=message["code"])
        self.assertEqual((right.status, right.valid, right.sid), ("approved", True, created.sid))
        self.fails(404, 20404, self.check, to, message["code"])

    def test_a_resend_is_the_same_code_five_times_and_no_more(self):
        to = sandbox.number()
        sids = {self.verify.verifications.create(to=to, channel="sms").sid for _ in range(5)}
        self.assertEqual(len(sids), 1)
        self.fails(429, 60203, self.verify.verifications.create, to=to, channel="sms")

    def test_five_checks_and_no_more(self):
        to = sandbox.number()
        self.verify.verifications.create(to=to, channel="sms")
        code = sandbox.newest(to)["code"]
        for _ in range(5):
            self.assertEqual(self.check(to, other_than(code)).status, "pending")
        self.fails(429, 60202, self.check, to, code)

    def test_a_verification_is_canceled_or_approved_by_recipient(self):
        for status in ("canceled", "approved"):
            to = sandbox.number()
            self.verify.verifications.create(to=to, channel="sms", custom_code="123456")
            self.assertEqual(self.verify.verifications(to).update(status=status).status, status)
            self.fails(404, 20404, self.check, to, "123456")

    def test_services_have_settings_of_their_own(self):
        service = self.client.verify.v2.services.create(friendly_name="Acme", code_length=8)
        self.assertEqual((service.friendly_name, service.code_length), ("Acme", 8))
        to = sandbox.number()
        service.verifications.create(to=to, channel="call")
        self.assertRegex(sandbox.newest(to)["code"], r"^\d{8}$")
        self.assertEqual(service.fetch().sid, service.sid)
        self.assertTrue(service.delete())

    def test_wrong_parameters_and_special_numbers(self):
        create = self.verify.verifications.create
        self.fails(400, 60200, create, to="+1501", channel="sms")
        self.fails(400, 60200, create, to=sandbox.number(), channel="pigeon")
        self.fails(403, 60410, create, to="+15005550002", channel="sms")
        self.fails(429, 20429, create, to="+15005550008", channel="sms")
        self.fails(404, 20404, self.client.verify.v2.services("VA" + "f" * 32).fetch)


class Messages(Case):
    def send(self, **named):
        return self.client.messages.create(**{"from_": FROM, "body": "Your code is 042424", **named})

    def test_messages_are_sent_fetched_and_delivered(self):
        to = sandbox.number()
        sent = self.send(to=to)
        self.assertEqual((sent.status, sent.to, sent.from_, sent.num_segments), ("queued", to, FROM, "1"))
        self.assertLess(abs(sent.date_created.timestamp() - time.time()), 10)
        self.assertEqual(sandbox.newest(to)["code"], "042424")
        time.sleep(0.4)
        fetched = self.client.messages(sent.sid).fetch()
        self.assertEqual(fetched.status, "delivered")
        self.assertIsNotNone(fetched.date_sent)

    def test_messages_that_cannot_be_sent(self):
        for named, code in [({"to": "+1501"}, 21211), ({"body": ""}, 21602), ({"from_": "+15005550007"}, 21606), ({"to": "+15005550004"}, 21610)]:
            self.fails(400, code, self.send, **{"to": sandbox.number(), **named})
        refused = client(secret="f" * 32)
        self.fails(401, 20003, refused.messages.create, to=sandbox.number(), from_=FROM, body="x")

    def test_api_keys(self):
        keyed = client("SK" + "0" * 32, "secret", account_sid=ACCOUNT)
        self.assertEqual(keyed.messages.create(to=sandbox.number(), from_=FROM, body="x").account_sid, ACCOUNT)

    def test_faults_by_request(self):
        to = sandbox.number()
        sandbox.fault(path="/2010-04-01", to=to, fault={"too_many_requests": {"retry_after": 3}})
        self.fails(429, 20429, self.send, to=to)
        sandbox.fault(path="/2010-04-01", to=to, fault={"server_error": {}})
        self.fails(500, 20500, self.send, to=to)
        sandbox.fault(path="/2010-04-01", to=to, fault="reset_after")
        with self.assertRaises(OSError):
            self.send(to=to)
        self.assertEqual(sandbox.newest(to)["provider"], "twilio")
        sandbox.fault(path="/2010-04-01", to=to, fault={"late_reply": {"ms": 5000}})
        with self.assertRaises(OSError):
            client(timeout=0.3).messages.create(to=to, from_=FROM, body="x")

    def test_status_callbacks_pass_the_validator_of_the_sdk_and_only_unchanged(self):
        came = Queue()

        class Application(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                self.send_response(204)
                self.end_headers()
                came.put((self.path, self.headers["x-twilio-signature"], dict(parse_qsl(body))))

            def log_message(self, *_):
                pass

        with HTTPServer(("127.0.0.1", 0), Application) as server:
            Thread(target=server.serve_forever, daemon=True).start()
            url = f"http://127.0.0.1:{server.server_port}/status?a=b"
            sent = self.send(to=sandbox.number(), status_callback=url)
            validator = RequestValidator(TOKEN)
            for state in ("sent", "delivered"):
                path, signature, form = came.get(timeout=10)
                self.assertEqual((path, form["MessageSid"], form["MessageStatus"]), ("/status?a=b", sent.sid, state))
                self.assertTrue(validator.validate(url, form, signature))
                self.assertFalse(validator.validate(url, {**form, "To": FROM}, signature))
            server.shutdown()


if __name__ == "__main__":
    sandbox = Sandbox()
    try:
        program = unittest.main(exit=False, verbosity=2)
    finally:
        sandbox.close()
    failed = len(program.result.failures) + len(program.result.errors)
    print(f"python-twilio: {program.result.testsRun - failed} passed, {failed} failed", flush=True)
    sys.exit(1 if failed else 0)
