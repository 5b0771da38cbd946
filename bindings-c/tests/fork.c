/* After fork: the child gets defined answers and never hangs, whatever the parent's threads were doing. */
#define TEST_MAIN
#include "test.h"
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static otpkit_client *client;
static otpkit_client *waiting; /* its provider never answers */
static otpkit_reply *started;
static test_inbox inbox;
static int stop;
static int asked;

static void never(void *data, otpkit_request *request)
{
    (void)data;
    (void)request;
    __atomic_add_fetch(&asked, 1, __ATOMIC_SEQ_CST);
}

static void ignore(void *context, uint32_t status, otpkit_reply *reply, otpkit_error *error)
{
    (void)context;
    (void)status;
    otpkit_reply_free(reply);
    otpkit_error_free(error);
}

/* What the child does: 0 if all of it was as it should be, else the number of the step. */
static int child(void)
{
    otpkit_reply *reply = NULL, *fresh = NULL;
    otpkit_error *error = NULL;
    test_inbox own;
    otpkit_client *mine;
    otpkit_provider provider = no_provider();
    int round;

    /* The parent's client keeps its verifications in the parent's memory: it says so, and how. */
    if (otpkit_check(client, otpkit_reply_id(started), inbox.code, NULL, &reply, &error) != OTPKIT_STORE_UNAVAILABLE) return 1;
    if (reply != NULL || strlen(otpkit_error_message(error)) < 20) return 2;
    otpkit_error_free(error);
    if (otpkit_start(client, "{\"to\":\"+31612345678\"}", &reply, NULL) != OTPKIT_STORE_UNAVAILABLE) return 3;

    /* A client of its own works, with threads of its own. */
    for (round = 0; round < 2; round++) {
        inbox_init(&own);
        provider.flags = round == 0 ? 0u : OTPKIT_PROVIDER_NEVER_BLOCKS;
        provider.send = inbox_send;
        mine = client_of("{}", &provider, &own, NULL);
        fresh = must_start(mine, "{\"to\":\"+31687654321\"}");
        if (otpkit_check(mine, otpkit_reply_id(fresh), own.code, NULL, &reply, NULL) != OTPKIT_OK) return 4;
        if (strcmp(otpkit_reply_to(reply), "+31687654321") != 0) return 5;
        otpkit_reply_free(reply);
        otpkit_reply_free(fresh);
        if (otpkit_client_free(mine) != OTPKIT_OK) return 6;
    }
    if (otpkit_reply_free(started) != OTPKIT_OK || otpkit_reply_free(started) != OTPKIT_STALE_HANDLE) return 7;
    if (otpkit_client_free(waiting) != OTPKIT_OK || otpkit_client_free(client) != OTPKIT_OK) return 8;
    if (otpkit_runtime_shutdown(5000) != OTPKIT_OK) return 9;
    return test_failed > 0 ? 10 : 0;
}

static void fork_and_wait(int *answered, double *longest)
{
    double began = test_now();
    int status = 0;
    pid_t pid;
    fflush(NULL); /* or the child would print it again */
    pid = fork();
    if (pid == 0) {
        alarm(20); /* a child that hangs is killed, and counted */
        _exit(child());
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        ++*answered;
    } else {
        fprintf(stderr, "a child ended with status %x\n", (unsigned)status);
    }
    if (test_now() - began > *longest) *longest = test_now() - began;
}

static void forks(const char *when, int children)
{
    int i, answered = 0;
    double longest = 0;
    for (i = 0; i < children; i++) fork_and_wait(&answered, &longest);
    printf("    fork %s: %d of %d children answered, the slowest in %.2f s\n", when, answered, children, longest);
    CHECK(answered == children);
}

/* Threads that make and free handles, call, and wait, while the process forks. */
static void *busy(void *argument)
{
    unsigned long number = 70000000 + 1000000 * (unsigned long)(uintptr_t)argument;
    while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
        char request[64];
        otpkit_reply *reply = NULL, *checked = NULL;
        otpkit_error *error = NULL;
        snprintf(request, sizeof request, "{\"to\":\"+316%08lu\"}", number++);
        if (otpkit_start(client, request, &reply, NULL) == OTPKIT_OK) {
            (void)otpkit_check(client, otpkit_reply_id(reply), "000000", NULL, &checked, NULL);
        }
        otpkit_client_close(NULL, &error);
        otpkit_error_free(error);
        otpkit_reply_free(checked);
        otpkit_reply_free(reply);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[4];
    otpkit_provider provider = no_provider();
    otpkit_reply *reply = NULL;
    int i;
    client = client_with_inbox("{}", &inbox);
    provider.send = never;
    waiting = client_of("{}", &provider, NULL, NULL);
    started = must_start(client, "{\"to\":\"+31612345678\"}");
    otpkit_start_async(waiting, "{\"to\":\"+31612345678\"}", ignore, NULL);
    while (__atomic_load_n(&asked, __ATOMIC_SEQ_CST) == 0) test_sleep_ms(1);

    forks("with a warm runtime and a call that waits", test_rounds(64, 4));
    for (i = 0; i < 4; i++) pthread_create(&threads[i], NULL, busy, (void *)(uintptr_t)i);
    forks("while four threads call", test_rounds(200, 4));
    __atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
    for (i = 0; i < 4; i++) pthread_join(threads[i], NULL);

    /* The parent is as it was. */
    otpkit_reply_free(started);
    started = must_start(client, "{\"to\":\"+31687654321\"}");
    CHECK_STATUS(OTPKIT_OK, otpkit_check(client, otpkit_reply_id(started), inbox.code, NULL, &reply, NULL));
    otpkit_reply_free(reply);
    otpkit_reply_free(started);
    otpkit_client_free(client);
    otpkit_client_free(waiting);
    return test_end("fork");
}
