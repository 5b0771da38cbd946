/* What the calls of surface.h work on. */
#include "surface.h"

int spoiled;
int spoiling;

otpkit_client *client;
otpkit_reply *started;
otpkit_reply *checked;
otpkit_reply *reported;
otpkit_error *failure;
otpkit_outbox *outbox;
otpkit_request *sending;
otpkit_request *checking;

static otpkit_client *silent; /* its provider leaves the answer to us */
static otpkit_request *last_request;
static void *stale[KINDS];
static long numbers;

void *pointer(int index, const void *value)
{
    return index == spoiled && spoiling == NULLED ? NULL : (void *)(uintptr_t)value;
}

void *handle(int index, int kind, const void *value)
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

otpkit_request *new_request(void)
{
    char request[128];
    snprintf(request, sizeof request, "{\"to\":\"+316%08ld\",\"locale\":\"nl\",\"values\":{\"name\":\"Ada\"}}", 30000000 + ++numbers);
    otpkit_start_async(silent, request, ignore, NULL);
    return wait_for_request();
}

const char *fresh_start(void)
{
    static char request[64];
    snprintf(request, sizeof request, "{\"to\":\"+316%08ld\"}", 40000000 + ++numbers);
    return request;
}

otpkit_builder *fresh_builder(void)
{
    return otpkit_builder_new("{\"providers\":{\"box\":{\"type\":\"outbox\"}}}", NULL);
}

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
    silent = client_of("{\"deadline_ms\":60000,\"per_ip\":[],\"providers\":{\"mine\":{\"type\":\"callback\",\"reports_of\":\"twilio\","
                       "\"signing_key\":\"0123456789abcdef0123456789abcdef\"}}}", &sender, NULL, NULL);
    sending = new_request();
    reported = must_report(silent);

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
    otpkit_reply_free(reported);
    otpkit_error_free(failure);
    otpkit_client_free(client);
    otpkit_client_free(silent);
}
