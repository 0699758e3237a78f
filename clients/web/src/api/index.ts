export { Api, type MessagePage } from "./api";
export { browserSession, type Identity, Session, type SignedOutReason } from "./session";
