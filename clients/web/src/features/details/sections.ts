/** The parts of the details one can go to directly. */
export const SECTIONS = ["about", "members", "add", "invites", "pins", "notifications"] as const;
export type DetailsSection = (typeof SECTIONS)[number];

/** The part by its name; undefined for anything else. */
export const toSection = (name: string | undefined): DetailsSection | undefined => SECTIONS.find((one) => one === name);
