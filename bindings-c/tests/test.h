/* What the tests of the C interface share: counted checks, an inbox, clients. */
#ifndef TEST_H
#define TEST_H

#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "otpkit.h"
#include "otpkit_testing.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* One file of each program defines TEST_MAIN and has the counters. */
#ifdef TEST_MAIN
long test_passed, test_failed;
#else
extern long test_passed, test_failed;
#endif

/* Set by test.sh for runs under valgrind and the like: fewer rounds of the same. */
static inline int test_rounds(int full, int small)
{
    return getenv("OTPKIT_TEST_SMALL") != NULL ? small : full;
}

static inline int test_check(int good, const char *what, const char *file, int line)
{
    if (good) {
        __atomic_add_fetch(&test_passed, 1, __ATOMIC_RELAXED);
    } else {
        __atomic_add_fetch(&test_failed, 1, __ATOMIC_RELAXED);
        fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
    }
    return good;
}

#define CHECK(condition) test_check((condition) ? 1 : 0, #condition, __FILE__, __LINE__)

static inline int test_status(uint32_t wanted, uint32_t found, const char *what, const char *file, int line)
{
    char text[512];
    snprintf(text, sizeof text, "%s is %s (%u), not %s (%u)", what, otpkit_status_string(found), found,
             otpkit_status_string(wanted), wanted);
    return test_check(wanted == found, text, file, line);
}

#define CHECK_STATUS(wanted, found) test_status((wanted), (found), #found, __FILE__, __LINE__)

static inline int test_text(const char *wanted, const char *found, const char *what, const char *file, int line)
{
    char text[512];
    int same = wanted == NULL || found == NULL ? wanted == found : strcmp(wanted, found) == 0;
    snprintf(text, sizeof text, "%s is \"%.150s\", not \"%.150s\"", what, found ? found : "(NULL)", wanted ? wanted : "(NULL)");
    return test_check(same, text, file, line);
}

#define CHECK_TEXT(wanted, found) test_text((wanted), (found), #found, __FILE__, __LINE__)

/* Checks an error's status and field, and frees it. */
static inline void test_error(uint32_t status, const char *field, otpkit_error *error, const char *file, int line)
{
    test_status(status, otpkit_error_status(error), "the error", file, line);
    test_text(field, otpkit_error_field(error), "the field", file, line);
    test_check(otpkit_error_message(error) != NULL && otpkit_error_message(error)[0] != '\0', "a sentence", file, line);
    otpkit_error_free(error);
}

#define CHECK_ERROR(status, field, error) test_error((status), (field), (error), __FILE__, __LINE__)

static inline double test_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static inline void test_sleep_ms(long ms)
{
    struct timespec t;
    t.tv_sec = ms / 1000;
    t.tv_nsec = ms % 1000 * 1000000;
    nanosleep(&t, NULL);
}

/* Prints the count, ends the runtime and looks for handles that were left open. */
static inline int test_end(const char *name)
{
    otpkit_runtime_shutdown(10000);
    CHECK(otpkit_testing_open_handles() == 0);
    printf("  %-12s passed %ld failed %ld\n", name, test_passed, test_failed);
    fflush(stdout);
    return test_failed > 0;
}

/* A sender's inbox: the last message, how many there were, and whether the user data were freed. */
typedef struct {
    pthread_mutex_t lock;
    char code[16];
    char text[256];
    char to[64];
    int sent;
    int freed;
} test_inbox;

static inline void inbox_init(test_inbox *inbox)
{
    memset(inbox, 0, sizeof *inbox);
    pthread_mutex_init(&inbox->lock, NULL);
}

static inline void inbox_take(test_inbox *inbox, const otpkit_request *request)
{
    pthread_mutex_lock(&inbox->lock);
    snprintf(inbox->code, sizeof inbox->code, "%s", otpkit_request_code(request));
    snprintf(inbox->text, sizeof inbox->text, "%s", otpkit_request_text(request));
    snprintf(inbox->to, sizeof inbox->to, "%s", otpkit_request_to(request));
    inbox->sent++;
    pthread_mutex_unlock(&inbox->lock);
}

static inline void inbox_send(void *inbox, otpkit_request *request)
{
    inbox_take((test_inbox *)inbox, request);
    otpkit_request_complete(request, OTPKIT_RESULT_SENT, NULL, 0, NULL);
}

static inline void inbox_free(void *inbox)
{
    __atomic_add_fetch(&((test_inbox *)inbox)->freed, 1, __ATOMIC_SEQ_CST);
}

static inline otpkit_provider no_provider(void)
{
    otpkit_provider provider;
    memset(&provider, 0, sizeof provider);
    provider.size = sizeof provider;
    return provider;
}

/* A client of these settings with one provider named "mine"; on a clock if there is one. */
static inline otpkit_client *client_of(const char *settings, const otpkit_provider *provider, void *data,
                                       otpkit_testing_clock *clock)
{
    otpkit_error *error = NULL;
    otpkit_builder *builder = otpkit_builder_new(settings, &error);
    uint32_t added = OTPKIT_OK;
    if (builder != NULL && provider != NULL) added = otpkit_builder_add_provider(builder, "mine", provider, data, &error);
    if (builder != NULL && clock != NULL) otpkit_testing_builder_clock(builder, clock, NULL);
    otpkit_client *client = added == OTPKIT_OK ? otpkit_builder_build(builder, &error) : NULL;
    if (client == NULL) {
        fprintf(stderr, "no client: %s: %s\n", otpkit_error_field(error), otpkit_error_message(error));
        exit(2);
    }
    return client;
}

/* User data are freed after their last use, which may be on another thread a moment later. */
static inline int inbox_freed_once(test_inbox *inbox)
{
    int i;
    for (i = 0; i < 5000 && __atomic_load_n(&inbox->freed, __ATOMIC_SEQ_CST) == 0; i++) test_sleep_ms(1);
    return __atomic_load_n(&inbox->freed, __ATOMIC_SEQ_CST) == 1;
}

/* A client whose one sender fills the inbox. */
static inline otpkit_client *client_with_inbox(const char *settings, test_inbox *inbox)
{
    otpkit_provider provider = no_provider();
    inbox_init(inbox);
    provider.send = inbox_send;
    provider.free = inbox_free;
    return client_of(settings, &provider, inbox, NULL);
}

/* A code of the same length that is not this one: `offset` places further. */
static inline void wrong_code(char *wrong, const char *code, unsigned long offset)
{
    unsigned long space = 1;
    size_t length = strlen(code), i;
    for (i = 0; i < length; i++) space *= 10;
    unsigned long other = (strtoul(code, NULL, 10) + offset) % space;
    wrong[length] = '\0';
    for (i = length; i > 0; i--, other /= 10) wrong[i - 1] = (char)('0' + other % 10);
}

/* A delivery report as Twilio signs it with the key 0123456789abcdef0123456789abcdef. */
#define REPORT_REQUEST                                                                           \
    "{\"method\":\"POST\",\"url\":\"https://example.com/twilio/status\","                          \
    "\"headers\":{\"X-Twilio-Signature\":[\"/NV3wqxlJQEOdz2lRJlaSNZEyXw=\"]}"
#define REPORT_BODY                                                                              \
    "SmsSid=SM1&SmsStatus=delivered&MessageStatus=delivered&To=%2B15558675310&MessageSid=SM1"    \
    "&AccountSid=AC00000000000000000000000000000001&From=%2B15557122661&ApiVersion=2010-04-01"

/* Hands it over, which must succeed; the reply. */
static inline otpkit_reply *must_report(const otpkit_client *client)
{
    otpkit_reply *reply = NULL;
    uint32_t status = otpkit_webhook(client, "mine", REPORT_REQUEST "}", REPORT_BODY, strlen(REPORT_BODY), &reply, NULL);
    CHECK_STATUS(OTPKIT_OK, status);
    return reply;
}

/* Starts a verification that must succeed; the reply. */
static inline otpkit_reply *must_start(const otpkit_client *client, const char *request)
{
    otpkit_reply *reply = NULL;
    otpkit_error *error = NULL;
    uint32_t status = otpkit_start(client, request, &reply, &error);
    if (status != OTPKIT_OK) {
        CHECK_STATUS(OTPKIT_OK, status);
        fprintf(stderr, "start: %s\n", otpkit_error_message(error));
        exit(2);
    }
    return reply;
}

#endif
