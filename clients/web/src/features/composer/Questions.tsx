import { Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useEngine } from "@/hooks";
import { composerStore } from "@/hooks/composer";
import { ConfirmDialog, lazyPart } from "@/ui";
import type { ChatId } from "@wire";
import type { useSubmit } from "./useSubmit";

const CommandHelp = lazyPart(async () => (await import("./CommandHelp")).CommandHelp);
const MomentDialog = lazyPart(async () => (await import("./MomentDialog")).MomentDialog);

interface QuestionsProps {
  chatId: ChatId;
  submit: ReturnType<typeof useSubmit>;
  onPickCommand: (name: string) => void;
  onDone: () => void;
}

/** The dialogs of the composer: what must be answered before something is sent, and what a command opened. */
export function Questions({ chatId, submit, onPickCommand, onDone }: QuestionsProps) {
  const { t } = useTranslation("composer");
  const engine = useEngine();
  const { question, setQuestion } = submit;
  const close = () => {
    setQuestion(null);
    // After the dialog has given the focus back.
    setTimeout(onDone);
  };
  const confirm = { open: true, onOpenChange: (open: boolean) => !open && close() };
  switch (question?.kind) {
    case "mention":
      return (
        <ConfirmDialog
          {...confirm}
          title={t("callMany.title", { name: `@${question.name}` })}
          text={t(`callMany.${question.name}`, { count: question.count })}
          confirmLabel={t("send")}
          onConfirm={() => question.go()}
        />
      );
    case "delete": {
      const remove = () => {
        engine.remove(chatId, question.message);
        composerStore.getState().cancel(chatId);
      };
      return <ConfirmDialog {...confirm} title={t("deleteEmpty.title")} text={t("deleteEmpty.text")} confirmLabel={t("deleteEmpty.confirm")} danger onConfirm={remove} />;
    }
    case "ask":
      return <ConfirmDialog {...confirm} title={question.title} text={question.text} confirmLabel={question.label} danger onConfirm={() => question.run()} />;
    case "help": {
      const pick = (name: string) => {
        onPickCommand(name);
        close();
      };
      return (
        <Suspense>
          <CommandHelp chatId={chatId} name={question.name} onClose={close} onPick={pick} />
        </Suspense>
      );
    }
    case "moment":
      return (
        <Suspense>
          <MomentDialog title={t("later.title")} confirmLabel={t("later.confirm")} onClose={close} onPick={submit.sendLater} />
        </Suspense>
      );
    default:
      return null;
  }
}
