export { SettingsPage, type SettingsPanels } from "./SettingsPage";
