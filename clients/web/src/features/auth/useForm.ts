import { type FormEvent, useEffect, useRef, useState } from "react";
import { clock } from "@/lib/clock";
import { toFailure, type ApiFailure } from "@/lib/errors";

/** What is wrong with single fields, by name. */
export type FieldErrors = Readonly<Partial<Record<string, string>>>;

export interface Form {
  readonly busy: boolean;
  /** What the server refused, unless it belongs to a field. */
  readonly failure: ApiFailure | null;
  readonly errors: FieldErrors;
  /** Seconds until one may try again. */
  readonly wait: number;
  readonly ref: React.RefObject<HTMLFormElement | null>;
  /** Forgets the refusal: what it was about has changed. */
  readonly clear: () => void;
  readonly onSubmit: (event: FormEvent) => void;
}

export interface FormOptions {
  /** What can be told before asking the server. */
  readonly check: () => FieldErrors;
  readonly send: () => Promise<void>;
  /** Turns a refusal into the fault of a field; null when it belongs to none. */
  readonly blame?: (failure: ApiFailure) => FieldErrors | null;
}

/** One form: checked, sent once at a time, its faults beside their fields, the focus on the first of them. */
export function useForm({ check, send, blame }: FormOptions): Form {
  const ref = useRef<HTMLFormElement>(null);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const [errors, setErrors] = useState<FieldErrors>({});
  const wait = useWait(failure);

  useEffect(() => {
    if (Object.values(errors).some(Boolean)) ref.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [errors]);

  const submit = async () => {
    const wrong = check();
    setErrors(wrong);
    setFailure(null);
    if (Object.values(wrong).some(Boolean)) return;
    setBusy(true);
    try {
      await send();
    } catch (error) {
      const refused = toFailure(error);
      const blamed = blame?.(refused) ?? null;
      if (blamed) setErrors(blamed);
      else setFailure(refused);
    } finally {
      setBusy(false);
    }
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (!busy && wait === 0) void submit();
  };
  return { busy, failure, errors, wait, ref, clear: () => setFailure(null), onSubmit };
}

/** Seconds left until a failure says one may try again. */
function useWait(failure: ApiFailure | null): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    const until = clock.now() + (failure?.retryAfterMs ?? 0);
    const tick = () => setLeft(Math.max(0, Math.ceil((until - clock.now()) / 1000)));
    tick();
    if (!failure?.retryAfterMs) return;
    const timer = setInterval(tick, 500);
    return () => clearInterval(timer);
  }, [failure]);
  return left;
}
