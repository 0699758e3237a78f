export { InvitePage } from "./InvitePage";
export { LoginPage } from "./LoginPage";
export { RegisterPage } from "./RegisterPage";
export { SetupPage } from "./SetupPage";
