import CNGHTTP2

/// How nghttp2 tells a connection what it has read and sent. Its context is the connection, which owns the session.
///
/// Unsafe because: both are made once and only read afterwards.
enum HTTP2Callbacks {
    nonisolated(unsafe) static let table: OpaquePointer? = {
        var table: OpaquePointer?
        nghttp2_session_callbacks_new(&table)
        nghttp2_session_callbacks_set_on_begin_headers_callback(table) { _, frame, context in
            guard let frame else { return 0 }
            connection(context).headBegan(
                frame.pointee.hd.stream_id, isRequest: frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST)
            return 0
        }
        nghttp2_session_callbacks_set_on_header_callback(table) {
            _, frame, name, nameLength, value, valueLength, _, context in
            guard let frame else { return 0 }
            let isWanted = connection(context).fieldCame(
                frame.pointee.hd.stream_id, UnsafeRawBufferPointer(start: name, count: nameLength),
                UnsafeRawBufferPointer(start: value, count: valueLength))
            return isWanted ? 0 : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue
        }
        nghttp2_session_callbacks_set_on_invalid_header_callback(table) {
            _, frame, _, nameLength, _, valueLength, _, context in
            guard let frame else { return 0 }
            let isWanted = connection(context).invalidFieldCame(
                frame.pointee.hd.stream_id, size: nameLength + valueLength)
            return isWanted ? 0 : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue
        }
        nghttp2_session_callbacks_set_on_frame_recv_callback(table) { _, frame, context in
            guard let frame else { return 0 }
            let head = frame.pointee.hd
            connection(context).frameCame(
                head, isRequest: head.type == headersFrame && frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST)
            return 0
        }
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(table) { _, _, stream, bytes, count, context in
            connection(context).dataCame(stream, UnsafeRawBufferPointer(start: bytes, count: count))
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_send_callback(table) { _, frame, context in
            guard let frame else { return 0 }
            let head = frame.pointee.hd
            connection(context).frameWent(
                head, resetCode: head.type == resetFrame ? frame.pointee.rst_stream.error_code : nil)
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_not_send_callback(table) { session, frame, _, _ in
            // Fields that are too much for a head: without this the client would wait for ever.
            guard let session, let frame, frame.pointee.hd.type == headersFrame else { return 0 }
            nghttp2_submit_rst_stream(session, 0, frame.pointee.hd.stream_id, NGHTTP2_INTERNAL_ERROR.rawValue)
            return 0
        }
        nghttp2_session_callbacks_set_on_stream_close_callback(table) { _, stream, _, context in
            connection(context).streamClosed(stream)
            return 0
        }
        return table
    }()

    nonisolated(unsafe) static let options: OpaquePointer? = {
        var options: OpaquePointer?
        nghttp2_option_new(&options)
        // Room is given back as handlers take what came.
        nghttp2_option_set_no_auto_window_update(options, 1)
        // Kept for priorities alone, which are not heeded.
        nghttp2_option_set_no_closed_streams(options, 1)
        return options
    }()

    /// Where the bytes of an answer come from.
    static func provider() -> nghttp2_data_provider {
        nghttp2_data_provider(source: nghttp2_data_source()) { _, stream, buffer, count, flags, _, context in
            switch connection(context).nextData(stream, UnsafeMutableRawBufferPointer(start: buffer, count: count)) {
            case .none: return Int(NGHTTP2_ERR_DEFERRED.rawValue)
            case .failed: return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
            case .bytes(let count, let isLast):
                if isLast { flags?.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue }
                return count
            }
        }
    }

    static let dataFrame = UInt8(NGHTTP2_DATA.rawValue)
    static let headersFrame = UInt8(NGHTTP2_HEADERS.rawValue)
    static let resetFrame = UInt8(NGHTTP2_RST_STREAM.rawValue)
    static let endStream = UInt8(NGHTTP2_FLAG_END_STREAM.rawValue)
}

private func connection(_ context: UnsafeMutableRawPointer?) -> HTTP2Connection {
    Unmanaged<HTTP2Connection>.fromOpaque(context!).takeUnretainedValue()
}
