/* Verifiers as callbacks: services that make and check codes of their own. */
#define TEST_MAIN
#include "test.h"

typedef struct {
    uint32_t create_says, check_says;
    int never_checks, no_reference;
    int created, checked, resent, canceled, freed;
    char reference[16], code[16], verb[16];
} service;

static void v_create(void *data, otpkit_request *request)
{
    service *s = (service *)data;
    s->created++;
    CHECK(otpkit_request_code(request) == NULL && otpkit_request_text(request) == NULL);
    otpkit_request_complete(request, s->create_says, s->no_reference ? NULL : "r-1", 0, NULL);
}

static void v_check(void *data, otpkit_request *request)
{
    service *s = (service *)data;
    __atomic_add_fetch(&s->checked, 1, __ATOMIC_SEQ_CST);
    snprintf(s->reference, sizeof s->reference, "%s", otpkit_request_reference(request));
    snprintf(s->code, sizeof s->code, "%s", otpkit_request_code(request));
    snprintf(s->verb, sizeof s->verb, "%s", otpkit_request_verb(request));
    if (!s->never_checks) otpkit_request_complete(request, s->check_says, NULL, 0, NULL);
}

static void v_resend(void *data, otpkit_request *request)
{
    ((service *)data)->resent++;
    CHECK_TEXT("r-1", otpkit_request_reference(request));
    otpkit_request_complete(request, OTPKIT_RESULT_CREATED, "r-2", 0, NULL);
}

static void v_cancel(void *data, otpkit_request *request)
{
    __atomic_add_fetch(&((service *)data)->canceled, 1, __ATOMIC_SEQ_CST);
    otpkit_request_complete(request, OTPKIT_RESULT_ENDED, NULL, 0, NULL);
}

static void v_free(void *data)
{
    __atomic_add_fetch(&((service *)data)->freed, 1, __ATOMIC_SEQ_CST);
}

static otpkit_client *verifier_of(service *s, const char *settings, otpkit_testing_clock *clock)
{
    otpkit_provider provider = no_provider();
    memset(s, 0, sizeof *s);
    s->create_says = OTPKIT_RESULT_CREATED;
    s->check_says = OTPKIT_RESULT_APPROVED;
    provider.create = v_create;
    provider.check = v_check;
    provider.resend = v_resend;
    provider.cancel = v_cancel;
    provider.free = v_free;
    return client_of(settings, &provider, s, clock);
}

static void verifiers(void)
{
    service s;
    otpkit_reply *started, *reply = NULL;
    otpkit_error *error = NULL;
    otpkit_testing_clock *clock = otpkit_testing_clock_new(1767225600000ULL);
    otpkit_client *client = verifier_of(&s, "{\"deadline_ms\":200}", clock);

    started = must_start(client, "{\"to\":\"+31612345678\",\"purpose\":\"login\"}");
    s.check_says = OTPKIT_RESULT_WRONG;
    CHECK_STATUS(OTPKIT_NOT_APPROVED, otpkit_check(client, otpkit_reply_id(started), "111111", "login", &reply, NULL));
    CHECK(otpkit_reply_attempts_left(reply) == 4);
    otpkit_reply_free(reply);
    CHECK_TEXT("r-1", s.reference);
    CHECK_TEXT("111111", s.code);
    CHECK_TEXT("check", s.verb);

    /* A remote timeout, an unclear answer and nonsense spend the attempt and are "cannot tell", never a yes. */
    s.never_checks = 1;
    otpkit_testing_keep_requests_ms(1);
    CHECK_STATUS(OTPKIT_CANNOT_TELL, otpkit_check(client, otpkit_reply_id(started), "222222", "login", &reply, &error));
    otpkit_error_free(error);
    otpkit_testing_keep_requests_ms(60000);
    s.never_checks = 0;
    s.check_says = OTPKIT_RESULT_CANNOT_TELL;
    CHECK_STATUS(OTPKIT_CANNOT_TELL, otpkit_check(client, otpkit_reply_id(started), "222222", "login", &reply, NULL));
    s.check_says = OTPKIT_RESULT_SENT;
    CHECK_STATUS(OTPKIT_CANNOT_TELL, otpkit_check(client, otpkit_reply_id(started), "222222", "login", &reply, NULL));
    CHECK_STATUS(OTPKIT_OK, otpkit_status(client, otpkit_reply_id(started), "login", &reply, NULL));
    CHECK(otpkit_reply_attempts_left(reply) == 1);
    otpkit_reply_free(reply);

    otpkit_testing_clock_advance(clock, 31000);
    CHECK_STATUS(OTPKIT_OK, otpkit_resend(client, otpkit_reply_id(started), "login", &reply, NULL));
    CHECK(s.resent == 1);
    otpkit_reply_free(reply);
    s.check_says = OTPKIT_RESULT_APPROVED;
    CHECK_STATUS(OTPKIT_OK, otpkit_check(client, otpkit_reply_id(started), "333333", "login", &reply, NULL));
    CHECK_TEXT("+31612345678", otpkit_reply_to(reply));
    CHECK_TEXT("r-2", s.reference);
    otpkit_reply_free(reply);
    otpkit_reply_free(started);

    started = must_start(client, "{\"to\":\"+31687654321\"}");
    CHECK_STATUS(OTPKIT_OK, otpkit_cancel(client, otpkit_reply_id(started), NULL, &reply, NULL));
    CHECK_TEXT("true", otpkit_reply_get(reply, "canceled"));
    otpkit_reply_free(reply);
    otpkit_reply_free(started);

    s.create_says = OTPKIT_RESULT_AMBIGUOUS;
    CHECK_STATUS(OTPKIT_CANNOT_TELL, otpkit_start(client, "{\"to\":\"+31655555555\"}", &reply, NULL));
    /* Created, but nobody could check it. */
    s.create_says = OTPKIT_RESULT_CREATED;
    s.no_reference = 1;
    CHECK_STATUS(OTPKIT_CANNOT_TELL, otpkit_start(client, "{\"to\":\"+31655555557\"}", &reply, NULL));
    s.create_says = OTPKIT_RESULT_FAILED;
    CHECK_STATUS(OTPKIT_CANNOT_TELL, otpkit_start(client, "{\"to\":\"+31655555556\"}", &reply, NULL));
    otpkit_client_free(client);
    otpkit_testing_clock_free(clock);
    otpkit_runtime_shutdown(5000);
    CHECK(s.canceled == 1);
    CHECK(s.freed == 1);
}

/* ---- 1,000 right checks of a verifier whose service always says yes approve once ---- */

typedef struct {
    const otpkit_client *client;
    const char *id;
    int calls;
    int approved;
} crowd;

static void *check_in_crowd(void *argument)
{
    crowd *c = (crowd *)argument;
    int i;
    for (i = 0; i < c->calls; i++) {
        otpkit_reply *reply = NULL;
        if (otpkit_check(c->client, c->id, "123456", NULL, &reply, NULL) == OTPKIT_OK) {
            __atomic_add_fetch(&c->approved, 1, __ATOMIC_SEQ_CST);
        }
        otpkit_reply_free(reply);
    }
    return NULL;
}

static void a_service_that_says_yes_every_time_approves_once(void)
{
    service s;
    crowd c;
    pthread_t threads[16];
    otpkit_client *client = verifier_of(&s, "{}", NULL);
    otpkit_reply *started = must_start(client, "{\"to\":\"+31612345678\"}");
    int i;
    c.client = client;
    c.id = otpkit_reply_id(started);
    c.calls = test_rounds(63, 4);
    c.approved = 0;
    for (i = 0; i < 16; i++) pthread_create(&threads[i], NULL, check_in_crowd, &c);
    for (i = 0; i < 16; i++) pthread_join(threads[i], NULL);
    CHECK(c.approved == 1);
    CHECK(s.checked >= 1 && s.checked <= 5);
    otpkit_reply_free(started);
    otpkit_client_free(client);
}

int main(void)
{
    verifiers();
    a_service_that_says_yes_every_time_approves_once();
    return test_end("verifiers");
}
