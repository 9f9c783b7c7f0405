import Foundation
import Secrets

@testable import Outlets

/// What a mail program makes of a subject.
enum MailSubject {
    static func words(_ text: String) -> [String] { MailMessage.encoded(text).components(separatedBy: "\r\n ") }

    static func decoded(_ words: [String]) -> String {
        String(decoding: words.flatMap { Base64.decode($0.dropFirst("=?utf-8?B?".count).dropLast(2)) ?? [] }, as: UTF8.self)
    }
}
