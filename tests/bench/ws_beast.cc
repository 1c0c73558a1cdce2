/*
 * ws_beast - Boost.Beast's websocket::stream over a stream in memory, synchronous. Timeouts are off
 * and nothing is fragmented, as it is by default; its buffer for writing has the size it comes with,
 * as larger ones make a client's long messages slower. SPDX-License-Identifier: MIT
 */
#include "bench/ws_peer.h"

#include <boost/asio/io_context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/version.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <vector>

namespace net = boost::asio;
namespace ws = boost::beast::websocket;
using boost::system::error_code;

namespace {

/* Reads what in has, writes to out; what a client writes of its handshake is kept. What is written
 * lies in the caller's memory (a server's messages) or in a buffer that the next piece of the same
 * message takes (a client's, where masking needs several): it is put together, unless one piece of
 * that buffer is all there is. */
struct memory_stream {
    using executor_type = net::io_context::executor_type;

    net::io_context *context;
    struct inflow *in = nullptr;
    struct outflow *out = nullptr;
    size_t whole = 0; /* bytes of a client's frame that is one piece */
    std::string *greeting = nullptr;

    explicit memory_stream(net::io_context &c) : context(&c)
    {
    }

    executor_type get_executor() const
    {
        return context->get_executor();
    }

    template <class Buffers> size_t read_some(const Buffers &to, error_code &ec)
    {
        if (greeting != nullptr)
            answer();
        size_t len = 0;
        for (auto at = net::buffer_sequence_begin(to); at != net::buffer_sequence_end(to); ++at) {
            net::mutable_buffer b = *at;
            size_t n = inflow_read(in, b.data(), b.size());
            len += n;
            if (n < b.size())
                break;
        }
        ec = len > 0 ? error_code{} : error_code{net::error::eof};
        return len;
    }

    template <class Buffers> size_t read_some(const Buffers &to)
    {
        error_code ec;
        return read_some(to, ec);
    }

    template <class Buffers> size_t write_some(const Buffers &from, error_code &ec)
    {
        size_t len = 0;
        for (auto at = net::buffer_sequence_begin(from); at != net::buffer_sequence_end(from);
             ++at) {
            net::const_buffer b = *at;
            if (greeting != nullptr)
                greeting->append(static_cast<const char *>(b.data()), b.size());
            else if (b.size() == whole)
                outflow_show(out, static_cast<const uint8_t *>(b.data()), whole);
            else
                outflow_put(out, b.data(), b.size());
            len += b.size();
        }
        if (greeting == nullptr)
            (void)outflow_take(out);
        ec = {};
        return len;
    }

    template <class Buffers> size_t write_some(const Buffers &from)
    {
        error_code ec;
        return write_some(from, ec);
    }

  private:
    /* The other side of a client's handshake. */
    void answer()
    {
        static const char key_is[] = "Sec-WebSocket-Key: ";
        size_t key = greeting->find(key_is);
        if (key == std::string::npos)
            return;
        char accept[29];
        wsp_accept_key(accept, greeting->c_str() + key + sizeof key_is - 1);
        *greeting = std::string("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                "Connection: Upgrade\r\nSec-WebSocket-Accept: ") +
                    accept + "\r\n\r\n";
        in->wire = reinterpret_cast<const uint8_t *>(greeting->data());
        in->len = in->piece = greeting->size();
    }
};

void teardown(boost::beast::role_type, memory_stream &, error_code &ec)
{
    ec = {};
}

template <class Handler>
void async_teardown(boost::beast::role_type, memory_stream &, Handler &&handler)
{
    handler(error_code{});
}

using stream = ws::stream<memory_stream, false>;

struct beast {
    enum wsp_role role;
    net::io_context context{1};
    std::optional<stream> websocket;
    boost::beast::flat_buffer message;
};

const char *version()
{
    static const std::string text = "of Boost " + std::to_string(BOOST_VERSION / 100000) + "." +
                                    std::to_string(BOOST_VERSION / 100 % 1000);
    return text.c_str();
}

const char request_text[] = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

bool shake_hands(stream &s, enum wsp_role role)
{
    struct inflow in = {};
    std::string greeting;
    uint8_t answer[WS_PEER_ANSWER];
    struct outflow out = {};
    error_code ec;
    out.room = answer;
    memory_stream &next = s.next_layer();
    next.in = &in;
    next.out = &out;
    in.wire = reinterpret_cast<const uint8_t *>(request_text);
    in.len = in.piece = sizeof request_text - 1;
    if (role == WSP_CLIENT) {
        next.greeting = &greeting;
        s.handshake("localhost", "/", ec);
        next.greeting = nullptr;
    } else {
        s.accept(ec);
    }
    return !ec;
}

void configure(stream &s)
{
    s.auto_fragment(false);
    s.binary(true);
    s.read_message_max(16u << 20);
}

void *open(enum wsp_role role)
{
    auto *b = new (std::nothrow) beast;
    if (b == nullptr)
        return nullptr;
    b->role = role;
    b->websocket.emplace(b->context);
    configure(*b->websocket);
    if (shake_hands(*b->websocket, role))
        return b;
    delete b;
    return nullptr;
}

void close(void *c)
{
    delete static_cast<beast *>(c);
}

struct many {
    net::io_context context{1};
    std::vector<std::unique_ptr<stream>> all;
};

void disperse(void *c)
{
    delete static_cast<many *>(c);
}

void *crowd(size_t n)
{
    auto *m = new many;
    m->all.reserve(n);
    for (size_t i = 0; i < n; i++) {
        m->all.push_back(std::make_unique<stream>(m->context));
        configure(*m->all.back());
        if (!shake_hands(*m->all.back(), WSP_SERVER)) {
            delete m;
            return nullptr;
        }
    }
    return m;
}

bool receive(void *c, struct inflow *in, struct sink *to)
{
    auto *b = static_cast<beast *>(c);
    error_code ec;
    b->websocket->next_layer().in = in;
    for (size_t i = 0; i < in->messages; i++) {
        size_t len = b->websocket->read(b->message, ec);
        if (ec)
            return false;
        sink_take(to, static_cast<const uint8_t *>(b->message.data().data()), len,
                  b->websocket->got_text());
        b->message.consume(len);
    }
    return true;
}

bool send(void *c, struct outflow *out, const uint8_t *message, size_t len)
{
    auto *b = static_cast<beast *>(c);
    error_code ec;
    memory_stream &to = b->websocket->next_layer();
    size_t head = len < 126 ? 6 : len < 65536 ? 8 : 14;
    to.out = out;
    to.whole = b->role == WSP_CLIENT ? head + len : 0;
    b->websocket->write(net::buffer(message, len), ec);
    return !ec;
}

bool broadcast(void *const *c, size_t n, struct outflow *out, const struct wsp_slice *message)
{
    bool ok = true;
    for (size_t i = 0; i < n; i++)
        ok &= send(c[i], out, message->data, message->len);
    return ok;
}

bool greet(struct inflow *request, struct outflow *out)
{
    static net::io_context context{1};
    stream s(context);
    error_code ec;
    configure(s);
    s.next_layer().in = request;
    s.next_layer().out = out;
    s.accept(ec);
    return !ec;
}

void mask(uint8_t *dst, const uint8_t *src, size_t len, const uint8_t key[4])
{
    uint32_t k;
    memcpy(&k, key, sizeof k); /* it takes the first byte from the low bits */
    ws::detail::prepared_key prepared;
    ws::detail::prepare_key(prepared, k);
    if (dst != src)
        memcpy(dst, src, len);
    ws::detail::mask_inplace(net::mutable_buffer(dst, len), prepared);
}

bool utf8(const uint8_t *text, size_t len)
{
    return ws::detail::check_utf8(reinterpret_cast<const char *>(text), len);
}

bool unmask_utf8(uint8_t *dst, const uint8_t *src, size_t len, const uint8_t key[4])
{
    mask(dst, src, len, key);
    return utf8(dst, len);
}

struct ws_peer make()
{
    struct ws_peer p = {};
    p.name = "Beast";
    p.version = version;
    p.open = open;
    p.close = close;
    p.crowd = crowd;
    p.disperse = disperse;
    p.receive = receive;
    p.send = send;
    p.broadcast = broadcast;
    p.greet = greet;
    p.mask = mask;
    p.utf8 = utf8;
    p.unmask_utf8 = unmask_utf8;
    return p;
}

} // namespace

extern "C" const struct ws_peer ws_beast = make();
