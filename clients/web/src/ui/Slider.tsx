import { useId } from "react";

export interface SliderProps {
  label: string;
  value: number;
  min: number;
  max: number;
  step: number;
  onChange: (value: number) => void;
  /** The value in words, for the eye and for screen readers. */
  format?: (value: number) => string;
}

/** A number on a line. */
export function Slider({ label, value, min, max, step, onChange, format = String }: SliderProps) {
  const id = useId();
  return (
    <div className="grid grid-cols-1 gap-1.5">
      <div className="flex justify-between gap-3 text-sm">
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        <output htmlFor={id} className="text-ink-2 tabular-nums">
          {format(value)}
        </output>
      </div>
      <input
        id={id}
        type="range"
        {...{ min, max, step, value }}
        aria-valuetext={format(value)}
        onChange={(event) => onChange(event.target.valueAsNumber)}
        className="h-8 w-full cursor-pointer accent-(--accent) max-phone:h-11"
      />
    </div>
  );
}
