#!/usr/bin/env python3
"""Measures the terminal client: time to the first frame, memory, and CPU while nothing happens.

Usage: bench/terminal.py [--chats 100] [--messages 10000] [--runs 10] [--idle 10] [--bin-dir target/release]

Starts a server in a temporary directory, makes an account with so many chats and messages, lets the
client keep them in its cache, and then starts the client on a pseudo-terminal again and again. The
first frame is there when the newest message of the open chat has been written to the terminal.
Prints a table in Markdown. Needs Linux (/proc) and nothing beyond Python's own library.
"""
import argparse, fcntl, json, os, pty, select, signal, socket, statistics, struct, subprocess, sys, tempfile, termios, time

TICK = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def start_server(binary, directory):
    ports = [free_port() for _ in range(3)]
    environment = {
        "PATH": os.environ["PATH"], "VESTNIK_DATA_DIR": directory, "VESTNIK_HTTP__BIND": f"127.0.0.1:{ports[0]}",
        "VESTNIK_TCP__BIND": f"127.0.0.1:{ports[1]}", "VESTNIK_METRICS__BIND": f"127.0.0.1:{ports[2]}",
    }
    log = open(os.path.join(directory, "..", "server.log"), "w")
    server = subprocess.Popen([binary, "serve"], env=environment, stdout=log, stderr=log)
    for _ in range(500):
        try:
            socket.create_connection(("127.0.0.1", ports[1]), timeout=1).close()
            return server, f"tcp://127.0.0.1:{ports[1]}"
        except OSError:
            time.sleep(0.02)
    sys.exit("the server does not start: see server.log")


def client_environment(directory):
    return {"PATH": os.environ["PATH"], "HOME": directory, "LANG": "C.UTF-8", "TERM": "xterm-256color", "TZ": "UTC",
            "VESTNIK_PASSWORD": "correct horse battery"}


def fill(binary, server, state, environment, chats, messages):
    """Makes the chats and messages through the client itself, so that its cache holds them all."""
    base = [binary, "--plain", "--user", "anna", "--server", server, "--state-dir", state]
    subprocess.run(base + ["--register"], env=environment, stdin=subprocess.DEVNULL, check=True, capture_output=True)
    child = subprocess.Popen(base + ["--json-in"], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    ids = []

    def ask(command):
        child.stdin.write(json.dumps(command) + "\n")
        child.stdin.flush()
        for line in child.stdout:
            answer = json.loads(line)
            if answer.get("id") == command["id"]:
                if answer["type"] == "error":
                    if answer.get("code") == "rate_limited":
                        time.sleep(answer.get("retry_after_ms", 1000) / 1000)
                        return ask(command)
                    sys.exit(f"the server refuses: {answer}")
                return answer
        sys.exit("the client ended: " + child.stderr.read())

    for number in range(chats):
        answer = ask({"type": "create_chat", "id": f"c{number}", "kind": "group", "name": f"Chat {number:03}"})
        ids.append(answer["chat"]["id"])
    words = "the quick brown fox jumps over the lazy dog и ещё немного слов, **жирных** и `code` too".split()
    for number in range(messages):
        text = f"message {number}: " + " ".join(words[(number * 7 + word) % len(words)] for word in range(4 + number % 20))
        ask({"type": "message", "id": f"m{number}", "chat_id": ids[number % chats], "content": text})
    child.stdin.close()
    child.wait(timeout=60)


def proc(pid):
    """CPU ticks and resident KiB of a process."""
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    status = open(f"/proc/{pid}/status").read()
    resident = int(next(line for line in status.splitlines() if line.startswith("VmRSS:")).split()[1])
    return int(fields[11]) + int(fields[12]), resident


class Run:
    """One run of the client on a terminal of 120x40."""

    def __init__(self, binary, state, environment):
        self.started = time.monotonic()
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execve(binary, [binary, "--state-dir", state, "--config", "/dev/null"], environment)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self.text = b""

    def read(self, seconds):
        ready, _, _ = select.select([self.terminal], [], [], seconds)
        if ready:
            self.text += os.read(self.terminal, 65536)
        return bool(ready)

    def until(self, *words):
        while not all(word in self.text for word in words):
            if not self.read(20):
                sys.exit(f"{words} does not come: {self.text[-2000:]!r}")
        return time.monotonic() - self.started

    def end(self):
        os.kill(self.pid, signal.SIGTERM)
        while True:
            try:
                if not self.read(5):
                    break
            except OSError:
                break
        _, status = os.waitpid(self.pid, 0)
        os.close(self.terminal)
        if status:
            sys.exit(f"the client ended with {status}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chats", type=int, default=100)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--idle", type=float, default=10)
    parser.add_argument("--bin-dir", default=os.path.join(os.environ.get("CARGO_TARGET_DIR", "target"), "release"))
    parser.add_argument("--server", help="the server's program, when it is elsewhere")
    options = parser.parse_args()
    binary = os.path.abspath(os.path.join(options.bin_dir, "vestnik-tui"))
    with tempfile.TemporaryDirectory(dir=os.environ.get("WORK_DIR", "/var/tmp")) as directory:
        data, state = os.path.join(directory, "data"), os.path.join(directory, "state")
        os.mkdir(data)
        environment = client_environment(directory)
        server, address = start_server(options.server or os.path.abspath(os.path.join(options.bin_dir, "vestnik")), data)
        try:
            fill(binary, address, state, environment, options.chats, options.messages)
            # The words of a row are written one by one, with moves of the cursor between them.
            newest = f"{options.messages - 1}:".encode()
            first, online, resident, idle = [], [], [], []
            for number in range(options.runs):
                run = Run(binary, state, environment)
                first.append(run.until(newest))
                online.append(run.until(b"online"))
                settled = time.monotonic() + 2
                while time.monotonic() < settled:
                    run.read(0.2)
                if number == 0:
                    before, _ = proc(run.pid)
                    time.sleep(options.idle)
                    after, _ = proc(run.pid)
                    idle.append((after - before) / TICK)
                resident.append(proc(run.pid)[1] / 1024)
                run.end()
            server.terminate()
            server.wait(timeout=30)
            offline = []
            for _ in range(options.runs):
                run = Run(binary, state, environment)
                offline.append(run.until(newest))
                run.end()
        finally:
            server.kill()

    def row(what, goal, values, unit, form="{:.0f}"):
        middle, least, most = statistics.median(values), min(values), max(values)
        print(f"| {what} | {goal} | {form.format(middle)} {unit} ({form.format(least)}-{form.format(most)}) |")

    print(f"Cache of {options.chats} chats and {options.messages} messages, 120x40, {options.runs} runs, load {os.getloadavg()[0]:.1f}.\n")
    print("| what | goal | measured |\n|---|---|---|")
    row("exec to first frame with messages, server there", "< 200 ms", [value * 1000 for value in first], "ms")
    row("exec to first frame with messages, no server", "< 200 ms", [value * 1000 for value in offline], "ms")
    row("exec to connected and in step", "-", [value * 1000 for value in online], "ms")
    row("resident memory", "< 40 MB", resident, "MiB", "{:.1f}")
    row(f"CPU in {options.idle:g} s of rest", "0", idle, "s", "{:.2f}")


if __name__ == "__main__":
    main()
