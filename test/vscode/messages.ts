// What the extension says in warnings and in the status bar, for suites that look at it: a run of tests hides both. The
// extension and its tests share one `vscode.window`, so that its functions can be listened to.
import * as vscode from "vscode";
import { until } from "./support";

/** The messages between its creation and `stop`. */
export class RecordedMessages {
  readonly texts: string[] = [];
  /** The buttons of each warning, by its text. */
  readonly buttons = new Map<string, string[]>();
  private readonly original = {
    showWarningMessage: vscode.window.showWarningMessage,
    setStatusBarMessage: vscode.window.setStatusBarMessage,
  };

  constructor() {
    vscode.window.showWarningMessage = (text: string, ...rest: unknown[]) => {
      this.texts.push(text);
      this.buttons.set(text, rest.flatMap(titleOf));
      return Promise.resolve(undefined);
    };
    vscode.window.setStatusBarMessage = (text: string) => {
      this.texts.push(text);
      return new vscode.Disposable(() => undefined);
    };
  }

  /** Forgets what was said so far. */
  clear(): void {
    this.texts.length = 0;
  }

  find(pattern: RegExp): string | undefined {
    return this.texts.find((text) => pattern.test(text));
  }

  /** Waits for a message; `act` may be what brings it, done again as long as it does not come. */
  async untilSaid(
    pattern: RegExp,
    act: () => PromiseLike<unknown> = () => Promise.resolve(),
  ): Promise<void> {
    await until(`a message like ${pattern}`, async () => {
      await act();
      return this.find(pattern);
    });
  }

  stop(): void {
    Object.assign(vscode.window, this.original);
  }
}

function titleOf(button: unknown): string | string[] {
  if (typeof button === "string") return button;
  return (button as { title?: string }).title ?? [];
}
