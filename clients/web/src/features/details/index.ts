// The panel is not here: it is loaded when it is first opened, from its own module.
export { ChatHeader, type ChatHeaderProps } from "./ChatHeader";
export type { DetailsPanelProps } from "./DetailsPanel";
export type { DetailsSection } from "./sections";
