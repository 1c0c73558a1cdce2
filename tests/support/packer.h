/*
 * permessage-deflate with zlib: messages as another implementation makes and reads them, and
 * connections that have agreed on it.
 */
#ifndef TESTS_SUPPORT_PACKER_H
#define TESTS_SUPPORT_PACKER_H

#include <zlib.h>

#include "support/script.h"
#include "wsproto.h"

/* Both directions alike. */
struct wsp_deflate_params packed_params(unsigned bits, bool takeover);

/* An adopted connection that has agreed on this; its OPEN event has been taken. */
wsp_conn *adopt_packed(wsp_endpoint *e, enum wsp_role role, struct wsp_deflate_params agreed);

/* Compresses messages (RFC 7692 7.2.1). bits: 9 to 15. */
struct packer {
    z_stream z;
    bool takeover;
};
void packer_begin(struct packer *p, int level, unsigned bits, bool takeover);
void packer_end(struct packer *p);
void packer_pack(struct packer *p, struct blob *out, const void *data, size_t len);

/* Inflates messages (7.2.2), byte by byte: so zlib refuses what lies beyond the window, which it
 * does not do inside of one piece of output. bits: 8 to 15. */
struct unpacker {
    z_stream z;
    bool takeover;
};
void unpacker_begin(struct unpacker *u, unsigned bits, bool takeover);
void unpacker_end(struct unpacker *u);
void unpacker_unpack(struct unpacker *u, struct blob *out, const void *data, size_t len);

/* Adds text in UTF-8 (at most 3 bytes less than len), or bytes that hardly compress. */
void random_text(struct blob *out, size_t len, uint64_t *seed);
void random_bytes(struct blob *out, size_t len, uint64_t *seed);

#endif
