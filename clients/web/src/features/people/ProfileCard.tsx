import { type ReactElement, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { lazyPart, Popover, Skeleton } from "@/ui";
import type { ChatId, UserId } from "@wire";

const CardContent = lazyPart(async () => (await import("./CardContent")).CardContent);

export interface ProfileCardProps {
  userId: UserId;
  username: string;
  /** A button: a name or a picture. */
  trigger: ReactElement;
  /** The chat in view; there the person can be mentioned. */
  chatId?: ChatId;
}

/** Who this is, beside their name. */
export function ProfileCard({ username, trigger, chatId }: ProfileCardProps) {
  const { t } = useTranslation("details");
  return (
    <Popover trigger={trigger} label={t("profileOf", { name: username })} className="w-80 max-w-[calc(100vw-1.5rem)] p-4">
      {(close) => (
        <Suspense fallback={<Skeleton className="h-28 w-full" />}>
          <CardContent username={username} onClose={close} {...(chatId !== undefined && { chatId })} />
        </Suspense>
      )}
    </Popover>
  );
}
