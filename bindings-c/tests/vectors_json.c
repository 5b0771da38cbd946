/* JSON with whole numbers of any size. */
#include "vectors.h"

/* How a number that is too big for the library for JSON is kept: as a text that begins so. */
static const char MARK[] = "\\u0001number:";
static const char MARKED[] = "\"\\u0001number:";

/* Copies JSON, with every bare number of 19 digits or more made into a marked text. */
static char *mark_big_numbers(const char *text)
{
    char *marked = (char *)malloc(2 * strlen(text) + 1), *to = marked;
    int in_text = 0;
    while (*text != '\0') {
        size_t digits = in_text ? 0 : strspn(text, "0123456789");
        if (digits >= 19) {
            to += sprintf(to, "\"%s%.*s\"", MARK, (int)digits, text);
            text += digits;
            continue;
        }
        if (digits > 0) {
            memcpy(to, text, digits);
            to += digits;
            text += digits;
            continue;
        }
        if (in_text && *text == '\\') *to++ = *text++;
        else if (*text == '"') in_text = !in_text;
        *to++ = *text++;
    }
    *to = '\0';
    return marked;
}

json_t *load_json(const char *path, char *why, size_t size)
{
    FILE *file = fopen(path, "rb");
    char *text = NULL, *marked;
    size_t length = 0, got;
    json_error_t where;
    json_t *value;
    if (file == NULL) {
        snprintf(why, size, "it cannot be read");
        return NULL;
    }
    do {
        text = (char *)realloc(text, length + 65537);
        got = fread(text + length, 1, 65536, file);
        length += got;
    } while (got > 0);
    text[length] = '\0';
    fclose(file);
    marked = mark_big_numbers(text);
    value = json_loads(marked, JSON_ALLOW_NUL, &where);
    if (value == NULL) snprintf(why, size, "line %d: %s", where.line, where.text);
    free(marked);
    free(text);
    return value;
}

char *dump_json(json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY), *from, *to;
    for (from = to = text; *from != '\0';) {
        if (strncmp(from, MARKED, strlen(MARKED)) == 0) {
            for (from += strlen(MARKED); *from != '"';) *to++ = *from++;
            from++;
            continue;
        }
        *to++ = *from++;
    }
    *to = '\0';
    return text;
}
