/*
 * Sends a code and checks it. The provider is `outbox`, which keeps messages in memory, so this needs no account: the
 * program reads its own message, where in life a person would type the code.
 */
#include <otpkit.h>
#include <stdio.h>
#include <stdlib.h>

static void give_up(const char *what, otpkit_error *error)
{
    fprintf(stderr, "%s: %s: %s\n", what, otpkit_error_code(error), otpkit_error_message(error));
    otpkit_error_free(error);
    exit(1);
}

int main(void)
{
    static const char settings[] = "{\"providers\": {\"outbox\": {\"type\": \"outbox\"}}}";
    otpkit_error *error = NULL;
    otpkit_builder *builder;
    otpkit_client *client;
    otpkit_reply *started = NULL, *checked = NULL;
    otpkit_outbox *outbox = NULL;
    const char *typed;
    uint32_t status;

    builder = otpkit_builder_new(settings, &error);
    if (builder == NULL) give_up("settings", error);
    client = otpkit_builder_build(builder, &error);
    if (client == NULL) give_up("build", error);

    if (otpkit_start(client, "{\"to\": \"+31 6 1234 5678\", \"purpose\": \"login\"}", &started, &error) != OTPKIT_OK)
        give_up("start", error);
    printf("a code went to %s; it ends at %s\n", otpkit_reply_to_masked(started), otpkit_reply_expires_at(started));

    /* A wrong code is a result, not an error. (Codes have six digits, so "0000" is surely wrong.) */
    status = otpkit_check(client, otpkit_reply_id(started), "0000", "login", &checked, &error);
    if (status != OTPKIT_NOT_APPROVED) give_up("check", error);
    printf("a wrong code: %s, %d attempts left\n", otpkit_reply_status(checked), (int)otpkit_reply_attempts_left(checked));
    otpkit_reply_free(checked);

    if (otpkit_outbox_read(client, "outbox", &outbox, &error) != OTPKIT_OK) give_up("outbox", error);
    typed = otpkit_outbox_get(outbox, otpkit_outbox_count(outbox) - 1, "code");

    checked = NULL;
    status = otpkit_check(client, otpkit_reply_id(started), typed, "login", &checked, &error);
    if (status > OTPKIT_NOT_APPROVED) give_up("check", error);
    if (status == OTPKIT_OK) printf("the right code: %s is proved\n", otpkit_reply_to(checked));

    otpkit_reply_free(checked);
    otpkit_reply_free(started);
    otpkit_outbox_free(outbox);
    otpkit_client_free(client);
    return status == OTPKIT_OK ? 0 : 1;
}
