import { clock } from "@/lib/clock";
import { times } from "@/lib/time";
import { useEffect, useState } from "react";

const LOOK_MS = 60_000;

/** A moment of today. Changes only at midnight, so that rows are not drawn again every minute. */
export function useToday(): number {
  const [now, setNow] = useState(() => clock.now());
  useEffect(() => {
    const timer = setInterval(() => {
      const later = clock.now();
      setNow((before) => (times().dayNumber(before) === times().dayNumber(later) ? before : later));
    }, LOOK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
