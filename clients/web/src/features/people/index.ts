export { ProfileCard, type ProfileCardProps } from "./ProfileCard";
export { ProfilePage } from "./ProfilePage";
export { StartDirect } from "./StartDirect";
