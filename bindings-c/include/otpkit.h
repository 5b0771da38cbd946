/*
 * otpkit: send a code, check a code. The C interface.
 *
 * Rules that hold for every function:
 * - A handle (otpkit_client *, otpkit_reply *, ...) is a number in the shape of a pointer. It is looked up, never
 *   followed: one that was freed, is of another kind or never was one is answered with OTPKIT_STALE_HANDLE, or by an
 *   accessor with NULL, -1 or false.
 * - Texts are UTF-8 and end with NUL. Texts that go in are copied before the function returns. Texts that come out are
 *   lent by the handle they came from and good until it is freed; never free them.
 * - What a function writes through an argument is written on success only; an error (`error`, may be NULL) on failure
 *   only. What was written is yours to free.
 * - Functions that return uint32_t return a status: OTPKIT_OK (0), OTPKIT_NOT_APPROVED (1, otpkit_check only), or what
 *   went wrong (100 and above).
 * - Functions may be called on any thread, many at once; exceptions say so. There is nothing to initialise.
 * - After fork, the child may make clients and use them. A client that keeps its verifications in memory belongs to the
 *   process that made it: in the child it returns OTPKIT_STORE_UNAVAILABLE. The child of a process with threads should
 *   otherwise keep to what POSIX allows.
 *
 * This file is generated from bindings-c/src: change the comments there.
 */

#ifndef OTPKIT_H
#define OTPKIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Done. For a check: the code is right, and this call used it.
 */
#define OTPKIT_OK 0

/**
 * For a check only: the code was not approved. This is a result with a reply, not an error.
 */
#define OTPKIT_NOT_APPROVED 1

/**
 * A field of the call has the wrong shape; otpkit_error_field names it. No attempt was spent, nothing was stored.
 */
#define OTPKIT_INVALID_INPUT 100

/**
 * The settings cannot work or are unsafe. Returned when the client is built, never later.
 */
#define OTPKIT_INVALID_SETTINGS 101

/**
 * No route serves this recipient on this channel, or the policy does not allow its country.
 */
#define OTPKIT_NO_ROUTE 102

/**
 * The verification to resend is unknown or has ended. Start a new one.
 */
#define OTPKIT_VERIFICATION_ENDED 103

/**
 * The provider refused this message for good. Nothing was sent.
 */
#define OTPKIT_REJECTED 104

/**
 * The call was aborted: by otpkit_call_cancel or otpkit_runtime_shutdown. What had been sent stays sent.
 */
#define OTPKIT_ABORTED 105

/**
 * The client was closed.
 */
#define OTPKIT_CLOSED 106

/**
 * A delivery report that its vendor has not signed, or not like this: answer it with 403.
 */
#define OTPKIT_INVALID_SIGNATURE 107

/**
 * A cooldown or a send window is used up. otpkit_error_retry_after_ms tells when the next call may pass.
 */
#define OTPKIT_RATE_LIMITED 200

/**
 * Too many consecutive wrong codes for this subject. Wait, or an operator calls otpkit_unlock.
 */
#define OTPKIT_LOCKED 201

/**
 * The provider itself limits the sends.
 */
#define OTPKIT_PROVIDER_LIMITED 202

/**
 * No provider of the route took the message. Nothing was sent.
 */
#define OTPKIT_PROVIDER_UNAVAILABLE 300

/**
 * It is not known whether the code is right, or whether a provider began. Never read this as a yes.
 */
#define OTPKIT_CANNOT_TELL 301

/**
 * The store did not answer, or this process may not use it.
 */
#define OTPKIT_STORE_UNAVAILABLE 302

/**
 * The store holds as many verifications as it may. Nothing was sent.
 */
#define OTPKIT_STORE_FULL 303

/**
 * A defect in otpkit. Please report it.
 */
#define OTPKIT_INTERNAL 304

/**
 * An argument that must be given is NULL; otpkit_error_field names it. Nothing was done.
 */
#define OTPKIT_NULL_ARGUMENT 400

/**
 * A text is not UTF-8; otpkit_error_field names it. Nothing was done.
 */
#define OTPKIT_INVALID_UTF8 401

/**
 * A handle was freed before, is of another kind, or never was one. Nothing was done.
 */
#define OTPKIT_STALE_HANDLE 402

/**
 * Too late: a request that was answered before or given up, or an asynchronous call that has completed.
 */
#define OTPKIT_GONE 403

/**
 * Another thread is using this builder, or 16 million handles of one kind are open. Nothing was done.
 */
#define OTPKIT_BUSY 404

/**
 * For otpkit_provider.flags: no callback of this provider ever blocks. Then a blocking otpkit call may run it on the
 * thread that made the call, which saves a change of threads. Without this flag callbacks run on threads of otpkit's
 * that are there for it, so that the deadline holds however long they take.
 */
#define OTPKIT_PROVIDER_NEVER_BLOCKS 1

/**
 * For otpkit_provider.flags, verifiers only: `check` needs no reference, the recipient is enough. Then a verification
 * stays checkable although the answer to `create` never came.
 */
#define OTPKIT_PROVIDER_CHECKS_BY_RECIPIENT 2

/**
 * The message was taken (send). A reference, if given, is the service's name of it.
 */
#define OTPKIT_RESULT_SENT 1

/**
 * The service sent its code (create, resend). The reference is what a check needs.
 */
#define OTPKIT_RESULT_CREATED 2

/**
 * Nothing was sent; another provider may be tried.
 */
#define OTPKIT_RESULT_NOT_SENT 3

/**
 * The message is refused for good. Nothing was sent.
 */
#define OTPKIT_RESULT_REJECTED 4

/**
 * No more is taken for now; retry_after_ms says for how long. Nothing was sent.
 */
#define OTPKIT_RESULT_LIMITED 5

/**
 * The message may have been sent. It is never sent a second time by itself.
 */
#define OTPKIT_RESULT_AMBIGUOUS 6

/**
 * The code is right (check).
 */
#define OTPKIT_RESULT_APPROVED 7

/**
 * The code is wrong (check).
 */
#define OTPKIT_RESULT_WRONG 8

/**
 * The service has nothing to check any more (check).
 */
#define OTPKIT_RESULT_ENDED 9

/**
 * It could not be found out (check). Never read as a yes.
 */
#define OTPKIT_RESULT_CANNOT_TELL 10

/**
 * The provider itself failed, as by an exception in other languages. The provider's setting "on_error" says what that
 * means for a send; for a check it is *cannot tell*.
 */
#define OTPKIT_RESULT_FAILED 11

/**
 * The version of this header, to compare with otpkit_version.
 */
#define OTPKIT_VERSION_MAJOR 0

/**
 * The version of this header, to compare with otpkit_version.
 */
#define OTPKIT_VERSION_MINOR 1

/**
 * The version of this header, to compare with otpkit_version.
 */
#define OTPKIT_VERSION_PATCH 0

/**
 * A client in the making. For one thread at a time; another that comes in between gets OTPKIT_BUSY.
 */
typedef struct otpkit_builder otpkit_builder;

/**
 * Sends codes and checks codes. Made by otpkit_builder_build, for any thread and for many at once; ended by
 * otpkit_client_free.
 */
typedef struct otpkit_client otpkit_client;

/**
 * What went wrong: a status, a sentence, and what is needed to act on it. Every function that takes an
 * `otpkit_error **` writes one there when it fails, and leaves the place as it is otherwise; NULL means that you do
 * not want it. The error is yours: end it with otpkit_error_free. No error holds a code, a key or a recipient.
 */
typedef struct otpkit_error otpkit_error;

/**
 * A copy of the messages that a provider of type "outbox" kept, the oldest first. It holds codes in clear: outboxes
 * are for tests and development. It is yours: end it with otpkit_outbox_free. Any thread, many at once; texts are lent
 * until otpkit_outbox_free.
 */
typedef struct otpkit_outbox otpkit_outbox;

/**
 * What a call answered. Functions write one where they return OTPKIT_OK, or OTPKIT_NOT_APPROVED for a check. The
 * reply is yours: end it with otpkit_reply_free. It never changes, so many threads may read it at once. Texts are
 * lent: they are good until otpkit_reply_free.
 */
typedef struct otpkit_reply otpkit_reply;

/**
 * What a provider is asked. Its handle and the texts that it lends are good while the callback runs, and afterwards
 * until otpkit_request_complete, or until a minute after the deadline if that never comes. Any thread.
 */
typedef struct otpkit_request otpkit_request;

/**
 * Ends a pointer that was handed over.
 */
typedef void (*otpkit_free)(void *user_data);

/**
 * A callback of a provider. It answers the request with otpkit_request_complete, before it returns or later, from
 * any thread. It never returns anything, and must not throw or longjmp out.
 */
typedef void (*otpkit_provider_call)(void *user_data,
                                     otpkit_request *request);

/**
 * A provider of your own. Set `size` to sizeof(otpkit_provider) and what you do not use to zero. Either `send` is
 * set: a sender, which delivers a code that otpkit made. Or `create` and `check` are: a verifier, whose service makes,
 * sends and checks a code of its own; `resend` (if NULL, `create` is used) and `cancel` (if NULL, nothing is told) are
 * optional.
 *
 * The struct is copied. Threads: callbacks run on any thread, several at once; they may block (but see the flags),
 * and may call otpkit. `free` gets the user data once, after the last callback has returned and the last request was
 * completed, given up, or freed with the process; it may run within any otpkit call.
 */
typedef struct {
    /**
     * sizeof(otpkit_provider).
     */
    size_t size;
    /**
     * OTPKIT_PROVIDER_... together, or 0.
     */
    uint32_t flags;
    /**
     * Ends the user data; NULL if there is nothing to end.
     */
    otpkit_free free;
    /**
     * Sends otpkit_request_text (which holds otpkit_request_code) to otpkit_request_to.
     * Answers: SENT, NOT_SENT, REJECTED, LIMITED, AMBIGUOUS, FAILED.
     */
    otpkit_provider_call send;
    /**
     * Has the service send a code of its own. The reference of the answer comes back with every later request.
     * Answers: CREATED, NOT_SENT, REJECTED, LIMITED, AMBIGUOUS, FAILED.
     */
    otpkit_provider_call create;
    /**
     * Asks the service whether otpkit_request_code is right. Answers: APPROVED, WRONG, ENDED, CANNOT_TELL, FAILED.
     */
    otpkit_provider_call check;
    /**
     * Has the service send again. Answers: as `create`.
     */
    otpkit_provider_call resend;
    /**
     * Tells the service that the verification is over. Any answer will do.
     */
    otpkit_provider_call cancel;
} otpkit_provider;

/**
 * Is told what happened, as a JSON object: {"event":"send"|"check"|"cannot_tell"|"report"|"error", ...}. Recipients in it are
 * masked, and there is never a code. The text is lent until the function returns.
 *
 * Threads: one at a time and in order, on a thread of otpkit's, soon after it happened. It may block and may call
 * otpkit. When 10,000 events wait, further ones are dropped; those that wait when the client or the runtime ends, too.
 */
typedef void (*otpkit_event_call)(void *user_data,
                                  const char *event_json);

/**
 * Gets what an asynchronous call came to, exactly once: the `context` that the call was given, the status that the
 * blocking function would have returned, and a reply or an error (the other one is NULL). Both are yours to free.
 *
 * Threads: a call that need not wait completes on the calling thread, before the function returns. Any other
 * completes on a thread of otpkit's, several at once. Either way it may block, and may call otpkit.
 */
typedef void (*otpkit_completion)(void *context,
                                  uint32_t status,
                                  otpkit_reply *reply,
                                  otpkit_error *error);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The stable string of a status, such as "rate_limited"; "unknown_status" for a number that is none.
 * Ownership: static, never freed. Any thread.
 */
const char *otpkit_status_string(uint32_t status);

/**
 * The status, as the function returned it; 0 for NULL or a freed error. Any thread.
 */
uint32_t otpkit_error_status(const otpkit_error *error);

/**
 * The stable string of the status, such as "invalid_input"; NULL for NULL or a freed error.
 * Ownership: static, never freed. Any thread.
 */
const char *otpkit_error_code(const otpkit_error *error);

/**
 * The sentence for the person who meets it: what was wrong and what to do. NULL for NULL or a freed error.
 * Ownership: lent, until otpkit_error_free. Any thread.
 */
const char *otpkit_error_message(const otpkit_error *error);

/**
 * The field of the call, the argument, or the path of the setting that was wrong; NULL if none is to blame.
 * Ownership: lent, until otpkit_error_free. Any thread.
 */
const char *otpkit_error_field(const otpkit_error *error);

/**
 * How long to wait before the call may pass, in milliseconds; -1 if the error does not say. Any thread.
 */
int64_t otpkit_error_retry_after_ms(const otpkit_error *error);

/**
 * Ends an error and the texts that it lent. NULL is fine. Any thread.
 * Returns OTPKIT_OK, or OTPKIT_STALE_HANDLE if it was freed before or is no error.
 */
uint32_t otpkit_error_free(otpkit_error *error);

/**
 * Begins a client from its settings: one JSON document ("{}" for the defaults), copied. Wrong settings fail here or
 * in otpkit_builder_build, and otpkit_error_field tells the path of the wrong one.
 *
 * Returns the builder, which is yours: otpkit_builder_build uses it up, otpkit_builder_free drops it. NULL with
 * OTPKIT_INVALID_SETTINGS, _NULL_ARGUMENT, _INVALID_UTF8 or _BUSY in the error. Any thread.
 */
otpkit_builder *otpkit_builder_new(const char *settings_json,
                                   otpkit_error **error);

/**
 * Adds a provider of your own under a name. Where the settings have {"type": "callback"} under this name, its place
 * in the order and its settings are taken from there; else it stands last. The struct and the name are copied.
 *
 * Returns OTPKIT_OK; then the user data belong to the client, and the struct's `free` ends them exactly once, after
 * their last use, also if the client is never built. Whatever else is returned (OTPKIT_INVALID_SETTINGS,
 * _NULL_ARGUMENT, _INVALID_UTF8, _STALE_HANDLE, _BUSY), the user data are still yours.
 */
uint32_t otpkit_builder_add_provider(otpkit_builder *builder,
                                     const char *name,
                                     const otpkit_provider *provider,
                                     void *user_data,
                                     otpkit_error **error);

/**
 * Has the client tell what happens, for logs, metrics and audit. `free` (NULL if there is nothing to end) gets the
 * user data once, after the last event. Setting it again replaces the former.
 *
 * Returns OTPKIT_OK; then the user data belong to the client. Whatever else is returned (OTPKIT_NULL_ARGUMENT,
 * _STALE_HANDLE, _BUSY), they are still yours.
 */
uint32_t otpkit_builder_on_event(otpkit_builder *builder,
                                 otpkit_event_call on_event,
                                 void *user_data,
                                 otpkit_free free,
                                 otpkit_error **error);

/**
 * Makes the client. The builder is used up, also when this fails (with OTPKIT_BUSY it is not).
 *
 * Returns the client, which is yours: end it with otpkit_client_free. NULL with OTPKIT_INVALID_SETTINGS,
 * _NULL_ARGUMENT, _STALE_HANDLE or _BUSY in the error. Any thread.
 */
otpkit_client *otpkit_builder_build(otpkit_builder *builder,
                                    otpkit_error **error);

/**
 * Drops a builder that was not built, and frees the user data that it was given. NULL is fine.
 * Returns OTPKIT_OK, or OTPKIT_STALE_HANDLE if it was built or freed before, or is no builder.
 */
uint32_t otpkit_builder_free(otpkit_builder *builder);

/**
 * Answers a request, once, from any thread, also before the callback returns. `result` is one of OTPKIT_RESULT_...;
 * `reference` (NULL for none) goes with SENT and CREATED, `retry_after_ms` (-1 for unknown) with LIMITED, and
 * `reason` (NULL for none) is for the operator's events. The texts are copied. The request and what it lent end with this call
 * (or when the callback returns, if it is made from there), whatever is returned but OTPKIT_STALE_HANDLE.
 *
 * Returns OTPKIT_OK; OTPKIT_GONE if the request was answered before or has been given up (nothing else happens);
 * OTPKIT_INVALID_INPUT for a result that the provider cannot give, and OTPKIT_INVALID_UTF8 for a text that is none:
 * the request is then answered as unclear (ambiguous, or cannot tell), because something may have been sent;
 * OTPKIT_STALE_HANDLE if `request` is none.
 */
uint32_t otpkit_request_complete(otpkit_request *request,
                                 uint32_t result,
                                 const char *reference,
                                 int64_t retry_after_ms,
                                 const char *reason);

/**
 * What is asked: "send", "create", "check", "resend" or "cancel". Ownership: static, never freed.
 */
const char *otpkit_request_verb(const otpkit_request *request);

/**
 * The recipient, in full: E.164, or an e-mail address.
 */
const char *otpkit_request_to(const otpkit_request *request);

/**
 * The channel, such as "sms".
 */
const char *otpkit_request_channel(const otpkit_request *request);

/**
 * What the code is for.
 */
const char *otpkit_request_purpose(const otpkit_request *request);

/**
 * Whose user this is; empty for the default tenant.
 */
const char *otpkit_request_tenant(const otpkit_request *request);

/**
 * The language that the caller asked for; NULL if it asked for none.
 */
const char *otpkit_request_locale(const otpkit_request *request);

/**
 * The code: what to send (send), or what the person typed (check). NULL for the others.
 */
const char *otpkit_request_code(const otpkit_request *request);

/**
 * The whole message to send, with the code in it (send). NULL for the others.
 */
const char *otpkit_request_text(const otpkit_request *request);

/**
 * What `create` answered as reference (check, resend, cancel); empty if its answer never came. NULL for the others.
 */
const char *otpkit_request_reference(const otpkit_request *request);

/**
 * The same for every repeat of the same send: for services that take an idempotency key.
 */
const char *otpkit_request_idempotency_key(const otpkit_request *request);

/**
 * The value that the caller gave under this name for the template; NULL if it gave none.
 */
const char *otpkit_request_value(const otpkit_request *request,
                                 const char *name);

/**
 * All values that the caller gave for the template, as a JSON object of texts.
 */
const char *otpkit_request_values_json(const otpkit_request *request);

/**
 * How long the code lives, in milliseconds; -1 for a request that is not good.
 */
int64_t otpkit_request_ttl_ms(const otpkit_request *request);

/**
 * How long the call still waits for the answer, in milliseconds: 0 once it was given up, -1 for a request that is not
 * good. Take it as the time limit of what you do.
 */
int64_t otpkit_request_deadline_ms(const otpkit_request *request);

/**
 * Closes a client: later calls fail with OTPKIT_CLOSED, calls under way end as they would have. The handle stays
 * good until otpkit_client_free. Any thread.
 * Returns OTPKIT_OK, OTPKIT_NULL_ARGUMENT or OTPKIT_STALE_HANDLE.
 */
uint32_t otpkit_client_close(otpkit_client *client,
                             otpkit_error **error);

/**
 * Ends the handle of a client; later uses of it return OTPKIT_STALE_HANDLE. Calls under way, on this thread or on
 * others, end as they would have; after the last of them the providers' user data are freed. NULL is fine. Any
 * thread, also from within a callback.
 * Returns OTPKIT_OK, or OTPKIT_STALE_HANDLE if it was freed before or is no client.
 */
uint32_t otpkit_client_free(otpkit_client *client);

/**
 * Sends a code. `request` is a JSON object: "to" (phone number or e-mail address), and if wanted "purpose", "channel",
 * "ip", "context", "locale", "values" (an object of texts). It is copied.
 *
 * Threads: any, many at once, also from within a callback. Blocks until the message is out, at most for the client's
 * deadline. Callbacks of a provider that said it never blocks run on the calling thread (see otpkit_provider).
 *
 * Returns OTPKIT_OK and a reply with id, to_masked, channel, provider, delivery, expires_at and resend_at. Errors:
 * OTPKIT_INVALID_INPUT, _NO_ROUTE, _REJECTED, _RATE_LIMITED, _LOCKED, _PROVIDER_LIMITED, _PROVIDER_UNAVAILABLE,
 * _CANNOT_TELL, _STORE_UNAVAILABLE, _STORE_FULL, _CLOSED, and those of the C interface (4xx).
 */
uint32_t otpkit_start(const otpkit_client *client,
                      const char *request,
                      otpkit_reply **reply,
                      otpkit_error **error);

/**
 * Checks a code. `purpose` is the one that start named, NULL for "default". The texts are copied.
 * Threads: as otpkit_start.
 *
 * Returns OTPKIT_OK if the code is right and this call used it: otpkit_reply_to tells who was proved. Returns
 * OTPKIT_NOT_APPROVED, with a reply, if it is not: otpkit_reply_status is "pending" while attempts are left, else
 * "ended". Errors: OTPKIT_INVALID_INPUT (nothing is spent), _CANNOT_TELL, _STORE_UNAVAILABLE, _CLOSED, and 4xx.
 */
uint32_t otpkit_check(const otpkit_client *client,
                      const char *id,
                      const char *code,
                      const char *purpose,
                      otpkit_reply **reply,
                      otpkit_error **error);

/**
 * As otpkit_check, for texts with a length: they need no NUL at the end, and a NUL inside them is seen (and refused).
 * `purpose` NULL with length 0 is "default". A length above 1 MiB is refused before anything is read.
 */
uint32_t otpkit_check_n(const otpkit_client *client,
                        const char *id,
                        size_t id_length,
                        const char *code,
                        size_t code_length,
                        const char *purpose,
                        size_t purpose_length,
                        otpkit_reply **reply,
                        otpkit_error **error);

/**
 * As otpkit_check, with every field that a check has: a JSON object of "id", "code", and if wanted "purpose", "to"
 * (the verification must be for this recipient) and "context" (the one that start named).
 */
uint32_t otpkit_check_json(const otpkit_client *client,
                           const char *request,
                           otpkit_reply **reply,
                           otpkit_error **error);

/**
 * Sends the code of a pending verification again; its id and the attempts that are left stay. `purpose` is the one
 * that start named, NULL for "default". Threads: as otpkit_start.
 *
 * Returns OTPKIT_OK and a reply as otpkit_start does. Errors: as otpkit_start, and OTPKIT_VERIFICATION_ENDED.
 */
uint32_t otpkit_resend(const otpkit_client *client,
                       const char *id,
                       const char *purpose,
                       otpkit_reply **reply,
                       otpkit_error **error);

/**
 * As otpkit_resend, from a JSON object of "id", and if wanted "purpose" and "to".
 */
uint32_t otpkit_resend_json(const otpkit_client *client,
                            const char *request,
                            otpkit_reply **reply,
                            otpkit_error **error);

/**
 * Ends a pending verification: its code is good no more. `purpose` is the one that start named, NULL for "default".
 * Threads: as otpkit_start.
 *
 * Returns OTPKIT_OK; the field "canceled" of the reply says whether this call ended it. Errors:
 * OTPKIT_INVALID_INPUT, _CANNOT_TELL, _STORE_UNAVAILABLE, _CLOSED, and 4xx.
 */
uint32_t otpkit_cancel(const otpkit_client *client,
                       const char *id,
                       const char *purpose,
                       otpkit_reply **reply,
                       otpkit_error **error);

/**
 * As otpkit_cancel, from a JSON object of "id", and if wanted "purpose" and "to".
 */
uint32_t otpkit_cancel_json(const otpkit_client *client,
                            const char *request,
                            otpkit_reply **reply,
                            otpkit_error **error);

/**
 * Tells how a verification stands. For operators: it is never proof of anything. `purpose` is the one that start
 * named, NULL for "default". Threads: as otpkit_start.
 *
 * Returns OTPKIT_OK and a reply with status, and where known reason, channel, to_masked, provider, attempts_left,
 * created_at, expires_at and resend_at. Errors: OTPKIT_INVALID_INPUT, _CANNOT_TELL, _STORE_UNAVAILABLE, _CLOSED, 4xx.
 */
uint32_t otpkit_status(const otpkit_client *client,
                       const char *id,
                       const char *purpose,
                       otpkit_reply **reply,
                       otpkit_error **error);

/**
 * As otpkit_status, from a JSON object of "id", and if wanted "purpose" and "to".
 */
uint32_t otpkit_status_json(const otpkit_client *client,
                            const char *request,
                            otpkit_reply **reply,
                            otpkit_error **error);

/**
 * Sends a code that you made, through senders and routes only; nothing can be checked afterwards. `request` is a JSON
 * object: "to" and "code" (4 to 10 characters), and if wanted "purpose", "channel", "ip", "locale", "values".
 * Threads: as otpkit_start.
 *
 * Returns OTPKIT_OK and a reply with channel, to_masked, provider, delivery and, where there is one, reference.
 * Errors: as otpkit_start.
 */
uint32_t otpkit_deliver(const otpkit_client *client,
                        const char *request,
                        otpkit_reply **reply,
                        otpkit_error **error);

/**
 * Forgets the failures and the lock of a subject: a recipient and a purpose (NULL for "default"). For operators.
 * Threads: as otpkit_start.
 *
 * Returns OTPKIT_OK; the field "unlocked" of the reply says whether there was anything to forget. Errors:
 * OTPKIT_INVALID_INPUT, _STORE_UNAVAILABLE, _CLOSED, and 4xx.
 */
uint32_t otpkit_unlock(const otpkit_client *client,
                       const char *to,
                       const char *purpose,
                       otpkit_reply **reply,
                       otpkit_error **error);

/**
 * As otpkit_unlock, from a JSON object of "to", and if wanted "purpose".
 */
uint32_t otpkit_unlock_json(const otpkit_client *client,
                            const char *request,
                            otpkit_reply **reply,
                            otpkit_error **error);

/**
 * Cancels an asynchronous call: it completes with OTPKIT_ABORTED, soon and on a thread of otpkit's, unless its result
 * came in the same moment. What had been sent stays sent. Any thread.
 * Returns OTPKIT_OK, OTPKIT_GONE if the call has completed or is about to, or OTPKIT_STALE_HANDLE if `call` is none.
 */
uint32_t otpkit_call_cancel(uint64_t call);

/**
 * As otpkit_start, without waiting. All asynchronous functions copy their texts, never fail by themselves (every error
 * goes to the completion) and return a number for otpkit_call_cancel: 0 if there is nothing to cancel, because the call
 * has completed, or because `completion` is NULL and nothing was done. What a completion gets and where it runs: see
 * otpkit_completion. Threads: any, many at once, also from within a callback.
 */
uint64_t otpkit_start_async(const otpkit_client *client,
                            const char *request,
                            otpkit_completion completion,
                            void *context);

/**
 * As otpkit_check, without waiting (see otpkit_start_async).
 */
uint64_t otpkit_check_async(const otpkit_client *client,
                            const char *id,
                            const char *code,
                            const char *purpose,
                            otpkit_completion completion,
                            void *context);

/**
 * As otpkit_check_n, without waiting (see otpkit_start_async).
 */
uint64_t otpkit_check_n_async(const otpkit_client *client,
                              const char *id,
                              size_t id_length,
                              const char *code,
                              size_t code_length,
                              const char *purpose,
                              size_t purpose_length,
                              otpkit_completion completion,
                              void *context);

/**
 * As otpkit_check_json, without waiting (see otpkit_start_async).
 */
uint64_t otpkit_check_json_async(const otpkit_client *client,
                                 const char *request,
                                 otpkit_completion completion,
                                 void *context);

/**
 * As otpkit_resend, without waiting (see otpkit_start_async).
 */
uint64_t otpkit_resend_async(const otpkit_client *client,
                             const char *id,
                             const char *purpose,
                             otpkit_completion completion,
                             void *context);

/**
 * As otpkit_resend_json, without waiting (see otpkit_start_async).
 */
uint64_t otpkit_resend_json_async(const otpkit_client *client,
                                  const char *request,
                                  otpkit_completion completion,
                                  void *context);

/**
 * As otpkit_cancel, without waiting (see otpkit_start_async).
 */
uint64_t otpkit_cancel_async(const otpkit_client *client,
                             const char *id,
                             const char *purpose,
                             otpkit_completion completion,
                             void *context);

/**
 * As otpkit_cancel_json, without waiting (see otpkit_start_async).
 */
uint64_t otpkit_cancel_json_async(const otpkit_client *client,
                                  const char *request,
                                  otpkit_completion completion,
                                  void *context);

/**
 * As otpkit_status, without waiting (see otpkit_start_async).
 */
uint64_t otpkit_status_async(const otpkit_client *client,
                             const char *id,
                             const char *purpose,
                             otpkit_completion completion,
                             void *context);

/**
 * As otpkit_status_json, without waiting (see otpkit_start_async).
 */
uint64_t otpkit_status_json_async(const otpkit_client *client,
                                  const char *request,
                                  otpkit_completion completion,
                                  void *context);

/**
 * As otpkit_deliver, without waiting (see otpkit_start_async).
 */
uint64_t otpkit_deliver_async(const otpkit_client *client,
                              const char *request,
                              otpkit_completion completion,
                              void *context);

/**
 * As otpkit_unlock, without waiting (see otpkit_start_async).
 */
uint64_t otpkit_unlock_async(const otpkit_client *client,
                             const char *to,
                             const char *purpose,
                             otpkit_completion completion,
                             void *context);

/**
 * As otpkit_unlock_json, without waiting (see otpkit_start_async).
 */
uint64_t otpkit_unlock_json_async(const otpkit_client *client,
                                  const char *request,
                                  otpkit_completion completion,
                                  void *context);

/**
 * Checks and reads a delivery report that the vendor behind the provider of this name sent to your web server. It
 * tells operators what became of a message, and approves nothing. Repeats are fine.
 *
 * `request` is a JSON object: "method" and "url" (the whole URL exactly as the vendor called it), and "headers" (an
 * object of texts or of lists of texts). `body` is the raw body, `body_length` bytes as they came, or NULL with length 0
 * if there is none, or if the JSON has it as a text "body". A length above 1 MiB is refused before anything is read. All
 * of it is copied. Threads: as otpkit_start.
 *
 * Returns OTPKIT_OK and a reply with the field "reports": a JSON array, which may be empty, of objects with provider,
 * reference, status, changed and, where known, id, error_code, to_masked and at. Errors: OTPKIT_INVALID_SIGNATURE (answer
 * the vendor with 403), OTPKIT_INVALID_INPUT (also for a provider that has no reports), _STORE_UNAVAILABLE (answer with
 * 500, so that the vendor tries again), _CLOSED, and 4xx.
 */
uint32_t otpkit_webhook(const otpkit_client *client,
                        const char *provider,
                        const char *request,
                        const void *body,
                        size_t body_length,
                        otpkit_reply **reply,
                        otpkit_error **error);

/**
 * As otpkit_webhook, without waiting (see otpkit_start_async).
 */
uint64_t otpkit_webhook_async(const otpkit_client *client,
                              const char *provider,
                              const char *request,
                              const void *body,
                              size_t body_length,
                              otpkit_completion completion,
                              void *context);

/**
 * The id of the verification, for the calls that follow (start, resend). NULL if the reply has none.
 */
const char *otpkit_reply_id(const otpkit_reply *reply);

/**
 * Whether this check proved control of the address; false for every other reply, and for a handle that is not good.
 */
bool otpkit_reply_approved(const otpkit_reply *reply);

/**
 * Attempts that are left (check, status); -1 if the reply does not say.
 */
int32_t otpkit_reply_attempts_left(const otpkit_reply *reply);

/**
 * How the verification stands (check, status): "approved", "pending" or "ended". NULL if the reply does not say.
 */
const char *otpkit_reply_status(const otpkit_reply *reply);

/**
 * Why a check did not approve, for the operator and never for the end user. NULL if the reply does not say.
 */
const char *otpkit_reply_reason(const otpkit_reply *reply);

/**
 * The full recipient, in its one form. Only an approval has it; else NULL.
 */
const char *otpkit_reply_to(const otpkit_reply *reply);

/**
 * The recipient, masked (start, resend, status, deliver). NULL if the reply has none.
 */
const char *otpkit_reply_to_masked(const otpkit_reply *reply);

/**
 * The name of the provider that served. NULL if the reply does not say.
 */
const char *otpkit_reply_provider(const otpkit_reply *reply);

/**
 * When the code ends, as RFC 3339 in UTC. NULL if the reply does not say.
 */
const char *otpkit_reply_expires_at(const otpkit_reply *reply);

/**
 * When otpkit_resend may be called, as RFC 3339 in UTC. NULL if the reply does not say.
 */
const char *otpkit_reply_resend_at(const otpkit_reply *reply);

/**
 * When the code ends, in milliseconds since 1970 in UTC; -1 if the reply does not say.
 */
int64_t otpkit_reply_expires_at_ms(const otpkit_reply *reply);

/**
 * When otpkit_resend may be called, in milliseconds since 1970 in UTC; -1 if the reply does not say.
 */
int64_t otpkit_reply_resend_at_ms(const otpkit_reply *reply);

/**
 * Any field by the name that it has in the JSON form, as text: "channel", "delivery", "created_at", "reference",
 * "canceled", "unlocked", "delivery_report", "reports" and those above; numbers and booleans are written out, and
 * "reports" is a JSON array. NULL if the reply has no such field.
 */
const char *otpkit_reply_get(const otpkit_reply *reply,
                             const char *name);

/**
 * How many delivery reports the reply of otpkit_webhook has; 0 for every other reply.
 */
size_t otpkit_reply_report_count(const otpkit_reply *reply);

/**
 * A field of the delivery report at `index` (from 0), as text: "provider", "reference", "status", "changed", and where
 * known "id", "error_code", "to_masked" and "at". NULL if there is no such report or field.
 */
const char *otpkit_reply_report_get(const otpkit_reply *reply,
                                    size_t index,
                                    const char *name);

/**
 * The whole reply as a JSON object; NULL for NULL or a freed reply.
 */
const char *otpkit_reply_json(const otpkit_reply *reply);

/**
 * Ends a reply and the texts that it lent. NULL is fine. Any thread.
 * Returns OTPKIT_OK, or OTPKIT_STALE_HANDLE if it was freed before or is no reply.
 */
uint32_t otpkit_reply_free(otpkit_reply *reply);

/**
 * Copies what the outbox provider of this name holds.
 * Returns OTPKIT_OK and the copy, or OTPKIT_INVALID_INPUT if no outbox has this name, or 4xx. Any thread.
 */
uint32_t otpkit_outbox_read(const otpkit_client *client,
                            const char *name,
                            otpkit_outbox **outbox,
                            otpkit_error **error);

/**
 * Has the outbox provider of this name forget its messages. Copies that were read stay as they are.
 * Returns OTPKIT_OK, or OTPKIT_INVALID_INPUT if no outbox has this name, or 4xx. Any thread.
 */
uint32_t otpkit_outbox_clear(const otpkit_client *client,
                             const char *name,
                             otpkit_error **error);

/**
 * How many messages the copy has; 0 for a handle that is not good.
 */
size_t otpkit_outbox_count(const otpkit_outbox *outbox);

/**
 * A field of a message, counted from 0: "to", "channel", "purpose", "code", "text", "locale" or "at" (RFC 3339 in
 * UTC). NULL if there is no such message or field.
 */
const char *otpkit_outbox_get(const otpkit_outbox *outbox,
                              size_t index,
                              const char *name);

/**
 * All messages as a JSON array; NULL for a handle that is not good.
 */
const char *otpkit_outbox_json(const otpkit_outbox *outbox);

/**
 * Ends a copy and the texts that it lent. NULL is fine. Any thread.
 * Returns OTPKIT_OK, or OTPKIT_STALE_HANDLE if it was freed before or is no outbox.
 */
uint32_t otpkit_outbox_free(otpkit_outbox *outbox);

/**
 * The version of the library, such as "0.1.0". Ownership: static, never freed. Any thread.
 */
const char *otpkit_version(void);

/**
 * Ends otpkit's threads, waiting at most `limit_ms` for callbacks that are running. Calls under way end with
 * OTPKIT_ABORTED; completions that are due run before this returns, or soon after when the limit passed first. Handles
 * stay good, and a later call that needs threads makes new ones. No process needs this to exit; call it before a
 * checker of leaks looks. Not from within an event, a completion or a provider's callback.
 * Returns OTPKIT_OK.
 */
uint32_t otpkit_runtime_shutdown(uint32_t limit_ms);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* OTPKIT_H */
