/* corpus_text - English-like sentences and JSON objects. SPDX-License-Identifier: MIT */
#include "bench/corpus_make.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void say(struct maker *m, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf((char *)m->at, CORPUS_PIECE / 4, format, args);
    va_end(args);
    m->at += n;
}

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof *(array)))
#define ONE_OF(array) (array)[below(m, COUNT(array))]

/* ---------------------------------------------------------------- words */

static const char *const common[] = {
    "the",     "of",     "and",    "to",     "in",      "a",       "is",      "that",    "it",
    "was",     "for",    "on",     "are",    "as",      "with",    "his",     "they",    "at",
    "be",      "this",   "from",   "have",   "or",      "by",      "one",     "had",     "not",
    "but",     "what",   "all",    "were",   "when",    "we",      "there",   "can",     "an",
    "your",    "which",  "their",  "said",   "if",      "do",      "will",    "each",    "about",
    "how",     "up",     "out",    "them",   "then",    "she",     "many",    "some",    "so",
    "these",   "would",  "other",  "into",   "has",     "more",    "her",     "two",     "like",
    "him",     "see",    "time",   "could",  "no",      "make",    "than",    "first",   "been",
    "its",     "who",    "now",    "people", "my",      "made",    "over",    "did",     "down",
    "only",    "way",    "find",   "use",    "may",     "water",   "long",    "little",  "very",
    "after",   "words",  "called", "just",   "where",   "most",    "know",    "get",     "through",
    "back",    "much",   "before", "go",     "good",    "new",     "write",   "our",     "used",
    "me",      "man",    "too",    "any",    "day",     "same",    "right",   "look",    "think",
    "also",    "around", "came",   "come",   "work",    "three",   "must",    "because", "does",
    "part",    "even",   "place",  "well",   "such",    "here",    "take",    "why",     "things",
    "help",    "put",    "years",  "away",   "again",   "off",     "went",    "old",     "number",
    "great",   "tell",   "small",  "every",  "found",   "still",   "between", "name",    "should",
    "home",    "big",    "give",   "air",    "line",    "set",     "own",     "under",   "read",
    "last",    "never",  "us",     "left",   "end",     "along",   "while",   "might",   "next",
    "sound",   "below",  "saw",    "both",   "few",     "those",   "always",  "show",    "large",
    "often",   "asked",  "house",  "world",  "going",   "want",    "school",  "until",   "form",
    "food",    "keep",   "land",   "side",   "without", "once",    "life",    "enough",  "took",
    "four",    "head",   "above",  "kind",   "began",   "almost",  "live",    "page",    "got",
    "earth",   "need",   "far",    "hand",   "high",    "year",    "light",   "country", "let",
    "night",   "being",  "study",  "second", "eyes",    "soon",    "story",   "since",   "white",
    "ever",    "paper",  "hard",   "near",   "better",  "best",    "across",  "during",  "today",
    "however", "sure",   "means",  "knew",   "try",     "told",    "young",   "sun",     "whole",
    "hear",    "heard",  "change", "answer", "room",    "sea",     "against", "top",     "learn",
    "point",   "city",   "play",   "toward", "using",   "usually",
};

/* Rarer words are put together: there are more of them than a window holds. */
static const char *const begins[] = {
    "contr", "rep",  "ent", "prod", "comp", "serv", "trans", "form", "des", "cons",
    "tr",    "pl",   "gr",  "st",   "ch",   "exp",  "inst",  "ref",  "sub", "inter",
    "over",  "disc", "par", "mark", "bl",   "sh",   "fr",    "wind", "cl",  "d",
    "b",     "m",    "l",   "obs",  "res",  "p",    "h",     "f",    "n",   "w"};
static const char *const middles[] = {"a",   "e",   "i",   "o",  "u",   "ea",  "ai", "ou",
                                      "ist", "at",  "ect", "ov", "ain", "er",  "or", "end",
                                      "us",  "ang", "it",  "um", "al",  "oun", "id", "os"};
static const char *const ends[] = {"",     "s",    "ed",   "ing",  "er",   "ion", "ly",
                                   "ment", "ness", "able", "ance", "ical", "ty",  "t",
                                   "d",    "ive",  "n",    "l",    "k",    "ers"};

void say_word(struct maker *m)
{
    if (below(m, 100) < 72) {
        say(m, "%s", common[rather_low(m, COUNT(common))]);
        return;
    }
    say(m, "%s", begins[rather_low(m, COUNT(begins))]);
    say(m, "%s", ONE_OF(middles));
    say(m, "%s", ends[rather_low(m, COUNT(ends))]);
}

void say_words(struct maker *m, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (i > 0)
            say(m, " ");
        say_word(m);
    }
}

static void sentence(struct maker *m)
{
    uint8_t *first = m->at;
    say_words(m, 3 + below(m, 9));
    for (unsigned clauses = rather_low(m, 4); clauses > 0; clauses--) {
        say(m, ", ");
        say_words(m, 2 + below(m, 7));
    }
    *first = (uint8_t)(*first - 'a' + 'A');
    static const char *const stops[] = {". ", ". ", ". ", "? ", "! ", ".\n\n"};
    say(m, "%s", ONE_OF(stops));
}

void corpus_text(struct maker *m, size_t len)
{
    const uint8_t *end = m->at + len;
    while (m->at < end)
        sentence(m);
}

/* ---------------------------------------------------------------- JSON */

static const char *const names[] = {"alice", "bob",  "carol", "dave",  "eve",   "frank", "grace",
                                    "heidi", "ivan", "judy",  "karol", "laura", "mike",  "nina"};
static const char *const truths[] = {"true", "false"};

static void say_hex(struct maker *m, unsigned digits)
{
    say(m, "%0*llx", (int)digits, (unsigned long long)(corpus_random(m) >> (64 - 4 * digits)));
}

/* The words after a key that is text, quotes included. */
static void say_text(struct maker *m, const char *key, unsigned n)
{
    say(m, ",\"%s\":\"", key);
    say_words(m, n);
    say(m, "\"");
}

static void chat(struct maker *m)
{
    say(m, "{\"type\":\"message\",\"id\":\"");
    say_hex(m, 16);
    say(m, "\",\"channel\":\"room-%u\",\"user\":{\"id\":%u,\"name\":\"%s\"},\"ts\":17%08u.%03u",
        below(m, 40), below(m, 100000), ONE_OF(names), below(m, 100000000), below(m, 1000));
    say_text(m, "text", 3 + below(m, 30));
    say(m, ",\"edited\":%s,\"reactions\":[]}", ONE_OF(truths));
}

static void trade(struct maker *m)
{
    static const char *const pairs[] = {"BTC-USD", "ETH-USD", "SOL-EUR", "XRP-USD", "ADA-EUR"};
    say(m, "{\"e\":\"trade\",\"E\":1700%09u,\"s\":\"%s\",\"t\":%u,\"p\":\"%u.%02u\",",
        below(m, 1000000000), ONE_OF(pairs), below(m, 1000000000), 100 + below(m, 60000),
        below(m, 100));
    say(m, "\"q\":\"0.%06u\",\"m\":%s,\"bids\":[", below(m, 1000000), ONE_OF(truths));
    unsigned n = below(m, 6);
    for (unsigned i = 0; i < n; i++)
        say(m, "%s[\"%u.%02u\",\"%u.%04u\"]", i > 0 ? "," : "", 42000 + below(m, 500),
            below(m, 100), below(m, 9), below(m, 10000));
    say(m, "]}");
}

static void user(struct maker *m)
{
    const char *name = ONE_OF(names);
    say(m, "{\"id\":\"");
    say_hex(m, 8);
    say(m, "-%04x-4%03x-%04x-", below(m, 65536), below(m, 4096), below(m, 65536));
    say_hex(m, 12);
    say(m, "\",\"name\":\"%s\",\"email\":\"%s%u@example.com\",\"age\":%u,\"active\":%s", name, name,
        below(m, 1000), 18 + below(m, 60), ONE_OF(truths));
    say_text(m, "bio", 2 + below(m, 8));
    say(m, ",\"address\":{\"number\":%u", below(m, 200));
    say_text(m, "street", 2);
    say_text(m, "city", 1);
    say(m, ",\"zip\":\"%05u\"},\"balance\":%u.%02u}", below(m, 100000), below(m, 10000),
        below(m, 100));
}

static void telemetry(struct maker *m)
{
    say(m, "{\"device\":\"sensor-%04u\",\"time\":\"2026-11-%02uT%02u:%02u:%02u.%03uZ\",",
        below(m, 300), 1 + below(m, 28), below(m, 24), below(m, 60), below(m, 60), below(m, 1000));
    say(m, "\"temperature\":%u.%u,\"humidity\":%u.%u,\"pressure\":10%02u.%u,\"ok\":%s,",
        15 + below(m, 15), below(m, 10), 30 + below(m, 40), below(m, 10), below(m, 40),
        below(m, 10), below(m, 8) > 0 ? "true" : "false");
    say(m, "\"position\":{\"lat\":%u.%06u,\"lon\":-%u.%06u},\"battery\":%u}", 40 + below(m, 10),
        below(m, 1000000), below(m, 120), below(m, 1000000), below(m, 100));
}

void corpus_json(struct maker *m, size_t len)
{
    static void (*const objects[])(struct maker *) = {chat, trade, user, telemetry};
    void (*object)(struct maker *) = ONE_OF(objects);
    const uint8_t *end = m->at + len;
    if (len > 300)
        say(m, "{\"seq\":%u,\"items\":[", below(m, 1000000));
    do {
        object(m);
        say(m, ",");
    } while (m->at < end);
}
