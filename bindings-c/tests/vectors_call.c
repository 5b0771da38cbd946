/* The calls of the vectors, through the three sets of functions. */
#include "vectors.h"

/* What a call came to, whichever way it was made. */
typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t came;
    int done;
    uint32_t status;
    otpkit_reply *reply;
    otpkit_error *error;
} result;

static void completed(void *context, uint32_t status, otpkit_reply *reply, otpkit_error *error)
{
    result *r = (result *)context;
    pthread_mutex_lock(&r->lock);
    r->done++;
    r->status = status;
    r->reply = reply;
    r->error = error;
    pthread_cond_signal(&r->came);
    pthread_mutex_unlock(&r->lock);
}

typedef uint32_t (*json_call)(const otpkit_client *, const char *, otpkit_reply **, otpkit_error **);
typedef uint64_t (*json_call_async)(const otpkit_client *, const char *, otpkit_completion, void *);
typedef uint32_t (*id_call)(const otpkit_client *, const char *, const char *, otpkit_reply **, otpkit_error **);
typedef uint64_t (*id_call_async)(const otpkit_client *, const char *, const char *, otpkit_completion, void *);

/* Each verb with its functions; `first` is the argument before the purpose where there is such a function. */
static const struct {
    const char *verb;
    json_call json;
    json_call_async json_async;
    const char *first;
    id_call by_id;
    id_call_async by_id_async;
} VERBS[] = {
    {"start", otpkit_start, otpkit_start_async, NULL, NULL, NULL},
    {"check", otpkit_check_json, otpkit_check_json_async, NULL, NULL, NULL},
    {"resend", otpkit_resend_json, otpkit_resend_json_async, "id", otpkit_resend, otpkit_resend_async},
    {"cancel", otpkit_cancel_json, otpkit_cancel_json_async, "id", otpkit_cancel, otpkit_cancel_async},
    {"status", otpkit_status_json, otpkit_status_json_async, "id", otpkit_status, otpkit_status_async},
    {"deliver", otpkit_deliver, otpkit_deliver_async, NULL, NULL, NULL},
    {"unlock", otpkit_unlock_json, otpkit_unlock_json_async, "to", otpkit_unlock, otpkit_unlock_async},
};

/* A field that a C string can hold. */
static const char *c_text(json_t *with, const char *name)
{
    json_t *value = json_object_get(with, name);
    const char *text = json_string_value(value);
    return text != NULL && strlen(text) == json_string_length(value) ? text : NULL;
}

static int fields_are(json_t *with, const char *a, const char *b)
{
    const char *name;
    json_t *value;
    json_object_foreach(with, name, value) {
        int known = strcmp(name, a) == 0 || (b != NULL && strcmp(name, b) == 0) || strcmp(name, "purpose") == 0;
        if (!known || c_text(with, name) == NULL) return 0;
    }
    return json_object_get(with, a) != NULL && (b == NULL || json_object_get(with, b) != NULL);
}

/* A check whose texts have lengths: the only way besides JSON to hand a NUL over. */
static int check_with_lengths(running *r, json_t *with, result *out)
{
    json_t *id = json_object_get(with, "id"), *code = json_object_get(with, "code"), *purpose = json_object_get(with, "purpose");
    size_t texts = (size_t)json_is_string(id) + (size_t)json_is_string(code) + (size_t)json_is_string(purpose);
    if (!json_is_string(id) || !json_is_string(code) || texts != json_object_size(with)) return 0;
    out->status = otpkit_check_n(r->client, json_string_value(id), json_string_length(id), json_string_value(code),
                                 json_string_length(code), json_string_value(purpose), json_string_length(purpose), &out->reply,
                                 &out->error);
    return 1;
}

static int by_arguments(running *r, size_t verb, json_t *with, result *out)
{
    const char *first = VERBS[verb].first;
    if (strcmp(VERBS[verb].verb, "check") == 0) {
        if (!fields_are(with, "id", "code")) return check_with_lengths(r, with, out);
        out->status = otpkit_check(r->client, c_text(with, "id"), c_text(with, "code"), c_text(with, "purpose"), &out->reply,
                                   &out->error);
        return 1;
    }
    if (first == NULL || !fields_are(with, first, NULL)) return 0;
    out->status = VERBS[verb].by_id(r->client, c_text(with, first), c_text(with, "purpose"), &out->reply, &out->error);
    return 1;
}

static void wait_for(result *out)
{
    pthread_mutex_lock(&out->lock);
    while (!out->done) pthread_cond_wait(&out->came, &out->lock);
    pthread_mutex_unlock(&out->lock);
}

static void asynchronously(running *r, size_t verb, json_t *with, const char *text, result *out)
{
    const char *first = VERBS[verb].first;
    if (strcmp(VERBS[verb].verb, "check") == 0 && fields_are(with, "id", "code")) {
        otpkit_check_async(r->client, c_text(with, "id"), c_text(with, "code"), c_text(with, "purpose"), completed, out);
    } else if (first != NULL && fields_are(with, first, NULL)) {
        VERBS[verb].by_id_async(r->client, c_text(with, first), c_text(with, "purpose"), completed, out);
    } else {
        VERBS[verb].json_async(r->client, text, completed, out);
    }
    wait_for(out);
}

/* Reply and error hold together, and the accessors say what the JSON says. */
static json_t *read_result(result *out, int *failed)
{
    json_t *shown = NULL, *value;
    const char *name;
    *failed = out->status > OTPKIT_NOT_APPROVED;
    CHECK((out->reply != NULL) == !*failed && (out->error != NULL) == *failed);
    if (*failed) {
        shown = json_object();
        CHECK_STATUS(out->status, otpkit_error_status(out->error));
        CHECK_TEXT(otpkit_status_string(out->status), otpkit_error_code(out->error));
        json_object_set_new(shown, "code", json_string(otpkit_error_code(out->error)));
        if (otpkit_error_field(out->error)) json_object_set_new(shown, "field", json_string(otpkit_error_field(out->error)));
        if (otpkit_error_retry_after_ms(out->error) >= 0)
            json_object_set_new(shown, "retry_after_ms", json_integer(otpkit_error_retry_after_ms(out->error)));
        return shown;
    }
    shown = json_loads(otpkit_reply_json(out->reply), 0, NULL);
    json_object_foreach(shown, name, value) {
        char *text = json_is_string(value) ? strdup(json_string_value(value)) : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        CHECK_TEXT(text, otpkit_reply_get(out->reply, name));
        free(text);
    }
    value = json_object_get(shown, "approved");
    if (value != NULL) CHECK((out->status == OTPKIT_OK) == json_is_true(value));
    CHECK(otpkit_reply_approved(out->reply) == json_is_true(value));
    CHECK_TEXT(json_string_value(json_object_get(shown, "id")), otpkit_reply_id(out->reply));
    CHECK_TEXT(json_string_value(json_object_get(shown, "to")), otpkit_reply_to(out->reply));
    CHECK_TEXT(json_string_value(json_object_get(shown, "status")), otpkit_reply_status(out->reply));
    CHECK_TEXT(json_string_value(json_object_get(shown, "expires_at")), otpkit_reply_expires_at(out->reply));
    CHECK_TEXT(json_string_value(json_object_get(shown, "delivery_report")), otpkit_reply_get(out->reply, "delivery_report"));
    value = json_object_get(shown, "attempts_left");
    CHECK(otpkit_reply_attempts_left(out->reply) == (value != NULL ? json_integer_value(value) : -1));
    return shown;
}

/* What the accessors say of each report is what the JSON says. */
static void check_reports(json_t *shown, const otpkit_reply *reply)
{
    json_t *reports = json_object_get(shown, "reports"), *report, *value;
    const char *name;
    size_t at;
    CHECK(otpkit_reply_report_count(reply) == json_array_size(reports));
    json_array_foreach(reports, at, report) {
        json_object_foreach(report, name, value) {
            const char *text = json_is_boolean(value) ? (json_is_true(value) ? "true" : "false") : json_string_value(value);
            CHECK_TEXT(text, otpkit_reply_report_get(reply, at, name));
        }
        CHECK_TEXT(json_string_value(json_object_get(report, "id")), otpkit_reply_report_get(reply, at, "id"));
        CHECK(otpkit_reply_report_get(reply, at, "nonsense") == NULL);
    }
    CHECK(otpkit_reply_report_get(reply, json_array_size(reports), "status") == NULL);
}

/* A delivery report: the body goes as bytes or, from JSON and as long as that takes it, in the JSON. */
static void report(running *r, json_t *with, result *out)
{
    json_t *request = json_copy(with), *given = json_object_get(with, "body");
    const char *provider = json_string_value(json_object_get(with, "provider"));
    const char *body = json_string_value(given);
    size_t length = json_string_length(given);
    char *text;
    json_object_del(request, "provider");
    if (r->mode == FROM_JSON && length < 100000) {
        body = NULL;
        length = 0;
    } else {
        json_object_del(request, "body");
    }
    text = dump_json(request);
    if (r->mode == ASYNCHRONOUS) {
        otpkit_webhook_async(r->client, provider, text, body, length, completed, out);
        wait_for(out);
    } else {
        out->status = otpkit_webhook(r->client, provider, text, body, length, &out->reply, &out->error);
    }
    free(text);
    json_decref(request);
}

json_t *make_call(running *r, const char *verb, json_t *with, int *failed)
{
    size_t at, count = sizeof VERBS / sizeof VERBS[0];
    char *text;
    result out;
    json_t *shown;
    int is_report = strcmp(verb, "webhook") == 0;
    for (at = 0; at < count && strcmp(VERBS[at].verb, verb) != 0; at++) continue;
    if (at == count && !is_report) {
        fail(r, "there is no verb `%s`", verb);
        return NULL;
    }
    memset(&out, 0, sizeof out);
    pthread_mutex_init(&out.lock, NULL);
    pthread_cond_init(&out.came, NULL);
    text = dump_json(with);
    r->too_long = 0;
    if (is_report) {
        report(r, with, &out);
    } else if (r->mode == ASYNCHRONOUS) {
        asynchronously(r, at, with, text, &out);
    } else if (r->mode == FROM_JSON || !by_arguments(r, at, with, &out)) {
        out.status = VERBS[at].json(r->client, text, &out.reply, &out.error);
    }
    shown = read_result(&out, failed);
    if (!*failed) check_reports(shown, out.reply);
    /* Then the whole is refused, before its fields are looked at (see the documentation of C). */
    r->too_long = strlen(text) > 256 * 1024 && strcmp(otpkit_error_field(out.error) ? otpkit_error_field(out.error) : "", "request") == 0;
    free(text);
    otpkit_reply_free(out.reply);
    otpkit_error_free(out.error);
    pthread_mutex_destroy(&out.lock);
    pthread_cond_destroy(&out.came);
    return shown;
}
