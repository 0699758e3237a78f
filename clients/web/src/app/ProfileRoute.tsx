import { ProfilePage } from "@/features/people";
import { useParams } from "@tanstack/react-router";

/** `/u/<username>` */
export function ProfileRoute() {
  const { username } = useParams({ strict: false });
  return <ProfilePage username={username ?? ""} />;
}
