/* The parts that stand on Radix, in one module so that they make one lazy chunk. */
export { FloatingDialog } from "./FloatingDialog";
export { FloatingMenu } from "./FloatingMenu";
export { FloatingPopover } from "./FloatingPopover";
