// Decodes and encodes one record of about 600 bytes with our coders and with Foundation's, in turns in one process,
// and prints a line of JSON for each measurement. `--document` prints the record for json_cpython.py.

import Foundation
import JSON

let record = MaskRecord.example
let document = try JSON.JSONWriter().encode(record)

if CommandLine.arguments.contains("--document") {
    print(String(decoding: document, as: UTF8.self))
    exit(0)
}

let foundationDocument = Data(document)
let foundationDecoder = JSONDecoder()
let foundationEncoder = JSONEncoder()

guard try JSONReader().decode(MaskRecord.self, from: document) == record,
    try foundationDecoder.decode(MaskRecord.self, from: foundationDocument) == record,
    try foundationDecoder.decode(MaskRecord.self, from: Data(JSONWriter().encode(record))) == record
else { fatalError("the coders disagree about the record") }

var decode = Contest(work: "json decode \(document.count) B")
var encode = Contest(work: "json encode \(document.count) B")
for _ in 0..<7 {
    try decode.measure("ours") { try JSONReader().decode(MaskRecord.self, from: document).revision }
    try decode.measure("foundation") {
        try foundationDecoder.decode(MaskRecord.self, from: foundationDocument).revision
    }
    try encode.measure("ours") { try JSONWriter().encode(record).count }
    try encode.measure("foundation") { try foundationEncoder.encode(record).count }
}
decode.report()
encode.report()
