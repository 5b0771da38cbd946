/*
 * Twilio makes, sends and checks the code: ./main +31612345678, with
 * TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_SERVICE_SID in the environment. TWILIO_BASE_URL=http://127.0.0.1:4680 takes the sandbox instead.
 */
#include <otpkit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int give_up(const char *what, otpkit_error *error)
{
    fprintf(stderr, "%s: %s: %s\n", what, otpkit_error_code(error), otpkit_error_message(error));
    otpkit_error_free(error);
    return 1;
}

/* Keys, SIDs and numbers have no character that JSON would need an escape for; what is no such thing is left out. */
static const char *from_environment(const char *name)
{
    const char *value = getenv(name);
    return value == NULL || strpbrk(value, "\"\\\n") != NULL ? "" : value;
}

static otpkit_client *connect_to_service(otpkit_error **error)
{
    char settings[1024], sandbox[256] = "";
    const char *base_url = from_environment("TWILIO_BASE_URL");
    otpkit_builder *builder;

    if (*base_url != '\0')
        snprintf(sandbox, sizeof sandbox, ", \"base_url\": \"%s\", \"allow_private\": true", base_url);
    snprintf(settings, sizeof settings,
             "{\"providers\": {\"twilio\": {\"type\": \"twilio-verify\", \"account_sid\": \"%s\", \"auth_token\": \"%s\","
             " \"service_sid\": \"%s\"%s}}}",
             from_environment("TWILIO_ACCOUNT_SID"), from_environment("TWILIO_AUTH_TOKEN"),
             from_environment("TWILIO_SERVICE_SID"), sandbox);
    builder = otpkit_builder_new(settings, error);
    return builder == NULL ? NULL : otpkit_builder_build(builder, error);
}

int main(int count, char **arguments)
{
    otpkit_error *error = NULL;
    otpkit_client *client;
    otpkit_reply *started = NULL, *checked = NULL;
    char request[256], line[64];
    uint32_t status = OTPKIT_NOT_APPROVED;
    int left = 1;

    if (count != 2 || strpbrk(arguments[1], "\"\\") != NULL) {
        fprintf(stderr, "name a phone number, such as +31612345678\n");
        return 2;
    }
    client = connect_to_service(&error);
    if (client == NULL) return give_up("settings", error);

    snprintf(request, sizeof request, "{\"to\": \"%s\", \"purpose\": \"login\"}", arguments[1]);
    if (otpkit_start(client, request, &started, &error) != OTPKIT_OK) return give_up("start", error);
    printf("a code is on its way to %s; type it here\n", otpkit_reply_to_masked(started));
    fflush(stdout);

    while (left > 0 && fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\r\n")] = '\0';
        status = otpkit_check(client, otpkit_reply_id(started), line, "login", &checked, &error);
        if (status > OTPKIT_NOT_APPROVED) return give_up("check", error);
        left = status == OTPKIT_OK ? 0 : (int)otpkit_reply_attempts_left(checked);
        if (status == OTPKIT_OK) printf("welcome, %s\n", otpkit_reply_to(checked));
        else printf("not approved (%s), %d attempts left\n", otpkit_reply_reason(checked), left);
        fflush(stdout);
        otpkit_reply_free(checked);
        checked = NULL;
    }
    otpkit_reply_free(started);
    otpkit_client_free(client);
    return status == OTPKIT_OK ? 0 : 1;
}
