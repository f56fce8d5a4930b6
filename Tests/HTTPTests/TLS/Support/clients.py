"""Clients of TLS that Python's ssl module and the openssl command make, by name. Each ends with 0 when all was right."""
import hashlib, os, socket, ssl, subprocess, sys, threading, time

PORT = int(os.environ["PORT"])
TRUSTED = os.environ["CERTIFICATES"]
HELLO = b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"


def context(version=None):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.load_verify_locations(TRUSTED)
    # Python would take an end without a goodbye for a good one.
    made.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
    if version:
        made.minimum_version = made.maximum_version = version
    return made


def tcp(receive_buffer=None):
    made = socket.socket()
    made.settimeout(20)
    if receive_buffer:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    made.connect(("127.0.0.1", PORT))
    return made


def secure(made=None, version=None, receive_buffer=None, session=None, **more):
    return (made or context(version)).wrap_socket(
        tcp(receive_buffer), server_hostname="localhost", suppress_ragged_eofs=False, session=session, **more)


def read_head(client):
    head = b""
    while b"\r\n\r\n" not in head:
        block = client.recv(1)
        assert block, "an end after %r" % head
        head += block
    return head


def answer(client, most=1 << 16):
    """One answer with a length; its status and body."""
    head = read_head(client)
    length = next(int(l.split(b":")[1]) for l in head.split(b"\r\n") if l.lower().startswith(b"content-length"))
    body = bytearray()
    while len(body) < length:
        block = client.recv(min(most, length - len(body)))
        assert block, "an end after %d of %d" % (len(body), length)
        body += block
    return int(head.split()[1]), bytes(body)


def ask(client, request=HELLO):
    client.sendall(request)
    return answer(client)


def refused(body):
    try:
        body()
    except (ssl.SSLError, ConnectionError) as error:
        return str(error)
    raise AssertionError("it was not refused")


def old_versions():
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        made = context(version)
        made.set_ciphers("ALL:@SECLEVEL=0")
        said = refused(lambda: secure(made))
        assert "PROTOCOL_VERSION" in said.upper().replace(" ", "_"), said
    for cipher in ("AES128-SHA", "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA"):
        made = context(ssl.TLSVersion.TLSv1_2)
        made.set_ciphers(cipher + ":@SECLEVEL=0")
        said = refused(lambda: secure(made))
        assert "HANDSHAKE_FAILURE" in said.upper().replace(" ", "_"), said


def only_13():
    refused(lambda: secure(version=ssl.TLSVersion.TLSv1_2))
    assert secure(version=ssl.TLSVersion.TLSv1_3).version() == "TLSv1.3"


def alpn():
    for offered, expected in ((["http/1.1"], "http/1.1"), (["h2", "http/1.1"], "h2"), (None, None)):
        made = context()
        if offered:
            made.set_alpn_protocols(offered)
        client = secure(made)
        assert client.selected_alpn_protocol() == expected
        if expected != "h2":
            assert ask(client)[0] == 200
    made = context(ssl.TLSVersion.TLSv1_3)
    made.set_alpn_protocols(["spdy/3"])
    said = refused(lambda: secure(made))
    assert "no_application_protocol" in said.lower().replace(" ", "_"), said


def unknown_name():
    made = context()
    made.check_hostname = False
    client = made.wrap_socket(tcp(), server_hostname="elsewhere.example")
    assert ask(client)[0] == 200


def bytewise():
    """Each byte of the handshake and of a request alone."""
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        session = context(version).wrap_bio(incoming, outgoing, server_hostname="localhost")
        client = tcp()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def perform(action):
            while True:
                try:
                    result = action()
                except ssl.SSLWantReadError:
                    result = None
                for byte in outgoing.read():
                    client.sendall(bytes([byte]))
                    time.sleep(0.0002)
                if result is not None:
                    return result
                block = client.recv(7)
                assert block
                incoming.write(block)

        perform(lambda: session.do_handshake() or True)
        perform(lambda: session.write(HELLO))
        assert perform(lambda: session.read(4096)).startswith(b"HTTP/1.1 200 ")


def silent():
    """Connections that say nothing, or half a hello, or all but the end of a handshake, are closed in time."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    try:
        session.do_handshake()
    except ssl.SSLWantReadError:
        pass
    hello = outgoing.read()
    begun = time.monotonic()
    for said in (b"", hello[:60], hello):
        client = tcp()
        client.sendall(said)
        while client.recv(4096):
            pass
    # Each wait is half a second.
    assert 0.3 < time.monotonic() - begun < 15, time.monotonic() - begun


def abandoned():
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    try:
        session.do_handshake()
    except ssl.SSLWantReadError:
        pass
    hello = outgoing.read()
    for round in range(60):
        client = tcp()
        client.sendall([hello, hello[:100], b"\x16\x03\x01\xff\xff", os.urandom(300)][round % 4])
        if round % 3 == 0:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        if round % 5 == 0:
            client.recv(64)
        client.close()
    assert ask(secure())[0] == 200


def sizes():
    """Answers of all sizes around those of records, to clients that take them in small pieces."""
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        client = secure(version=version, receive_buffer=16384)
        for count in (0, 1, 2, 16383, 16384, 16385, 65300, 65400, 65535, 65536, 65537, 131072, 700_001):
            for path in (b"/bytes/%d", b"/file/%d", b"/stream/%d"):
                client.sendall(b"GET " + path % count + b" HTTP/1.1\r\nHost: a\r\n\r\n")
                time.sleep(0.002)
                status, body = answer(client, most=5000)
                assert status == 200 and len(body) == count
                assert all(body[i] == i * 7 % 256 for i in range(0, count, 997)), (path, count)


def pipelined():
    client = secure()
    client.sendall(HELLO * 300)
    for _ in range(300):
        assert answer(client)[0] == 200


def resumed():
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        made = context(version)
        first = secure(made)
        assert not first.session_reused
        ask(first)
        for _ in range(3):
            again = secure(made, session=first.session)
            assert again.session_reused
            assert ask(again)[0] == 200


def cut_off():
    """A body that ends with the connection, without the client's goodbye and with it."""
    for goodbye in (False, True):
        client = secure()
        client.sendall(b"PUT /sum HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n" + b"x" * 500)
        time.sleep(0.05)
        if goodbye:
            try:
                client.settimeout(0.3)
                client.unwrap()
            except (OSError, ValueError):
                pass
        client.close()


def ends():
    """Who reads until the end can tell a whole answer from one that broke off."""
    client = secure()
    client.sendall(b"GET /endless-but-short HTTP/1.0\r\nHost: a\r\n\r\n")
    body = b""
    while block := client.recv(4096):
        body += block
    assert body.endswith(b"all of it"), body
    client = secure()
    client.sendall(b"GET /broken-off HTTP/1.0\r\nHost: a\r\n\r\n")
    try:
        while client.recv(4096):
            pass
    except ssl.SSLError as error:
        assert "unexpected eof" in str(error).lower(), error
        return
    raise AssertionError("what broke off looked whole")


def command(*arguments):
    return subprocess.Popen(
        ["openssl", "s_client", "-connect", "127.0.0.1:%d" % PORT, *arguments], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def expect(process, text):
    seen, deadline = b"", time.monotonic() + 20
    while text not in seen:
        block = os.read(process.stdout.fileno(), 65536)
        seen += block
        assert block and time.monotonic() < deadline, (text, seen)
    return seen


def tell(process, text):
    process.stdin.write(text)
    process.stdin.flush()


def renegotiation():
    process = command("-tls1_2")
    expect(process, b"Verify return code")
    tell(process, b"R\n")
    seen = process.communicate(timeout=20)[0]
    assert b"no renegotiation" in seen.lower(), seen


def key_updates():
    process = command("-tls1_3")
    expect(process, b"Verify return code")
    for _ in range(5):
        tell(process, b"K\n")
        expect(process, b"KEYUPDATE")
    tell(process, HELLO)
    expect(process, b"200 OK")
    process.kill()
    # With data between them keys may be updated for ever, without it not: the server ends that, and with it the command.
    process = command("-tls1_3")
    expect(process, b"Verify return code")
    try:
        for _ in range(200):
            tell(process, b"K\n")
            expect(process, b"KEYUPDATE")
    except (AssertionError, BrokenPipeError):
        pass
    try:
        process.wait(timeout=15)
    finally:
        process.kill()


def crowd():
    """Requests on kept and on fresh connections until a file appears; then which certificates were seen."""
    failures, serials, asked, lock = [], set(), [0], threading.Lock()

    def work(number):
        kept = None
        while not os.path.exists(os.environ["STOP"]):
            try:
                if number % 2 == 0:
                    kept = kept or secure()
                    status, _ = ask(kept)
                else:
                    client = secure()
                    with lock:
                        serials.add(int(client.getpeercert()["serialNumber"], 16))
                    status, _ = ask(client)
                    client.close()
                assert status == 200, status
                with lock:
                    asked[0] += 1
            except Exception as error:
                failures.append(repr(error))
                kept = None

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[:5]
    print("asked", asked[0], "serials", len(serials), flush=True)


globals()[sys.argv[1]]()
