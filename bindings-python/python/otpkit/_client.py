"""The two faces of the client. `_client.pyi` has their types.

Arguments have no defaults in the sense of the core here: what is left out is `None`, and the core knows what is needed.
"""

from asyncio import get_running_loop

from . import _settings
from ._calls import caller_of_async, caller_of_sync, finish
from ._otpkit import Pending
from ._settings import refusal
from ._webhooks import bytes_of, pairs_of


class Otpkit:
    """Sends codes and checks codes. Calls block; `AsyncOtpkit` is the same for asyncio.

    Settings are keyword arguments; see `docs/python.md`. One client serves all threads.
    """

    __slots__ = ("__weakref__", "_live", "_native")

    def __init__(self, *positional, **settings):
        built = _settings.from_keywords(positional, settings)
        self._native, self._live = built.native, built.live

    @classmethod
    def from_json(cls, document, *, providers=None, on_event=None):
        """A client of a JSON document of settings, with live providers by name beside it."""
        self = cls.__new__(cls)
        built = _settings.from_json(document, providers, on_event)
        self._native, self._live = built.native, built.live
        return self

    def start(
        self,
        *positional,
        to=None,
        purpose=None,
        channel=None,
        ip=None,
        context=None,
        locale=None,
        values=None,
        **unknown,
    ):
        """Sends a code and returns the id under which it is checked."""
        if positional or unknown:
            raise refusal("start", positional, unknown)
        caller = self._live and caller_of_sync(self._live)
        return self._native.start(caller, True, to, purpose, channel, ip, context, locale, values)

    def check(self, *positional, id=None, code=None, purpose=None, to=None, context=None, **unknown):
        """Checks a code. The reply is true if the code was right; a wrong code is a reply, not an exception."""
        if positional or unknown:
            raise refusal("check", positional, unknown)
        caller = self._live and caller_of_sync(self._live)
        return self._native.check(caller, True, id, code, purpose, to, context)

    def resend(self, *positional, id=None, purpose=None, to=None, **unknown):
        """Sends the code of a pending verification again; id and attempts stay as they are."""
        if positional or unknown:
            raise refusal("resend", positional, unknown)
        caller = self._live and caller_of_sync(self._live)
        return self._native.resend(caller, True, id, purpose, to)

    def cancel(self, *positional, id=None, purpose=None, to=None, **unknown):
        """Ends a pending verification: its code is good no more."""
        if positional or unknown:
            raise refusal("cancel", positional, unknown)
        caller = self._live and caller_of_sync(self._live)
        return self._native.cancel(caller, True, id, purpose, to)

    def status(self, *positional, id=None, purpose=None, to=None, **unknown):
        """Tells how a verification stands. For operators: it is never proof of anything."""
        if positional or unknown:
            raise refusal("status", positional, unknown)
        caller = self._live and caller_of_sync(self._live)
        return self._native.status(caller, True, id, purpose, to)

    def deliver(
        self,
        *positional,
        to=None,
        code=None,
        purpose=None,
        channel=None,
        ip=None,
        locale=None,
        values=None,
        **unknown,
    ):
        """Sends a code that you made. Nothing is stored but the send windows."""
        if positional or unknown:
            raise refusal("deliver", positional, unknown)
        caller = self._live and caller_of_sync(self._live)
        return self._native.deliver(caller, True, to, code, purpose, channel, ip, locale, values)

    def unlock(self, *positional, to=None, purpose=None, **unknown):
        """Forgets the failures and the lock of a recipient and purpose. For operators."""
        if positional or unknown:
            raise refusal("unlock", positional, unknown)
        caller = self._live and caller_of_sync(self._live)
        return self._native.unlock(caller, True, to, purpose)

    def webhook(self, provider, *positional, method=None, url=None, headers=None, body=None, **unknown):
        """Checks and reads a delivery report that the vendor behind this provider sent to your web server."""
        if positional or unknown:
            raise refusal("webhook", positional, unknown)
        caller = self._live and caller_of_sync(self._live)
        return self._native.webhook(caller, True, provider, method, url, pairs_of(headers), bytes_of(body))

    def outbox(self, name):
        """The messages that the `outbox` provider of this name kept."""
        return self._native.outbox(name)

    def close(self):
        """Closes the client: later calls raise `ClosedError`. Calls under way end as they would have."""
        self._native.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.close()


class AsyncOtpkit:
    """Sends codes and checks codes, for asyncio. `Otpkit` is the same for code that blocks.

    Settings are keyword arguments; see `docs/python.md`. One client serves all event loops.
    """

    __slots__ = ("__weakref__", "_live", "_native")

    def __init__(self, *positional, **settings):
        built = _settings.from_keywords(positional, settings)
        self._native, self._live = built.native, built.live

    @classmethod
    def from_json(cls, document, *, providers=None, on_event=None):
        """A client of a JSON document of settings, with live providers by name beside it."""
        self = cls.__new__(cls)
        built = _settings.from_json(document, providers, on_event)
        self._native, self._live = built.native, built.live
        return self

    async def start(
        self,
        *positional,
        to=None,
        purpose=None,
        channel=None,
        ip=None,
        context=None,
        locale=None,
        values=None,
        **unknown,
    ):
        """Sends a code and returns the id under which it is checked."""
        if positional or unknown:
            raise refusal("start", positional, unknown)
        # Before anything is done: without a running loop of asyncio a call that has to wait could not.
        get_running_loop()
        caller = self._live and caller_of_async(self._live)
        reply = self._native.start(caller, False, to, purpose, channel, ip, context, locale, values)
        return await finish(reply) if type(reply) is Pending else reply

    async def check(self, *positional, id=None, code=None, purpose=None, to=None, context=None, **unknown):
        """Checks a code. The reply is true if the code was right; a wrong code is a reply, not an exception."""
        if positional or unknown:
            raise refusal("check", positional, unknown)
        get_running_loop()
        caller = self._live and caller_of_async(self._live)
        reply = self._native.check(caller, False, id, code, purpose, to, context)
        return await finish(reply) if type(reply) is Pending else reply

    async def resend(self, *positional, id=None, purpose=None, to=None, **unknown):
        """Sends the code of a pending verification again; id and attempts stay as they are."""
        if positional or unknown:
            raise refusal("resend", positional, unknown)
        get_running_loop()
        caller = self._live and caller_of_async(self._live)
        reply = self._native.resend(caller, False, id, purpose, to)
        return await finish(reply) if type(reply) is Pending else reply

    async def cancel(self, *positional, id=None, purpose=None, to=None, **unknown):
        """Ends a pending verification: its code is good no more."""
        if positional or unknown:
            raise refusal("cancel", positional, unknown)
        get_running_loop()
        caller = self._live and caller_of_async(self._live)
        reply = self._native.cancel(caller, False, id, purpose, to)
        return await finish(reply) if type(reply) is Pending else reply

    async def status(self, *positional, id=None, purpose=None, to=None, **unknown):
        """Tells how a verification stands. For operators: it is never proof of anything."""
        if positional or unknown:
            raise refusal("status", positional, unknown)
        get_running_loop()
        caller = self._live and caller_of_async(self._live)
        reply = self._native.status(caller, False, id, purpose, to)
        return await finish(reply) if type(reply) is Pending else reply

    async def deliver(
        self,
        *positional,
        to=None,
        code=None,
        purpose=None,
        channel=None,
        ip=None,
        locale=None,
        values=None,
        **unknown,
    ):
        """Sends a code that you made. Nothing is stored but the send windows."""
        if positional or unknown:
            raise refusal("deliver", positional, unknown)
        get_running_loop()
        caller = self._live and caller_of_async(self._live)
        reply = self._native.deliver(caller, False, to, code, purpose, channel, ip, locale, values)
        return await finish(reply) if type(reply) is Pending else reply

    async def unlock(self, *positional, to=None, purpose=None, **unknown):
        """Forgets the failures and the lock of a recipient and purpose. For operators."""
        if positional or unknown:
            raise refusal("unlock", positional, unknown)
        get_running_loop()
        caller = self._live and caller_of_async(self._live)
        reply = self._native.unlock(caller, False, to, purpose)
        return await finish(reply) if type(reply) is Pending else reply

    async def webhook(self, provider, *positional, method=None, url=None, headers=None, body=None, **unknown):
        """Checks and reads a delivery report that the vendor behind this provider sent to your web server."""
        if positional or unknown:
            raise refusal("webhook", positional, unknown)
        get_running_loop()
        caller = self._live and caller_of_async(self._live)
        reply = self._native.webhook(caller, False, provider, method, url, pairs_of(headers), bytes_of(body))
        return await finish(reply) if type(reply) is Pending else reply

    def outbox(self, name):
        """The messages that the `outbox` provider of this name kept."""
        return self._native.outbox(name)

    async def close(self):
        """Closes the client: later calls raise `ClosedError`. Calls under way end as they would have."""
        self._native.close()

    async def __aenter__(self):
        return self

    async def __aexit__(self, *exc_info):
        self._native.close()
