# Runs a learner's program in Python, with its requests directed to the practice server, and writes to
# stderr what its variables are. The first line of standard input has the settings, the rest is the program.
#
# Nothing here protects anything: Python has no sandbox.

import http.client
import json
import os
import socket
import sys
import threading
import traceback

SETTINGS = json.loads(sys.stdin.buffer.readline())
SOURCE = sys.stdin.buffer.read().decode("utf-8-sig")
PORT = SETTINGS["port"]
NAME = SETTINGS["name"]
MARK = SETTINGS["mark"]
TOKEN_HOST = SETTINGS["host"]
LOOPBACK = ("127.0.0.1", "localhost", "::1")
MAX_ENTRIES = 12
MAX_TEXT = 200
REPORT_SECONDS = 0.3

# The program may replace these.
dumps = json.dumps
write_error = sys.stderr.write
flush_error = sys.stderr.flush

namespace = {"__name__": "__main__", "__file__": NAME, "__builtins__": __builtins__}
inner_values = {}
state = {"caught": None, "failure": None, "last": None}


def text_of(value):
    if isinstance(value, str):
        return value[:MAX_TEXT]
    if isinstance(value, (bytes, bytearray)):
        return bytes(value[:MAX_TEXT]).decode("utf-8", "replace")
    if value is None or isinstance(value, (bool, int, float)):
        try:
            return repr(value)[:MAX_TEXT]
        except ValueError:
            # Python writes out no integer of thousands of digits.
            pass
    return type_of(value)


def type_of(value):
    if value is None:
        return "None"
    name = type(value).__name__
    return "function" if name == "builtin_function_or_method" else name


def entries_of(value):
    if isinstance(value, dict):
        pairs = list(value.items())[:MAX_ENTRIES]
    elif isinstance(value, (list, tuple)):
        pairs = list(value)[:MAX_ENTRIES]
        if not all(isinstance(pair, (list, tuple)) and len(pair) == 2 for pair in pairs):
            return None
    else:
        return None
    return [[text_of(key), type_of(member), text_of(member)] for key, member in pairs]


def describe(value):
    entries = entries_of(value)
    text = text_of(value)
    if isinstance(value, dict):
        text = dumps({key: member for key, _, member in entries}, separators=(",", ":"))[: MAX_TEXT * 4]
    described = {"type": type_of(value), "text": text}
    if entries is not None:
        described["entries"] = entries
    return described


def is_shown(name, value):
    return not name.startswith("__") and type(value).__name__ not in ("module", "type")


def report():
    values = {}
    # What is at top level counts; a function may have a variable of the same name.
    for name, value in [*namespace.copy().items(), *inner_values.copy().items()]:
        if is_shown(name, value) and name not in values:
            values[name] = describe(value)
    text = dumps({"values": values, "unset": {}, "caught": state["caught"], "failure": state["failure"]})
    if text != state["last"]:
        state["last"] = text
        write_error(f"\n{MARK}{text}\n")
        flush_error()


def report_again_and_again():
    stop = threading.Event()
    while not stop.wait(REPORT_SECONDS):
        try:
            report()
        except RuntimeError:
            # The program changed a variable at that moment.
            pass


def words_of(kind, error):
    try:
        return f"{kind.__name__}: {error}"
    except Exception:
        # It is one of the program's own, which cannot be written out.
        return kind.__name__


def trace(frame, event, argument):
    if frame.f_code.co_filename != NAME:
        return None
    frame.f_trace_lines = False
    if event == "exception":
        kind, value, _ = argument
        if issubclass(kind, Exception) and not issubclass(kind, StopIteration):
            state["caught"] = words_of(kind, value)[:MAX_TEXT]
    elif event == "return" and frame.f_code.co_name != "<module>":
        inner_values.update(frame.f_locals)
    return trace


def refuse(what):
    raise OSError(f"{what} cannot be reached from here")


def connect(connection, scheme):
    host = connection.host
    if host not in LOOPBACK and not (scheme == "https" and host == TOKEN_HOST):
        refuse(f"{scheme}://{host}")
    if host == TOKEN_HOST and connection.port != 443:
        refuse(f"{scheme}://{host}:{connection.port}")
    connection.sock = socket.create_connection(("127.0.0.1", PORT))
    # As http.client does: otherwise, each body waits until its headers are acknowledged.
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


ssl = getattr(http.client, "ssl", None)
if ssl:
    # There is no TLS here, and to read the machine's authorities takes longer than a request.
    ssl._create_default_https_context = lambda: ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

http.client.HTTPConnection.connect = lambda self: connect(self, "http")
http.client.HTTPSConnection.connect = lambda self: connect(self, "https")

find_address = socket.getaddrinfo


def find_local_address(host, *arguments, **named):
    if host not in LOOPBACK:
        refuse(host)
    return find_address(host, *arguments, **named)


socket.getaddrinfo = find_local_address


def direct_requests():
    from urllib.parse import urlsplit

    from requests.adapters import HTTPAdapter

    send = HTTPAdapter.send

    def send_directed(self, request, *arguments, **named):
        url = request.url
        parts = urlsplit(url)
        is_token_host = parts.scheme == "https" and parts.netloc == TOKEN_HOST
        if not is_token_host and parts.hostname not in LOOPBACK:
            refuse(f"{parts.scheme}://{parts.netloc}")
        query = f"?{parts.query}" if parts.query else ""
        request.url = f"http://127.0.0.1:{PORT}{parts.path}{query}"
        named["proxies"] = {}
        response = send(self, request, *arguments, **named)
        response.url = request.url = url
        return response

    HTTPAdapter.send = send_directed


def failure_of(error):
    if isinstance(error, SyntaxError) and error.filename == NAME:
        return {"kind": "syntax", "message": f"{type(error).__name__}: {error.msg}", "line": error.lineno or 1}
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == NAME]
    failure = {"kind": "exception", "message": words_of(type(error), error)[:MAX_TEXT * 2]}
    if lines:
        failure["line"] = lines[-1]
    return failure


def run():
    sys.path.insert(0, os.getcwd())
    if "requests" in SOURCE:
        try:
            direct_requests()
        except ImportError:
            # The program will meet that, too.
            pass
    threading.Thread(target=report_again_and_again, daemon=True).start()
    try:
        code = compile(SOURCE, NAME, "exec", dont_inherit=True)
        sys.settrace(trace)
        exec(code, namespace)
    except SystemExit:
        pass
    except BaseException as error:
        state["failure"] = failure_of(error)
    finally:
        sys.settrace(None)
        sys.stdout.flush()
        report()


run()
