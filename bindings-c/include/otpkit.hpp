// otpkit for C++17: handles that free themselves, errors as exceptions, providers as functions. Header only, over
// otpkit.h; that file tells the rules of threads and lifetimes.
#ifndef OTPKIT_HPP
#define OTPKIT_HPP

#include "otpkit.h"

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace otpkit {

// Your input is wrong, it is too early, or there is an outage. A wrong code is none of these: it is a reply.
class error : public std::runtime_error {
public:
    // Takes a handle over, and frees it.
    explicit error(otpkit_error *handle)
        : std::runtime_error(text(otpkit_error_message(handle), "otpkit failed")), status_(otpkit_error_status(handle)),
          field_(text(otpkit_error_field(handle), "")), retry_after_(otpkit_error_retry_after_ms(handle))
    {
        otpkit_error_free(handle);
    }

    // OTPKIT_INVALID_INPUT and so on.
    std::uint32_t status() const noexcept { return status_; }
    // The stable string, such as "rate_limited".
    const char *code() const noexcept { return otpkit_status_string(status_); }
    // The field or setting that was wrong; empty if none is to blame.
    const std::string &field() const noexcept { return field_; }
    std::optional<std::chrono::milliseconds> retry_after() const
    {
        if (retry_after_ < 0) return std::nullopt;
        return std::chrono::milliseconds(retry_after_);
    }

private:
    static const char *text(const char *found, const char *otherwise) { return found ? found : otherwise; }

    std::uint32_t status_;
    std::string field_;
    std::int64_t retry_after_;
};

namespace detail {

struct deleter {
    void operator()(otpkit_reply *handle) const noexcept { otpkit_reply_free(handle); }
    void operator()(otpkit_outbox *handle) const noexcept { otpkit_outbox_free(handle); }
    void operator()(otpkit_client *handle) const noexcept { otpkit_client_free(handle); }
    void operator()(otpkit_builder *handle) const noexcept { otpkit_builder_free(handle); }
};

inline std::string_view view(const char *text) { return text ? std::string_view(text) : std::string_view(); }

inline const char *c_or_null(const std::string &text) { return text.empty() ? nullptr : text.c_str(); }

} // namespace detail

// What a call answered. Views are good as long as the reply.
class reply {
public:
    explicit reply(otpkit_reply *handle) : handle_(handle) {}

    // Whether this check proved control of the address.
    bool approved() const { return otpkit_reply_approved(handle_.get()); }
    explicit operator bool() const { return approved(); }
    std::string_view id() const { return detail::view(otpkit_reply_id(handle_.get())); }
    std::string_view to() const { return detail::view(otpkit_reply_to(handle_.get())); }
    std::string_view to_masked() const { return detail::view(otpkit_reply_to_masked(handle_.get())); }
    std::string_view status() const { return detail::view(otpkit_reply_status(handle_.get())); }
    std::string_view reason() const { return detail::view(otpkit_reply_reason(handle_.get())); }
    std::string_view provider() const { return detail::view(otpkit_reply_provider(handle_.get())); }
    std::string_view get(const char *name) const { return detail::view(otpkit_reply_get(handle_.get(), name)); }
    // Of webhook: how many delivery reports, and a field of one.
    std::size_t report_count() const { return otpkit_reply_report_count(handle_.get()); }
    std::string_view report(std::size_t index, const char *name) const
    {
        return detail::view(otpkit_reply_report_get(handle_.get(), index, name));
    }
    std::string_view json() const { return detail::view(otpkit_reply_json(handle_.get())); }
    std::optional<int> attempts_left() const
    {
        const auto left = otpkit_reply_attempts_left(handle_.get());
        return left < 0 ? std::nullopt : std::optional<int>(left);
    }
    std::chrono::system_clock::time_point expires_at() const { return time(otpkit_reply_expires_at_ms(handle_.get())); }
    std::chrono::system_clock::time_point resend_at() const { return time(otpkit_reply_resend_at_ms(handle_.get())); }

private:
    static std::chrono::system_clock::time_point time(std::int64_t ms)
    {
        return std::chrono::system_clock::time_point(std::chrono::milliseconds(ms < 0 ? 0 : ms));
    }

    std::unique_ptr<otpkit_reply, detail::deleter> handle_;
};

// What a provider is asked: complete it once, from any thread; a copy is the same request. Views are good until then.
class request {
public:
    explicit request(otpkit_request *handle) : handle_(handle) {}

    std::string_view verb() const { return detail::view(otpkit_request_verb(handle_)); }
    std::string_view to() const { return detail::view(otpkit_request_to(handle_)); }
    std::string_view channel() const { return detail::view(otpkit_request_channel(handle_)); }
    std::string_view purpose() const { return detail::view(otpkit_request_purpose(handle_)); }
    std::string_view tenant() const { return detail::view(otpkit_request_tenant(handle_)); }
    std::string_view locale() const { return detail::view(otpkit_request_locale(handle_)); }
    std::string_view code() const { return detail::view(otpkit_request_code(handle_)); }
    std::string_view text() const { return detail::view(otpkit_request_text(handle_)); }
    std::string_view reference() const { return detail::view(otpkit_request_reference(handle_)); }
    std::string_view idempotency_key() const { return detail::view(otpkit_request_idempotency_key(handle_)); }
    std::string_view value(const char *name) const { return detail::view(otpkit_request_value(handle_, name)); }
    std::chrono::milliseconds deadline() const
    {
        return std::chrono::milliseconds(otpkit_request_deadline_ms(handle_));
    }

    // OTPKIT_RESULT_...; returns the status, of which OTPKIT_GONE means that nobody waits any more.
    std::uint32_t complete(std::uint32_t result, const std::string &reference = {}, const std::string &reason = {},
                           std::int64_t retry_after_ms = -1) const
    {
        return otpkit_request_complete(handle_, result, detail::c_or_null(reference), retry_after_ms, detail::c_or_null(reason));
    }

private:
    otpkit_request *handle_;
};

// A provider of your own: either `send`, or `create` and `check`. A function may complete the request later; one that
// throws has failed. Functions run on any thread, several at once.
struct provider {
    std::function<void(request)> send, create, check, resend, cancel;
    std::uint32_t flags = 0;
};

// Sends codes and checks codes. For any thread, many at once.
class client {
public:
    explicit client(otpkit_client *handle) : handle_(handle) {}

    // Requests are JSON objects, as for otpkit_start.
    reply start(const std::string &json) const { return ask(otpkit_start, json.c_str()); }
    reply deliver(const std::string &json) const { return ask(otpkit_deliver, json.c_str()); }
    reply check_json(const std::string &json) const { return ask(otpkit_check_json, json.c_str()); }
    // A wrong code is a reply that is not approved. No text is cut short at a NUL.
    reply check(std::string_view id, std::string_view code, std::string_view purpose = "default") const
    {
        return ask(otpkit_check_n, id.data(), id.size(), code.data(), code.size(), purpose.data(), purpose.size());
    }
    reply resend(const std::string &id, const std::string &purpose = {}) const { return ask(otpkit_resend, id.c_str(), detail::c_or_null(purpose)); }
    reply cancel(const std::string &id, const std::string &purpose = {}) const { return ask(otpkit_cancel, id.c_str(), detail::c_or_null(purpose)); }
    reply status(const std::string &id, const std::string &purpose = {}) const { return ask(otpkit_status, id.c_str(), detail::c_or_null(purpose)); }
    reply unlock(const std::string &to, const std::string &purpose = {}) const { return ask(otpkit_unlock, to.c_str(), detail::c_or_null(purpose)); }

    // A delivery report of the vendor behind this provider: a JSON object, and the raw body beside it.
    reply webhook(const std::string &name, const std::string &json, std::string_view body = {}) const
    {
        return ask(otpkit_webhook, name.c_str(), json.c_str(), static_cast<const void *>(body.data()), body.size());
    }

    // The same without waiting; the future has the reply or throws the error.
    std::future<reply> start_async(const std::string &json) const
    {
        auto promise = std::make_unique<std::promise<reply>>();
        auto future = promise->get_future();
        otpkit_start_async(handle_.get(), json.c_str(), fulfil, promise.release());
        return future;
    }

    // Later calls fail with OTPKIT_CLOSED.
    void close() { otpkit_client_close(handle_.get(), nullptr); }
    // For what this class does not show.
    otpkit_client *get() const noexcept { return handle_.get(); }

private:
    template <typename Function, typename... Arguments> reply ask(Function function, Arguments... arguments) const
    {
        otpkit_reply *answer = nullptr;
        otpkit_error *failure = nullptr;
        if (function(handle_.get(), arguments..., &answer, &failure) > OTPKIT_NOT_APPROVED) throw error(failure);
        return reply(answer);
    }

    static void fulfil(void *context, std::uint32_t, otpkit_reply *answer, otpkit_error *failure)
    {
        std::unique_ptr<std::promise<reply>> promise(static_cast<std::promise<reply> *>(context));
        if (failure) {
            promise->set_exception(std::make_exception_ptr(error(failure)));
        } else {
            promise->set_value(reply(answer));
        }
    }

    std::unique_ptr<otpkit_client, detail::deleter> handle_;
};

// From settings (one JSON document) and providers to a client.
class builder {
public:
    explicit builder(const std::string &settings_json = "{}")
    {
        otpkit_error *failure = nullptr;
        handle_.reset(otpkit_builder_new(settings_json.c_str(), &failure));
        if (!handle_) throw error(failure);
    }

    builder &add_provider(const std::string &name, provider own)
    {
        otpkit_provider callbacks{};
        callbacks.size = sizeof callbacks;
        callbacks.flags = own.flags;
        callbacks.free = [](void *data) { delete static_cast<provider *>(data); };
        if (own.send) callbacks.send = call<&provider::send>;
        if (own.create) callbacks.create = call<&provider::create>;
        if (own.check) callbacks.check = call<&provider::check>;
        if (own.resend) callbacks.resend = call<&provider::resend>;
        if (own.cancel) callbacks.cancel = call<&provider::cancel>;
        auto data = std::make_unique<provider>(std::move(own));
        otpkit_error *failure = nullptr;
        if (otpkit_builder_add_provider(handle_.get(), name.c_str(), &callbacks, data.get(), &failure) != OTPKIT_OK)
            throw error(failure);
        data.release(); // the client's now
        return *this;
    }

    // Tells what happens, as JSON; one event at a time, on a thread of otpkit's. What it throws is swallowed.
    builder &on_event(std::function<void(std::string_view)> listener)
    {
        using function = std::function<void(std::string_view)>;
        auto data = std::make_unique<function>(std::move(listener));
        auto heard = [](void *own, const char *event) {
            try {
                (*static_cast<function *>(own))(event);
            } catch (...) {
            }
        };
        auto free = [](void *own) { delete static_cast<function *>(own); };
        otpkit_error *failure = nullptr;
        if (otpkit_builder_on_event(handle_.get(), heard, data.get(), free, &failure) != OTPKIT_OK) throw error(failure);
        data.release();
        return *this;
    }

    // Makes the client, and uses the builder up.
    client build()
    {
        otpkit_error *failure = nullptr;
        otpkit_client *made = otpkit_builder_build(handle_.release(), &failure);
        if (!made) throw error(failure);
        return client(made);
    }

private:
    // No exception may pass through C: one that comes out of a provider is the provider's failure.
    template <std::function<void(request)> provider::*method> static void call(void *data, otpkit_request *handle)
    {
        try {
            (static_cast<provider *>(data)->*method)(request(handle));
        } catch (...) {
            otpkit_request_complete(handle, OTPKIT_RESULT_FAILED, nullptr, -1, "the provider threw an exception");
        }
    }

    std::unique_ptr<otpkit_builder, detail::deleter> handle_;
};

} // namespace otpkit

#endif
