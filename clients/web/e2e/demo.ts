/** A small team's server with a week of talk on it, for the pictures and for looking at things. */
import type { Account, Server } from "./server";

export interface Demo {
  readonly anna: Account;
  readonly direct: string;
}

const PEOPLE = [
  ["igor", "Игорь Петров"],
  ["tom", "Tom Becker"],
  ["maria", "Мария"],
  ["lena", "Елена Соколова"],
] as const;

export async function demo(server: Server): Promise<Demo> {
  const anna = await server.setUp("anna");
  await server.call("PATCH", "/api/v1/account", anna.token, { display_name: "Анна Ковалёва", status_text: "release week", status_emoji: "🚀" });
  const people: Record<string, Account> = {};
  for (const [username, name] of PEOPLE) people[username] = await server.register(username, name);
  const [igor, tom, maria, lena] = [people["igor"]!, people["tom"]!, people["maria"]!, people["lena"]!];
  await server.call("PATCH", "/api/v1/chats/general", anna.token, {
    name: "general",
    description: "Everything about the product. Everyone reads, members write.",
  });

  const crew = await server.call<{ id: string }>("POST", "/api/v1/chats", tom.token, { type: "group", name: "release-crew", description: "Who signs, who ships", members: ["anna", "maria"] });
  const news = await server.call<{ id: string }>("POST", "/api/v1/chats", anna.token, { type: "channel", name: "announcements", members: ["igor", "tom", "maria", "lena"] });
  await server.call("POST", "/api/v1/chats", tom.token, { type: "room", name: "Coffee", slug: "coffee", description: "Off topic, on beans" });
  await server.say(anna, news.id, "Maintenance on Sunday, 02:00 UTC. It takes ten minutes.");
  const direct = async (with_: Account): Promise<string> =>
    (await server.call<{ id: string }>("POST", "/api/v1/chats/direct", with_.token, { username: "anna" })).id;
  const toIgor = await direct(igor);
  await server.say(igor, toIgor, "Про календарь: давай в четверг после обеда?");
  const toTom = await direct(tom);
  await server.say(tom, toTom, "Lunch at one?");
  await server.say(anna, toTom, "See you at the stand-up 👋");
  const toLena = await direct(lena);
  await server.say(lena, toLena, "Отправила макеты, посмотри, когда будет минутка 🙂");

  const asked = await server.say(igor, "general", "Кто-нибудь мерил, сколько памяти съедает одно соединение?");
  const answered = await server.say(tom, "general", "Yes: see the table in `bench/REPORT.md`. Run it yourself:\n```sh\nmake bench BENCH_ARGS=\"--scenario idle\"\n```", asked.id);
  const react = async (who: Account, id: string, emoji: string): Promise<void> => {
    await server.call("PUT", `/api/v1/chats/general/messages/${id}/reactions/${encodeURIComponent(emoji)}`, who.token);
  };
  for (const who of [anna, igor, maria, lena]) await react(who, answered.id, "🔥");
  for (const who of [igor, maria]) await react(who, answered.id, "👍");
  await server.say(igor, "general", "10 КиБ. Неплохо!");
  await server.say(lena, "general", "**Freeze** on Friday, *18:00*. What is left:\n- [x] crash stories on both engines\n- [x] the Russian interface\n- [ ] pictures for the README");
  const pinned = await server.say(anna, "general", "Freeze on Friday 18:00. After that only fixes.");
  await server.call("PUT", `/api/v1/chats/general/pins/${pinned.id}`, anna.token);
  await server.say(tom, "general", "👍🏽");
  await server.call("POST", "/api/v1/chats/general/read", anna.token, { seq: pinned.seq + 1 });
  await server.say(maria, "general", "@anna собрала релиз, посмотрите changelog: https://example.org/changelog");
  await server.say(maria, "general", "И подпишите, пожалуйста, сборку до вечера ||иначе кофе за мой счёт||");
  await server.say(tom, crew.id, "@anna can you sign the build?");
  return { anna, direct: toLena };
}
