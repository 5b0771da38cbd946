/* The variables of a case: `$name` and `${name}` in its texts. */
#include "vectors.h"

static int is_name(const char *text, size_t length)
{
    size_t i = 0, digits;
    if (length == 0 || text[0] < 'a' || text[0] > 'z') return 0;
    while (i < length && ((text[i] >= 'a' && text[i] <= 'z') || (text[i] >= '0' && text[i] <= '9') || text[i] == '_')) i++;
    if (i == length) return 1;
    if (text[i++] != ':') return 0;
    for (digits = i; i < length && text[i] >= '0' && text[i] <= '9'; i++) continue;
    return i == length && i > digits;
}

/* The text of a variable, to be freed; NULL if it is unknown. */
static char *variable(running *r, const char *name, size_t length)
{
    char word[64], wrong[16];
    const char *text;
    unsigned long by = 1;
    snprintf(word, sizeof word, "%.*s", (int)length, name);
    if (strchr(word, ':') != NULL) {
        by = strtoul(strchr(word, ':') + 1, NULL, 10);
        *strchr(word, ':') = '\0';
    }
    if (strcmp(word, "long") == 0) {
        char *ones = (char *)malloc((10u << 20) + 1);
        memset(ones, '1', 10u << 20);
        ones[10u << 20] = '\0';
        return ones;
    }
    text = json_string_value(json_object_get(r->variables, strcmp(word, "wrong") == 0 ? "code" : word));
    if (text == NULL) {
        fail(r, "no step has saved a variable `%s`", word);
        return NULL;
    }
    if (strcmp(word, "wrong") != 0) return strdup(text);
    wrong_code(wrong, text, by);
    return strdup(wrong);
}

static json_t *fill_text(running *r, json_t *value)
{
    const char *text = json_string_value(value), *end = text + json_string_length(value), *close;
    char *found, *filled = NULL;
    size_t length = 0;
    json_t *result;
    if (text[0] == '$' && is_name(text + 1, json_string_length(value) - 1)) {
        found = variable(r, text + 1, json_string_length(value) - 1);
        result = found != NULL ? json_string(found) : NULL;
        free(found);
        return result;
    }
    if (strstr(text, "${") == NULL) return json_incref(value);
    while (text < end) {
        close = text[0] == '$' && text[1] == '{' ? strchr(text, '}') : NULL;
        found = NULL;
        if (close != NULL && is_name(text + 2, (size_t)(close - text - 2))) {
            found = variable(r, text + 2, (size_t)(close - text - 2));
            if (found == NULL) {
                free(filled);
                return NULL;
            }
        }
        filled = (char *)realloc(filled, length + (found != NULL ? strlen(found) : 0) + 2);
        if (found != NULL) {
            memcpy(filled + length, found, strlen(found));
            length += strlen(found);
            text = close + 1;
        } else {
            filled[length++] = *text++;
        }
        free(found);
    }
    result = json_stringn(filled, length);
    free(filled);
    return result;
}

json_t *fill(running *r, json_t *value)
{
    json_t *filled, *each, *done;
    const char *name;
    size_t i;
    if (json_is_string(value)) return fill_text(r, value);
    if (!json_is_object(value) && !json_is_array(value)) return json_incref(value);
    filled = json_is_object(value) ? json_object() : json_array();
    if (json_is_object(value)) {
        json_object_foreach(value, name, each) {
            done = fill(r, each);
            if (done == NULL) goto unknown;
            json_object_set_new_nocheck(filled, name, done);
        }
        return filled;
    }
    json_array_foreach(value, i, each) {
        done = fill(r, each);
        if (done == NULL) goto unknown;
        json_array_append_new(filled, done);
    }
    return filled;
unknown:
    json_decref(filled);
    return NULL;
}
