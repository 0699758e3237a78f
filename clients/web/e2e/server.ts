/** The real server as a program, on loopback, with SQLite in a directory of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Longest a story waits for the program to start or to stop, ms. */
const PATIENCE = 30_000;
/** How often it looks, ms. */
const GLANCE = 25;

/** A port that was free just now, outside the range that the system gives to outgoing connections. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    const free = await new Promise<boolean>((resolve) => {
      const probe = createServer();
      probe.once("error", () => resolve(false));
      probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
    });
    if (free) return port;
  }
}

/** What an account's REST calls need. */
export interface Account {
  readonly username: string;
  readonly password: string;
  readonly token: string;
  readonly id: number;
}

export class Server {
  private child: ChildProcess | undefined;
  private readonly dir = mkdtempSync(join(tmpdir(), "vestnik-story-"));

  private constructor(
    readonly port: number,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  static async start(env: Readonly<Record<string, string>> = {}): Promise<Server> {
    const server = new Server(await freePort(), env);
    await server.launch();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** What the program has printed so far. */
  get output(): string {
    return readFileSync(join(this.dir, "output"), "utf8");
  }

  /** The one-time link of the owner. */
  get setupLink(): string {
    const link = /^\s*(http\S+\/setup#\S+)\s*$/m.exec(this.output)?.[1];
    if (link === undefined) throw new Error(`the server printed no setup link\n${this.output}`);
    return link;
  }

  /** Starts the program, again after `stop` or `kill`: same port, same data. */
  async launch(): Promise<void> {
    const binary = process.env["STORY_SERVER"];
    if (binary === undefined) throw new Error("STORY_SERVER does not name the server; run scripts/web stories");
    const output = createWriteStream(join(this.dir, "output"), { flags: "a" });
    await new Promise((resolve) => output.once("open", resolve));
    const child = spawn(binary, ["serve"], {
      env: {
        ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("VESTNIK_"))),
        VESTNIK_DATA_DIR: join(this.dir, "data"),
        VESTNIK_HTTP__BIND: `127.0.0.1:${this.port}`,
        VESTNIK_TCP__BIND: "127.0.0.1:0",
        VESTNIK_METRICS__ENABLED: "false",
        // Cheap password hashes: what is tested here is not their cost.
        VESTNIK_ACCOUNTS__PASSWORD_MEMORY_KIB: "64",
        VESTNIK_ACCOUNTS__PASSWORD_PASSES: "1",
        ...this.env,
      },
      stdio: ["ignore", output, output],
    });
    this.child = child;
    const begun = Date.now();
    for (;;) {
      if (child.exitCode !== null) throw new Error(`the server ended while starting\n${this.output}`);
      const ready = await fetch(`${this.url}/api/health/ready`).then((r) => r.ok, () => false);
      if (ready) return;
      if (Date.now() - begun > PATIENCE) throw new Error(`the server is not ready in time\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, GLANCE));
    }
  }

  /** Ends the program: politely by SIGTERM, or at once by SIGKILL. */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    const giveUp = setTimeout(() => child.kill("SIGKILL"), PATIENCE);
    await ended;
    clearTimeout(giveUp);
  }

  /** Stops it and removes its data. */
  async dispose(): Promise<void> {
    await this.stop("SIGKILL");
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** A REST call; throws what the server says when it fails. */
  async call<T>(method: string, path: string, token?: string, body?: unknown): Promise<T> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }

  /** Makes an account. */
  async register(username: string, displayName?: string): Promise<Account> {
    const password = `${username} likes long walks`;
    type Answer = { access_token: string; user: { id: number } };
    const answer = await this.call<Answer>("POST", "/api/v1/auth/register", undefined, { username, password });
    const account = { username, password, token: answer.access_token, id: answer.user.id };
    if (displayName !== undefined) {
      await this.call("PATCH", "/api/v1/account", account.token, { display_name: displayName });
    }
    return account;
  }

  /** Makes the owner's account by the setup link. */
  async setUp(username: string): Promise<Account> {
    const password = `${username} likes long walks`;
    // It may answer before it has printed the link.
    while (!this.output.includes("/setup#")) await new Promise((resolve) => setTimeout(resolve, GLANCE));
    const token = this.setupLink.split("#")[1];
    type Answer = { access_token: string; user: { id: number } };
    const answer = await this.call<Answer>("POST", "/api/v1/setup", undefined, { token, username, password });
    return { username, password, token: answer.access_token, id: answer.user.id };
  }

  /** Sends a message; its id and number. */
  async say(who: Account, chatId: string, content: string, replyTo?: string): Promise<{ id: string; seq: number }> {
    const body = { content, ...(replyTo === undefined ? {} : { reply_to: replyTo }) };
    return this.call("POST", `/api/v1/chats/${chatId}/messages`, who.token, body);
  }
}
