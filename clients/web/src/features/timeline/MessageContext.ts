import { createContext } from "react";
import type { ChatId } from "@wire";

/** In which chat the text is that is being shown; names in it are looked up there. */
export const MessageContext = createContext<{ readonly chatId: ChatId }>({ chatId: "" });
