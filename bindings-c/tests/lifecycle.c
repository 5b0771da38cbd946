/* Asynchronous calls, cancelling, events, the end of the runtime, small stacks, and a million calls. */
#define TEST_MAIN
#include "test.h"
#include <limits.h>
#include <unistd.h>

/* ---- completions ---- */

typedef struct {
    int count, aborted, ok, on_caller;
    pthread_t caller;
    uint32_t status;
} tally;

static void tallied(void *context, uint32_t status, otpkit_reply *reply, otpkit_error *error)
{
    tally *t = (tally *)context;
    if (pthread_equal(t->caller, pthread_self())) __atomic_add_fetch(&t->on_caller, 1, __ATOMIC_SEQ_CST);
    if (status == OTPKIT_ABORTED) __atomic_add_fetch(&t->aborted, 1, __ATOMIC_SEQ_CST);
    if (status == OTPKIT_OK) __atomic_add_fetch(&t->ok, 1, __ATOMIC_SEQ_CST);
    t->status = status;
    otpkit_reply_free(reply);
    otpkit_error_free(error);
    __atomic_add_fetch(&t->count, 1, __ATOMIC_SEQ_CST);
}

static void wait_for(tally *t, int count)
{
    int i;
    for (i = 0; i < 10000 && __atomic_load_n(&t->count, __ATOMIC_SEQ_CST) < count; i++) test_sleep_ms(1);
    test_sleep_ms(5);
    CHECK(__atomic_load_n(&t->count, __ATOMIC_SEQ_CST) == count);
}

static void never(void *data, otpkit_request *request)
{
    (void)request;
    __atomic_add_fetch((int *)data, 1, __ATOMIC_SEQ_CST);
}

static void wait_until(int *what, int count)
{
    int i;
    for (i = 0; i < 10000 && __atomic_load_n(what, __ATOMIC_SEQ_CST) < count; i++) test_sleep_ms(1);
}

static void what_need_not_wait_completes_before_the_function_returns(void)
{
    test_inbox inbox;
    tally t;
    otpkit_provider provider = no_provider();
    otpkit_client *client;
    int i;
    memset(&t, 0, sizeof t);
    t.caller = pthread_self();
    inbox_init(&inbox);
    provider.flags = OTPKIT_PROVIDER_NEVER_BLOCKS;
    provider.send = inbox_send;
    client = client_of("{}", &provider, &inbox, NULL);
    for (i = 0; i < 100; i++) {
        char request[64];
        snprintf(request, sizeof request, "{\"to\":\"+316%08d\"}", 60000000 + i);
        CHECK(otpkit_start_async(client, request, tallied, &t) == 0);
        CHECK(t.count == i + 1);
    }
    CHECK(t.ok == 100 && t.on_caller == 100);
    otpkit_client_free(client);
}

static void a_call_can_be_canceled(void)
{
    int asked = 0, i;
    tally t;
    uint64_t calls[50];
    otpkit_provider provider = no_provider();
    otpkit_client *client;
    memset(&t, 0, sizeof t);
    t.caller = pthread_self();
    provider.send = never;
    client = client_of("{\"per_ip\":[]}", &provider, &asked, NULL);
    otpkit_testing_keep_requests_ms(0);
    for (i = 0; i < 50; i++) {
        char request[64];
        snprintf(request, sizeof request, "{\"to\":\"+316%08d\"}", 61000000 + i);
        calls[i] = otpkit_start_async(client, request, tallied, &t);
        CHECK(calls[i] != 0);
    }
    wait_until(&asked, 50);
    CHECK(t.count == 0);
    /* The handle goes first; the calls go on until they are canceled. */
    CHECK_STATUS(OTPKIT_OK, otpkit_client_free(client));
    for (i = 0; i < 50; i++) CHECK_STATUS(OTPKIT_OK, otpkit_call_cancel(calls[i]));
    for (i = 0; i < 50; i++) CHECK_STATUS(OTPKIT_GONE, otpkit_call_cancel(calls[i]));
    wait_for(&t, 50);
    CHECK(t.aborted == 50 && t.on_caller == 0);
    CHECK_STATUS(OTPKIT_STALE_HANDLE, otpkit_call_cancel(12345));
    CHECK_STATUS(OTPKIT_STALE_HANDLE, otpkit_call_cancel(UINT64_MAX));
}

/* Calls are canceled while they complete: each completes exactly once, as one or the other. */
static void canceling_races_with_completing(void)
{
    test_inbox inbox;
    tally t;
    int i, rounds = test_rounds(2000, 50);
    otpkit_client *client = client_with_inbox("{\"per_ip\":[]}", &inbox);
    memset(&t, 0, sizeof t);
    t.caller = pthread_self();
    for (i = 0; i < rounds; i++) {
        char request[64];
        uint64_t call;
        snprintf(request, sizeof request, "{\"to\":\"+316%08d\"}", 62000000 + i);
        call = otpkit_start_async(client, request, tallied, &t);
        if (i % 3 == 0) test_sleep_ms(0);
        (void)otpkit_call_cancel(call);
    }
    wait_for(&t, rounds);
    CHECK(t.ok + t.aborted == rounds);
    otpkit_client_free(client);
    CHECK(inbox_freed_once(&inbox));
}

/* ---- the end of the runtime ---- */

static void *blocked(void *argument)
{
    otpkit_reply *reply = NULL;
    otpkit_error *error = NULL;
    uint32_t status = otpkit_start(*(otpkit_client **)argument, "{\"to\":\"+31612345678\"}", &reply, &error);
    CHECK(reply == NULL);
    CHECK_ERROR(OTPKIT_ABORTED, NULL, error);
    CHECK_STATUS(OTPKIT_ABORTED, status);
    return NULL;
}

static void shutting_down_ends_what_waits_and_a_later_call_works(void)
{
    int asked = 0, i;
    tally t;
    pthread_t thread;
    test_inbox inbox;
    otpkit_provider provider = no_provider();
    otpkit_client *client;
    double began;
    memset(&t, 0, sizeof t);
    t.caller = pthread_self();
    provider.send = never;
    client = client_of("{}", &provider, &asked, NULL);
    pthread_create(&thread, NULL, blocked, &client);
    for (i = 0; i < 4; i++) {
        char request[64];
        snprintf(request, sizeof request, "{\"to\":\"+316%08d\"}", 63000000 + i);
        otpkit_start_async(client, request, tallied, &t);
    }
    wait_until(&asked, 5);
    began = test_now();
    CHECK_STATUS(OTPKIT_OK, otpkit_runtime_shutdown(5000));
    CHECK(test_now() - began < 4.0);
    pthread_join(thread, NULL);
    wait_for(&t, 4);
    CHECK(t.aborted == 4);
    CHECK_STATUS(OTPKIT_OK, otpkit_runtime_shutdown(5000));
    otpkit_client_free(client);

    client = client_with_inbox("{}", &inbox);
    otpkit_reply_free(must_start(client, "{\"to\":\"+31612345678\"}"));
    otpkit_client_free(client);
}

/* ---- events ---- */

typedef struct {
    int count, masked, codes, at_once, overlapping, freed;
    const char *code;
    otpkit_client *client;
} listener;

static void heard(void *data, const char *event)
{
    listener *l = (listener *)data;
    otpkit_reply *reply = NULL;
    if (__atomic_add_fetch(&l->at_once, 1, __ATOMIC_SEQ_CST) != 1) l->overlapping++;
    if (strstr(event, "+31*******78") != NULL) l->masked++;
    if (strstr(event, "612345678") != NULL || (l->code != NULL && strstr(event, l->code) != NULL)) l->codes++;
    /* Events may call otpkit. */
    if (otpkit_status(l->client, "x", NULL, &reply, NULL) != OTPKIT_INVALID_INPUT && l->client != NULL) l->overlapping++;
    __atomic_sub_fetch(&l->at_once, 1, __ATOMIC_SEQ_CST);
    __atomic_add_fetch(&l->count, 1, __ATOMIC_SEQ_CST);
}

static void unheard(void *data)
{
    __atomic_add_fetch(&((listener *)data)->freed, 1, __ATOMIC_SEQ_CST);
}

static void events_tell_what_happened(void)
{
    listener l, replaced;
    test_inbox inbox;
    otpkit_provider provider = no_provider();
    otpkit_builder *builder = otpkit_builder_new("{}", NULL);
    otpkit_client *client;
    otpkit_reply *started, *reply = NULL;
    int i;
    memset(&l, 0, sizeof l);
    memset(&replaced, 0, sizeof replaced);
    inbox_init(&inbox);
    provider.send = inbox_send;
    otpkit_builder_add_provider(builder, "mine", &provider, &inbox, NULL);
    CHECK_STATUS(OTPKIT_OK, otpkit_builder_on_event(builder, heard, &replaced, unheard, NULL));
    CHECK_STATUS(OTPKIT_OK, otpkit_builder_on_event(builder, heard, &l, unheard, NULL));
    client = otpkit_builder_build(builder, NULL);
    l.code = NULL;
    started = must_start(client, "{\"to\":\"+31612345678\"}");
    l.code = inbox.code;
    for (i = 0; i < 20; i++) {
        CHECK(otpkit_check(client, otpkit_reply_id(started), "0", NULL, &reply, NULL) == OTPKIT_INVALID_INPUT);
    }
    wait_until(&l.count, 21);
    CHECK(l.count == 21 && l.masked >= 1 && l.codes == 0 && l.overlapping == 0);
    otpkit_testing_panic_at("event");
    otpkit_check(client, otpkit_reply_id(started), "0", NULL, &reply, NULL);
    otpkit_check(client, otpkit_reply_id(started), "0", NULL, &reply, NULL);
    wait_until(&l.count, 22);
    CHECK(l.count == 22);
    otpkit_reply_free(started);
    otpkit_client_free(client);
    wait_until(&l.freed, 1);
    CHECK(l.freed == 1 && replaced.freed == 1 && replaced.count == 0);
}

/* ---- a thread with a small stack ---- */

static void *on_a_small_stack(void *argument)
{
    test_inbox *inbox = (test_inbox *)argument;
    otpkit_provider provider = no_provider();
    otpkit_client *client;
    otpkit_reply *started, *checked = NULL;
    inbox_init(inbox);
    provider.flags = OTPKIT_PROVIDER_NEVER_BLOCKS; /* all of it on this stack */
    provider.send = inbox_send;
    client = client_of("{}", &provider, inbox, NULL);
    started = must_start(client, "{\"to\":\"+31 6 1234 5678\"}");
    CHECK_STATUS(OTPKIT_OK, otpkit_check(client, otpkit_reply_id(started), inbox->code, NULL, &checked, NULL));
    CHECK(otpkit_reply_json(checked) != NULL);
    otpkit_reply_free(checked);
    otpkit_reply_free(started);
    otpkit_client_free(client);
    return NULL;
}

static void small_stacks_will_do(void)
{
    pthread_t thread;
    pthread_attr_t attributes;
    test_inbox inbox;
    pthread_attr_init(&attributes);
    CHECK(pthread_attr_setstacksize(&attributes, 128 * 1024) == 0);
    CHECK(pthread_create(&thread, &attributes, on_a_small_stack, &inbox) == 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
}

/* ---- many calls ---- */

static long resident_kib(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL) return 0;
    if (fscanf(file, "%*d %ld", &pages) != 1) pages = 0;
    fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void a_million_calls_leave_nothing_behind(void)
{
    int i, half = 0, pairs = test_rounds(500000, 500);
    long before = 0, after;
    test_inbox inbox;
    otpkit_provider provider = no_provider();
    otpkit_testing_clock *clock = otpkit_testing_clock_new(1767225600000ULL);
    otpkit_client *client;
    double began = test_now();
    inbox_init(&inbox);
    provider.flags = OTPKIT_PROVIDER_NEVER_BLOCKS;
    provider.send = inbox_send;
    client = client_of("{}", &provider, &inbox, clock);
    for (i = 0; i < pairs; i++) {
        char request[64];
        otpkit_reply *started, *checked = NULL;
        otpkit_error *error = NULL;
        /* Each thousandth turn a day passes, so that the store may forget. */
        if (i % 1000 == 0) otpkit_testing_clock_advance(clock, 86400000ULL + 1000);
        snprintf(request, sizeof request, "{\"to\":\"+316%08d\"}", 10000000 + i % 1000);
        started = must_start(client, request);
        if (otpkit_check(client, otpkit_reply_id(started), inbox.code, NULL, &checked, &error) != OTPKIT_OK) half++;
        otpkit_reply_free(checked);
        otpkit_reply_free(started);
        otpkit_error_free(error);
        if (i == pairs / 5) before = resident_kib();
    }
    after = resident_kib();
    printf("    %d calls in %.1f s; resident memory %ld -> %ld KiB\n", pairs * 2, test_now() - began, before, after);
    CHECK(half == 0);
    /* Less than a byte a call after the warm-up. */
    CHECK((after - before) * 1024 < (long)pairs * 2 || pairs < 10000);
    otpkit_client_free(client);
    otpkit_testing_clock_free(clock);
}

int main(void)
{
    what_need_not_wait_completes_before_the_function_returns();
    a_call_can_be_canceled();
    canceling_races_with_completing();
    shutting_down_ends_what_waits_and_a_later_call_works();
    events_tell_what_happened();
    small_stacks_will_do();
    a_million_calls_leave_nothing_behind();
    return test_end("lifecycle");
}
