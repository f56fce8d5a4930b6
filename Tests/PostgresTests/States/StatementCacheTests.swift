import Testing

@testable import Postgres

@Suite("Prepared statements of a connection")
struct StatementCacheTests {
    private func slots(_ sql: SQL) -> [Parameters.Slot] { sql.parameters.slots }

    private func name(_ lookUp: StatementCache.LookUp) -> (String, isNew: Bool, forgotten: String?) {
        switch lookUp {
        case .known(let statement): (statement.name, false, nil)
        case .new(let statement, let forgotten): (statement.name, true, forgotten?.name)
        }
    }

    @Test("A text is prepared once, and again for parameters of other types")
    func types() {
        var cache = StatementCache()
        #expect(name(cache.lookUp("SELECT $1", slots("\(1)"))) == ("s1", true, nil))
        #expect(name(cache.lookUp("SELECT $1", slots("\(2)"))) == ("s1", false, nil))
        #expect(name(cache.lookUp("SELECT $1", slots("\(Int?.none)"))) == ("s1", false, nil))
        #expect(name(cache.lookUp("SELECT $1", slots("\("a")"))) == ("s2", true, "s1"))
    }

    @Test("The statement that was not used for longest is forgotten first")
    func eviction() {
        var cache = StatementCache(capacity: 2)
        _ = cache.lookUp("a", [])
        _ = cache.lookUp("b", [])
        _ = cache.lookUp("a", [])
        #expect(name(cache.lookUp("c", [])) == ("s3", true, "s2"))
        #expect(name(cache.lookUp("a", [])) == ("s1", false, nil))
        #expect(cache.count == 2)
    }

    @Test("One that could not be prepared is prepared anew")
    func forgotten() {
        var cache = StatementCache()
        guard case .new(let statement, _) = cache.lookUp("a", []) else { return #expect(Bool(false)) }
        cache.forget("a", statement)
        #expect(name(cache.lookUp("a", [])) == ("s2", true, nil))
    }
}
