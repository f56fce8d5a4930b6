import HTTP
import Images
import Testing

@Suite("What clients are told of modules' errors")
struct ModuleErrorsTests {
    @Test(
        "A picture that is not taken is the client's to mend, what failed here is not",
        arguments: [
            (ImageError.notAPicture(nil), 415, "not_a_picture"), (.unsupported("x"), 415, "picture_unsupported"),
            (.truncated, 400, "picture_damaged"), (.malformed("x"), 400, "picture_damaged"),
            (.tooLarge("x"), 413, "picture_too_large"), (.stopped, 503, "cancelled"),
            (.unreadable(errno: 2), 500, "internal_error"),
        ])
    func pictures(error: ImageError, status: Int, code: String) {
        let answer = ServiceError(wrapping: error)
        #expect(answer.status.code == status && answer.code == code)
        #expect(status >= 500 || answer.message == error.description)
    }
}
