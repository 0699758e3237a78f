import { StartDirect } from "@/features/people";
import { useParams } from "@tanstack/react-router";

/** `/direct/@<username>`: the chat with someone, begun if need be. */
export function DirectRoute() {
  const { username } = useParams({ strict: false });
  return <StartDirect username={(username ?? "").replace(/^@/, "")} />;
}
