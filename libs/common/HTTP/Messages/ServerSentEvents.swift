import Loop

/// One server-sent event. `id` lets a client that lost its connection ask for what came after.
public struct ServerSentEvent: Sendable, Equatable {
    public var id: String?
    public var event: String?
    public var data: String

    public init(id: String? = nil, event: String? = nil, data: String) {
        self.id = id
        self.event = event
        self.data = data
    }

    /// The event on the wire. A line break in data begins another data line; in an id or a name it becomes a space.
    public var bytes: [UInt8] {
        var text = ""
        if let id { text += "id: \(Self.oneLine(id))\n" }
        if let event { text += "event: \(Self.oneLine(event))\n" }
        for line in data.split(omittingEmptySubsequences: false, whereSeparator: Self.isLineBreak) {
            text += "data: \(line)\n"
        }
        return Array((text + "\n").utf8)
    }

    /// The three of the standard; others, such as U+2028, are text like any other.
    private static func isLineBreak(_ character: Character) -> Bool {
        character == "\n" || character == "\r" || character == "\r\n"
    }

    private static func oneLine(_ text: String) -> String {
        String(text.map { isLineBreak($0) || $0 == "\0" ? " " : $0 })
    }
}

extension Response {
    /// A stream of events. A comment goes out at once and whenever `keepAlive` passes without an event, so that proxies
    /// keep the connection and a client that left is noticed.
    public static func events<Events: AsyncSequence & Sendable>(
        _ events: Events, keepAlive: Duration = .seconds(15)
    ) -> Response where Events.Element == ServerSentEvent {
        Response(
            headers: ["cache-control": "no-store", "x-accel-buffering": "no"], contentType: .events,
            body: .stream(length: nil) { writer in
                try await writer.write(": connected\n\n")
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    tasks.addTask {
                        for try await event in events { try await writer.write(event.bytes) }
                    }
                    tasks.addTask {
                        while let loop = EventLoop.current {
                            try await loop.sleep(for: keepAlive)
                            try await writer.write(": keep-alive\n\n")
                        }
                    }
                    // Whichever ends first ends the stream: the events are over, or the client is gone.
                    try await tasks.next()
                    tasks.cancelAll()
                }
            })
    }
}

extension Request {
    /// The id of the last event that a reconnecting client has seen.
    public var lastEventID: String? { headers["last-event-id"] }
}
