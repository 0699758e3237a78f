/** A link inside a line of text. */
export const textLink = "inline-flex min-h-6 items-center font-medium text-accent underline decoration-1 underline-offset-3 hover:decoration-2";
