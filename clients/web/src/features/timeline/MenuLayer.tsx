import { Suspense } from "react";
import { useView } from "./view";
import { lazyPart } from "@/ui";

const load = () => import("./OpenMenu");
const OpenMenu = lazyPart(async () => (await load()).OpenMenu);
const OpenPicker = lazyPart(async () => (await load()).OpenPicker);

/** The one menu of the timeline, and the one emoji picker: loaded when they are first opened. */
export function MenuLayer() {
  const menu = useView((state) => state.menu !== null);
  const picker = useView((state) => state.picker !== null);
  return (
    <Suspense>
      {menu && <OpenMenu />}
      {picker && <OpenPicker />}
    </Suspense>
  );
}
