/* Providers of the vectors: what a host would write, with callbacks. */
#include "vectors.h"

static const char *const NAMES[METHODS] = {"send", "create", "check", "resend", "cancel"};
static const struct {
    const char *word;
    uint32_t result;
} WORDS[] = {
    {"sent", OTPKIT_RESULT_SENT}, {"created", OTPKIT_RESULT_CREATED}, {"not_sent", OTPKIT_RESULT_NOT_SENT},
    {"rejected", OTPKIT_RESULT_REJECTED}, {"limited", OTPKIT_RESULT_LIMITED}, {"ambiguous", OTPKIT_RESULT_AMBIGUOUS},
    {"approved", OTPKIT_RESULT_APPROVED}, {"wrong", OTPKIT_RESULT_WRONG}, {"ended", OTPKIT_RESULT_ENDED},
    {"cannot_tell", OTPKIT_RESULT_CANNOT_TELL},
};

static uint32_t result_of(const char *word)
{
    size_t i;
    for (i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++)
        if (strcmp(WORDS[i].word, word) == 0) return WORDS[i].result;
    return 42;
}

static json_t *text_of(const char *text)
{
    return text != NULL ? json_string(text) : json_null();
}

static json_t *shown(const otpkit_request *request)
{
    json_t *shown = json_object();
    json_object_set_new(shown, "to", text_of(otpkit_request_to(request)));
    json_object_set_new(shown, "channel", text_of(otpkit_request_channel(request)));
    json_object_set_new(shown, "purpose", text_of(otpkit_request_purpose(request)));
    json_object_set_new(shown, "tenant", text_of(otpkit_request_tenant(request)));
    json_object_set_new(shown, "locale", text_of(otpkit_request_locale(request)));
    json_object_set_new(shown, "values", json_loads(otpkit_request_values_json(request), 0, NULL));
    json_object_set_new(shown, "ttl_ms", json_integer(otpkit_request_ttl_ms(request)));
    json_object_set_new(shown, "code", text_of(otpkit_request_code(request)));
    json_object_set_new(shown, "text", text_of(otpkit_request_text(request)));
    json_object_set_new(shown, "reference", text_of(otpkit_request_reference(request)));
    return shown;
}

static void keep(json_t **place, json_t *value)
{
    json_decref(*place);
    *place = value;
}

/* Gives the next answer of the script of a method. */
static void act(scripted *s, int method, otpkit_request *request, uint32_t otherwise)
{
    json_t *list = json_object_get(s->script, NAMES[method]), *answer;
    const char *word, *reference = otherwise == OTPKIT_RESULT_CREATED ? "ref" : NULL, *reason;
    uint32_t result = otherwise;
    json_int_t at, after;
    CHECK_TEXT(NAMES[method], otpkit_request_verb(request));
    pthread_mutex_lock(&s->lock);
    at = s->asked[method]++;
    keep(method == CHECK_CODE ? &s->check : &s->message, shown(request));
    if (method == SEND) {
        free(*s->last_code);
        *s->last_code = strdup(otpkit_request_code(request));
    }
    if (at >= (json_int_t)json_array_size(list)) at = (json_int_t)json_array_size(list) - 1;
    answer = at >= 0 ? json_array_get(list, (size_t)at) : NULL;
    pthread_mutex_unlock(&s->lock);

    after = json_object_get(answer, "retry_after_ms") == NULL ? -1 : json_integer_value(json_object_get(answer, "retry_after_ms"));
    reason = json_string_value(json_object_get(answer, "reason"));
    if (answer != NULL) {
        if (json_is_true(json_object_get(answer, "never"))) return;
        word = json_string_value(json_object_get(answer, "result"));
        reference = json_string_value(json_object_get(answer, "reference"));
        result = word != NULL ? result_of(word) : 42;
        if (json_is_true(json_object_get(answer, "throws"))) result = OTPKIT_RESULT_FAILED;
        if (json_is_true(json_object_get(answer, "nonsense"))) result = 42;
    }
    otpkit_request_complete(request, result, reference, after, reason);
}

static void do_send(void *data, otpkit_request *request)
{
    act((scripted *)data, SEND, request, OTPKIT_RESULT_SENT);
}

static void do_create(void *data, otpkit_request *request)
{
    act((scripted *)data, CREATE, request, OTPKIT_RESULT_CREATED);
}

static void do_check(void *data, otpkit_request *request)
{
    act((scripted *)data, CHECK_CODE, request, OTPKIT_RESULT_APPROVED);
}

static void do_resend(void *data, otpkit_request *request)
{
    act((scripted *)data, RESEND, request, OTPKIT_RESULT_CREATED);
}

static void do_cancel(void *data, otpkit_request *request)
{
    act((scripted *)data, CANCEL, request, OTPKIT_RESULT_ENDED);
}

otpkit_provider scripted_provider(scripted *s, json_t *script, char **last_code, const char **wrong)
{
    static const char *const sender[] = {"kind", "send", NULL};
    static const char *const verifier[] = {"kind", "checks_by_recipient", "create", "check", "resend", "cancel", NULL};
    static const char *const answer[] = {"result", "reference", "retry_after_ms", "reason", "throws", "nonsense", "never", NULL};
    const char *kind = json_string_value(json_object_get(script, "kind")), *name;
    int is_sender = kind != NULL && strcmp(kind, "sender") == 0;
    otpkit_provider provider = no_provider();
    running scratch;
    json_t *list, *each;
    size_t i;

    memset(s, 0, sizeof *s);
    pthread_mutex_init(&s->lock, NULL);
    s->script = script;
    s->last_code = last_code;
    if (!is_sender && (kind == NULL || strcmp(kind, "verifier") != 0)) *wrong = "a provider is of no known kind";
    if (!only_keys(&scratch, script, is_sender ? sender : verifier)) *wrong = "a provider's script has an unknown key";
    json_object_foreach(script, name, list) {
        if (!json_is_array(list)) continue;
        json_array_foreach(list, i, each) {
            if (!only_keys(&scratch, each, answer)) *wrong = "an answer of a script has an unknown key";
        }
    }
    if (is_sender) {
        provider.send = do_send;
        return provider;
    }
    provider.create = do_create;
    provider.check = do_check;
    if (json_object_get(script, "resend") != NULL) provider.resend = do_resend;
    if (json_object_get(script, "cancel") != NULL) provider.cancel = do_cancel;
    if (json_is_true(json_object_get(script, "checks_by_recipient"))) provider.flags = OTPKIT_PROVIDER_CHECKS_BY_RECIPIENT;
    return provider;
}

void scripted_end(scripted *s)
{
    json_decref(s->message);
    json_decref(s->check);
    pthread_mutex_destroy(&s->lock);
}
