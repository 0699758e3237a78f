/** Questions that wait for their answers. */
import type { Clock, Timer } from "@/lib/clock";
import { type ApiFailure, unreachable } from "@/lib/errors";
import type { Answer } from "@wire";

interface Question<M> {
  readonly mark: M;
  readonly timer: Timer;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (failure: ApiFailure) => void;
}

/** By id; each with a mark of whoever asks. */
export class Pending<Id, M> {
  private readonly questions = new Map<Id, Question<M>>();

  constructor(private readonly clock: Clock) {}

  /** Waits for an answer, but not for ever. */
  ask(id: Id, mark: M, ms: number, late?: () => void): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const timer = this.clock.setTimeout(() => {
        this.take(id)?.reject(unreachable("The server did not answer in time."));
        late?.();
      }, ms);
      this.questions.set(id, { mark, timer, resolve, reject });
    });
  }

  /** The question that is answered now. */
  take(id: Id | undefined): Question<M> | undefined {
    const question = id === undefined ? undefined : this.questions.get(id);
    if (!question) return undefined;
    this.questions.delete(id!);
    this.clock.clearTimeout(question.timer);
    return question;
  }

  /** Whoever waits learns that there will be no answer. */
  failAll(which: (mark: M) => boolean = () => true): void {
    for (const [id, { mark }] of [...this.questions]) if (which(mark)) this.take(id)?.reject(unreachable());
  }
}
