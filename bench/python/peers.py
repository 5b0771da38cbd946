"""What otpkit is measured beside: what an able programmer writes by hand, and django-otp."""

import asyncio
import hmac
import secrets
import time

from cycle import Keep, numbers
from timed import Timed


class ByHand:
    """The same id, the same HMAC, expiry, attempts and one use; no limits, no parsing, no box."""

    def __init__(self, sender):
        self.key = secrets.token_bytes(32)
        self.pending = {}
        self.send = sender.send

    def mac(self, id, code):
        return hmac.digest(self.key, f"{id}{code}".encode(), "sha256")

    def start(self, to):
        id = secrets.token_urlsafe(16)
        code = f"{secrets.randbelow(1_000_000):06d}"
        self.pending[id] = [to, self.mac(id, code), time.time() + 300, 0]
        self.send(Outgoing(to, code))
        return id

    def check(self, id, code):
        entry = self.pending.get(id)
        if entry is None or entry[2] <= time.time() or entry[3] >= 5:
            return None
        entry[3] += 1
        if not hmac.compare_digest(entry[1], self.mac(id, code)):
            return None
        del self.pending[id]
        return entry[0]


class ByHandAsync(ByHand):
    async def start(self, to):
        id = secrets.token_urlsafe(16)
        code = f"{secrets.randbelow(1_000_000):06d}"
        self.pending[id] = [to, self.mac(id, code), time.time() + 300, 0]
        await self.deliver(Outgoing(to, code))
        return id

    async def deliver(self, outgoing):
        self.send(outgoing)

    async def check(self, id, code):
        return super().check(id, code)


class Outgoing:
    __slots__ = ("to", "code")

    def __init__(self, to, code):
        self.to = to
        self.code = code


def by_hand(count):
    keep = Keep()
    otp = ByHand(keep)
    to = numbers(count)
    with Timed() as timed:
        for number in to:
            assert otp.check(otp.start(number), keep.code)
    return timed.answer


def by_hand_async(count):
    keep = Keep()
    otp = ByHandAsync(keep)
    to = numbers(count)

    async def cycles():
        with Timed() as timed:
            for number in to:
                assert await otp.check(await otp.start(number), keep.code)
        return timed.answer

    return asyncio.run(cycles())


device = None


def django_otp(count):
    """A device of one user over SQLite in memory: a new code, and its check."""
    global device
    device = device or django_device()
    with Timed() as timed:
        for _ in range(count):
            device.generate_token()
            assert device.verify_token(device.token)
    return timed.answer


def django_device():
    import django
    from django.conf import settings

    settings.configure(
        SECRET_KEY=secrets.token_hex(),
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django_otp"],
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    )
    django.setup()
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.db import connection
    from django_otp.models import SideChannelDevice

    class Phone(SideChannelDevice):
        class Meta:
            app_label = "django_otp"

    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(Phone)
    user = get_user_model().objects.create_user("jo")
    return Phone.objects.create(user=user, name="phone")


CASES = {"hand": by_hand, "hand-async": by_hand_async, "django-otp": django_otp}
