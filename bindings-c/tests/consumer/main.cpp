#include <otpkit.hpp>

int main()
{
    std::string code;
    otpkit::provider mine;
    mine.send = [&code](otpkit::request request) {
        code = request.code();
        request.complete(OTPKIT_RESULT_SENT);
    };
    const otpkit::client otp = otpkit::builder().add_provider("mine", mine).build();
    const otpkit::reply started = otp.start("{\"to\":\"+31612345678\"}");
    return otp.check(started.id(), code) ? 0 : 1;
}
