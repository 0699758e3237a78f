/** The REST door, typed. Answers are decoded; failures are `ApiFailure`s. */
import { ApiFailure } from "@/lib/errors";
import * as s from "@/lib/schemas";
import type * as W from "@wire";
import { type Fetch, request, type RequestOptions } from "./http";
import type { Session } from "./session";

const page = s.z.object({ messages: s.messages, has_more: s.flag });
const wrapped = {
  sessions: s.z.object({ sessions: s.list(s.session) }),
  users: s.z.object({ users: s.users }),
  rooms: s.z.object({ rooms: s.list(s.roomEntry), next: s.next }),
  members: s.z.object({ members: s.members, next: s.next }),
  invites: s.z.object({ invites: s.list(s.invite) }),
  versions: s.z.object({ versions: s.list(s.messageVersion) }),
  readers: s.z.object({ readers: s.list(s.reader) }),
  messages: s.z.object({ messages: s.messages }),
  scheduled: s.z.object({ scheduled: s.list(s.scheduledMessage) }),
};

const enc = encodeURIComponent;
/** `anybody` sends no token; `known` sends one if there is one; `user` fails without. */
type Access = "anybody" | "known" | "user";

/** A page of messages. */
export interface MessagePage {
  readonly messages: W.Message[];
  readonly has_more: boolean;
  /** Whether the service worker answered from its cache: the page may be out of date. */
  readonly cached: boolean;
}

/** Set by the service worker on what it answers from its cache. */
export const CACHED_HEADER = "x-vestnik-cached";

export class Api {
  constructor(
    readonly session: Session,
    private readonly fetch: Fetch = (input, init) => globalThis.fetch(input, init),
  ) {}

  // Signing in. Each of these signs this browser in.
  login = (login: W.Login) => this.signIn("/auth/login", login);
  register = (register: W.Register) => this.signIn("/auth/register", register);
  setup = (setup: W.SetupRequest) => this.signIn("/setup", setup);
  refresh = () => this.session.renew(null);
  guest = () => this.session.startGuest();
  logout = () => this.session.signOut();

  // What anybody may ask.
  clientConfig = () => this.send<W.ClientConfig>("GET", "/meta/client-config", s.clientConfig, "anybody");
  passwordRules = () => this.send<W.PasswordRules>("GET", "/auth/password-rules", s.passwordRules, "anybody");
  invitePreview = (code: string) => this.send<W.InvitePreview>("GET", `/invites/${enc(code)}`, s.invitePreview, "anybody");
  rooms = (q?: string, cursor?: string | null, limit?: number) =>
    this.send("GET", "/rooms", wrapped.rooms, "known", { query: { q, cursor, limit } });

  // The account.
  account = () => this.send<W.Account>("GET", "/account", s.account);
  /** Changes the profile; the identity follows. */
  updateProfile = async (change: W.UpdateProfile): Promise<W.Account> => {
    const account = await this.send<W.Account>("PATCH", "/account", s.account, "user", { body: change });
    this.session.updated(account);
    return account;
  };
  changePassword = (oldPassword: string, newPassword: string) =>
    this.send("POST", "/auth/password", null, "user", { body: { old_password: oldPassword, new_password: newPassword } });
  sessions = async (): Promise<W.Session[]> => (await this.send("GET", "/auth/sessions", wrapped.sessions)).sessions;
  revokeSession = (id: string) => this.send("DELETE", `/auth/sessions/${enc(id)}`, null);

  // People.
  user = (username: string) => this.send<W.User>("GET", `/users/${enc(username)}`, s.user);
  findUsers = async (q: string, limit?: number): Promise<W.User[]> =>
    (await this.send("GET", "/users", wrapped.users, "user", { query: { q, limit } })).users;

  // Chats.
  chat = (chatId: W.ChatId) => this.send<W.Chat>("GET", `/chats/${enc(chatId)}`, s.chat, "known");
  createChat = (create: W.CreateChat) => this.send<W.Chat>("POST", "/chats", s.chat, "user", { body: create });
  startDirect = (username: string) => this.send<W.Chat>("POST", "/chats/direct", s.chat, "user", { body: { username } });
  updateChat = (chatId: W.ChatId, change: { name?: string; description?: string }) =>
    this.send<W.Chat>("PATCH", `/chats/${enc(chatId)}`, s.chat, "user", { body: change });
  deleteChat = (chatId: W.ChatId) => this.send("DELETE", `/chats/${enc(chatId)}`, null);
  join = (chatId: W.ChatId) => this.send<W.Chat>("POST", `/chats/${enc(chatId)}/join`, s.chat, "user", { body: {} });
  joinByInvite = (code: string) => this.send<W.Chat>("POST", `/invites/${enc(code)}/join`, s.chat, "user", { body: {} });
  leave = (chatId: W.ChatId) => this.send("POST", `/chats/${enc(chatId)}/leave`, null, "user", { body: {} });
  transferOwnership = (chatId: W.ChatId, userId: W.UserId) =>
    this.send("POST", `/chats/${enc(chatId)}/owner`, null, "user", { body: { user_id: userId } });

  // Members and invites.
  members = (chatId: W.ChatId, cursor?: string | null, limit = 200) =>
    this.send("GET", `/chats/${enc(chatId)}/members`, wrapped.members, "known", { query: { cursor, limit } });
  addMember = (chatId: W.ChatId, username: string, role?: W.Role) =>
    this.send<W.Member>("POST", `/chats/${enc(chatId)}/members`, s.member, "user", { body: { username, ...(role && { role }) } });
  setRole = (chatId: W.ChatId, userId: W.UserId, role: W.Role) =>
    this.send<W.Member>("PUT", `/chats/${enc(chatId)}/members/${userId}`, s.member, "user", { body: { role } });
  removeMember = (chatId: W.ChatId, userId: W.UserId) => this.send("DELETE", `/chats/${enc(chatId)}/members/${userId}`, null);
  invites = async (chatId: W.ChatId): Promise<W.Invite[]> => (await this.send("GET", `/chats/${enc(chatId)}/invites`, wrapped.invites)).invites;
  /** `expires_in` in seconds. */
  createInvite = (chatId: W.ChatId, invite: Omit<W.CreateInvite, "chat_id">) =>
    this.send<W.Invite>("POST", `/chats/${enc(chatId)}/invites`, s.invite, "user", { body: invite });
  revokeInvite = (chatId: W.ChatId, code: string) => this.send("DELETE", `/chats/${enc(chatId)}/invites/${enc(code)}`, null);

  // Messages.
  history = async (chatId: W.ChatId, query: Omit<W.History, "chat_id">, signal?: AbortSignal): Promise<MessagePage> => {
    let cached = false;
    const seen = (response: Response) => void (cached = response.headers.has(CACHED_HEADER));
    const answer = await this.send("GET", `/chats/${enc(chatId)}/messages`, page, "known", { query, seen, ...(signal && { signal }) });
    return { ...answer, cached };
  };
  message = (chatId: W.ChatId, id: W.MessageId) => this.send<W.Message>("GET", `/chats/${enc(chatId)}/messages/${enc(id)}`, s.message, "known");
  versions = async (chatId: W.ChatId, id: W.MessageId): Promise<W.MessageVersion[]> =>
    (await this.send("GET", `/chats/${enc(chatId)}/messages/${enc(id)}/versions`, wrapped.versions)).versions;
  readers = async (chatId: W.ChatId, id: W.MessageId): Promise<W.Reader[]> =>
    (await this.send("GET", `/chats/${enc(chatId)}/messages/${enc(id)}/readers`, wrapped.readers)).readers;
  /** Latest pinned first. */
  pins = async (chatId: W.ChatId): Promise<W.Message[]> => (await this.send("GET", `/chats/${enc(chatId)}/pins`, wrapped.messages, "known")).messages;
  pin = (chatId: W.ChatId, id: W.MessageId) => this.send("PUT", `/chats/${enc(chatId)}/pins/${enc(id)}`, null);
  unpin = (chatId: W.ChatId, id: W.MessageId) => this.send("DELETE", `/chats/${enc(chatId)}/pins/${enc(id)}`, null);

  // Messages for later.
  scheduled = async (): Promise<W.ScheduledMessage[]> => (await this.send("GET", "/scheduled", wrapped.scheduled)).scheduled;
  schedule = (chatId: W.ChatId, message: Omit<W.ScheduleMessage, "chat_id">) =>
    this.send<W.ScheduledMessage>("POST", `/chats/${enc(chatId)}/scheduled`, s.scheduledMessage, "user", { body: message });
  updateScheduled = (id: string, change: { content?: string; send_at?: string }) =>
    this.send<W.ScheduledMessage>("PATCH", `/scheduled/${enc(id)}`, s.scheduledMessage, "user", { body: change });
  cancelScheduled = (id: string) => this.send("DELETE", `/scheduled/${enc(id)}`, null);

  private async signIn(path: string, body: unknown): Promise<W.TokenAnswer> {
    const answer = await request<W.TokenAnswer>(this.fetch, "POST", path, s.tokenAnswer, { body });
    this.session.signedIn(answer);
    return answer;
  }

  /** One request; refused for its token, it is made once more with a fresh one. */
  private async send<T = void>(
    method: string,
    path: string,
    schema: s.Schema<T> | null,
    access: Access = "user",
    options: RequestOptions = {},
  ): Promise<T> {
    const token = access === "anybody" ? null : await this.session.token();
    if (!token && access === "user") throw signedOut();
    try {
      return await request(this.fetch, method, path, schema, { ...options, token });
    } catch (error) {
      if (!token || !(error instanceof ApiFailure) || error.code !== "unauthorized") throw error;
      const fresh = await this.session.renew(token);
      if (!fresh) throw error;
      return request(this.fetch, method, path, schema, { ...options, token: fresh });
    }
  }
}

function signedOut(): ApiFailure {
  return new ApiFailure({ code: "unauthorized", message: "Sign in first." });
}
