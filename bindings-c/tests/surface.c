/*
 * Every function, with each pointer argument NULL, each handle stale, of another kind and garbage (G30), and with a
 * panic injected at its beginning (G32). `surface --list` prints the functions, so that test.sh sees that none is left
 * out.
 */
#define TEST_MAIN
#include "surface.h"

static long rows;

static int is_accessor(const surface *row)
{
    return row->normal == VALUE || row->normal == DEFAULT;
}

static uint32_t expected(const surface *row, int at)
{
    char kind = row->arguments[at];
    if (spoiling == NULLED) {
        switch (kind) {
        case 'h':
        case 'p': return is_accessor(row) ? (uint32_t)DEFAULT : (uint32_t)OTPKIT_NULL_ARGUMENT;
        case 'q': return OTPKIT_STALE_HANDLE;
        case 'c': return UNTOLD;
        default: return row->normal;
        }
    }
    if (kind == 'q' && spoiling == STALE) return OTPKIT_GONE;
    return is_accessor(row) ? (uint32_t)DEFAULT : (uint32_t)OTPKIT_STALE_HANDLE;
}

static void check_row(const surface *row, int at, uint32_t wanted, const char *how)
{
    char text[160];
    uint32_t found = row->call();
    snprintf(text, sizeof text, "%s, argument %d %s: %u, not %u", row->name, at, how, found, wanted);
    test_check(found == wanted, text, __FILE__, __LINE__);
}

static void spoil(const surface *row)
{
    static const char *const how[] = {"whole", "NULL", "stale", "of another kind", "garbage"};
    int at, count = (int)strlen(row->arguments);
    for (at = 0; at < count; at++) {
        int is_handle = strchr("hfq", row->arguments[at]) != NULL;
        spoiled = at;
        for (spoiling = NULLED; spoiling <= (is_handle ? GARBAGE : NULLED); spoiling++) {
            check_row(row, at, expected(row, at), how[spoiling]);
        }
    }
    spoiled = -1;
    spoiling = WHOLE;
}

static void panic_in(const surface *row)
{
    uint32_t wanted = is_accessor(row) ? (uint32_t)DEFAULT : (uint32_t)OTPKIT_INTERNAL;
    otpkit_testing_panic_at(row->name);
    check_row(row, -1, wanted, "with a panic inside");
    CHECK(!otpkit_testing_panic_is_set());
    otpkit_testing_panic_at(NULL);
    check_row(row, -1, row->normal, "after a panic");
}

/* A panic's text stays inside; what comes out says where the defect is. */
static void a_panic_tells_its_place_and_nothing_else(void)
{
    otpkit_error *error = NULL;
    otpkit_testing_panic_at("otpkit_client_close");
    CHECK_STATUS(OTPKIT_INTERNAL, otpkit_client_close(NULL, &error));
    CHECK(strstr(otpkit_error_message(error), "canary") == NULL);
    CHECK(strstr(otpkit_error_message(error), "testing.rs:") != NULL);
    CHECK(strstr(otpkit_error_message(error), "/root/") == NULL);
    otpkit_error_free(error);
}

static void numbers_and_strings_agree(void)
{
    static const struct {
        uint32_t number;
        const char *code;
    } table[] = {
        {OTPKIT_OK, "ok"}, {OTPKIT_NOT_APPROVED, "not_approved"}, {OTPKIT_INVALID_INPUT, "invalid_input"},
        {OTPKIT_INVALID_SETTINGS, "invalid_settings"}, {OTPKIT_NO_ROUTE, "no_route"},
        {OTPKIT_VERIFICATION_ENDED, "verification_ended"}, {OTPKIT_REJECTED, "rejected"}, {OTPKIT_ABORTED, "aborted"},
        {OTPKIT_CLOSED, "closed"}, {OTPKIT_INVALID_SIGNATURE, "invalid_signature"}, {OTPKIT_RATE_LIMITED, "rate_limited"}, {OTPKIT_LOCKED, "locked"},
        {OTPKIT_PROVIDER_LIMITED, "provider_limited"}, {OTPKIT_PROVIDER_UNAVAILABLE, "provider_unavailable"},
        {OTPKIT_CANNOT_TELL, "cannot_tell"}, {OTPKIT_STORE_UNAVAILABLE, "store_unavailable"},
        {OTPKIT_STORE_FULL, "store_full"}, {OTPKIT_INTERNAL, "internal"}, {OTPKIT_NULL_ARGUMENT, "null_argument"},
        {OTPKIT_INVALID_UTF8, "invalid_utf8"}, {OTPKIT_STALE_HANDLE, "stale_handle"}, {OTPKIT_GONE, "gone"},
        {OTPKIT_BUSY, "busy"},
    };
    size_t i, known = 0, rows = sizeof table / sizeof table[0];
    uint32_t number;
    for (i = 0; i < rows; i++) CHECK_TEXT(table[i].code, otpkit_status_string(table[i].number));
    /* The library knows no status that this table, and so the header, does not. */
    for (number = 0; number < 100000; number++) known += strcmp(otpkit_status_string(number), "unknown_status") != 0;
    CHECK(known == rows);
    CHECK_TEXT("unknown_status", otpkit_status_string(UINT32_MAX));
}

static void the_header_is_of_the_library(void)
{
    char version[32];
    snprintf(version, sizeof version, "%d.%d.%d", OTPKIT_VERSION_MAJOR, OTPKIT_VERSION_MINOR, OTPKIT_VERSION_PATCH);
    CHECK_TEXT(version, otpkit_version());
}

static void check_and_spoil(const surface *row)
{
    check_row(row, -1, row->normal, "whole");
    spoil(row);
}

static void print_name(const surface *row)
{
    puts(row->name);
}

/* The verbs come last: some of them end what the others use. */
static void for_each(void (*act)(const surface *))
{
    const surface *row;
    for (row = surface_objects; row->name != NULL; row++, rows++) act(row);
    for (row = surface_verbs; row->name != NULL; row++, rows++) act(row);
}

int main(int count, char **arguments)
{
    if (count > 1 && strcmp(arguments[1], "--list") == 0) {
        for_each(print_name);
        puts("otpkit_version\notpkit_status_string");
        return 0;
    }
    surface_begin();
    for_each(check_and_spoil);
    surface_end();
    surface_begin();
    for_each(panic_in);
    surface_end();
    a_panic_tells_its_place_and_nothing_else();
    numbers_and_strings_agree();
    the_header_is_of_the_library();
    printf("    %ld functions, each pointer argument NULL, each handle stale, foreign and garbage, each entry panicking\n",
           rows / 2 + 2);
    return test_end("surface");
}
