"""Measures CPython's json on the document of json-bench.

    swift run -c release json-bench --document | python3 Benchmarks/json_cpython.py

`dumps` is asked for compact UTF-8 text, which is what the others write.
"""

import json
import sys
import time

document = sys.stdin.buffer.read().strip()
value = json.loads(document)
encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def rate(operation):
    operations = 0
    start = time.process_time()
    while (elapsed := time.process_time() - start) < 0.3:
        for _ in range(500):
            operation()
        operations += 500
    return operations / elapsed


def median(operation, rounds=7):
    return sorted(rate(operation) for _ in range(rounds))[rounds // 2]


subject = f"cpython {sys.version_info.major}.{sys.version_info.minor}"
for work, operation in (
    ("decode", lambda: json.loads(document)),
    ("encode", lambda: encoder.encode(value).encode()),
):
    line = {"work": f"json {work} {len(document)} B", "subject": subject, "per_cpu_second": int(median(operation))}
    print(json.dumps(line, separators=(",", ":")))
