import JSON
import TestKit
import Testing

@testable import Gateway

@Suite("What is revoked")
struct RevocationSetTests {
    private let now = Timestamp(seconds: 1_000_000)

    private func at(_ seconds: Int64) -> Timestamp { now + .seconds(seconds) }

    private func refuses(
        _ set: RevocationSet, _ id: String? = nil, subject: String? = nil, issued: Int64 = 0, expiry: Int64 = 1000
    ) -> Bool {
        set.refuses(tokenID: id, subject: subject, issuedAt: at(issued), expiry: at(expiry))
    }

    private func expectInsert(_ set: inout RevocationSet, _ revocation: Revocation, isNew: Bool) {
        let wasNew = set.insert(revocation, at: now)
        #expect(wasNew == isNew)
    }

    @Test("is one token, or all of a session, or what a user had by then")
    func kinds() {
        var set = RevocationSet(capacity: 100)
        #expect(!refuses(set, "a", subject: "1"))
        expectInsert(&set, .token("a", at: now, until: at(100)), isNew: true)
        expectInsert(&set, .token("family", at: now, until: at(100)), isNew: true)
        expectInsert(&set, .user(7, at: at(10), until: at(100)), isNew: true)
        expectInsert(&set, .token("a", at: now, until: at(100)), isNew: false)
        #expect(refuses(set, "a"))
        #expect(refuses(set, "family.x") && refuses(set, "family.y"))
        #expect(!refuses(set, "families.x") && !refuses(set, "x.family"))
        #expect(refuses(set, "b", subject: "7", issued: 10))
        #expect(!refuses(set, "b", subject: "7", issued: 11), "later tokens are good")
        #expect(!refuses(set, "b", subject: "8", issued: 10))
    }

    @Test("is forgotten when the last token has ended")
    func sweep() {
        var set = RevocationSet(capacity: 100)
        expectInsert(&set, .token("a", at: now, until: at(100)), isNew: true)
        expectInsert(&set, .token("b", at: now, until: at(-1)), isNew: false)
        set.sweep(at: at(99))
        #expect(set.count == 1)
        set.sweep(at: at(100))
        #expect(set.count == 0)
    }

    @Test("is bounded, and what is forgotten for that stays refused")
    func bound() {
        var generator = SeededGenerator(seed: 3)
        var set = RevocationSet(capacity: 1000)
        var inserted: [Revocation] = []
        for number in 0..<5000 {
            let revocation = Revocation.token(
                "t\(number)", at: now, until: at(.random(in: 1...100_000, using: &generator)))
            inserted.append(revocation)
            expectInsert(&set, revocation, isNew: true)
            #expect(set.count <= 1000)
        }
        // A token ends before its revocation does.
        for revocation in inserted {
            #expect(
                set.refuses(
                    tokenID: revocation.id, subject: nil, issuedAt: now, expiry: revocation.until - .seconds(60)))
        }
        #expect(!set.refuses(tokenID: "fresh", subject: nil, issuedAt: now, expiry: at(100_001)))
    }
}
