/* Measures calls through the C interface: one line a case, nanoseconds a call. Run by bindings-c/bench.sh. */
#define _POSIX_C_SOURCE 200809L
#include "otpkit.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void report(const char *what, double ns, long calls)
{
    printf("%-58s %10.0f ns\n", what, ns / (double)calls);
}

static _Thread_local char last_code[16];

static void take(void *data, otpkit_request *request)
{
    (void)data;
    strncpy(last_code, otpkit_request_code(request), sizeof last_code - 1);
    otpkit_request_complete(request, OTPKIT_RESULT_SENT, NULL, 0, NULL);
}

static char handed_over[16];

static void take_elsewhere(void *data, otpkit_request *request)
{
    (void)data;
    strncpy(handed_over, otpkit_request_code(request), sizeof handed_over - 1);
    otpkit_request_complete(request, OTPKIT_RESULT_SENT, NULL, 0, NULL);
}

static otpkit_client *client_with(uint32_t flags, void (*send)(void *, otpkit_request *))
{
    otpkit_builder *builder = otpkit_builder_new("{}", NULL);
    otpkit_provider provider;
    memset(&provider, 0, sizeof provider);
    provider.size = sizeof provider;
    provider.flags = flags;
    provider.send = send;
    if (otpkit_builder_add_provider(builder, "mine", &provider, NULL, NULL) != OTPKIT_OK) abort();
    otpkit_client *client = otpkit_builder_build(builder, NULL);
    if (client == NULL) abort();
    return client;
}

static long next_number;

static otpkit_reply *start(otpkit_client *client)
{
    char request[64];
    long number = __atomic_add_fetch(&next_number, 1, __ATOMIC_RELAXED);
    snprintf(request, sizeof request, "{\"to\":\"+316%08ld\"}", 10000000 + number);
    otpkit_reply *reply = NULL;
    if (otpkit_start(client, request, &reply, NULL) != OTPKIT_OK) abort();
    return reply;
}

static void start_and_check(otpkit_client *client, const char *code)
{
    otpkit_reply *started = start(client), *checked = NULL;
    if (otpkit_check(client, otpkit_reply_id(started), code, NULL, &checked, NULL) != OTPKIT_OK) abort();
    if (!otpkit_reply_approved(checked) || otpkit_reply_to(checked) == NULL) abort();
    otpkit_reply_free(checked);
    otpkit_reply_free(started);
}

static void *many(void *client)
{
    for (int i = 0; i < 12500; i++) start_and_check(client, last_code);
    return NULL;
}

int main(void)
{
    const long n = 200000;
    double began;
    otpkit_client *client = client_with(OTPKIT_PROVIDER_NEVER_BLOCKS, take);

    for (int i = 0; i < 20000; i++) start_and_check(client, last_code);
    began = now_ns();
    for (long i = 0; i < n; i++) start_and_check(client, last_code);
    report("start + check, provider that never blocks", now_ns() - began, n);

    otpkit_reply *kept = start(client), *reply;
    const char *id = otpkit_reply_id(kept);
    began = now_ns();
    for (long i = 0; i < n; i++) {
        if (otpkit_status(client, id, NULL, &reply, NULL) != OTPKIT_OK) abort();
        otpkit_reply_free(reply);
    }
    report("status", now_ns() - began, n);

    for (int i = 0; i < 6; i++)
        if (otpkit_check(client, id, "000000", NULL, &reply, NULL) > 1) abort();
        else otpkit_reply_free(reply);
    began = now_ns();
    for (long i = 0; i < n; i++) {
        if (otpkit_check(client, id, "000000", NULL, &reply, NULL) != OTPKIT_NOT_APPROVED) abort();
        otpkit_reply_free(reply);
    }
    report("check of an ended verification", now_ns() - began, n);

    began = now_ns();
    for (long i = 0; i < n; i++)
        if (otpkit_check(client, id, "x", NULL, &reply, NULL) != OTPKIT_INVALID_INPUT) abort();
    report("check refused as invalid input, no error wanted", now_ns() - began, n);

    began = now_ns();
    for (long i = 0; i < n; i++) {
        otpkit_error *error = NULL;
        if (otpkit_check(NULL, id, "x", NULL, &reply, &error) != OTPKIT_NULL_ARGUMENT) abort();
        otpkit_error_free(error);
    }
    report("an error handle made and freed (NULL client)", now_ns() - began, n);

    began = now_ns();
    for (long i = 0; i < 20 * n; i++) (void)otpkit_reply_approved(kept);
    report("an accessor (find, pin, unpin)", now_ns() - began, 20 * n);

    pthread_t threads[16];
    began = now_ns();
    for (int i = 0; i < 16; i++) pthread_create(&threads[i], NULL, many, client);
    for (int i = 0; i < 16; i++) pthread_join(threads[i], NULL);
    report("start + check, 16 threads, wall time a pair", now_ns() - began, 16 * 12500);
    otpkit_reply_free(kept);
    otpkit_client_free(client);

    client = client_with(0, take_elsewhere);
    began = now_ns();
    for (long i = 0; i < n / 10; i++) start_and_check(client, handed_over);
    report("start + check, provider on a thread of its own", now_ns() - began, n / 10);
    otpkit_client_free(client);
    otpkit_runtime_shutdown(1000);
    return 0;
}
