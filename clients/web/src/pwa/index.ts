// The page for shared texts is not here: it is loaded by its route.
export { registerServiceWorker } from "./register";
export { UpdatePrompt } from "./UpdatePrompt";
