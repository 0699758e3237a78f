// The page for shared texts and the prompt for updates are not here: they are loaded when there is a reason.
export { registerServiceWorker, updateStore } from "./register";
