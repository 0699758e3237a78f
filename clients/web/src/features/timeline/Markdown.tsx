import { Fragment, memo } from "react";
import { useTranslation } from "react-i18next";
import type { Align, Block, Inline, ListItem } from "@/lib/markdown";
import { cx } from "@/ui";
import type { Message } from "@wire";
import { CodeBlock } from "./CodeBlock";
import { Mention, RoomName } from "./Mention";
import { MessageLink } from "./MessageLink";
import { Spoiler } from "./Spoiler";

type Source = Pick<Message, "mentions" | "mention_all">;

/** A message's parsed text as elements. Nothing in it can become markup of the page. */
export const Markdown = memo(function Markdown({ blocks, source }: { blocks: readonly Block[]; source: Source }) {
  return blocks.map((block, index) => <BlockView key={index} block={block} source={source} />);
});

function BlockView({ block, source }: { block: Block; source: Source }) {
  switch (block.t) {
    case "paragraph":
      return <p dir="auto" className="whitespace-pre-wrap not-first:mt-1.5">{inline(block.children, source)}</p>;
    case "code":
      return <CodeBlock lang={block.lang} text={block.text} />;
    case "quote":
      return (
        <blockquote className="my-1 border-s-3 border-line-strong/50 ps-2.5 text-ink-2">
          <Markdown blocks={block.children} source={source} />
        </blockquote>
      );
    case "list":
      return <ListView {...block} source={source} />;
    case "table":
      return <TableView {...block} source={source} />;
  }
}

function ListView({ ordered, start, mark, items, source }: Extract<Block, { t: "list" }> & { source: Source }) {
  const Tag = ordered ? "ol" : "ul";
  return (
    <Tag className="my-1 grid gap-0.5" {...(ordered && { start })}>
      {items.map((item, index) => (
        <li key={index} className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-2">
          <Marker item={item} text={ordered ? `${start + index}${mark}` : "•"} />
          <div>
            <Markdown blocks={item.children} source={source} />
          </div>
        </li>
      ))}
    </Tag>
  );
}

function Marker({ item, text }: { item: ListItem; text: string }) {
  const { t } = useTranslation("timeline");
  if (item.checked === null) return <span aria-hidden className="min-w-4 text-end text-ink-2 tabular-nums">{text}</span>;
  return (
    <span role="img" aria-label={item.checked ? t("done") : t("notDone")} className={cx("mt-1 grid size-4 place-items-center rounded-[4px] border text-xs", item.checked ? "border-accent bg-accent text-accent-ink" : "border-line-strong")}>
      {item.checked && "✓"}
    </span>
  );
}

const ALIGN: Record<Exclude<Align, null>, string> = { start: "text-start", center: "text-center", end: "text-end" };

function TableView({ align, head, rows, source }: Extract<Block, { t: "table" }> & { source: Source }) {
  const look = (column: number) => cx("border border-line px-2.5 py-1", ALIGN[align[column] ?? "start"]);
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keys
    <div className="my-1.5 max-w-full overflow-x-auto" tabIndex={0} data-swipe="none">
      <table className="border-collapse text-sm">
        <thead className="bg-sunken">
          <tr>
            {head.map((cell, column) => (
              <th key={column} className={cx(look(column), "font-semibold")}>
                {inline(cell, source)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) => (
                <td key={column} className={look(column)}>
                  {inline(cell, source)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function inline(nodes: readonly Inline[], source: Source) {
  return nodes.map((node, index) => <InlineView key={index} node={node} source={source} />);
}

function InlineView({ node, source }: { node: Inline; source: Source }) {
  switch (node.t) {
    case "text":
      return node.text;
    case "break":
      return <br />;
    case "code":
      return <code className="rounded-[4px] bg-sunken px-1.25 py-px font-mono text-[0.875em] in-[.msg-active]:bg-surface">{node.text}</code>;
    case "strong":
      return <strong className="font-semibold">{inline(node.children, source)}</strong>;
    case "em":
      return <em>{inline(node.children, source)}</em>;
    case "strike":
      return <s className="text-ink-2">{inline(node.children, source)}</s>;
    case "spoiler":
      return <Spoiler>{inline(node.children, source)}</Spoiler>;
    case "link":
      return <MessageLink href={node.href} auto={node.auto} words={wordsOf(node.children)}>{inline(node.children, source)}</MessageLink>;
    case "mention":
      return <Mention name={node.name} source={source} />;
    case "room":
      return <RoomName slug={node.slug} />;
    default:
      return <Fragment />;
  }
}

function wordsOf(nodes: readonly Inline[]): string {
  return nodes.map((node) => ("text" in node ? node.text : "children" in node ? wordsOf(node.children) : "")).join("");
}
