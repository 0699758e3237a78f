export * from "./prefs";
export * from "./dnd";
export * from "./decide";
export * from "./counts";
