/*
 * G17 through C: marked recipients, codes, keys and secrets go through calls that succeed and calls that fail, on the memory
 * store and on SQLite; no error, reply or event holds one, nor a byte of the store's files.
 */
#define TEST_MAIN
#include "test.h"

#include <unistd.h>

#define KEY "canarykey0123456789abcdef0123456"
#define TOKEN "c0ffee0123456789abcdef0123456789"
#define SECRET "canary-secret-0123456789abcdef-0123456789"
#define TO "+31612345678"
#define MAILBOX "canary.mailbox@example.com"

enum { MAX_MARKS = 16 };
static const char *marks[MAX_MARKS] = {KEY, TOKEN, SECRET, TO, "612345678", MAILBOX, "canary.mailbox", "Canary Name"};
static int mark_count = 8;
static long looked_at;
static test_inbox inbox;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

enum { SPELLING = 160 };

static void spell_hex(char *into, const char *mark, const char *format)
{
    for (; *mark != '\0'; mark++, into += 2) snprintf(into, 3, format, (unsigned char)*mark);
}

/* What all base64 of a text with this mark behind so many (modulo 3) bytes has in it. */
static void spell_base64(char *into, const char *mark, size_t before)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *byte = (const unsigned char *)mark + (3 - before) % 3;
    size_t left = strlen(mark) - (3 - before) % 3;
    for (; left >= 3; left -= 3, byte += 3) {
        unsigned long three = (unsigned long)byte[0] << 16 | (unsigned long)byte[1] << 8 | byte[2];
        *into++ = digits[three >> 18];
        *into++ = digits[three >> 12 & 63];
        *into++ = digits[three >> 6 & 63];
        *into++ = digits[three & 63];
    }
    *into = '\0';
}

static int contains(const char *bytes, size_t length, const char *wanted)
{
    size_t at, size = strlen(wanted);
    for (at = 0; at + size <= length; at++)
        if (bytes[at] == wanted[0] && memcmp(bytes + at, wanted, size) == 0) return 1;
    return 0;
}

/* Whether these bytes hold a mark, as it is, in hexadecimal or in base64. */
static const char *held(const char *bytes, size_t length)
{
    int i;
    for (i = 0; i < mark_count; i++) {
        char text[SPELLING];
        size_t before;
        if (contains(bytes, length, marks[i])) return marks[i];
        spell_hex(text, marks[i], "%02x");
        if (contains(bytes, length, text)) return marks[i];
        spell_hex(text, marks[i], "%02X");
        if (contains(bytes, length, text)) return marks[i];
        for (before = 0; before < 3; before++) {
            spell_base64(text, marks[i], before);
            if (contains(bytes, length, text)) return marks[i];
        }
    }
    return NULL;
}

static void look(const char *text)
{
    if (text == NULL) return;
    pthread_mutex_lock(&lock);
    looked_at++;
    if (held(text, strlen(text)) != NULL) {
        fprintf(stderr, "a mark is in: %s\n", text);
        CHECK(!"a text without marks");
    }
    pthread_mutex_unlock(&lock);
}

static void look_at_error(uint32_t status, otpkit_error *error)
{
    CHECK(status != OTPKIT_OK && error != NULL);
    look(otpkit_error_message(error));
    look(otpkit_error_code(error));
    look(otpkit_error_field(error));
    look(otpkit_status_string(status));
    otpkit_error_free(error);
}

static void look_at_reply(otpkit_reply *reply)
{
    look(otpkit_reply_to_masked(reply));
    look(otpkit_reply_to(reply));
    look(otpkit_reply_status(reply));
    look(otpkit_reply_reason(reply));
    look(otpkit_reply_provider(reply));
    look(otpkit_reply_json(reply));
    otpkit_reply_free(reply);
}

static void on_event(void *unused, const char *event)
{
    (void)unused;
    look(event);
}

/* Repeats what it was given in its reason. */
static void refuse(void *unused, otpkit_request *request)
{
    char reason[256];
    (void)unused;
    snprintf(reason, sizeof reason, "down for %s: %s", otpkit_request_to(request), otpkit_request_code(request));
    marks[mark_count++] = strdup(otpkit_request_code(request));
    otpkit_request_complete(request, OTPKIT_RESULT_NOT_SENT, NULL, 0, reason);
}

static otpkit_client *client_on(const char *store)
{
    char settings[1024];
    otpkit_error *error = NULL;
    otpkit_provider provider = no_provider();
    otpkit_builder *builder;
    otpkit_client *client;

    snprintf(settings, sizeof settings,
             "{\"secrets\":[\"" SECRET "\"],\"store\":\"%s\",\"policy\":{\"length\":10,\"resend_after_seconds\":[0]}}", store);
    inbox_init(&inbox);
    provider.send = inbox_send;
    provider.free = inbox_free;
    builder = otpkit_builder_new(settings, &error);
    CHECK(builder != NULL);
    CHECK_STATUS(OTPKIT_OK, otpkit_builder_add_provider(builder, "mine", &provider, &inbox, &error));
    CHECK_STATUS(OTPKIT_OK, otpkit_builder_on_event(builder, on_event, NULL, NULL, &error));
    client = otpkit_builder_build(builder, &error);
    CHECK(client != NULL);
    return client;
}

static void drive(const char *store)
{
    static const char *const refused[] = {"{\"to\":\"" TO "x\"}", "{\"to\":\"0031 6-12345678\"}", "{\"to\":\"" MAILBOX "\\u0000\"}",
                                          "{\"to\":\"" TO "\",\"channel\":\"email\"}", "{\"to\":\"" TO "\",\"purpose\":\"a b\"}",
                                          "{\"to\":\"" TO "\",\"unknown\":\"" KEY "\"}", "{\"to\":\"" TO "\""};
    otpkit_client *client = client_on(store);
    otpkit_reply *started, *reply = NULL;
    otpkit_error *error = NULL;
    char wrong[16], spaced[16], reversed[128];
    uint32_t status;
    size_t i;

    started = must_start(client, "{\"to\":\"" TO "\",\"purpose\":\"login\",\"values\":{\"name\":\"Canary Name\"}}");
    CHECK(strlen(inbox.code) == 10 && held(inbox.to, strlen(inbox.to)) != NULL);
    marks[mark_count++] = strdup(inbox.code);
    CHECK(held(inbox.text, strlen(inbox.text)) != NULL); /* the test of the test: where a mark is, it is found */
    look(otpkit_reply_to_masked(started));
    look(otpkit_reply_json(started));

    for (i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        error = NULL;
        status = otpkit_start(client, refused[i], &reply, &error);
        look_at_error(status, error);
    }
    snprintf(spaced, sizeof spaced, "%.5s %.5s", inbox.code, inbox.code + 5);
    error = NULL;
    status = otpkit_check(client, otpkit_reply_id(started), spaced, "login", &reply, &error);
    look_at_error(status, error);
    error = NULL;
    status = otpkit_check(client, "no-id", inbox.code, "login", &reply, &error);
    look_at_error(status, error);
    error = NULL;
    snprintf(reversed, sizeof reversed, "{\"method\":\"POST\",\"url\":\"https://example.com/\",\"headers\":{\"X\":[\"" KEY "\"]}}");
    status = otpkit_webhook(client, "mine", reversed, TO, strlen(TO), &reply, &error);
    look_at_error(status, error);

    wrong_code(wrong, inbox.code, 1);
    CHECK_STATUS(OTPKIT_NOT_APPROVED, otpkit_check(client, otpkit_reply_id(started), wrong, "login", &reply, NULL));
    look_at_reply(reply);
    otpkit_reply_free(started);
    otpkit_client_free(client);
    CHECK(inbox_freed_once(&inbox));
}

static void settings_that_cannot_work(void)
{
#define VENDOR "{\"providers\":{\"t\":{\"type\":\"twilio-verify\",\"account_sid\":\"AC00000000000000000000000000000001\"," \
               "\"service_sid\":\"VA00000000000000000000000000000001\","
    static const char *const wrong[] = {VENDOR "\"auth_token\":\"" TOKEN "\\n\"}}}", VENDOR "\"aut_token\":\"" TOKEN "\"}}}",
                                        VENDOR "\"auth_token\":\"" TOKEN "\",\"base_url\":\"http://user:" TOKEN "@10.0.0.1/\"}}}",
                                        "{\"secrets\":[\"canary\"],\"providers\":{\"outbox\":{\"type\":\"outbox\"}}}",
                                        "{\"store\":\"redis-" KEY "\",\"providers\":{\"outbox\":{\"type\":\"outbox\"}}}"};
    size_t i;
    for (i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        otpkit_error *error = NULL;
        otpkit_builder *builder = otpkit_builder_new(wrong[i], &error);
        otpkit_client *client = builder == NULL ? NULL : otpkit_builder_build(builder, &error);
        CHECK(client == NULL);
        look_at_error(otpkit_error_status(error), error);
    }
}

static void what_a_callback_and_a_vendor_that_fail_leave(void)
{
    otpkit_provider provider = no_provider();
    otpkit_client *client;
    otpkit_reply *reply = NULL;
    otpkit_error *error = NULL;
    uint32_t status;

    provider.send = refuse;
    client = client_of("{\"secrets\":[\"" SECRET "\"]}", &provider, NULL, NULL);
    status = otpkit_start(client, "{\"to\":\"" TO "\"}", &reply, &error);
    look_at_error(status, error);
    otpkit_client_free(client);

    /* Nobody listens there. */
    client = client_of(VENDOR "\"auth_token\":\"" TOKEN "\",\"base_url\":\"http://127.0.0.1:9\",\"allow_private\":true}}}", NULL, NULL, NULL);
    error = NULL;
    status = otpkit_start(client, "{\"to\":\"" TO "\"}", &reply, &error);
    look_at_error(status, error);
    otpkit_client_free(client);
}

/* The file, whole; it is ended. */
static void look_into(const char *path, const char *told)
{
    FILE *file = fopen(path, "rb");
    char *bytes = NULL;
    size_t length = 0, room = 0;
    CHECK(file != NULL);
    while (file != NULL && !feof(file)) {
        if (length == room) bytes = realloc(bytes, room = room * 2 + 65536);
        if (bytes == NULL) exit(2);
        length += fread(bytes + length, 1, room - length, file);
    }
    CHECK(length > 0 && held(bytes, length) == NULL);
    CHECK(told == NULL || contains(bytes, length, told));
    free(bytes);
    if (file != NULL) fclose(file);
    unlink(path);
}

int main(void)
{
    char folder[] = "/tmp/otpkit-canary-XXXXXX", store[128], file[128];
    CHECK(mkdtemp(folder) != NULL);
    snprintf(store, sizeof store, "sqlite:%s/canary.db", folder);

    snprintf(file, sizeof file, "%s/trace", folder);
    CHECK(otpkit_testing_trace_into(file));
    drive("memory:");
    drive(store);
    settings_that_cannot_work();
    what_a_callback_and_a_vendor_that_fail_leave();
    /* What the log of Rust gets at its finest level; that the calls are in it shows that it is one. */
    CHECK(otpkit_testing_trace_into(file));
    look_into(file, "+31*******78");

    otpkit_runtime_shutdown(10000);
    snprintf(file, sizeof file, "%s/canary.db", folder);
    look_into(file, NULL);
    snprintf(file, sizeof file, "%s/canary.db-wal", folder);
    if (access(file, F_OK) == 0) look_into(file, NULL);
    snprintf(file, sizeof file, "%s/canary.db-shm", folder);
    unlink(file);
    CHECK(rmdir(folder) == 0);
    CHECK(looked_at > 60);
    while (mark_count > 8) free((void *)marks[--mark_count]);
    return test_end("canary");
}
