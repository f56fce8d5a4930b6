"""Turns Swift Testing's event stream into lines of `status<TAB>name<TAB>detail` for the summary.

A test that began and never ended was running when its process died: it counts as failed. What a test expects to fail
and names is a line of its own, `known`; a test that cancelled itself is skipped.
"""

import json
import sys


def one_line(text):
    return " ".join(text.split())


def few(issues):
    more = [f"(and {len(issues) - 2} more)"] if len(issues) > 2 else []
    return "; ".join([issue[:400] for issue in issues[:2]] + more)


def read(path):
    names, running, issues, known, cancelled, results = {}, set(), {}, set(), set(), {}
    with open(path, encoding="utf-8", errors="replace") as stream:
        for line in stream:
            try:
                record = json.loads(line)
            except ValueError:
                continue  # cut off by a crash
            payload = record.get("payload", {})
            if record.get("kind") == "test":
                if payload.get("kind") == "function":
                    identifier = payload["id"]
                    path = identifier.rsplit("/", 1)[0]
                    names[identifier] = f"{path} \"{payload['displayName']}\"" if "displayName" in payload else path
                continue
            identifier = payload.get("testID")
            event = payload.get("kind")
            text = one_line(" ".join(m.get("text", "") for m in payload.get("messages", [])))
            if event == "issueRecorded" and payload.get("issue", {}).get("isFailure", not payload["issue"]["isKnown"]):
                place = payload["issue"].get("sourceLocation", {})
                where = f"{place.get('fileID', '?')}:{place.get('line', '?')}: "
                issues.setdefault(identifier, []).append(where + text)
            elif event == "issueRecorded":
                details = [m["text"] for m in payload["messages"] if m.get("symbol") == "details"]
                known |= {(identifier, one_line(comment)) for comment in details[-1:]}
            if identifier not in names:
                continue
            if event == "testStarted":
                running.add(identifier)
            elif event == "testSkipped":
                results[identifier] = ("skipped", text.partition("skipped: ")[2].strip('"') or "no reason given")
            elif event in ("testCancelled", "testCaseCancelled"):
                cancelled.add(identifier)
            elif event == "testEnded":
                running.discard(identifier)
                symbols = {m.get("symbol") for m in payload.get("messages", [])}
                failed = "fail" in symbols or identifier in issues
                if failed:
                    results[identifier] = ("failed", few(issues.get(identifier, [])))
                elif identifier in cancelled:
                    # The reason is told of a whole test only, not of its cases.
                    reason = text.partition(" seconds: ")[2].strip('" ')
                    results[identifier] = ("skipped", reason or "cancelled itself")
                else:
                    results[identifier] = ("passed", "")
    for identifier in running:
        results[identifier] = ("failed", few(["was running when the tests ended"] + issues.get(identifier, [])))
    for identifier in issues.keys() - names.keys():  # recorded outside any test, or by a suite
        results[identifier] = ("failed", few(issues[identifier]))
    return names, results, known


def main():
    names, results, known = read(sys.argv[1])
    for identifier, (status, detail) in sorted(results.items(), key=lambda item: str(item[0])):
        print(status, names.get(identifier, identifier or "outside of any test"), detail, sep="\t")
    for identifier, comment in sorted(known):
        print("known", names.get(identifier, identifier), comment, sep="\t")
    never = len(names.keys() - results.keys())
    if never:
        print("failed", "swift test", f"{never} tests never began", sep="\t")


main()
