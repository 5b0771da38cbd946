/* The runner of the vector files in C: see vectors.c. */
#ifndef VECTORS_H
#define VECTORS_H

#include "test.h"
#include <jansson.h>
#include <stdarg.h>

/* How calls are made: all from JSON; by the functions with arguments where they can say it; or asynchronously. */
enum { FROM_JSON, BY_ARGUMENTS, ASYNCHRONOUS, MODES };

enum { SEND, CREATE, CHECK_CODE, RESEND, CANCEL, METHODS };

enum { PROVIDERS_MAX = 8 };

/* A provider that follows the script of a case. */
typedef struct {
    pthread_mutex_t lock;
    json_t *script;
    json_t *message;    /* what it was asked last to send */
    json_t *check;      /* what it was asked last to check */
    json_int_t asked[METHODS];
    char **last_code;   /* the case's */
} scripted;

/* One case at work. */
typedef struct {
    int mode;
    json_t *settings;
    json_t *variables;
    otpkit_client *client;
    otpkit_testing_clock *clock;
    size_t providers;
    const char *names[PROVIDERS_MAX];
    scripted scripts[PROVIDERS_MAX];
    size_t seen[PROVIDERS_MAX]; /* messages of the outboxes, in the order of the settings */
    char *last_code;
    int too_long;               /* the last call was longer, as JSON, than any call may be */
    char why[1200];             /* what differs */
} running;

int fail(running *r, const char *format, ...);

/* Answers the provider that follows this script, and what is wrong with the script. */
otpkit_provider scripted_provider(scripted *s, json_t *script, char **last_code, const char **wrong);
void scripted_end(scripted *s);

/* Makes one call. What came of it, reply or error, as JSON; `failed` says which. */
json_t *make_call(running *r, const char *verb, json_t *with, int *failed);

/* The value with its variables filled in; NULL (and r->why) if one is unknown. */
json_t *fill(running *r, json_t *value);

/* Every field that is expected is there and equal. */
int subset(running *r, json_t *expected, json_t *found);
int only_keys(running *r, json_t *value, const char *const *known);

/* A file or a document with whole numbers of any size: the library for JSON takes none above 2^63 - 1. */
json_t *load_json(const char *path, char *why, size_t size);
char *dump_json(json_t *value);

/* Runs a case: 1 if it holds, else 0 and r->why. */
int run_case(running *r, json_t *description);

#endif
