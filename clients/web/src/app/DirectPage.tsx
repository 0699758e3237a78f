import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { HomePage } from "./HomePage";
import { useShellStore } from "./shellStore";

/** `/direct`: asks to whom to write. */
export function DirectPage() {
  const navigate = useNavigate();
  useEffect(() => {
    useShellStore.getState().openCreate("direct");
    void navigate({ to: "/", replace: true });
  }, [navigate]);
  return <HomePage stay />;
}
