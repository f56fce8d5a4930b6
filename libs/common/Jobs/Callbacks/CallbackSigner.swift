import HTTP
import JSON
import Tokens

/// Makes the fields that prove who sent a callback: those of Standard Webhooks.
///
///     let sender = CallbackSender(queue, signer: CallbackSigner(webhookSigner))
public struct CallbackSigner: Sendable {
    let sign: @Sendable (_ id: String, _ timestamp: Int64, _ body: [UInt8]) throws -> Headers

    /// `sign` throws when it cannot sign for now: the callback is tried again.
    public init(_ sign: @escaping @Sendable (_ id: String, _ timestamp: Int64, _ body: [UInt8]) throws -> Headers) {
        self.sign = sign
    }

    /// `webhook-id`, `webhook-timestamp` and `webhook-signature` by the signer's secrets.
    public init(_ signer: WebhookSigner) {
        self.init { id, seconds, body in
            var headers = Headers()
            for (name, value) in try signer.sign(id: id, at: Timestamp(seconds: seconds), body: body).fields {
                headers[name] = value
            }
            return headers
        }
    }
}
