/* Runs what bench/run.py asks for, one case at a time: a line `CASE COUNT` in, a line of JSON out. */
#define _POSIX_C_SOURCE 200809L
#include "otpkit.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Of Dutch mobile numbers: those that wait, and those of the rounds. No number is used twice, as no person would be. */
#define PENDING 10000000L
static long next_number = 20000000L;

static char last_code[16];

static void keep(void *data, otpkit_request *request)
{
    (void)data;
    strncpy(last_code, otpkit_request_code(request), sizeof last_code - 1);
    otpkit_request_complete(request, OTPKIT_RESULT_SENT, NULL, 0, NULL);
}

static void must(int holds, const char *what)
{
    if (holds) return;
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static otpkit_reply *start(otpkit_client *client, long number)
{
    char request[48];
    otpkit_reply *reply = NULL;
    snprintf(request, sizeof request, "{\"to\":\"+316%08ld\"}", number);
    must(otpkit_start(client, request, &reply, NULL) == OTPKIT_OK, "a start failed");
    return reply;
}

static otpkit_client *client_new(void)
{
    otpkit_builder *builder =
        otpkit_builder_new("{\"store\":{\"type\":\"memory\",\"max_entries\":8000000},\"policy\":{\"ttl_seconds\":600}}", NULL);
    otpkit_provider provider;
    memset(&provider, 0, sizeof provider);
    provider.size = sizeof provider;
    provider.flags = OTPKIT_PROVIDER_NEVER_BLOCKS;
    provider.send = keep;
    must(otpkit_builder_add_provider(builder, "keep", &provider, NULL, NULL) == OTPKIT_OK, "the provider was refused");
    otpkit_client *client = otpkit_builder_build(builder, NULL);
    must(client != NULL, "the client was not built");
    /* The first call of a client also reads the store's meta document. */
    otpkit_reply_free(start(client, 50000000L));
    return client;
}

static void cycles(otpkit_client *client, long count)
{
    for (long i = 0; i < count; i++) {
        otpkit_reply *started = start(client, next_number++), *checked = NULL;
        must(otpkit_check(client, otpkit_reply_id(started), last_code, NULL, &checked, NULL) == OTPKIT_OK, "the right code was refused");
        otpkit_reply_free(checked);
        otpkit_reply_free(started);
    }
}

/* Wall time, and CPU time of the whole process, in nanoseconds. */
struct times {
    double wall, cpu;
};

static double clock_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static struct times now(void)
{
    struct times t = {clock_ns(CLOCK_MONOTONIC), clock_ns(CLOCK_PROCESS_CPUTIME_ID)};
    return t;
}

static struct times since(struct times began)
{
    struct times t = now();
    t.wall -= began.wall;
    t.cpu -= began.cpu;
    return t;
}

int main(void)
{
    otpkit_client *crowded = NULL;
    char line[256], name[64];
    long count;
    while (fgets(line, sizeof line, stdin) != NULL) {
        if (sscanf(line, "%63s %ld", name, &count) != 2) continue;
        struct times began = now(), taken = {0, 0};
        if (strcmp(name, "otpkit") == 0) {
            otpkit_client *client = client_new();
            began = now();
            cycles(client, count);
            taken = since(began);
            otpkit_client_free(client);
        } else if (strcmp(name, "otpkit-fill") == 0) {
            crowded = client_new();
            for (long i = 0; i < count; i++) otpkit_reply_free(start(crowded, PENDING + i));
            taken = since(began);
        } else if (strcmp(name, "otpkit-crowded") == 0) {
            must(crowded != NULL, "fill it first");
            cycles(crowded, count);
            taken = since(began);
        } else if (strcmp(name, "empty") == 0) {
            otpkit_client_free(crowded);
            crowded = NULL;
        } else {
            printf("{\"error\":\"no case `%s`\"}\n", name);
            fflush(stdout);
            continue;
        }
        printf("{\"count\":%ld,\"ns\":%.0f,\"cpu_ns\":%.0f}\n", count, taken.wall, taken.cpu);
        fflush(stdout);
    }
    otpkit_client_free(crowded);
    otpkit_runtime_shutdown(1000);
    return 0;
}
