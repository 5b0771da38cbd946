/* Senders as callbacks: every way in which one can answer, and every way in which one can fail to. */
#define TEST_MAIN
#include "test.h"

/* ---- a provider that does what it is told ---- */

enum {
    SENDS, FAILS_AT_ONCE, NONSENSE, NEVER, TWICE, LATE, FROM_A_THREAD, RE_ENTERS, BAD_TEXT, NOT_SENT, REJECTED, LIMITED, AMBIGUOUS,
    BLOCKS
};

typedef struct {
    int behaviour;
    otpkit_client *client; /* for re-entry */
    int depth;
    int calls;
    int freed;
    uint32_t first, second;
    otpkit_request *kept;
    char code[16];
} host;

static void answer(host *h, otpkit_request *request, uint32_t result)
{
    h->first = otpkit_request_complete(request, result, "ref", 5000, "a reason");
}

static void *answer_from_thread(void *argument)
{
    host *h = (host *)argument;
    test_sleep_ms(20);
    /* The texts are still lent, although the callback has returned. */
    CHECK(strlen(otpkit_request_code(h->kept)) == 6);
    answer(h, h->kept, OTPKIT_RESULT_SENT);
    return NULL;
}

static void re_enter(host *h)
{
    char request[64];
    otpkit_reply *reply = NULL, *checked = NULL;
    int depth = __atomic_add_fetch(&h->depth, 1, __ATOMIC_SEQ_CST);
    if (depth > 3) return;
    snprintf(request, sizeof request, "{\"to\":\"+316%08d\"}", 50000000 + depth);
    CHECK_STATUS(OTPKIT_OK, otpkit_start(h->client, request, &reply, NULL));
    CHECK_STATUS(OTPKIT_NOT_APPROVED, otpkit_check(h->client, otpkit_reply_id(reply), "0000", NULL, &checked, NULL));
    otpkit_reply_free(checked);
    otpkit_reply_free(reply);
}

static void act(void *data, otpkit_request *request)
{
    host *h = (host *)data;
    pthread_t thread;
    __atomic_add_fetch(&h->calls, 1, __ATOMIC_SEQ_CST);
    if (otpkit_request_code(request)) snprintf(h->code, sizeof h->code, "%s", otpkit_request_code(request));
    switch (h->behaviour) {
    case SENDS: answer(h, request, OTPKIT_RESULT_SENT); break;
    case NOT_SENT: answer(h, request, OTPKIT_RESULT_NOT_SENT); break;
    case REJECTED: answer(h, request, OTPKIT_RESULT_REJECTED); break;
    case LIMITED: answer(h, request, OTPKIT_RESULT_LIMITED); break;
    case AMBIGUOUS: answer(h, request, OTPKIT_RESULT_AMBIGUOUS); break;
    case FAILS_AT_ONCE: answer(h, request, OTPKIT_RESULT_FAILED); break;
    case NONSENSE: answer(h, request, 4242); break;
    case BAD_TEXT: h->first = otpkit_request_complete(request, OTPKIT_RESULT_SENT, "\xff\xfe", 0, NULL); break;
    case NEVER: h->kept = request; break;
    case BLOCKS: test_sleep_ms(400); answer(h, request, OTPKIT_RESULT_SENT); break;
    case LATE: h->kept = request; break;
    case TWICE:
        answer(h, request, OTPKIT_RESULT_SENT);
        /* Answered, so the handle is gone; what it lent stays until the callback returns. */
        h->second = otpkit_request_complete(request, OTPKIT_RESULT_NOT_SENT, NULL, 0, NULL);
        break;
    case FROM_A_THREAD:
        h->kept = request;
        pthread_create(&thread, NULL, answer_from_thread, h);
        pthread_detach(thread);
        break;
    case RE_ENTERS:
        re_enter(h);
        answer(h, request, OTPKIT_RESULT_SENT);
        break;
    default: abort();
    }
}

static void count_free(void *data)
{
    __atomic_add_fetch(&((host *)data)->freed, 1, __ATOMIC_SEQ_CST);
}

static int freed_once(host *h)
{
    int i;
    for (i = 0; i < 5000 && __atomic_load_n(&h->freed, __ATOMIC_SEQ_CST) == 0; i++) test_sleep_ms(1);
    return __atomic_load_n(&h->freed, __ATOMIC_SEQ_CST) == 1;
}

static otpkit_client *sender_of(host *h, int behaviour, uint32_t flags, const char *settings)
{
    otpkit_provider provider = no_provider();
    memset(h, 0, sizeof *h);
    h->behaviour = behaviour;
    provider.flags = flags;
    provider.send = act;
    provider.free = count_free;
    h->client = client_of(settings, &provider, h, NULL);
    return h->client;
}

/* Waits, for 2 s at most, until there is a status other than OTPKIT_OK. */
static void await_status(const uint32_t *status)
{
    int i;
    for (i = 0; i < 2000 && __atomic_load_n(status, __ATOMIC_SEQ_CST) == OTPKIT_OK; i++) test_sleep_ms(1);
}

/* ---- senders ---- */

static const char QUICK[] = "{\"deadline_ms\":200,\"providers\":{\"mine\":{\"type\":\"callback\"}}}";
static const char NOT_SENT_ON_ERROR[] = "{\"providers\":{\"mine\":{\"type\":\"callback\",\"on_error\":\"not_sent\"}}}";

static void a_sender(int behaviour, uint32_t flags, const char *settings, uint32_t wanted, const char *delivery)
{
    host h;
    otpkit_reply *reply = NULL;
    otpkit_error *error = NULL;
    otpkit_client *client = sender_of(&h, behaviour, flags, settings);
    double began = test_now();
    CHECK_STATUS(wanted, otpkit_start(client, "{\"to\":\"+31612345678\"}", &reply, &error));
    CHECK(test_now() - began < 3.0);
    CHECK(h.calls == (behaviour == RE_ENTERS ? 4 : 1));
    if (wanted == OTPKIT_OK) CHECK_TEXT(delivery, otpkit_reply_get(reply, "delivery"));
    if (wanted == OTPKIT_OK && behaviour != RE_ENTERS) {
        otpkit_reply *checked = NULL;
        /* What may have been sent can be checked. */
        CHECK_STATUS(OTPKIT_OK, otpkit_check(client, otpkit_reply_id(reply), h.code, NULL, &checked, NULL));
        otpkit_reply_free(checked);
    }
    if (behaviour == LIMITED) CHECK(otpkit_error_retry_after_ms(error) == 5000);
    /* The call may be over before the callback, on its own thread, has noted what its completion returned. */
    if (behaviour == TWICE) await_status(&h.second);
    if (behaviour == NONSENSE || behaviour == BAD_TEXT) await_status(&h.first);
    if (behaviour == TWICE) {
        CHECK_STATUS(OTPKIT_OK, h.first);
        CHECK_STATUS(OTPKIT_GONE, h.second);
    }
    if (behaviour == NONSENSE) CHECK_STATUS(OTPKIT_INVALID_INPUT, h.first);
    if (behaviour == BAD_TEXT) CHECK_STATUS(OTPKIT_INVALID_UTF8, h.first);
    if (behaviour == LATE) {
        /* Given up, but what it lent is still there; then the answer comes, and is dropped. */
        CHECK(otpkit_request_deadline_ms(h.kept) == 0);
        CHECK_TEXT("+31612345678", otpkit_request_to(h.kept));
        CHECK_STATUS(OTPKIT_GONE, otpkit_request_complete(h.kept, OTPKIT_RESULT_SENT, NULL, 0, NULL));
        CHECK_STATUS(OTPKIT_GONE, otpkit_request_complete(h.kept, OTPKIT_RESULT_SENT, NULL, 0, NULL));
        CHECK(otpkit_request_to(h.kept) == NULL);
    }
    otpkit_reply_free(reply);
    otpkit_error_free(error);
    otpkit_client_free(client);
    if (behaviour == BLOCKS) test_sleep_ms(600);
    CHECK(freed_once(&h));
}

static void senders(void)
{
    uint32_t flags;
    otpkit_testing_keep_requests_ms(50);
    for (flags = 0; flags <= OTPKIT_PROVIDER_NEVER_BLOCKS; flags++) {
        a_sender(SENDS, flags, "{}", OTPKIT_OK, "sent");
        a_sender(TWICE, flags, "{}", OTPKIT_OK, "sent");
        a_sender(FROM_A_THREAD, flags, "{}", OTPKIT_OK, "sent");
        a_sender(RE_ENTERS, flags, "{}", OTPKIT_OK, "sent");
        a_sender(NONSENSE, flags, "{}", OTPKIT_OK, "unknown");
        a_sender(BAD_TEXT, flags, "{}", OTPKIT_OK, "unknown");
        a_sender(AMBIGUOUS, flags, "{}", OTPKIT_OK, "unknown");
        a_sender(FAILS_AT_ONCE, flags, "{}", OTPKIT_OK, "unknown");
        a_sender(FAILS_AT_ONCE, flags, NOT_SENT_ON_ERROR, OTPKIT_PROVIDER_UNAVAILABLE, NULL);
        a_sender(NOT_SENT, flags, "{}", OTPKIT_PROVIDER_UNAVAILABLE, NULL);
        a_sender(REJECTED, flags, "{}", OTPKIT_REJECTED, NULL);
        a_sender(LIMITED, flags, "{}", OTPKIT_PROVIDER_LIMITED, NULL);
        a_sender(NEVER, flags, QUICK, OTPKIT_OK, "unknown");
        otpkit_testing_keep_requests_ms(60000);
        a_sender(LATE, flags, QUICK, OTPKIT_OK, "unknown");
        otpkit_testing_keep_requests_ms(50);
    }
    /* One that blocks past the deadline cannot hold the call. */
    a_sender(BLOCKS, 0, QUICK, OTPKIT_OK, "unknown");
    otpkit_testing_keep_requests_ms(60000);
}

/* ---- a second provider takes over after a clear "not sent" only ---- */

static void failover(int first_does, int second_is_called)
{
    host first, second;
    otpkit_provider provider = no_provider();
    otpkit_reply *reply = NULL;
    otpkit_builder *builder = otpkit_builder_new("{\"providers\":{\"a\":{\"type\":\"callback\"},\"b\":{\"type\":\"callback\"}}}", NULL);
    otpkit_client *client;
    memset(&first, 0, sizeof first);
    memset(&second, 0, sizeof second);
    first.behaviour = first_does;
    provider.send = act;
    provider.free = count_free;
    /* Added the other way round: the settings say the order. */
    CHECK_STATUS(OTPKIT_OK, otpkit_builder_add_provider(builder, "b", &provider, &second, NULL));
    CHECK_STATUS(OTPKIT_OK, otpkit_builder_add_provider(builder, "a", &provider, &first, NULL));
    client = otpkit_builder_build(builder, NULL);
    CHECK_STATUS(OTPKIT_OK, otpkit_start(client, "{\"to\":\"+31612345678\"}", &reply, NULL));
    CHECK(first.calls == 1 && second.calls == second_is_called);
    CHECK_TEXT(second_is_called ? "b" : "a", otpkit_reply_provider(reply));
    otpkit_reply_free(reply);
    otpkit_client_free(client);
    CHECK(freed_once(&first) && freed_once(&second));
}

/* ---- structs that are not what they should be; then the user data stay ours ---- */

static void refused(otpkit_provider provider, const char *field)
{
    host h;
    otpkit_error *error = NULL;
    otpkit_builder *builder = otpkit_builder_new("{}", NULL);
    memset(&h, 0, sizeof h);
    provider.free = count_free;
    CHECK_STATUS(OTPKIT_INVALID_SETTINGS, otpkit_builder_add_provider(builder, "mine", &provider, &h, &error));
    CHECK_ERROR(OTPKIT_INVALID_SETTINGS, field, error);
    otpkit_builder_free(builder);
    CHECK(h.freed == 0);
}

static void structs(void)
{
    otpkit_provider provider = no_provider();
    struct {
        otpkit_provider known;
        void *newer;
    } longer;
    otpkit_builder *builder;

    refused(provider, "provider.send");
    provider.send = act;
    provider.create = act;
    provider.check = act;
    refused(provider, "provider.send");
    provider.send = NULL;
    provider.check = NULL;
    refused(provider, "provider.send");
    provider.create = NULL;
    provider.send = act;
    provider.resend = act;
    refused(provider, "provider.send");
    provider.resend = NULL;
    provider.flags = OTPKIT_PROVIDER_CHECKS_BY_RECIPIENT;
    refused(provider, "provider.flags");
    provider.flags = 1u << 31;
    refused(provider, "provider.flags");
    provider.flags = 0;
    provider.size = 0;
    refused(provider, "provider.size");
    provider.size = sizeof provider - 1;
    refused(provider, "provider.size");
    provider.size = SIZE_MAX;
    refused(provider, "provider.size");

    /* A longer struct, of a newer header: fine while it asks for nothing new. */
    memset(&longer, 0, sizeof longer);
    longer.known.size = sizeof longer;
    longer.known.send = act;
    builder = otpkit_builder_new("{}", NULL);
    CHECK_STATUS(OTPKIT_OK, otpkit_builder_add_provider(builder, "mine", &longer.known, NULL, NULL));
    longer.newer = &longer;
    CHECK_STATUS(OTPKIT_INVALID_SETTINGS, otpkit_builder_add_provider(builder, "more", &longer.known, NULL, NULL));
    CHECK_STATUS(OTPKIT_OK, otpkit_builder_free(builder));
}

static void user_data_are_freed_when_no_client_comes_of_it(void)
{
    host h;
    otpkit_provider provider = no_provider();
    otpkit_error *error = NULL;
    otpkit_builder *builder = otpkit_builder_new("{}", NULL);
    memset(&h, 0, sizeof h);
    provider.send = act;
    provider.free = count_free;
    otpkit_builder_add_provider(builder, "mine", &provider, &h, NULL);
    CHECK_STATUS(OTPKIT_OK, otpkit_builder_free(builder));
    CHECK(h.freed == 1);
    /* A route to nobody: the build fails. */
    builder = otpkit_builder_new("{\"routes\":[{\"use\":[\"nobody\"]}]}", NULL);
    h.freed = 0;
    otpkit_builder_add_provider(builder, "mine", &provider, &h, NULL);
    CHECK(otpkit_builder_build(builder, &error) == NULL);
    CHECK(otpkit_error_status(error) == OTPKIT_INVALID_SETTINGS && otpkit_error_field(error) != NULL);
    otpkit_error_free(error);
    CHECK(h.freed == 1);
    CHECK_STATUS(OTPKIT_STALE_HANDLE, otpkit_builder_free(builder));
}

/* A panic in the glue around a callback is a failed provider, not the end of the process. */
static void a_panic_around_a_callback(void)
{
    host h;
    otpkit_reply *reply = NULL;
    otpkit_client *client = sender_of(&h, SENDS, 0, NOT_SENT_ON_ERROR);
    otpkit_testing_panic_at("callback");
    CHECK_STATUS(OTPKIT_PROVIDER_UNAVAILABLE, otpkit_start(client, "{\"to\":\"+31612345678\"}", &reply, NULL));
    CHECK(h.calls == 0);
    h.behaviour = FROM_A_THREAD; /* so that the call has to wait, off this thread */
    otpkit_testing_panic_at("future");
    CHECK_STATUS(OTPKIT_INTERNAL, otpkit_start(client, "{\"to\":\"+31612345679\"}", &reply, NULL));
    otpkit_testing_panic_at(NULL);
    test_sleep_ms(100); /* the thread of that call */
    CHECK_STATUS(OTPKIT_OK, otpkit_start(client, "{\"to\":\"+31612345677\"}", &reply, NULL));
    otpkit_reply_free(reply);
    otpkit_client_free(client);
    CHECK(freed_once(&h));
}

int main(void)
{
    senders();
    failover(NOT_SENT, 1);
    failover(AMBIGUOUS, 0);
    structs();
    user_data_are_freed_when_no_client_comes_of_it();
    a_panic_around_a_callback();
    return test_end("callbacks");
}
