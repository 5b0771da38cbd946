/* Handles: stale, freed twice, of another kind, garbage; many of them; closed while 16 threads call. */
#define TEST_MAIN
#include "test.h"

static void every_wrong_handle_is_noticed(void)
{
    test_inbox inbox;
    otpkit_client *client = client_with_inbox("{}", &inbox);
    otpkit_reply *reply = must_start(client, "{\"to\":\"+31612345678\"}"), *other = NULL;
    otpkit_error *error = NULL;
    int local = 0, i;
    const void *garbage[6];
    garbage[0] = &local;
    garbage[1] = (void *)(uintptr_t)1;
    garbage[2] = (void *)~(uintptr_t)0;
    garbage[3] = (void *)(uintptr_t)0xA1ffffffffffffffULL;
    garbage[4] = (void *)((uintptr_t)client + 1);
    garbage[5] = (void *)((uintptr_t)client + ((uintptr_t)1 << 24));

    for (i = 0; i < 6; i++) {
        CHECK_STATUS(OTPKIT_STALE_HANDLE, otpkit_client_close((otpkit_client *)garbage[i], NULL));
        CHECK_STATUS(OTPKIT_STALE_HANDLE, otpkit_client_free((otpkit_client *)garbage[i]));
        CHECK_STATUS(OTPKIT_STALE_HANDLE, otpkit_reply_free((otpkit_reply *)garbage[i]));
        CHECK_STATUS(OTPKIT_STALE_HANDLE, otpkit_error_free((otpkit_error *)garbage[i]));
        CHECK(otpkit_reply_json((const otpkit_reply *)garbage[i]) == NULL);
        CHECK(!otpkit_reply_approved((const otpkit_reply *)garbage[i]));
        CHECK_STATUS(OTPKIT_STALE_HANDLE, otpkit_request_complete((otpkit_request *)garbage[i], 1, NULL, 0, NULL));
    }
    CHECK_STATUS(OTPKIT_STALE_HANDLE, otpkit_client_close((otpkit_client *)reply, &error));
    CHECK(strstr(otpkit_error_message(error), "otpkit_reply") != NULL);
    CHECK_ERROR(OTPKIT_STALE_HANDLE, "client", error);
    CHECK_STATUS(OTPKIT_STALE_HANDLE, otpkit_reply_free((otpkit_reply *)client));

    CHECK_STATUS(OTPKIT_OK, otpkit_reply_free(reply));
    CHECK_STATUS(OTPKIT_STALE_HANDLE, otpkit_reply_free(reply));
    CHECK(otpkit_reply_id(reply) == NULL);
    CHECK_STATUS(OTPKIT_OK, otpkit_client_free(client));
    CHECK_STATUS(OTPKIT_STALE_HANDLE, otpkit_client_free(client));
    error = NULL;
    CHECK_STATUS(OTPKIT_STALE_HANDLE, otpkit_start(client, "{\"to\":\"+31612345678\"}", &other, &error));
    CHECK(other == NULL);
    CHECK(strstr(otpkit_error_message(error), "freed before") != NULL);
    CHECK_STATUS(OTPKIT_OK, otpkit_error_free(error));
    CHECK_STATUS(OTPKIT_STALE_HANDLE, otpkit_error_free(error));
    CHECK(otpkit_error_message(error) == NULL);
    CHECK(inbox_freed_once(&inbox));
}

/* A slot that is used again gives another handle: the old one stays stale for ever. */
static void a_stale_handle_never_becomes_good(void)
{
    otpkit_builder *first = otpkit_builder_new("{}", NULL);
    int i, rounds = test_rounds(200000, 2000), revived = 0;
    otpkit_builder_free(first);
    for (i = 0; i < rounds; i++) {
        otpkit_builder *next = otpkit_builder_new("{}", NULL);
        revived += next == first;
        revived += otpkit_builder_free(first) != OTPKIT_STALE_HANDLE;
        otpkit_builder_free(next);
    }
    CHECK(revived == 0);
}

static void many_handles_at_once(void)
{
    int i, count = test_rounds(200000, 3000), wrong = 0;
    size_t before = otpkit_testing_open_handles();
    otpkit_error **errors = (otpkit_error **)calloc((size_t)count, sizeof *errors);
    for (i = 0; i < count; i++) wrong += otpkit_builder_build(NULL, &errors[i]) != NULL;
    CHECK(otpkit_testing_open_handles() == before + (size_t)count);
    for (i = 0; i < count; i++) wrong += otpkit_error_status(errors[i]) != OTPKIT_NULL_ARGUMENT;
    for (i = 0; i < count; i++) wrong += otpkit_error_free(errors[i]) != OTPKIT_OK;
    for (i = 0; i < count; i++) wrong += otpkit_error_free(errors[i]) != OTPKIT_STALE_HANDLE;
    CHECK(wrong == 0);
    free(errors);
}

/* ---- one thread frees what fifteen others use ---- */

enum { THREADS = 16 };

typedef struct {
    pthread_barrier_t barrier;
    otpkit_client *client;
    otpkit_reply *reply;
    int rounds;
    long calls;
    long wrong;
    int freed_client;
    int freed_reply;
} race;

static void *caller(void *argument)
{
    race *shared = (race *)argument;
    int round, i;
    for (round = 0; round < shared->rounds; round++) {
        pthread_barrier_wait(&shared->barrier);
        for (i = 0; i < 20; i++) {
            otpkit_reply *reply = NULL;
            otpkit_error *error = NULL;
            uint32_t status = otpkit_check(shared->client, "AePdskR8MGkvuj0-ALcYLdb-vEEDhDJvTEJKOw", "123456", NULL, &reply, &error);
            int good = status == OTPKIT_NOT_APPROVED || status == OTPKIT_CANNOT_TELL || status == OTPKIT_STALE_HANDLE ||
                       status == OTPKIT_CLOSED;
            int told = (reply != NULL) == (status == OTPKIT_NOT_APPROVED) && (error != NULL) == (status > 1);
            if (!good || !told) __atomic_add_fetch(&shared->wrong, 1, __ATOMIC_RELAXED);
            otpkit_reply_free(reply);
            otpkit_error_free(error);
            (void)otpkit_reply_attempts_left(shared->reply);
            __atomic_add_fetch(&shared->calls, 1, __ATOMIC_RELAXED);
        }
        if (otpkit_client_free(shared->client) == OTPKIT_OK) __atomic_add_fetch(&shared->freed_client, 1, __ATOMIC_RELAXED);
        if (otpkit_reply_free(shared->reply) == OTPKIT_OK) __atomic_add_fetch(&shared->freed_reply, 1, __ATOMIC_RELAXED);
        pthread_barrier_wait(&shared->barrier);
    }
    return NULL;
}

static void freed_while_sixteen_threads_call(void)
{
    pthread_t threads[THREADS];
    race shared;
    test_inbox *inboxes;
    int i, round, exactly_once = 1, data_freed = 1;
    memset(&shared, 0, sizeof shared);
    shared.rounds = test_rounds(1000, 20);
    inboxes = (test_inbox *)calloc((size_t)shared.rounds, sizeof *inboxes);
    pthread_barrier_init(&shared.barrier, NULL, THREADS + 1);
    for (i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, caller, &shared);
    for (round = 0; round < shared.rounds; round++) {
        shared.client = client_with_inbox("{}", &inboxes[round]);
        shared.reply = must_start(shared.client, "{\"to\":\"+31612345678\"}");
        shared.freed_client = shared.freed_reply = 0;
        pthread_barrier_wait(&shared.barrier);
        if (round % 2) otpkit_client_close(shared.client, NULL);
        pthread_barrier_wait(&shared.barrier);
        exactly_once &= shared.freed_client == 1 && shared.freed_reply == 1;
    }
    for (i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    for (i = 0; i < shared.rounds; i++) data_freed &= inbox_freed_once(&inboxes[i]);
    free(inboxes);
    CHECK(exactly_once);
    CHECK(data_freed);
    CHECK(shared.calls == (long)shared.rounds * THREADS * 20);
    CHECK(shared.wrong == 0);
    pthread_barrier_destroy(&shared.barrier);
}

/* ---- one builder, four threads: each provider that was taken over is freed once, each other one is not ---- */

typedef struct {
    pthread_barrier_t barrier;
    otpkit_builder *builder;
    long odd;
    long built;
    long taken;
    long freed;
    long busy;
} site;

static void site_free(void *data)
{
    __atomic_add_fetch(&((site *)data)->freed, 1, __ATOMIC_SEQ_CST);
}

static void *mason(void *argument)
{
    site *s = (site *)argument;
    otpkit_provider provider = no_provider();
    otpkit_client *client;
    otpkit_error *error = NULL;
    char name[32];
    int i;
    provider.send = inbox_send;
    provider.free = site_free;
    pthread_barrier_wait(&s->barrier);
    for (i = 0; i < 5; i++) {
        uint32_t status;
        snprintf(name, sizeof name, "p%lu-%d", (unsigned long)pthread_self() % 100000, i);
        status = otpkit_builder_add_provider(s->builder, name, &provider, s, NULL);
        if (status == OTPKIT_OK) __atomic_add_fetch(&s->taken, 1, __ATOMIC_SEQ_CST);
        if (status == OTPKIT_BUSY) __atomic_add_fetch(&s->busy, 1, __ATOMIC_SEQ_CST);
        if (status != OTPKIT_OK && status != OTPKIT_BUSY && status != OTPKIT_STALE_HANDLE) __atomic_add_fetch(&s->odd, 1, __ATOMIC_SEQ_CST);
    }
    do {
        error = NULL;
        client = otpkit_builder_build(s->builder, &error);
        i = otpkit_error_status(error) == OTPKIT_BUSY;
        otpkit_error_free(error);
    } while (i);
    if (client != NULL) __atomic_add_fetch(&s->built, 1, __ATOMIC_SEQ_CST);
    otpkit_client_free(client);
    return NULL;
}

static void a_builder_that_four_threads_use(void)
{
    int round, rounds = test_rounds(1000, 20), i;
    long busy = 0, wrong = 0;
    for (round = 0; round < rounds; round++) {
        pthread_t threads[4];
        site s;
        memset(&s, 0, sizeof s);
        s.builder = otpkit_builder_new("{\"providers\":{\"box\":{\"type\":\"outbox\"}}}", NULL);
        pthread_barrier_init(&s.barrier, NULL, 4);
        for (i = 0; i < 4; i++) pthread_create(&threads[i], NULL, mason, &s);
        for (i = 0; i < 4; i++) pthread_join(threads[i], NULL);
        pthread_barrier_destroy(&s.barrier);
        wrong += s.odd != 0 || s.built != 1 || s.freed != s.taken;
        busy += s.busy;
    }
    CHECK(wrong == 0);
    (void)busy;
}

int main(void)
{
    CHECK_STATUS(OTPKIT_OK, otpkit_client_free(NULL));
    CHECK_STATUS(OTPKIT_OK, otpkit_builder_free(NULL));
    CHECK_STATUS(OTPKIT_OK, otpkit_reply_free(NULL));
    CHECK_STATUS(OTPKIT_OK, otpkit_error_free(NULL));
    CHECK_STATUS(OTPKIT_OK, otpkit_outbox_free(NULL));
    every_wrong_handle_is_noticed();
    a_stale_handle_never_becomes_good();
    many_handles_at_once();
    freed_while_sixteen_threads_call();
    a_builder_that_four_threads_use();
    return test_end("handles");
}
