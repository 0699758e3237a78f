import { SharePage } from "@/pwa/SharePage";

/** `/share`: what another application handed over. */
export const ShareRoute = () => <SharePage />;
