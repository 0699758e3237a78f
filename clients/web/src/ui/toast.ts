import { create } from "zustand";

export interface ToastOptions {
  text: string;
  tone?: "info" | "success" | "danger";
  action?: { label: string; onClick: () => void };
  /** A toast with the same id is replaced. */
  id?: string;
}

export interface Toast extends ToastOptions {
  readonly id: string;
}

const MAX_SHOWN = 4;
let made = 0;

/** What is on show; read by `Toaster`. */
export const toastStore = create<{ toasts: readonly Toast[] }>(() => ({ toasts: [] }));

/** Says something in passing, at the page's lower edge. Returns the id. */
export function toast(options: ToastOptions): string {
  const id = options.id ?? `toast-${++made}`;
  toastStore.setState(({ toasts }) => ({ toasts: [...toasts.filter((other) => other.id !== id), { ...options, id }].slice(-MAX_SHOWN) }));
  return id;
}

/** Takes a toast away. */
export const dismissToast = (id: string): void => toastStore.setState(({ toasts }) => ({ toasts: toasts.filter((other) => other.id !== id) }));
