/* The verbs, blocking and asynchronous. */
#include "surface.h"

/* ---- blocking verbs: each frees what it got ---- */

static uint32_t dropped(uint32_t status, otpkit_reply *reply, otpkit_error *error)
{
    int wrote_reply = status == OTPKIT_OK || status == OTPKIT_NOT_APPROVED;
    int reply_place = !(spoiling == NULLED && spoiled >= 0 && status == OTPKIT_NULL_ARGUMENT);
    if (reply_place) CHECK((reply != NULL) == wrote_reply);
    CHECK(!(error != NULL && wrote_reply));
    if (error != NULL) CHECK_STATUS(status, otpkit_error_status(error));
    otpkit_reply_free(reply);
    otpkit_error_free(error);
    return status;
}

#define VERB(function, arguments, reply_at)                                                      \
    static uint32_t call_##function(void)                                                        \
    {                                                                                            \
        otpkit_reply *reply = NULL;                                                              \
        otpkit_error *error = NULL;                                                              \
        const char *id = otpkit_reply_id(started);                                               \
        otpkit_reply **reply_to = (otpkit_reply **)pointer(reply_at, &reply);                    \
        otpkit_error **error_to = (otpkit_error **)pointer(reply_at + 1, &error);                \
        uint32_t status;                                                                         \
        (void)id;                                                                                \
        status = otpkit_##function arguments;                                                    \
        return dropped(status, reply, error);                                                    \
    }

static char json_buffer[256];

static const char *with_id(const char *more)
{
    snprintf(json_buffer, sizeof json_buffer, "{\"id\":\"%s\"%s}", otpkit_reply_id(started), more);
    return json_buffer;
}

VERB(start, (C(0), TEXT(1, fresh_start()), reply_to, error_to), 2)
VERB(check, (C(0), TEXT(1, id), TEXT(2, "000000"), TEXT(3, "default"), reply_to, error_to), 4)
VERB(check_n, (C(0), TEXT(1, id), 38, TEXT(2, "000000"), 6, TEXT(3, "default"), spoiled == 3 ? 0 : 7, reply_to, error_to), 4)
VERB(check_json, (C(0), TEXT(1, with_id(",\"code\":\"000000\"")), reply_to, error_to), 2)
VERB(resend, (C(0), TEXT(1, id), TEXT(2, "default"), reply_to, error_to), 3)
VERB(resend_json, (C(0), TEXT(1, with_id("")), reply_to, error_to), 2)
VERB(cancel, (C(0), TEXT(1, id), TEXT(2, "default"), reply_to, error_to), 3)
VERB(cancel_json, (C(0), TEXT(1, with_id("")), reply_to, error_to), 2)
VERB(status, (C(0), TEXT(1, id), TEXT(2, "default"), reply_to, error_to), 3)
VERB(status_json, (C(0), TEXT(1, with_id("")), reply_to, error_to), 2)
VERB(deliver, (C(0), TEXT(1, "{\"to\":\"+31612345678\",\"code\":\"123456\"}"), reply_to, error_to), 2)
VERB(unlock, (C(0), TEXT(1, "+31612345678"), TEXT(2, "default"), reply_to, error_to), 3)
VERB(unlock_json, (C(0), TEXT(1, "{\"to\":\"+31612345678\"}"), reply_to, error_to), 2)

/* Without settings of reports the provider is refused, after everything else was looked at. */
#define REQUEST_JSON "{\"method\":\"POST\",\"url\":\"https://example.com/\"}"
VERB(webhook, (C(0), TEXT(1, "mine"), TEXT(2, REQUEST_JSON), pointer(3, "x"), spoiled == 3 ? 0 : 1, reply_to, error_to), 4)

/* ---- the same, asynchronous ---- */

static uint32_t told;

static void tell(void *context, uint32_t status, otpkit_reply *reply, otpkit_error *error)
{
    (void)context;
    CHECK((reply != NULL) == (status == OTPKIT_OK || status == OTPKIT_NOT_APPROVED));
    CHECK((error != NULL) == (reply == NULL));
    if (error != NULL) CHECK_STATUS(status, otpkit_error_status(error));
    otpkit_reply_free(reply);
    otpkit_error_free(error);
    __atomic_store_n(&told, status, __ATOMIC_SEQ_CST);
}

static uint32_t wait_until_told(uint64_t call, int expected)
{
    int i;
    if (!expected) return call == 0 ? UNTOLD : VALUE;
    for (i = 0; i < 10000 && __atomic_load_n(&told, __ATOMIC_SEQ_CST) == UNTOLD; i++) test_sleep_ms(1);
    return told;
}

#define ASYNC(function, arguments, completion_at)                                                \
    static uint32_t call_##function##_async(void)                                                \
    {                                                                                            \
        const char *id = otpkit_reply_id(started);                                               \
        int given = !(spoiling == NULLED && spoiled == completion_at);                           \
        otpkit_completion completion = given ? tell : NULL;                                      \
        void *context = pointer(completion_at + 1, &told);                                       \
        (void)id;                                                                                \
        told = UNTOLD;                                                                           \
        return wait_until_told(otpkit_##function##_async arguments, given);                      \
    }

ASYNC(start, (C(0), TEXT(1, fresh_start()), completion, context), 2)
ASYNC(check, (C(0), TEXT(1, id), TEXT(2, "000000"), TEXT(3, "default"), completion, context), 4)
ASYNC(check_n, (C(0), TEXT(1, id), 38, TEXT(2, "000000"), 6, TEXT(3, "default"), spoiled == 3 ? 0 : 7, completion, context), 4)
ASYNC(check_json, (C(0), TEXT(1, with_id(",\"code\":\"000000\"")), completion, context), 2)
ASYNC(resend, (C(0), TEXT(1, id), TEXT(2, "default"), completion, context), 3)
ASYNC(resend_json, (C(0), TEXT(1, with_id("")), completion, context), 2)
ASYNC(cancel, (C(0), TEXT(1, id), TEXT(2, "default"), completion, context), 3)
ASYNC(cancel_json, (C(0), TEXT(1, with_id("")), completion, context), 2)
ASYNC(status, (C(0), TEXT(1, id), TEXT(2, "default"), completion, context), 3)
ASYNC(status_json, (C(0), TEXT(1, with_id("")), completion, context), 2)
ASYNC(deliver, (C(0), TEXT(1, "{\"to\":\"+31612345678\",\"code\":\"123456\"}"), completion, context), 2)
ASYNC(unlock, (C(0), TEXT(1, "+31612345678"), TEXT(2, "default"), completion, context), 3)
ASYNC(unlock_json, (C(0), TEXT(1, "{\"to\":\"+31612345678\"}"), completion, context), 2)

ASYNC(webhook, (C(0), TEXT(1, "mine"), TEXT(2, REQUEST_JSON), pointer(3, "x"), spoiled == 3 ? 0 : 1, completion, context), 4)

static uint32_t call_call_cancel(void)
{
    return otpkit_call_cancel(0);
}

static uint32_t call_runtime_shutdown(void)
{
    return spoiling == WHOLE ? otpkit_runtime_shutdown(1000) : (uint32_t)OTPKIT_OK;
}

const surface surface_verbs[] = {
    ROW(start, "hppo", OTPKIT_OK), ROW(resend, "hpopo", OTPKIT_RATE_LIMITED), ROW(resend_json, "hppo", OTPKIT_RATE_LIMITED),
    ROW(resend_async, "hpoco", OTPKIT_RATE_LIMITED), ROW(resend_json_async, "hpco", OTPKIT_RATE_LIMITED),
    ROW(check, "hppopo", OTPKIT_NOT_APPROVED), ROW(check_n, "hppopo", OTPKIT_NOT_APPROVED),
    ROW(check_json, "hppo", OTPKIT_NOT_APPROVED), ROW(status, "hpopo", OTPKIT_OK), ROW(status_json, "hppo", OTPKIT_OK),
    ROW(deliver, "hppo", OTPKIT_OK), ROW(unlock, "hpopo", OTPKIT_OK), ROW(unlock_json, "hppo", OTPKIT_OK),
    ROW(start_async, "hpco", OTPKIT_OK), ROW(check_async, "hppoco", OTPKIT_NOT_APPROVED),
    ROW(check_n_async, "hppoco", OTPKIT_NOT_APPROVED), ROW(check_json_async, "hpco", OTPKIT_NOT_APPROVED),
    ROW(status_async, "hpoco", OTPKIT_OK), ROW(status_json_async, "hpco", OTPKIT_OK), ROW(deliver_async, "hpco", OTPKIT_OK),
    ROW(unlock_async, "hpoco", OTPKIT_OK), ROW(unlock_json_async, "hpco", OTPKIT_OK), ROW(cancel, "hpopo", OTPKIT_OK),
    ROW(cancel_json, "hppo", OTPKIT_OK), ROW(cancel_async, "hpoco", OTPKIT_OK), ROW(cancel_json_async, "hpco", OTPKIT_OK),
    ROW(webhook, "hppopo", OTPKIT_INVALID_INPUT), ROW(webhook_async, "hppoco", OTPKIT_INVALID_INPUT),
    ROW(runtime_shutdown, "", OTPKIT_OK),
    ROW(call_cancel, "", OTPKIT_GONE),
    {NULL, NULL, 0, NULL},
};
