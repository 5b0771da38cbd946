/* One case of the vectors: its client, its clock, its steps. */
#include "vectors.h"

/* 2026-01-01T00:00:00Z. */
#define BEGINNING 1767225600000ULL

int fail(running *r, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(r->why, sizeof r->why, format, arguments);
    va_end(arguments);
    return 0;
}

int only_keys(running *r, json_t *value, const char *const *known)
{
    const char *name;
    json_t *field;
    json_object_foreach(value, name, field) {
        size_t i = 0;
        while (known[i] != NULL && strcmp(known[i], name) != 0) i++;
        if (known[i] == NULL) return fail(r, "the runner knows no key `%s` here", name);
    }
    return json_is_object(value) || fail(r, "this is no object");
}

int subset(running *r, json_t *expected, json_t *found)
{
    const char *name;
    json_t *value, *got;
    json_object_foreach(expected, name, value) {
        got = json_object_get(found, name);
        if (got == NULL ? !json_is_null(value) : !json_equal(got, value)) {
            char *wanted = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
            char *is = json_dumps(found, JSON_ENCODE_ANY | JSON_COMPACT);
            fail(r, "%s: expected %.200s in %.700s", name, wanted, is);
            free(wanted);
            free(is);
            return 0;
        }
    }
    return 1;
}

/* ---- outboxes ---- */

static json_t *outbox_of(running *r, const char *name)
{
    otpkit_outbox *outbox = NULL;
    json_t *messages = NULL;
    if (otpkit_outbox_read(r->client, name, &outbox, NULL) == OTPKIT_OK) {
        messages = json_loads(otpkit_outbox_json(outbox), 0, NULL);
        CHECK(json_array_size(messages) == otpkit_outbox_count(outbox));
    }
    otpkit_outbox_free(outbox);
    return messages;
}

/* Makes the newest code of a scripted sender or an outbox the variable `code`. */
static void note_code(running *r)
{
    const char *name;
    json_t *settings, *messages;
    size_t at = 0, count;
    if (r->last_code != NULL) json_object_set_new(r->variables, "code", json_string(r->last_code));
    free(r->last_code);
    r->last_code = NULL;
    json_object_foreach(json_object_get(r->settings, "providers"), name, settings) {
        const char *type = json_string_value(json_object_get(settings, "type"));
        if (type == NULL || strcmp(type, "outbox") != 0 || at == PROVIDERS_MAX) continue;
        messages = outbox_of(r, name);
        count = json_array_size(messages);
        if (count > r->seen[at]) {
            json_object_set(r->variables, "code", json_object_get(json_array_get(messages, count - 1), "code"));
            r->seen[at] = count;
        }
        json_decref(messages);
        at++;
    }
}

static scripted *script_of(running *r, const char *name)
{
    size_t i;
    for (i = 0; i < r->providers; i++)
        if (strcmp(r->names[i], name) == 0) return &r->scripts[i];
    fail(r, "the case has no provider `%s`", name);
    return NULL;
}

/* ---- steps ---- */

static int check_message(running *r, const char *name, json_t *expected)
{
    json_t *messages = outbox_of(r, name), *found, *wanted = fill(r, expected), *rule;
    scripted *script = messages == NULL ? script_of(r, name) : NULL;
    const char *code, *characters;
    int good = 0;
    if (wanted != NULL && (messages != NULL || script != NULL)) {
        found = messages != NULL ? json_array_get(messages, json_array_size(messages) - 1) : script->message;
        code = json_string_value(json_object_get(found, "code"));
        code = code != NULL ? code : "";
        good = 1;
        rule = json_object_get(wanted, "code_length");
        if (rule != NULL && json_integer_value(rule) != (json_int_t)strlen(code)) good = fail(r, "%s: the code is %s", name, code);
        characters = json_string_value(json_object_get(wanted, "code_in"));
        if (characters != NULL && strspn(code, characters) != strlen(code)) good = fail(r, "%s: the code is %s", name, code);
        json_object_del(wanted, "code_length");
        json_object_del(wanted, "code_in");
        good = good && subset(r, wanted, found);
    }
    json_decref(wanted);
    json_decref(messages);
    return good;
}

static int check_asked(running *r, const char *name, json_t *expected)
{
    static const char *const methods[] = {"send", "create", "check", "resend", "cancel", NULL};
    scripted *script = script_of(r, name);
    json_t *count;
    int i;
    if (script == NULL) return 0;
    if (json_is_integer(expected)) {
        json_int_t sent = script->asked[SEND] + script->asked[CREATE] + script->asked[RESEND];
        return sent == json_integer_value(expected) || fail(r, "%s: sent is %d", name, (int)sent);
    }
    if (!only_keys(r, expected, methods)) return 0;
    for (i = 0; i < METHODS; i++) {
        count = json_object_get(expected, methods[i]);
        if (count != NULL && json_integer_value(count) != script->asked[i])
            return fail(r, "%s: %s was asked %d times", name, methods[i], (int)script->asked[i]);
    }
    return 1;
}

static int check_last_check(running *r, const char *name, json_t *expected)
{
    scripted *script = script_of(r, name);
    json_t *wanted = fill(r, expected);
    int good = script != NULL && wanted != NULL && subset(r, wanted, script->check);
    json_decref(wanted);
    return good;
}

static int remember(running *r, const char *name, json_t *value)
{
    json_t *filled = fill(r, value);
    return filled != NULL && json_object_set_new(r->variables, name, filled) == 0;
}

static int match(running *r, json_t *step, json_t *found, int failed)
{
    json_t *wanted = json_object_get(step, failed ? "error" : "reply"), *filled, *name;
    const char *variable_name;
    char *is = json_dumps(found, JSON_COMPACT);
    size_t i;
    int good = 1;
    if (failed != (json_object_get(step, "error") != NULL)) good = fail(r, "this is not what was expected: %.900s", is);
    if (good && wanted != NULL) {
        filled = fill(r, wanted);
        if (r->too_long) json_object_set_new(filled, "field", json_string("request"));
        good = filled != NULL && subset(r, filled, found);
        json_decref(filled);
    }
    json_array_foreach(json_object_get(step, "absent"), i, name) {
        if (good && json_object_get(found, json_string_value(name)) != NULL)
            good = fail(r, "`%s` is there: %.700s", json_string_value(name), is);
    }
    json_object_foreach(json_object_get(step, "save"), variable_name, name) {
        json_t *value = json_object_get(found, json_string_value(name));
        if (good && !json_is_string(value)) good = fail(r, "there is no text `%s` to save", json_string_value(name));
        if (good) json_object_set(r->variables, variable_name, value);
    }
    free(is);
    return good;
}

static int call_step(running *r, json_t *step)
{
    static const char *const known[] = {"call", "with", "save", "reply", "error", "absent", "repeat", NULL};
    json_int_t times = json_object_get(step, "repeat") != NULL ? json_integer_value(json_object_get(step, "repeat")) : 1;
    json_t *with = json_object_get(step, "with"), *filled, *found;
    int failed = 0, good = only_keys(r, step, known);
    for (; good && times > 0; times--) {
        filled = with != NULL ? fill(r, with) : json_object();
        found = filled != NULL ? make_call(r, json_string_value(json_object_get(step, "call")), filled, &failed) : NULL;
        note_code(r);
        good = found != NULL && match(r, step, found, failed);
        json_decref(filled);
        json_decref(found);
    }
    return good;
}

static int run_step(running *r, json_t *step)
{
    static const struct {
        const char *kind;
        int (*check)(running *, const char *, json_t *);
    } kinds[] = {{"sent", check_asked}, {"asked", check_asked}, {"remember", remember}, {"last_message", check_message},
                 {"last_check", check_last_check}};
    const char *kind, *name;
    json_t *what, *each;
    size_t i;
    if (json_object_get(step, "call") != NULL) return call_step(r, step);
    if (json_object_size(step) != 1) return fail(r, "a step has one key, or `call`");
    kind = json_object_iter_key(json_object_iter(step));
    what = json_object_get(step, kind);
    if (strcmp(kind, "advance_ms") == 0) {
        otpkit_testing_clock_advance(r->clock, (uint64_t)json_integer_value(what));
        return 1;
    }
    for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].kind, kind) != 0) continue;
        json_object_foreach(what, name, each) {
            if (!kinds[i].check(r, name, each)) return 0;
        }
        return 1;
    }
    return fail(r, "the runner knows no step `%s`", kind);
}

/* ---- the case ---- */

/* The client, or the error that there was instead. */
static otpkit_error *build(running *r, json_t *description, const char **wrong)
{
    json_t *script;
    const char *name;
    char *document = dump_json(r->settings);
    otpkit_error *error = NULL;
    otpkit_builder *builder = otpkit_builder_new(document, &error);
    free(document);
    if (builder == NULL) return error;
    otpkit_testing_builder_clock(builder, r->clock, NULL);
    json_object_foreach(json_object_get(description, "providers"), name, script) {
        otpkit_provider provider;
        if (r->providers == PROVIDERS_MAX) {
            *wrong = "the case has too many providers";
            break;
        }
        r->names[r->providers] = name;
        provider = scripted_provider(&r->scripts[r->providers], script, &r->last_code, wrong);
        if (otpkit_builder_add_provider(builder, name, &provider, &r->scripts[r->providers++], &error) != OTPKIT_OK) {
            otpkit_builder_free(builder);
            return error;
        }
    }
    r->client = otpkit_builder_build(builder, &error);
    return error;
}

static int run_steps(running *r, json_t *description, otpkit_error *error)
{
    json_t *expected = json_object_get(description, "build_error"), *steps = json_object_get(description, "steps"), *step;
    char where[sizeof r->why];
    size_t i;
    if (expected != NULL) {
        json_t *found = json_object();
        int good;
        json_object_set_new(found, "code", json_string(error != NULL ? otpkit_error_code(error) : "none"));
        if (otpkit_error_field(error)) json_object_set_new(found, "field", json_string(otpkit_error_field(error)));
        good = error != NULL && subset(r, expected, found);
        json_decref(found);
        return good || (error != NULL ? 0 : fail(r, "the client was built"));
    }
    if (error != NULL) return fail(r, "no client: %s: %s", otpkit_error_field(error), otpkit_error_message(error));
    if (json_array_size(steps) == 0) return fail(r, "the case has no steps");
    json_array_foreach(steps, i, step) {
        const char *call = json_string_value(json_object_get(step, "call"));
        if (run_step(r, step)) continue;
        memcpy(where, r->why, sizeof where);
        return fail(r, "step %d %s: %.1100s", (int)i + 1, call != NULL ? call : "", where);
    }
    return 1;
}

int run_case(running *r, json_t *description)
{
    static const char *const known[] = {"name", "settings", "providers", "build_error", "steps", NULL};
    json_t *settings = json_object_get(description, "settings");
    const char *wrong = NULL;
    otpkit_error *error;
    size_t i;
    int good;
    if (!only_keys(r, description, known)) return 0;
    r->settings = settings != NULL ? json_incref(settings) : json_object();
    r->variables = json_object();
    r->clock = otpkit_testing_clock_new(BEGINNING);
    error = build(r, description, &wrong);
    good = wrong == NULL ? run_steps(r, description, error) : fail(r, "%s", wrong);
    otpkit_error_free(error);
    otpkit_client_free(r->client);
    otpkit_testing_clock_free(r->clock);
    for (i = 0; i < r->providers; i++) scripted_end(&r->scripts[i]);
    free(r->last_code);
    json_decref(r->settings);
    json_decref(r->variables);
    return good;
}
