import { Check } from "lucide-react";
import { cx } from "@/ui";
import { toggled, useTimeline } from "./view";

interface Props {
  rowKey: string;
  selected: boolean;
  label: string;
  disabled: boolean;
}

/** Ticks a message while several are being selected. */
export function SelectBox({ rowKey, selected, label, disabled }: Props) {
  const { view } = useTimeline();
  return (
    <button
      type="button"
      role="checkbox"
      aria-checked={selected}
      aria-label={label}
      disabled={disabled}
      onClick={(event) => {
        event.stopPropagation();
        view.setState((state) => ({ selected: toggled(state.selected, rowKey) }));
      }}
      className={cx("absolute start-1.5 top-1 grid size-6 place-items-center rounded-full border-2", selected ? "border-accent bg-accent text-accent-ink" : "border-line-strong", disabled && "invisible")}
    >
      {selected && <Check aria-hidden className="size-4" strokeWidth={3} />}
    </button>
  );
}
