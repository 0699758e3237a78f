/** The chat view's texts of a language, made by `texts.ts` beside the Vite configuration. */
declare module "texts:*" {
  const load: () => Promise<Readonly<Record<string, Readonly<Record<string, unknown>>>>>;
  export default load;
}
