/*
 * ws_uws - uWebSockets' protocol: the parser and the framing of its WebSocketProtocol.h, with what its
 * WebSocket does about a frame, but neither its sockets nor its event loop. UWS_CURRENT: of the
 * versions since 0.15, whose calls hand a user's pointer on. SPDX-License-Identifier: MIT
 */
#include "bench/ws_peer.h"

#include <WebSocketProtocol.h>

#include <memory>
#include <new>
#include <string>
#include <vector>

namespace {

/* The protocol's templates call it back by these names; a frame arrives whole, or in pieces. */
template <bool SERVER> struct glue {
    struct conn : uWS::WebSocketState<SERVER> {
        std::string fragments;
        struct sink *to = nullptr;
        bool failed = false;
    };
    using state = uWS::WebSocketState<SERVER>;

    struct protocol : uWS::WebSocketProtocol<SERVER, glue> {
        /* len: a multiple of 8, not 0. */
        static void unmask(char *dst, char *src, char key[8], size_t len)
        {
#ifdef UWS_CURRENT
            uint64_t word;
            memcpy(&word, key, sizeof word);
            if (dst != src)
                memcpy(dst, src, len);
            protocol::template unmaskImprecise8<0>(dst, word, (unsigned)len - 8);
#else
            protocol::unmaskImpreciseCopyMask(dst, src, key, (unsigned)len - 4);
#endif
        }
    };

#ifdef UWS_CURRENT
#    define USER , void *
    static void forceClose(state *s, void *, std::string_view = {})
#else
#    define USER
    static void forceClose(state *s)
#endif
    {
        static_cast<conn *>(s)->failed = true;
    }

    static bool refusePayloadLength(uint64_t len, state *USER)
    {
        return len > 16u << 20;
    }

    static bool setCompressed(state *USER)
    {
        return false;
    }

    static bool valid(const char *text, size_t len)
    {
        auto *bytes = reinterpret_cast<unsigned char *>(const_cast<char *>(text));
#ifdef UWS_CURRENT
        return uWS::protocol::isValidUtf8(bytes, len);
#else
        return protocol::isValidUtf8(bytes, len);
#endif
    }

    static bool message(conn *c, const char *data, size_t len, bool text)
    {
        c->failed = text && !valid(data, len);
        if (!c->failed)
            sink_take(c->to, reinterpret_cast<const uint8_t *>(data), len, text);
        return c->failed;
    }

    /* true: stop */
    static bool handleFragment(char *data, size_t len, unsigned left, int opcode, bool fin,
                               state *s USER)
    {
        auto *c = static_cast<conn *>(s);
        bool ends = left == 0 && fin;
        if (opcode > 2)
            return false;
        if (ends && c->fragments.empty())
            return message(c, data, len, opcode == 1);
        c->fragments.append(data, len);
        if (!ends)
            return false;
        bool stop = message(c, c->fragments.data(), c->fragments.size(), opcode == 1);
        c->fragments.clear();
        return stop;
    }

    static bool receive(void *c, struct inflow *in, struct sink *to)
    {
        auto *conn = static_cast<struct conn *>(c);
        uint8_t *data;
        conn->to = to;
        for (size_t n; !conn->failed && (n = inflow_next(in, &data)) > 0;)
#ifdef UWS_CURRENT
            protocol::consume(reinterpret_cast<char *>(data), (unsigned)n, conn, nullptr);
#else
            protocol::consume(reinterpret_cast<char *>(data), (unsigned)n, conn);
#endif
        return !conn->failed;
    }

    static size_t frame(uint8_t *out, const uint8_t *message, size_t len)
    {
        auto *to = reinterpret_cast<char *>(out);
        auto *from = reinterpret_cast<const char *>(message);
#ifdef UWS_CURRENT
        return uWS::protocol::formatMessage<SERVER>(to, from, len, uWS::BINARY, len, false, true);
#else
        return protocol::formatMessage(to, from, len, uWS::BINARY, len, false);
#endif
    }
};

struct handle {
    enum wsp_role role;
    glue<true>::conn server;
    glue<false>::conn client;
};

const char *version()
{
#ifdef UWS_CURRENT
    return "of UWS=";
#else
    return "0.14";
#endif
}

void *open(enum wsp_role role)
{
    auto *h = new (std::nothrow) handle;
    if (h != nullptr)
        h->role = role;
    return h;
}

void close(void *c)
{
    delete static_cast<handle *>(c);
}

using server_conn = glue<true>::conn;

void disperse(void *c)
{
    delete static_cast<std::vector<std::unique_ptr<server_conn>> *>(c);
}

void *crowd(size_t n)
{
    auto *all = new std::vector<std::unique_ptr<server_conn>>(n);
    for (auto &one : *all)
        one = std::make_unique<server_conn>();
    return all;
}

bool receive(void *c, struct inflow *in, struct sink *to)
{
    auto *h = static_cast<handle *>(c);
    return h->role == WSP_SERVER ? glue<true>::receive(&h->server, in, to)
                                 : glue<false>::receive(&h->client, in, to);
}

bool send(void *c, struct outflow *out, const uint8_t *message, size_t len)
{
    bool server = static_cast<handle *>(c)->role == WSP_SERVER;
    outflow_made(out, server ? glue<true>::frame(outflow_room(out), message, len)
                             : glue<false>::frame(outflow_room(out), message, len));
    return outflow_take(out) > 0;
}

/* Framed once. The old versions' prepared messages are then written by reference, one count each;
 * the current ones' publishing copies the frame to each socket's buffer. */
bool broadcast(void *const *, size_t n, struct outflow *out, const struct wsp_slice *message)
{
    uint8_t *prepared = outflow_room(out);
    size_t len = glue<true>::frame(prepared, message->data, message->len);
    out->used += len;
    for (size_t i = 0; i < n; i++) {
#ifdef UWS_CURRENT
        outflow_put(out, prepared, len);
#else
        outflow_show(out, prepared, len);
#endif
        (void)outflow_take(out);
    }
    return len > 0;
}

/* It unmasks by whole words, to which its callers leave room; what is left of one is done here. */
void mask(uint8_t *dst, const uint8_t *src, size_t len, const uint8_t key[4])
{
    char k[8];
    for (size_t i = 0; i < sizeof k; i++)
        k[i] = static_cast<char>(key[i % 4]);
    size_t words = len / 8 * 8;
    if (words > 0)
        glue<true>::protocol::unmask(reinterpret_cast<char *>(dst),
                                     reinterpret_cast<char *>(const_cast<uint8_t *>(src)), k,
                                     words);
    for (size_t i = words; i < len; i++)
        dst[i] = src[i] ^ key[i % 4];
}

bool utf8(const uint8_t *text, size_t len)
{
    return glue<true>::valid(reinterpret_cast<const char *>(text), len);
}

bool unmask_utf8(uint8_t *dst, const uint8_t *src, size_t len, const uint8_t key[4])
{
    mask(dst, src, len, key);
    return utf8(dst, len);
}

struct ws_peer make()
{
    struct ws_peer p = {};
    p.name = "uWebSockets";
    p.version = version;
    p.open = open;
    p.close = close;
    p.crowd = crowd;
    p.disperse = disperse;
    p.receive = receive;
    p.send = send;
    p.frame = glue<true>::frame;
    p.broadcast = broadcast;
    p.mask = mask;
    p.utf8 = utf8;
    p.unmask_utf8 = unmask_utf8;
    return p;
}

} // namespace

extern "C" const struct ws_peer ws_uws = make();
