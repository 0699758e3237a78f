import { Eye, EyeOff } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { IconButton, TextField } from "@/ui";

/** A password that can be shown, with a hint while Caps Lock is on. */
export function PasswordField({ label, value, onChange, error, fresh = false, describedBy }: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  error?: string | null;
  /** A new one, for password managers to make up and keep. */
  fresh?: boolean;
  /** Ids of what else says something about it. */
  describedBy?: string;
}) {
  const { t } = useTranslation("auth");
  const [shown, setShown] = useState(false);
  const [capsLock, setCapsLock] = useState(false);
  const look = (event: KeyboardEvent) => setCapsLock(event.getModifierState("CapsLock"));
  return (
    <TextField
      label={label}
      value={value}
      onChange={onChange}
      error={error ?? null}
      hint={capsLock ? <span role="status">{t("capsLock")}</span> : undefined}
      type={shown ? "text" : "password"}
      name={fresh ? "new-password" : "password"}
      autoComplete={fresh ? "new-password" : "current-password"}
      autoCapitalize="none"
      autoCorrect="off"
      spellCheck={false}
      required
      onKeyDown={look}
      onKeyUp={look}
      onBlur={() => setCapsLock(false)}
      {...(describedBy && !error && !capsLock && { "aria-describedby": describedBy })}
      trailing={
        <IconButton size="sm" label={shown ? t("hidePassword") : t("showPassword")} aria-pressed={shown} onClick={() => setShown(!shown)}>
          {shown ? <EyeOff /> : <Eye />}
        </IconButton>
      }
    />
  );
}
