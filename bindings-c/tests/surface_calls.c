/* The calls of surface.h. */
#include "surface.h"

int spoiled;
int spoiling;

static otpkit_client *client;
static otpkit_client *silent;        /* its provider never answers */
static otpkit_reply *started;
static otpkit_reply *checked;
static otpkit_error *failure;
static otpkit_outbox *outbox;
static otpkit_request *sending;      /* a request of `silent` to send */
static otpkit_request *checking;     /* and one to check */
static otpkit_request *last_request;
static void *stale[6];
static long numbers;

enum { CLIENT, BUILDER, REPLY, ERROR_, OUTBOX, REQUEST };

static void *pointer(int index, const void *value)
{
    return index == spoiled && spoiling == NULLED ? NULL : (void *)(uintptr_t)value;
}

static void *handle(int index, int kind, const void *value)
{
    static int garbage;
    if (index != spoiled) return (void *)(uintptr_t)value;
    switch (spoiling) {
    case NULLED: return NULL;
    case STALE: return stale[kind];
    case OTHER_KIND: return kind == REPLY ? (void *)client : (void *)started;
    case GARBAGE: return &garbage;
    default: return (void *)(uintptr_t)value;
    }
}

/* `client` and its kind are what most calls begin with. */
#define C(index) ((otpkit_client *)handle(index, CLIENT, client))
#define TEXT(index, text) ((const char *)pointer(index, text))

static uint32_t seen(int was_default)
{
    return was_default ? DEFAULT : VALUE;
}

/* ---- requests of a provider that leaves the answer to us ---- */

static void hold(void *data, otpkit_request *request)
{
    (void)data;
    __atomic_store_n(&last_request, request, __ATOMIC_SEQ_CST);
}

static void answer_created(void *data, otpkit_request *request)
{
    (void)data;
    otpkit_request_complete(request, OTPKIT_RESULT_CREATED, "ref", 0, NULL);
}

static void ignore(void *context, uint32_t status, otpkit_reply *reply, otpkit_error *error)
{
    (void)context;
    (void)status;
    otpkit_reply_free(reply);
    otpkit_error_free(error);
}

static otpkit_request *wait_for_request(void)
{
    otpkit_request *request;
    int i;
    for (i = 0; i < 10000; i++) {
        request = __atomic_exchange_n(&last_request, NULL, __ATOMIC_SEQ_CST);
        if (request != NULL) return request;
        test_sleep_ms(1);
    }
    fprintf(stderr, "no request came\n");
    exit(2);
}

static otpkit_request *new_request(void)
{
    char request[128];
    snprintf(request, sizeof request, "{\"to\":\"+316%08ld\",\"locale\":\"nl\",\"values\":{\"name\":\"Ada\"}}", 30000000 + ++numbers);
    otpkit_start_async(silent, request, ignore, NULL);
    return wait_for_request();
}

static const char *fresh_start(void)
{
    static char request[64];
    snprintf(request, sizeof request, "{\"to\":\"+316%08ld\"}", 40000000 + ++numbers);
    return request;
}

static otpkit_builder *fresh_builder(void)
{
    return otpkit_builder_new("{\"providers\":{\"box\":{\"type\":\"outbox\"}}}", NULL);
}

/* ---- blocking verbs: each frees what it got ---- */

static uint32_t dropped(uint32_t status, otpkit_reply *reply, otpkit_error *error)
{
    int wrote_reply = status == OTPKIT_OK || status == OTPKIT_NOT_APPROVED;
    int reply_place = !(spoiling == NULLED && spoiled >= 0 && status == OTPKIT_NULL_ARGUMENT);
    if (reply_place) CHECK((reply != NULL) == wrote_reply);
    CHECK(!(error != NULL && wrote_reply));
    if (error != NULL) CHECK_STATUS(status, otpkit_error_status(error));
    otpkit_reply_free(reply);
    otpkit_error_free(error);
    return status;
}

#define VERB(function, arguments, reply_at)                                                      \
    static uint32_t call_##function(void)                                                        \
    {                                                                                            \
        otpkit_reply *reply = NULL;                                                              \
        otpkit_error *error = NULL;                                                              \
        const char *id = otpkit_reply_id(started);                                               \
        otpkit_reply **reply_to = (otpkit_reply **)pointer(reply_at, &reply);                    \
        otpkit_error **error_to = (otpkit_error **)pointer(reply_at + 1, &error);                \
        uint32_t status;                                                                         \
        (void)id;                                                                                \
        status = otpkit_##function arguments;                                                    \
        return dropped(status, reply, error);                                                    \
    }

static char json_buffer[256];

static const char *with_id(const char *more)
{
    snprintf(json_buffer, sizeof json_buffer, "{\"id\":\"%s\"%s}", otpkit_reply_id(started), more);
    return json_buffer;
}

VERB(start, (C(0), TEXT(1, fresh_start()), reply_to, error_to), 2)
VERB(check, (C(0), TEXT(1, id), TEXT(2, "000000"), TEXT(3, "default"), reply_to, error_to), 4)
VERB(check_n, (C(0), TEXT(1, id), 38, TEXT(2, "000000"), 6, TEXT(3, "default"), spoiled == 3 ? 0 : 7, reply_to, error_to), 4)
VERB(check_json, (C(0), TEXT(1, with_id(",\"code\":\"000000\"")), reply_to, error_to), 2)
VERB(resend, (C(0), TEXT(1, id), TEXT(2, "default"), reply_to, error_to), 3)
VERB(resend_json, (C(0), TEXT(1, with_id("")), reply_to, error_to), 2)
VERB(cancel, (C(0), TEXT(1, id), TEXT(2, "default"), reply_to, error_to), 3)
VERB(cancel_json, (C(0), TEXT(1, with_id("")), reply_to, error_to), 2)
VERB(status, (C(0), TEXT(1, id), TEXT(2, "default"), reply_to, error_to), 3)
VERB(status_json, (C(0), TEXT(1, with_id("")), reply_to, error_to), 2)
VERB(deliver, (C(0), TEXT(1, "{\"to\":\"+31612345678\",\"code\":\"123456\"}"), reply_to, error_to), 2)
VERB(unlock, (C(0), TEXT(1, "+31612345678"), TEXT(2, "default"), reply_to, error_to), 3)

/* ---- the same, asynchronous ---- */

static uint32_t told;

static void tell(void *context, uint32_t status, otpkit_reply *reply, otpkit_error *error)
{
    (void)context;
    CHECK((reply != NULL) == (status == OTPKIT_OK || status == OTPKIT_NOT_APPROVED));
    CHECK((error != NULL) == (reply == NULL));
    if (error != NULL) CHECK_STATUS(status, otpkit_error_status(error));
    otpkit_reply_free(reply);
    otpkit_error_free(error);
    __atomic_store_n(&told, status, __ATOMIC_SEQ_CST);
}

static uint32_t wait_until_told(uint64_t call, int expected)
{
    int i;
    if (!expected) return call == 0 ? UNTOLD : VALUE;
    for (i = 0; i < 10000 && __atomic_load_n(&told, __ATOMIC_SEQ_CST) == UNTOLD; i++) test_sleep_ms(1);
    return told;
}

#define ASYNC(function, arguments, completion_at)                                                \
    static uint32_t call_##function##_async(void)                                                \
    {                                                                                            \
        const char *id = otpkit_reply_id(started);                                               \
        int given = !(spoiling == NULLED && spoiled == completion_at);                           \
        otpkit_completion completion = given ? tell : NULL;                                      \
        void *context = pointer(completion_at + 1, &told);                                       \
        (void)id;                                                                                \
        told = UNTOLD;                                                                           \
        return wait_until_told(otpkit_##function##_async arguments, given);                      \
    }

ASYNC(start, (C(0), TEXT(1, fresh_start()), completion, context), 2)
ASYNC(check, (C(0), TEXT(1, id), TEXT(2, "000000"), TEXT(3, "default"), completion, context), 4)
ASYNC(check_n, (C(0), TEXT(1, id), 38, TEXT(2, "000000"), 6, TEXT(3, "default"), spoiled == 3 ? 0 : 7, completion, context), 4)
ASYNC(check_json, (C(0), TEXT(1, with_id(",\"code\":\"000000\"")), completion, context), 2)
ASYNC(resend, (C(0), TEXT(1, id), TEXT(2, "default"), completion, context), 3)
ASYNC(resend_json, (C(0), TEXT(1, with_id("")), completion, context), 2)
ASYNC(cancel, (C(0), TEXT(1, id), TEXT(2, "default"), completion, context), 3)
ASYNC(cancel_json, (C(0), TEXT(1, with_id("")), completion, context), 2)
ASYNC(status, (C(0), TEXT(1, id), TEXT(2, "default"), completion, context), 3)
ASYNC(status_json, (C(0), TEXT(1, with_id("")), completion, context), 2)
ASYNC(deliver, (C(0), TEXT(1, "{\"to\":\"+31612345678\",\"code\":\"123456\"}"), completion, context), 2)
ASYNC(unlock, (C(0), TEXT(1, "+31612345678"), TEXT(2, "default"), completion, context), 3)

static uint32_t call_call_cancel(void)
{
    return otpkit_call_cancel(0);
}

/* ---- builder and client ---- */

static uint32_t made(const void *handle_made, otpkit_error *error)
{
    uint32_t status = handle_made != NULL ? (uint32_t)OTPKIT_OK : otpkit_error_status(error);
    /* Without a place for the error there is only the NULL to see. */
    if (handle_made == NULL && error == NULL) status = DEFAULT;
    otpkit_error_free(error);
    return status;
}

static uint32_t call_builder_new(void)
{
    otpkit_error *error = NULL;
    otpkit_builder *builder = otpkit_builder_new(TEXT(0, "{}"), (otpkit_error **)pointer(1, &error));
    uint32_t status = made(builder, error);
    otpkit_builder_free(builder);
    return status;
}

static uint32_t call_builder_add_provider(void)
{
    otpkit_builder *builder = fresh_builder();
    otpkit_provider provider = no_provider();
    otpkit_error *error = NULL;
    uint32_t status;
    provider.send = inbox_send;
    status = otpkit_builder_add_provider((otpkit_builder *)handle(0, BUILDER, builder), TEXT(1, "mine"),
                                         (const otpkit_provider *)pointer(2, &provider), pointer(3, &numbers),
                                         (otpkit_error **)pointer(4, &error));
    otpkit_error_free(error);
    otpkit_builder_free(builder);
    return status;
}

static void no_event(void *data, const char *event)
{
    (void)data;
    (void)event;
}

static uint32_t call_builder_on_event(void)
{
    otpkit_builder *builder = fresh_builder();
    otpkit_error *error = NULL;
    otpkit_event_call on_event = spoiling == NULLED && spoiled == 1 ? NULL : no_event;
    uint32_t status = otpkit_builder_on_event((otpkit_builder *)handle(0, BUILDER, builder), on_event, pointer(2, &numbers), NULL,
                                              (otpkit_error **)pointer(4, &error));
    otpkit_error_free(error);
    otpkit_builder_free(builder);
    return status;
}

static uint32_t call_builder_build(void)
{
    otpkit_builder *builder = fresh_builder();
    otpkit_error *error = NULL;
    otpkit_client *built = otpkit_builder_build((otpkit_builder *)handle(0, BUILDER, builder), (otpkit_error **)pointer(1, &error));
    uint32_t status = made(built, error);
    otpkit_client_free(built);
    otpkit_builder_free(builder);
    return status;
}

static uint32_t call_builder_free(void)
{
    otpkit_builder *builder = fresh_builder();
    uint32_t status = otpkit_builder_free((otpkit_builder *)handle(0, BUILDER, builder));
    otpkit_builder_free(builder);
    return status;
}

static uint32_t call_client_close(void)
{
    otpkit_client *other = client_of("{\"providers\":{\"box\":{\"type\":\"outbox\"}}}", NULL, NULL, NULL);
    otpkit_error *error = NULL;
    uint32_t status = otpkit_client_close((otpkit_client *)handle(0, CLIENT, other), (otpkit_error **)pointer(1, &error));
    otpkit_error_free(error);
    otpkit_client_free(other);
    return status;
}

static uint32_t call_client_free(void)
{
    otpkit_client *other = client_of("{\"providers\":{\"box\":{\"type\":\"outbox\"}}}", NULL, NULL, NULL);
    uint32_t status = otpkit_client_free((otpkit_client *)handle(0, CLIENT, other));
    otpkit_client_free(other);
    return status;
}

/* ---- replies and errors ---- */

#define REPLY_OF(value) ((const otpkit_reply *)handle(0, REPLY, value))
#define ERROR_OF(value) ((const otpkit_error *)handle(0, ERROR_, value))

#define ACCESSOR(function, argument, default_value)                                              \
    static uint32_t call_##function(void) { return seen(otpkit_##function(argument) == default_value); }

ACCESSOR(reply_id, REPLY_OF(started), NULL)
ACCESSOR(reply_approved, REPLY_OF(checked), false)
ACCESSOR(reply_attempts_left, REPLY_OF(checked), -1)
ACCESSOR(reply_status, REPLY_OF(checked), NULL)
ACCESSOR(reply_reason, REPLY_OF(checked), NULL)
ACCESSOR(reply_to, REPLY_OF(checked), NULL)
ACCESSOR(reply_to_masked, REPLY_OF(started), NULL)
ACCESSOR(reply_provider, REPLY_OF(started), NULL)
ACCESSOR(reply_expires_at, REPLY_OF(started), NULL)
ACCESSOR(reply_resend_at, REPLY_OF(started), NULL)
ACCESSOR(reply_expires_at_ms, REPLY_OF(started), -1)
ACCESSOR(reply_resend_at_ms, REPLY_OF(started), -1)
ACCESSOR(reply_json, REPLY_OF(started), NULL)
ACCESSOR(error_status, ERROR_OF(failure), 0)
ACCESSOR(error_code, ERROR_OF(failure), NULL)
ACCESSOR(error_message, ERROR_OF(failure), NULL)
ACCESSOR(error_field, ERROR_OF(failure), NULL)
ACCESSOR(error_retry_after_ms, ERROR_OF(failure), -1)

static uint32_t call_reply_get(void)
{
    return seen(otpkit_reply_get(REPLY_OF(started), TEXT(1, "channel")) == NULL);
}

static uint32_t call_reply_free(void)
{
    otpkit_reply *reply = NULL;
    uint32_t status;
    otpkit_status(client, otpkit_reply_id(started), NULL, &reply, NULL);
    status = otpkit_reply_free((otpkit_reply *)handle(0, REPLY, reply));
    otpkit_reply_free(reply);
    return status;
}

static uint32_t call_error_free(void)
{
    otpkit_error *error = NULL;
    uint32_t status;
    otpkit_client_close(NULL, &error);
    status = otpkit_error_free((otpkit_error *)handle(0, ERROR_, error));
    otpkit_error_free(error);
    return status;
}

/* ---- outbox ---- */

static uint32_t call_outbox_read(void)
{
    otpkit_outbox *read = NULL;
    otpkit_error *error = NULL;
    uint32_t status = otpkit_outbox_read(C(0), TEXT(1, "box"), (otpkit_outbox **)pointer(2, &read), (otpkit_error **)pointer(3, &error));
    CHECK(read == NULL || status == OTPKIT_OK);
    otpkit_outbox_free(read);
    otpkit_error_free(error);
    return status;
}

static uint32_t call_outbox_clear(void)
{
    otpkit_error *error = NULL;
    uint32_t status = otpkit_outbox_clear(C(0), TEXT(1, "box"), (otpkit_error **)pointer(2, &error));
    otpkit_error_free(error);
    return status;
}

#define OUTBOX_OF() ((const otpkit_outbox *)handle(0, OUTBOX, outbox))

ACCESSOR(outbox_count, OUTBOX_OF(), 0)
ACCESSOR(outbox_json, OUTBOX_OF(), NULL)

static uint32_t call_outbox_get(void)
{
    return seen(otpkit_outbox_get(OUTBOX_OF(), 0, TEXT(1, "code")) == NULL);
}

static uint32_t call_outbox_free(void)
{
    otpkit_outbox *read = NULL;
    uint32_t status;
    otpkit_outbox_read(client, "box", &read, NULL);
    status = otpkit_outbox_free((otpkit_outbox *)handle(0, OUTBOX, read));
    otpkit_outbox_free(read);
    return status;
}

/* ---- requests ---- */

#define SENDING() ((const otpkit_request *)handle(0, REQUEST, sending))
#define CHECKING() ((const otpkit_request *)handle(0, REQUEST, checking))

ACCESSOR(request_verb, SENDING(), NULL)
ACCESSOR(request_to, SENDING(), NULL)
ACCESSOR(request_channel, SENDING(), NULL)
ACCESSOR(request_purpose, SENDING(), NULL)
ACCESSOR(request_tenant, SENDING(), NULL)
ACCESSOR(request_locale, SENDING(), NULL)
ACCESSOR(request_code, SENDING(), NULL)
ACCESSOR(request_text, SENDING(), NULL)
ACCESSOR(request_reference, CHECKING(), NULL)
ACCESSOR(request_idempotency_key, SENDING(), NULL)
ACCESSOR(request_values_json, SENDING(), NULL)
ACCESSOR(request_ttl_ms, SENDING(), -1)
ACCESSOR(request_deadline_ms, SENDING(), -1)

static uint32_t call_request_value(void)
{
    return seen(otpkit_request_value(SENDING(), TEXT(1, "name")) == NULL);
}

static uint32_t call_request_complete(void)
{
    otpkit_request *request = new_request();
    uint32_t status = otpkit_request_complete((otpkit_request *)handle(0, REQUEST, request), OTPKIT_RESULT_SENT, TEXT(1, "ref"), 0,
                                              TEXT(2, "why"));
    otpkit_request_complete(request, OTPKIT_RESULT_SENT, NULL, 0, NULL);
    return status;
}

static uint32_t call_runtime_shutdown(void)
{
    return spoiling == WHOLE ? otpkit_runtime_shutdown(1000) : (uint32_t)OTPKIT_OK;
}

#define ROW(function, arguments, normal) {"otpkit_" #function, arguments, normal, call_##function}

const surface surfaces[] = {
    ROW(error_status, "h", VALUE), ROW(error_code, "h", VALUE), ROW(error_message, "h", VALUE), ROW(error_field, "h", VALUE),
    ROW(error_retry_after_ms, "h", DEFAULT), ROW(error_free, "f", OTPKIT_OK),
    ROW(builder_new, "po", OTPKIT_OK), ROW(builder_add_provider, "hppoo", OTPKIT_OK), ROW(builder_on_event, "hpooo", OTPKIT_OK),
    ROW(builder_build, "ho", OTPKIT_OK), ROW(builder_free, "f", OTPKIT_OK),
    ROW(request_complete, "qoo", OTPKIT_OK), ROW(request_verb, "h", VALUE), ROW(request_to, "h", VALUE),
    ROW(request_channel, "h", VALUE), ROW(request_purpose, "h", VALUE), ROW(request_tenant, "h", VALUE),
    ROW(request_locale, "h", VALUE), ROW(request_code, "h", VALUE), ROW(request_text, "h", VALUE),
    ROW(request_reference, "h", VALUE), ROW(request_idempotency_key, "h", VALUE), ROW(request_value, "hp", VALUE),
    ROW(request_values_json, "h", VALUE), ROW(request_ttl_ms, "h", VALUE), ROW(request_deadline_ms, "h", VALUE),
    ROW(client_close, "ho", OTPKIT_OK), ROW(client_free, "f", OTPKIT_OK),
    ROW(start, "hppo", OTPKIT_OK), ROW(resend, "hpopo", OTPKIT_RATE_LIMITED), ROW(resend_json, "hppo", OTPKIT_RATE_LIMITED),
    ROW(resend_async, "hpoco", OTPKIT_RATE_LIMITED), ROW(resend_json_async, "hpco", OTPKIT_RATE_LIMITED),
    ROW(check, "hppopo", OTPKIT_NOT_APPROVED), ROW(check_n, "hppopo", OTPKIT_NOT_APPROVED),
    ROW(check_json, "hppo", OTPKIT_NOT_APPROVED), ROW(status, "hpopo", OTPKIT_OK), ROW(status_json, "hppo", OTPKIT_OK),
    ROW(deliver, "hppo", OTPKIT_OK), ROW(unlock, "hpopo", OTPKIT_OK),
    ROW(call_cancel, "", OTPKIT_GONE), ROW(start_async, "hpco", OTPKIT_OK), ROW(check_async, "hppoco", OTPKIT_NOT_APPROVED),
    ROW(check_n_async, "hppoco", OTPKIT_NOT_APPROVED), ROW(check_json_async, "hpco", OTPKIT_NOT_APPROVED),
    ROW(status_async, "hpoco", OTPKIT_OK), ROW(status_json_async, "hpco", OTPKIT_OK), ROW(deliver_async, "hpco", OTPKIT_OK),
    ROW(unlock_async, "hpoco", OTPKIT_OK),
    ROW(reply_id, "h", VALUE), ROW(reply_approved, "h", VALUE), ROW(reply_attempts_left, "h", DEFAULT),
    ROW(reply_status, "h", VALUE), ROW(reply_reason, "h", DEFAULT), ROW(reply_to, "h", VALUE), ROW(reply_to_masked, "h", VALUE),
    ROW(reply_provider, "h", VALUE), ROW(reply_expires_at, "h", VALUE), ROW(reply_resend_at, "h", VALUE),
    ROW(reply_expires_at_ms, "h", VALUE), ROW(reply_resend_at_ms, "h", VALUE), ROW(reply_get, "hp", VALUE),
    ROW(reply_json, "h", VALUE), ROW(reply_free, "f", OTPKIT_OK),
    ROW(outbox_read, "hppo", OTPKIT_OK), ROW(outbox_count, "h", VALUE), ROW(outbox_get, "hp", VALUE),
    ROW(outbox_json, "h", VALUE), ROW(outbox_free, "f", OTPKIT_OK), ROW(outbox_clear, "hpo", OTPKIT_OK),
    /* These end what the others use, so they come last. */
    ROW(cancel, "hpopo", OTPKIT_OK), ROW(cancel_json, "hppo", OTPKIT_OK), ROW(cancel_async, "hpoco", OTPKIT_OK),
    ROW(cancel_json_async, "hpco", OTPKIT_OK), ROW(runtime_shutdown, "", OTPKIT_OK),
};
const size_t surface_count = sizeof surfaces / sizeof surfaces[0];

void surface_begin(void)
{
    static const char settings[] = "{\"providers\":{\"box\":{\"type\":\"outbox\"}},"
                                   "\"policy\":{\"attempts\":10,\"per_recipient\":[]}}";
    otpkit_provider sender = no_provider(), verifier = no_provider();
    otpkit_reply *reply = NULL;
    otpkit_outbox *read = NULL;
    otpkit_client *service;

    spoiled = -1;
    client = client_of(settings, NULL, NULL, NULL);
    sender.send = hold;
    silent = client_of("{\"deadline_ms\":60000,\"per_ip\":[]}", &sender, NULL, NULL);
    sending = new_request();

    verifier.create = answer_created;
    verifier.check = hold;
    service = client_of("{\"deadline_ms\":60000}", &verifier, NULL, NULL);
    reply = must_start(service, "{\"to\":\"+31612345678\"}");
    otpkit_check_async(service, otpkit_reply_id(reply), "123456", NULL, ignore, NULL);
    checking = wait_for_request();
    otpkit_reply_free(reply);
    otpkit_client_free(service);

    /* One that is approved, and one that stays pending. */
    reply = must_start(client, "{\"to\":\"+31687654321\"}");
    otpkit_outbox_read(client, "box", &outbox, NULL);
    otpkit_check(client, otpkit_reply_id(reply), otpkit_outbox_get(outbox, 0, "code"), NULL, &checked, NULL);
    started = must_start(client, "{\"to\":\"+31612345678\"}");
    otpkit_check(client, "x", "000000", NULL, &reply, &failure);

    stale[CLIENT] = client_of(settings, NULL, NULL, NULL);
    stale[BUILDER] = fresh_builder();
    stale[REPLY] = reply;
    otpkit_error_free(NULL);
    otpkit_client_close(NULL, (otpkit_error **)&stale[ERROR_]);
    otpkit_outbox_read(client, "box", &read, NULL);
    stale[OUTBOX] = read;
    stale[REQUEST] = new_request();
    otpkit_client_free((otpkit_client *)stale[CLIENT]);
    otpkit_builder_free((otpkit_builder *)stale[BUILDER]);
    otpkit_reply_free((otpkit_reply *)stale[REPLY]);
    otpkit_error_free((otpkit_error *)stale[ERROR_]);
    otpkit_outbox_free((otpkit_outbox *)stale[OUTBOX]);
    otpkit_request_complete((otpkit_request *)stale[REQUEST], OTPKIT_RESULT_SENT, NULL, 0, NULL);
}

void surface_end(void)
{
    otpkit_request_complete(sending, OTPKIT_RESULT_SENT, NULL, 0, NULL);
    otpkit_request_complete(checking, OTPKIT_RESULT_WRONG, NULL, 0, NULL);
    otpkit_outbox_free(outbox);
    otpkit_reply_free(started);
    otpkit_reply_free(checked);
    otpkit_error_free(failure);
    otpkit_client_free(client);
    otpkit_client_free(silent);
}
