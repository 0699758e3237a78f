// @vitest-environment jsdom
import i18next from "i18next";
import { afterEach, describe, expect, it } from "vitest";
import { initI18n, LANGUAGE_KEY, pickLanguage, regional, setLanguage } from "./i18n";
import { times } from "./time";

describe("the language", () => {
  it.each([
    ["ru", ["en-GB"], "ru"],
    ["system", ["de-DE", "ru-RU", "en"], "ru"],
    ["system", ["de", "fr"], "en"],
    [null, [], "en"],
    ["xx", ["RU"], "ru"],
  ] as const)("for %s and %j is %s", (choice, preferred, language) => {
    expect(pickLanguage(choice, preferred)).toBe(language);
  });

  it("keeps the browser's own variety for dates", () => {
    expect(regional("en", ["ru", "en-GB", "en-US"])).toBe("en-GB");
    expect(regional("ru", ["en"])).toBe("ru");
  });
});

describe("the texts", () => {
  afterEach(() => sessionStorage.clear());

  it("come with the chat view's namespaces; the others when they are asked for", async () => {
    await initI18n();
    expect(document.documentElement.lang).toBe("en");
    expect(i18next.t("common:close")).toBe("Close");
    expect(i18next.hasResourceBundle("en", "settings")).toBe(false);
    expect(i18next.hasResourceBundle("ru", "common")).toBe(false);
    await i18next.loadNamespaces("settings");
    expect(i18next.t("settings:title")).toBe("Settings");
  });

  it("change with the language, as do dates, and the choice is remembered", async () => {
    await initI18n();
    await setLanguage("ru");
    expect([document.documentElement.lang, document.documentElement.dir, localStorage.getItem(LANGUAGE_KEY)]).toEqual(["ru", "ltr", "ru"]);
    expect(i18next.t("settings:sessions.ended", { count: 3 })).toBe("Завершены 3 сеанса");
    expect(times().relative(0, 5 * 60_000)).toBe("5 минут назад");
    await setLanguage("system");
    expect([document.documentElement.lang, localStorage.getItem(LANGUAGE_KEY)]).toEqual(["en", null]);
  });
});
