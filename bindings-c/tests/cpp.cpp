// The C++ header: compiled as C++17 with every warning, and run.
#define TEST_MAIN
#include "test.h"
#include "otpkit.hpp"

#include <thread>

static std::string start_of(int number)
{
    return "{\"to\":\"+316" + std::to_string(80000000 + number) + "\",\"purpose\":\"login\"}";
}

static void a_sender_that_is_a_lambda()
{
    std::string code;
    auto inbox = std::make_shared<int>(0);
    {
        otpkit::provider mine;
        mine.send = [&code, inbox](otpkit::request request) {
            ++*inbox;
            code = request.code();
            CHECK(request.text().find(code) != std::string_view::npos);
            CHECK(request.verb() == "send" && request.channel() == "sms" && request.purpose() == "login");
            CHECK(request.complete(OTPKIT_RESULT_SENT) == OTPKIT_OK);
        };
        otpkit::client otp = otpkit::builder("{}").add_provider("mine", mine).build();
        const otpkit::reply started = otp.start(start_of(1));
        CHECK(started.id().size() == 38 && started.provider() == "mine" && started.get("delivery") == "sent");
        CHECK(started.expires_at() > std::chrono::system_clock::now());
        const otpkit::reply wrong = otp.check(started.id(), code == "111111" ? "222222" : "111111", "login");
        CHECK(!wrong && wrong.attempts_left() == 4 && wrong.status() == "pending");
        const otpkit::reply right = otp.check(started.id(), code, "login");
        CHECK(right && right.to() == "+31680000001");
        CHECK(*inbox == 1);

        // A text with a NUL is seen whole, and refused.
        try {
            otp.check(started.id(), std::string_view("123456\0", 7), "login");
            CHECK(false);
        } catch (const otpkit::error &error) {
            CHECK(error.status() == OTPKIT_INVALID_INPUT && error.field() == "code" && std::string(error.code()) == "invalid_input");
            CHECK(!error.retry_after());
        }
        const otpkit::reply again = otp.start(start_of(2));
        try {
            otp.resend(std::string(again.id()), "login");
            CHECK(false);
        } catch (const otpkit::error &error) {
            CHECK(error.status() == OTPKIT_RATE_LIMITED && error.retry_after() > std::chrono::seconds(20));
        }
        CHECK(otp.cancel(std::string(again.id()), "login").get("canceled") == "true");
        CHECK(otp.status(std::string(again.id()), "login").reason() == "canceled");
    }
    otpkit_runtime_shutdown(5000);
    CHECK(inbox.use_count() == 1); // what the provider held is freed
}

static void a_delivery_report_is_read_or_refused()
{
    otpkit::provider mine;
    mine.send = [](otpkit::request request) { request.complete(OTPKIT_RESULT_SENT, "SM1"); };
    otpkit::client otp = otpkit::builder("{\"providers\":{\"mine\":{\"type\":\"callback\",\"reports_of\":\"twilio\","
                                         "\"signing_key\":\"0123456789abcdef0123456789abcdef\"}}}")
                             .add_provider("mine", mine)
                             .build();
    const otpkit::reply started = otp.start(start_of(9));
    const otpkit::reply reported = otp.webhook("mine", REPORT_REQUEST "}", REPORT_BODY);
    CHECK(reported.report_count() == 1 && reported.report(0, "status") == "delivered");
    CHECK(reported.report(0, "id") == started.id() && reported.report(0, "changed") == "true");
    CHECK(otp.status(std::string(started.id()), "login").get("delivery_report") == "delivered");
    // The body may stand in the JSON; it is the same report, which changes nothing any more.
    CHECK(otp.webhook("mine", REPORT_REQUEST ",\"body\":\"" REPORT_BODY "\"}").report(0, "changed") == "false");
    try {
        otp.webhook("mine", REPORT_REQUEST "}", "MessageSid=SM1&MessageStatus=read");
        CHECK(false);
    } catch (const otpkit::error &error) {
        CHECK(error.status() == OTPKIT_INVALID_SIGNATURE);
    }
}

static void a_provider_that_throws_has_failed()
{
    otpkit::provider mine;
    mine.send = [](otpkit::request) { throw std::runtime_error("no connection"); };
    otpkit::builder builder("{\"providers\":{\"mine\":{\"type\":\"callback\",\"on_error\":\"not_sent\"}}}");
    otpkit::client otp = builder.add_provider("mine", std::move(mine)).build();
    try {
        otp.start(start_of(3));
        CHECK(false);
    } catch (const otpkit::error &error) {
        CHECK(error.status() == OTPKIT_PROVIDER_UNAVAILABLE);
    }
}

static void a_provider_may_answer_later_and_a_call_may_be_a_future()
{
    otpkit::provider mine;
    mine.send = [](otpkit::request request) {
        std::thread([request] { request.complete(OTPKIT_RESULT_SENT, "r-9"); }).detach();
    };
    int events = 0;
    {
        otpkit::client otp = otpkit::builder("{}")
                                 .add_provider("mine", std::move(mine))
                                 .on_event([&events](std::string_view event) {
                                     events += event.find("\"send\"") != std::string_view::npos;
                                     throw std::runtime_error("swallowed");
                                 })
                                 .build();
        CHECK(otp.start_async(start_of(4)).get().get("delivery") == "sent");
        auto failing = otp.start_async("{}");
        try {
            failing.get();
            CHECK(false);
        } catch (const otpkit::error &error) {
            CHECK(error.field() == "to");
        }
        for (int i = 0; i < 1000 && events == 0; i++) test_sleep_ms(1);
    }
    otpkit_runtime_shutdown(5000);
    CHECK(events == 1);
}

static void what_cannot_work_throws()
{
    try {
        otpkit::builder("{\"policy\":{\"attempts\":99}}").add_provider("mine", {}).build();
        CHECK(false);
    } catch (const otpkit::error &error) {
        CHECK(error.status() == OTPKIT_INVALID_SETTINGS && error.field() == "provider.send");
    }
    otpkit::builder used("{\"providers\":{\"box\":{\"type\":\"outbox\"}}}");
    otpkit::client otp = used.build();
    otpkit::client moved = std::move(otp);
    moved.close();
    try {
        moved.start(start_of(5));
        CHECK(false);
    } catch (const otpkit::error &error) {
        CHECK(error.status() == OTPKIT_CLOSED);
    }
}

int main()
{
    a_sender_that_is_a_lambda();
    a_delivery_report_is_read_or_refused();
    a_provider_that_throws_has_failed();
    a_provider_may_answer_later_and_a_call_may_be_a_future();
    what_cannot_work_throws();
    return test_end("c++");
}
