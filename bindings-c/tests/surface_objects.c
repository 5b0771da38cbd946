/* Everything but the verbs: builders, clients, replies, errors, outboxes, requests. */
#include "surface.h"

static long data;

static uint32_t seen(int was_default)
{
    return was_default ? DEFAULT : VALUE;
}

/* ---- builder and client ---- */

static uint32_t made(const void *handle_made, otpkit_error *error)
{
    uint32_t status = handle_made != NULL ? (uint32_t)OTPKIT_OK : otpkit_error_status(error);
    /* Without a place for the error there is only the NULL to see. */
    if (handle_made == NULL && error == NULL) status = DEFAULT;
    otpkit_error_free(error);
    return status;
}

static uint32_t call_builder_new(void)
{
    otpkit_error *error = NULL;
    otpkit_builder *builder = otpkit_builder_new(TEXT(0, "{}"), (otpkit_error **)pointer(1, &error));
    uint32_t status = made(builder, error);
    otpkit_builder_free(builder);
    return status;
}

static uint32_t call_builder_add_provider(void)
{
    otpkit_builder *builder = fresh_builder();
    otpkit_provider provider = no_provider();
    otpkit_error *error = NULL;
    uint32_t status;
    provider.send = inbox_send;
    status = otpkit_builder_add_provider((otpkit_builder *)handle(0, BUILDER, builder), TEXT(1, "mine"),
                                         (const otpkit_provider *)pointer(2, &provider), pointer(3, &data),
                                         (otpkit_error **)pointer(4, &error));
    otpkit_error_free(error);
    otpkit_builder_free(builder);
    return status;
}

static void no_event(void *data, const char *event)
{
    (void)data;
    (void)event;
}

static uint32_t call_builder_on_event(void)
{
    otpkit_builder *builder = fresh_builder();
    otpkit_error *error = NULL;
    otpkit_event_call on_event = spoiling == NULLED && spoiled == 1 ? NULL : no_event;
    uint32_t status = otpkit_builder_on_event((otpkit_builder *)handle(0, BUILDER, builder), on_event, pointer(2, &data), NULL,
                                              (otpkit_error **)pointer(4, &error));
    otpkit_error_free(error);
    otpkit_builder_free(builder);
    return status;
}

static uint32_t call_builder_build(void)
{
    otpkit_builder *builder = fresh_builder();
    otpkit_error *error = NULL;
    otpkit_client *built = otpkit_builder_build((otpkit_builder *)handle(0, BUILDER, builder), (otpkit_error **)pointer(1, &error));
    uint32_t status = made(built, error);
    otpkit_client_free(built);
    otpkit_builder_free(builder);
    return status;
}

static uint32_t call_builder_free(void)
{
    otpkit_builder *builder = fresh_builder();
    uint32_t status = otpkit_builder_free((otpkit_builder *)handle(0, BUILDER, builder));
    otpkit_builder_free(builder);
    return status;
}

static uint32_t call_client_close(void)
{
    otpkit_client *other = client_of("{\"providers\":{\"box\":{\"type\":\"outbox\"}}}", NULL, NULL, NULL);
    otpkit_error *error = NULL;
    uint32_t status = otpkit_client_close((otpkit_client *)handle(0, CLIENT, other), (otpkit_error **)pointer(1, &error));
    otpkit_error_free(error);
    otpkit_client_free(other);
    return status;
}

static uint32_t call_client_free(void)
{
    otpkit_client *other = client_of("{\"providers\":{\"box\":{\"type\":\"outbox\"}}}", NULL, NULL, NULL);
    uint32_t status = otpkit_client_free((otpkit_client *)handle(0, CLIENT, other));
    otpkit_client_free(other);
    return status;
}

/* ---- replies and errors ---- */

#define REPLY_OF(value) ((const otpkit_reply *)handle(0, REPLY, value))
#define ERROR_OF(value) ((const otpkit_error *)handle(0, ERROR_, value))

#define ACCESSOR(function, argument, default_value)                                              \
    static uint32_t call_##function(void) { return seen(otpkit_##function(argument) == default_value); }

ACCESSOR(reply_id, REPLY_OF(started), NULL)
ACCESSOR(reply_approved, REPLY_OF(checked), false)
ACCESSOR(reply_attempts_left, REPLY_OF(checked), -1)
ACCESSOR(reply_status, REPLY_OF(checked), NULL)
ACCESSOR(reply_reason, REPLY_OF(checked), NULL)
ACCESSOR(reply_to, REPLY_OF(checked), NULL)
ACCESSOR(reply_to_masked, REPLY_OF(started), NULL)
ACCESSOR(reply_provider, REPLY_OF(started), NULL)
ACCESSOR(reply_expires_at, REPLY_OF(started), NULL)
ACCESSOR(reply_resend_at, REPLY_OF(started), NULL)
ACCESSOR(reply_expires_at_ms, REPLY_OF(started), -1)
ACCESSOR(reply_resend_at_ms, REPLY_OF(started), -1)
ACCESSOR(reply_json, REPLY_OF(started), NULL)
ACCESSOR(reply_report_count, REPLY_OF(reported), 0)
ACCESSOR(error_status, ERROR_OF(failure), 0)
ACCESSOR(error_code, ERROR_OF(failure), NULL)
ACCESSOR(error_message, ERROR_OF(failure), NULL)
ACCESSOR(error_field, ERROR_OF(failure), NULL)
ACCESSOR(error_retry_after_ms, ERROR_OF(failure), -1)

static uint32_t call_reply_get(void)
{
    return seen(otpkit_reply_get(REPLY_OF(started), TEXT(1, "channel")) == NULL);
}

static uint32_t call_reply_report_get(void)
{
    return seen(otpkit_reply_report_get(REPLY_OF(reported), 0, TEXT(1, "status")) == NULL);
}

static uint32_t call_reply_free(void)
{
    otpkit_reply *reply = NULL;
    uint32_t status;
    otpkit_status(client, otpkit_reply_id(started), NULL, &reply, NULL);
    status = otpkit_reply_free((otpkit_reply *)handle(0, REPLY, reply));
    otpkit_reply_free(reply);
    return status;
}

static uint32_t call_error_free(void)
{
    otpkit_error *error = NULL;
    uint32_t status;
    otpkit_client_close(NULL, &error);
    status = otpkit_error_free((otpkit_error *)handle(0, ERROR_, error));
    otpkit_error_free(error);
    return status;
}

/* ---- outbox ---- */

static uint32_t call_outbox_read(void)
{
    otpkit_outbox *read = NULL;
    otpkit_error *error = NULL;
    uint32_t status = otpkit_outbox_read(C(0), TEXT(1, "box"), (otpkit_outbox **)pointer(2, &read), (otpkit_error **)pointer(3, &error));
    CHECK(read == NULL || status == OTPKIT_OK);
    otpkit_outbox_free(read);
    otpkit_error_free(error);
    return status;
}

static uint32_t call_outbox_clear(void)
{
    otpkit_error *error = NULL;
    uint32_t status = otpkit_outbox_clear(C(0), TEXT(1, "box"), (otpkit_error **)pointer(2, &error));
    otpkit_error_free(error);
    return status;
}

#define OUTBOX_OF() ((const otpkit_outbox *)handle(0, OUTBOX, outbox))

ACCESSOR(outbox_count, OUTBOX_OF(), 0)
ACCESSOR(outbox_json, OUTBOX_OF(), NULL)

static uint32_t call_outbox_get(void)
{
    return seen(otpkit_outbox_get(OUTBOX_OF(), 0, TEXT(1, "code")) == NULL);
}

static uint32_t call_outbox_free(void)
{
    otpkit_outbox *read = NULL;
    uint32_t status;
    otpkit_outbox_read(client, "box", &read, NULL);
    status = otpkit_outbox_free((otpkit_outbox *)handle(0, OUTBOX, read));
    otpkit_outbox_free(read);
    return status;
}

/* ---- requests ---- */

#define SENDING() ((const otpkit_request *)handle(0, REQUEST, sending))
#define CHECKING() ((const otpkit_request *)handle(0, REQUEST, checking))

ACCESSOR(request_verb, SENDING(), NULL)
ACCESSOR(request_to, SENDING(), NULL)
ACCESSOR(request_channel, SENDING(), NULL)
ACCESSOR(request_purpose, SENDING(), NULL)
ACCESSOR(request_tenant, SENDING(), NULL)
ACCESSOR(request_locale, SENDING(), NULL)
ACCESSOR(request_code, SENDING(), NULL)
ACCESSOR(request_text, SENDING(), NULL)
ACCESSOR(request_reference, CHECKING(), NULL)
ACCESSOR(request_idempotency_key, SENDING(), NULL)
ACCESSOR(request_values_json, SENDING(), NULL)
ACCESSOR(request_ttl_ms, SENDING(), -1)
ACCESSOR(request_deadline_ms, SENDING(), -1)

static uint32_t call_request_value(void)
{
    return seen(otpkit_request_value(SENDING(), TEXT(1, "name")) == NULL);
}

static uint32_t call_request_complete(void)
{
    otpkit_request *request = new_request();
    uint32_t status = otpkit_request_complete((otpkit_request *)handle(0, REQUEST, request), OTPKIT_RESULT_SENT, TEXT(1, "ref"), 0,
                                              TEXT(2, "why"));
    otpkit_request_complete(request, OTPKIT_RESULT_SENT, NULL, 0, NULL);
    return status;
}

const surface surface_objects[] = {
    ROW(error_status, "h", VALUE), ROW(error_code, "h", VALUE), ROW(error_message, "h", VALUE), ROW(error_field, "h", VALUE),
    ROW(error_retry_after_ms, "h", DEFAULT), ROW(error_free, "f", OTPKIT_OK), ROW(builder_new, "po", OTPKIT_OK),
    ROW(builder_add_provider, "hppoo", OTPKIT_OK), ROW(builder_on_event, "hpooo", OTPKIT_OK),
    ROW(builder_build, "ho", OTPKIT_OK), ROW(builder_free, "f", OTPKIT_OK), ROW(request_complete, "qoo", OTPKIT_OK),
    ROW(request_verb, "h", VALUE), ROW(request_to, "h", VALUE), ROW(request_channel, "h", VALUE),
    ROW(request_purpose, "h", VALUE), ROW(request_tenant, "h", VALUE), ROW(request_locale, "h", VALUE),
    ROW(request_code, "h", VALUE), ROW(request_text, "h", VALUE), ROW(request_reference, "h", VALUE),
    ROW(request_idempotency_key, "h", VALUE), ROW(request_value, "hp", VALUE), ROW(request_values_json, "h", VALUE),
    ROW(request_ttl_ms, "h", VALUE), ROW(request_deadline_ms, "h", VALUE), ROW(client_close, "ho", OTPKIT_OK),
    ROW(client_free, "f", OTPKIT_OK), ROW(reply_id, "h", VALUE),
    ROW(reply_approved, "h", VALUE), ROW(reply_attempts_left, "h", DEFAULT), ROW(reply_status, "h", VALUE),
    ROW(reply_reason, "h", DEFAULT), ROW(reply_to, "h", VALUE), ROW(reply_to_masked, "h", VALUE),
    ROW(reply_provider, "h", VALUE), ROW(reply_expires_at, "h", VALUE), ROW(reply_resend_at, "h", VALUE),
    ROW(reply_expires_at_ms, "h", VALUE), ROW(reply_resend_at_ms, "h", VALUE), ROW(reply_get, "hp", VALUE),
    ROW(reply_json, "h", VALUE), ROW(reply_report_count, "h", VALUE), ROW(reply_report_get, "hp", VALUE), ROW(reply_free, "f", OTPKIT_OK), ROW(outbox_read, "hppo", OTPKIT_OK),
    ROW(outbox_count, "h", VALUE), ROW(outbox_get, "hp", VALUE), ROW(outbox_json, "h", VALUE),
    ROW(outbox_free, "f", OTPKIT_OK), ROW(outbox_clear, "hpo", OTPKIT_OK),
    {NULL, NULL, 0, NULL},
};
