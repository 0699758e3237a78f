/** The list of chats. The dialog for new chats and the directory are loaded when they are asked for. */
export { ChatList, type ChatListProps } from "./ChatList";
export { useAttention } from "./useAttention";
export { useChatShortcuts } from "./useChatShortcuts";
