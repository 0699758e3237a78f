/** A link that looks like the main button. */
export const linkButton =
  "inline-flex min-h-10 items-center justify-center gap-2 rounded-2 bg-accent px-4 font-medium text-accent-ink hover:brightness-110 max-phone:min-h-11 [&_svg]:size-4.5";
