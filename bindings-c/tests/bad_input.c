/*
 * G14 through C: every hostile text as code, id, purpose and recipient, with and without a length, is refused by name of
 * the field, and spends nothing: afterwards the right code is approved, with all attempts left until then.
 */
#define TEST_MAIN
#include "test.h"

/* A text with its length, because some hold a NUL. */
typedef struct {
    const char *bytes;
    size_t length;
} text;

#define T(literal) {literal, sizeof literal - 1}

static const text HOSTILE[] = {
    T(""), T(" "), T("\t"), T("\r\n"), T("0"), T("1"), T("123"), T("12345678901"), T("123456789012345678901234567890"),
    T("+12345"), T("-12345"), T("+123456"), T("-123456"), T("12 345"), T("123 456"), T("1 2 3 4 5 6"), T("123-456"), T("123.456"),
    T("12345.0"), T("123_456"), T("123,456"), T("1e5000"), T("0x1e240"), T("0b1010"), T("0o777"), T("1e10"), T("4.24242e5"),
    T("Infinity"), T("NaN"), T("null"), T("true"), T("false"), T("undefined"), T("nil"), T("[123456]"), T("{}"), T("\"123456\""),
    T("'123456'"), T("{\"$ne\":null}"), T("{\"$gt\":\"\"}"), T("123456;"), T("123456--"), T("' OR '1'='1"), T("%31%32%33%34%35%36"),
    T("&#49;23456"), T("\\u0031"), T("../../etc/passwd"), T("${7*7}"), T("{{7*7}}"), T("%s%n%s"), T("123456\0"), T("\0" "123456"),
    T("123\0" "456"), T("\0"), T("\0\0\0\0\0\0"), T("123456\x01"), T("\x7f" "12345"), T("\x1b[2J12"),
    T("\xef\xbc\x91\xef\xbc\x92\xef\xbc\x93\xef\xbc\x94\xef\xbc\x95\xef\xbc\x96"), /* full-width 123456 */
    T("\xd9\xa1\xd9\xa2\xd9\xa3\xd9\xa4\xd9\xa5\xd9\xa6"),                         /* Arabic-Indic */
    T("\xe0\xa5\xa7\xe0\xa5\xa8\xe0\xa5\xa9\xe0\xa5\xaa\xe0\xa5\xab\xe0\xa5\xac"), /* Devanagari */
    T("\xc2\xb2\xc2\xb3\xc2\xb9\xc2\xb2\xc2\xb3\xc2\xb9"),                         /* superscripts */
    T("\xf0\x9d\x9f\x8f\xf0\x9d\x9f\x90\xf0\x9d\x9f\x91\xf0\x9d\x9f\x92"),         /* mathematical bold */
    T("\xe2\x91\xa0\xe2\x91\xa1\xe2\x91\xa2\xe2\x91\xa3\xe2\x91\xa4"),             /* circled */
    T("123456\xc2\xa0"), T("\xe2\x80\x8b" "123456"), T("123\xe2\x80\x8d" "456"), T("\xef\xbb\xbf" "123456"), /* NBSP, ZWSP, ZWJ, BOM */
    T("\xe2\x80\xae" "654321"), T("12345\xcc\x80"), T("\xe2\x80\x83" "123456"), T("\xc2\x85" "123456"),
    T("123456\xe2\x80\xa8"), T("\xf0\x9f\x94\xa2\xf0\x9f\x94\xa2"), T("abcdef"), T("l23456"), T("O00000"), T("12345\xd0\x97"),
};
enum { HOSTILE_COUNT = sizeof HOSTILE / sizeof HOSTILE[0] };

static const text NOT_UTF8[] = {
    T("\xff"), T("\xfe\xff" "12"), T("12345\x80"), T("\xc0\xb1\xc0\xb2\xc0\xb3\xc0\xb4"), T("\xed\xa0\x80" "123"), T("\xf5\x80\x80\x80"),
    T("123456\xc3"), T("\xe2\x82"),
};
enum { NOT_UTF8_COUNT = sizeof NOT_UTF8 / sizeof NOT_UTF8[0] };

static test_inbox inbox;
static otpkit_client *client;
static otpkit_reply *started;
static long refused;

/* What C takes as a text ends at the first NUL, so such ones are for the functions with lengths only. */
static int c_holds(const text *t)
{
    return memchr(t->bytes, '\0', t->length) == NULL;
}

static void expect(uint32_t status, uint32_t wanted, const char *field, otpkit_reply *reply, otpkit_error *error)
{
    if (status != wanted || reply != NULL || otpkit_error_status(error) != wanted || otpkit_error_field(error) == NULL ||
        strcmp(otpkit_error_field(error), field) != 0) {
        CHECK_STATUS(wanted, status);
        CHECK_TEXT(field, otpkit_error_field(error));
        CHECK(reply == NULL);
    } else {
        refused++;
        test_passed++;
    }
    otpkit_error_free(error);
}

static void as_code_and_id(const text *t, uint32_t wanted)
{
    const char *id = otpkit_reply_id(started);
    otpkit_reply *reply = NULL;
    otpkit_error *error = NULL;
    uint32_t status;

    status = otpkit_check_n(client, id, strlen(id), t->bytes, t->length, "login", 5, &reply, &error);
    expect(status, wanted, "code", reply, error);
    error = NULL;
    status = otpkit_check_n(client, t->bytes, t->length, inbox.code, 6, "login", 5, &reply, &error);
    expect(status, wanted, "id", reply, error);
    if (!c_holds(t)) return;
    error = NULL;
    status = otpkit_check(client, id, t->bytes, "login", &reply, &error);
    expect(status, wanted, "code", reply, error);
    error = NULL;
    status = otpkit_check(client, t->bytes, inbox.code, "login", &reply, &error);
    expect(status, wanted, "id", reply, error);
    error = NULL;
    status = otpkit_resend(client, t->bytes, "login", &reply, &error);
    expect(status, wanted, "id", reply, error);
    error = NULL;
    status = otpkit_cancel(client, t->bytes, "login", &reply, &error);
    expect(status, wanted, "id", reply, error);
    error = NULL;
    status = otpkit_status(client, t->bytes, "login", &reply, &error);
    expect(status, wanted, "id", reply, error);
}

/* Names are of A-Z a-z 0-9 _ - . : and so some of the hostile codes are purposes; those name another verification. */
static int is_purpose(const text *t)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.:";
    return t->length >= 1 && t->length <= 64 && c_holds(t) && strspn(t->bytes, allowed) == t->length;
}

static void as_purpose_and_recipient(const text *t, uint32_t wanted)
{
    const char *id = otpkit_reply_id(started);
    otpkit_reply *reply = NULL;
    otpkit_error *error = NULL;
    uint32_t status = otpkit_check_n(client, id, strlen(id), inbox.code, 6, t->bytes, t->length, &reply, &error);
    if (is_purpose(t)) {
        CHECK_STATUS(OTPKIT_NOT_APPROVED, status);
        otpkit_reply_free(reply);
    } else {
        expect(status, wanted, "purpose", reply, error);
    }
    if (!c_holds(t)) return;
    reply = NULL;
    error = NULL;
    status = otpkit_unlock(client, t->bytes, "login", &reply, &error);
    expect(status, wanted, "to", reply, error);
}

/* A text that is too long is refused before it is copied or looked at; a length that cannot be is not even read. */
static void sizes(void)
{
    size_t length = (size_t)10 << 20, i;
    static const size_t lengths[] = {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 2 + 1, (size_t)1 << 31, ((size_t)1 << 20) + 1};
    uint32_t status;
    char *big = (char *)malloc(length + 1), *json = (char *)malloc(length + 64);
    const char *id = otpkit_reply_id(started);
    otpkit_reply *reply = NULL;
    otpkit_error *error = NULL;
    text t;
    memset(big, '1', length);
    big[length] = '\0';
    t.bytes = big;
    t.length = length;
    as_code_and_id(&t, OTPKIT_INVALID_INPUT);
    as_purpose_and_recipient(&t, OTPKIT_INVALID_INPUT);
    for (i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        /* If one byte of this were read beyond its end, valgrind and the address sanitizer would tell. */
        char *one = (char *)malloc(1);
        one[0] = '1';
        status = otpkit_check_n(client, id, strlen(id), one, lengths[i], "login", 5, &reply, &error);
        expect(status, OTPKIT_INVALID_INPUT, "code", reply, error);
        error = NULL;
        status = otpkit_check_n(client, one, lengths[i], inbox.code, 6, "login", 5, &reply, &error);
        expect(status, OTPKIT_INVALID_INPUT, "id", reply, error);
        error = NULL;
        status = otpkit_check_n(client, id, strlen(id), inbox.code, 6, one, lengths[i], &reply, &error);
        expect(status, OTPKIT_INVALID_INPUT, "purpose", reply, error);
        error = NULL;
        free(one);
    }
    status = otpkit_check_n(client, NULL, 5, "123456", 6, NULL, 0, &reply, &error);
    expect(status, OTPKIT_NULL_ARGUMENT, "id", reply, error);
    error = NULL;
    snprintf(json, length + 64, "{\"to\":\"%s\"}", big);
    status = otpkit_start(client, json, &reply, &error);
    expect(status, OTPKIT_INVALID_INPUT, "request", reply, error);
    error = NULL;
    snprintf(json, length + 64, "{\"brand\":\"%s\"}", big);
    CHECK(otpkit_builder_new(json, &error) == NULL);
    CHECK_ERROR(OTPKIT_INVALID_SETTINGS, "settings", error);
    free(big);
    free(json);
}

/* Requests that are no JSON, or not of the shape of a call. */
static void documents(void)
{
    static const struct {
        const char *request;
        const char *field;
    } starts[] = {
        {"", "request"}, {" ", "request"}, {"null", "request"}, {"true", "request"}, {"1", "request"}, {"\"+31612345678\"", "request"},
        {"[]", "request"}, {"{", "request"}, {"{}}", "request"}, {"{\"to\":\"+31612345678\"", "request"}, {"{}", "to"},
        {"{\"to\":null}", "to"}, {"{\"to\":31612345678}", "to"}, {"{\"to\":[\"+31612345678\"]}", "to"}, {"{\"to\":{}}", "to"},
        {"{\"to\":\"\"}", "to"}, {"{\"to\":\"+31612345678\\u0000\"}", "to"}, {"{\"to\":\"+31612345678\",\"code\":\"123456\"}", "code"},
        {"{\"to\":\"+31612345678\",\"To\":\"x\"}", "To"}, {"{\"to\":\"+31612345678\",\"purpose\":7}", "purpose"},
        {"{\"to\":\"+31612345678\",\"purpose\":\"\"}", "purpose"}, {"{\"to\":\"+31612345678\",\"ip\":\"localhost\"}", "ip"},
        {"{\"to\":\"+31612345678\",\"channel\":\"SMS\"}", "channel"}, {"{\"to\":\"+31612345678\",\"locale\":\"x\"}", "locale"},
        {"{\"to\":\"+31612345678\",\"values\":{\"a\":1}}", "values"}, {"{\"to\":\"+31612345678\",\"values\":[]}", "values"},
        {"{'to':'+31612345678'}", "request"}, {"{\"to\":\"\xff\"}", NULL},
    };
    char *deep = (char *)malloc(200001);
    uint32_t status;
    size_t i;
    otpkit_reply *reply = NULL;
    otpkit_error *error = NULL;
    for (i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        status = otpkit_start(client, starts[i].request, &reply, &error);
        expect(status, starts[i].field != NULL ? OTPKIT_INVALID_INPUT : OTPKIT_INVALID_UTF8,
               starts[i].field != NULL ? starts[i].field : "request", reply, error);
        error = NULL;
    }
    memset(deep, '[', 200000);
    deep[200000] = '\0';
    status = otpkit_start(client, deep, &reply, &error);
    expect(status, OTPKIT_INVALID_INPUT, "request", reply, error);
    free(deep);
}

static void settings(void)
{
    static const struct {
        const char *settings;
        const char *field; /* NULL: any */
    } bad[] = {
        {"", "settings"}, {"[]", "settings"}, {"null", "settings"}, {"{} {}", "settings"}, {"{\"nonsense\":1}", NULL},
        {"{\"secrets\":[\"short\"]}", NULL}, {"{\"providers\":{\"a\":{\"type\":\"outbox\"}},\"policy\":{\"ttl_seconds\":601}}", "policy.ttl_seconds"},
        {"{\"providers\":{\"a\":{\"type\":\"outbox\"}},\"policy\":{\"attempts\":0}}", "policy.attempts"}, {"{\"providers\":{\"a\":{\"type\":\"outbox\"}},\"policy\":{\"length\":5}}", "policy.length"},
        {"{\"providers\":{\"a\":{\"type\":\"outbox\"},\"a\":{\"type\":\"outbox\"}}}", "providers"},
        {"{\"providers\":{\"a\":{\"type\":\"outbox\"}},\"routes\":[{\"use\":[\"b\"]}]}", NULL},
        {"{\"providers\":{\"a\":{\"type\":\"callback\"}}}", NULL}, {"{\"providers\":{\"a\":{\"type\":\"nothing\"}}}", NULL},
        {"{\"deadline_ms\":1}", NULL}, {"{\"store\":\"redis://localhost\"}", NULL},
    };
    size_t i;
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        otpkit_error *error = NULL;
        otpkit_builder *builder = otpkit_builder_new(bad[i].settings, &error);
        otpkit_client *built = builder != NULL ? otpkit_builder_build(builder, &error) : NULL;
        CHECK(built == NULL);
        CHECK_STATUS(OTPKIT_INVALID_SETTINGS, otpkit_error_status(error));
        CHECK(otpkit_error_field(error) != NULL);
        if (bad[i].field != NULL) CHECK_TEXT(bad[i].field, otpkit_error_field(error));
        otpkit_client_free(built);
        otpkit_error_free(error);
    }
}

int main(void)
{
    otpkit_reply *reply = NULL;
    int i;
    client = client_with_inbox("{}", &inbox);
    started = must_start(client, "{\"to\":\"+31612345678\",\"purpose\":\"login\"}");
    for (i = 0; i < HOSTILE_COUNT; i++) {
        as_code_and_id(&HOSTILE[i], OTPKIT_INVALID_INPUT);
        as_purpose_and_recipient(&HOSTILE[i], OTPKIT_INVALID_INPUT);
    }
    for (i = 0; i < NOT_UTF8_COUNT; i++) {
        as_code_and_id(&NOT_UTF8[i], OTPKIT_INVALID_UTF8);
        as_purpose_and_recipient(&NOT_UTF8[i], OTPKIT_INVALID_UTF8);
    }
    sizes();
    documents();
    settings();

    /* Nothing was spent, and nothing was sent. */
    CHECK(inbox.sent == 1);
    CHECK_STATUS(OTPKIT_OK, otpkit_status(client, otpkit_reply_id(started), "login", &reply, NULL));
    CHECK(otpkit_reply_attempts_left(reply) == 5);
    otpkit_reply_free(reply);
    CHECK_STATUS(OTPKIT_OK, otpkit_check(client, otpkit_reply_id(started), inbox.code, "login", &reply, NULL));
    CHECK(otpkit_reply_approved(reply));
    otpkit_reply_free(reply);
    otpkit_reply_free(started);
    otpkit_client_free(client);
    printf("    %d hostile texts and %d that are not UTF-8, as code, id, purpose and recipient: %ld refusals, 0 attempts spent\n",
           HOSTILE_COUNT, NOT_UTF8_COUNT, refused);
    return test_end("bad input");
}
