// What is learned from: looks through the workspace, keeps what a person says of single documents, and answers whether
// it is enough. Looking through a workspace takes a while: a newer look stops an older one.

import { GitIgnore } from "../documents/gitIgnore";
import {
  chooseDocuments,
  estimateTokens,
  findShortage,
  type ChosenDocuments,
  type ChooseOptions,
} from "../documents/chooseDocuments";
import type { DocumentRole, PanelDocuments } from "../protocol/panel";
import type { DocumentReference, TrainingSource } from "../protocol/training";
import type { DocumentSecret } from "../documents/readDocument";
import {
  documentList,
  patternsOf,
  withAssigned,
  withoutAllowed,
} from "./documentList";
import type { BlockedReason, FineTuningState } from "../words/panelCodes";
import { DEFAULT_PATTERNS, type PanelModel } from "./panelModel";
import type { PanelStore } from "./panelStore";

/** Typing in a field of patterns is waited out. */
const PATTERN_PAUSE_MS = 500;

/** What a choice is made with. */
export interface DocumentChoiceOptions {
  model: PanelModel;
  store: PanelStore;
  /** Where documents are looked for; the folders of a workspace come and go. */
  folder(): ChooseOptions["folder"];
  /** Patterns that hold beside those in the panel: what the person keeps out of every prompt. */
  alwaysExcluded(): readonly string[];
  /** The git that is asked what it ignores; a workspace that is not trusted has no panel. */
  gitProgram(): string | undefined;
  log(message: string): void;
}

/** Keeps the documents of the state true. */
export class DocumentChoice {
  private chosen: ChosenDocuments | undefined;
  private looking: AbortController | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: DocumentChoiceOptions) {}

  /** The documents as a run takes them; undefined before the first look is done. */
  get source(): TrainingSource | undefined {
    if (!this.chosen) return undefined;
    const { training, heldOut } = this.chosen;
    return { kind: "documents", training, heldOut };
  }

  /** Tokens to learn from, roughly; 0 before the first look is done. */
  get trainingTokens(): number {
    return this.chosen ? estimateTokens(this.chosen.documents) : 0;
  }

  /** Why training cannot begin with them; undefined when it can. */
  get blockedReason(): BlockedReason | undefined {
    if (!this.chosen) return { code: "collecting" };
    const shortage = findShortage(this.chosen);
    return shortage && { code: "too-little-text", ...shortage };
  }

  /** Where a document of the list lies, and what is allowed of it. */
  referenceTo(name: string): DocumentReference | undefined {
    const all: DocumentReference[] = [
      ...(this.chosen?.documents ?? []),
      ...(this.chosen?.leftOut ?? []),
    ];
    return all.find((each) => each.name === name);
  }

  /** What looks like a secret in a document that a person may take in all the same. */
  secretIn(name: string): DocumentSecret | undefined {
    return this.chosen?.leftOut.find((each) => each.name === name)?.secret;
  }

  /** Looks through the workspace; never rejects. */
  async collect(): Promise<void> {
    clearTimeout(this.timer);
    this.looking?.abort();
    const looking = new AbortController();
    this.looking = looking;
    this.change({ isCollecting: true });
    const git = new GitIgnore({ program: this.options.gitProgram() });
    try {
      const { include, exclude, withComments } =
        this.options.model.state.documents;
      const { overrides = {}, allowedSecrets = {} } = this.options.store.saved;
      const chosen = await chooseDocuments({
        folder: this.options.folder(),
        include: patternsOf(include),
        exclude: patternsOf(exclude),
        keptOut: this.options.alwaysExcluded(),
        comments: withComments,
        overrides,
        allowedSecret: (name) =>
          Object.hasOwn(allowedSecrets, name)
            ? allowedSecrets[name]
            : undefined,
        askGit: git.ask,
        signal: looking.signal,
      });
      if (this.looking !== looking) return;
      this.chosen = chosen;
      this.change({
        isCollecting: false,
        ...documentList(chosen, overrides),
      });
    } catch (error) {
      if (looking.signal.aborted) return;
      this.change({ isCollecting: false });
      this.options.model.tellFailure(error);
    } finally {
      git.dispose();
    }
  }

  /** Takes up patterns; the look follows when they hold still. */
  filter(
    rules: Pick<PanelDocuments, "include" | "exclude" | "withComments">,
  ): void {
    const isDefault = (key: "include" | "exclude") =>
      rules[key] === DEFAULT_PATTERNS[key];
    this.change(rules);
    this.options.store.update({
      include: isDefault("include") ? undefined : rules.include,
      exclude: isDefault("exclude") ? undefined : rules.exclude,
      withComments: rules.withComments || undefined,
    });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.collect(), PATTERN_PAUSE_MS);
  }

  /** Takes up what a person says of documents: at once in the list, and with the documents that move along soon. */
  async assign(assignment: {
    names: readonly string[];
    role: DocumentRole | "in";
  }): Promise<void> {
    const { store, model } = this.options;
    const overrides = withAssigned(store.saved.overrides ?? {}, assignment);
    store.update({ overrides: unlessEmpty(overrides) });
    const { allowedSecrets } = store.saved;
    if (assignment.role === "out" && allowedSecrets) {
      const allowed = withoutAllowed(allowedSecrets, assignment.names);
      store.update({ allowedSecrets: unlessEmpty(allowed) });
    }
    const names = new Set(assignment.names);
    const role = assignment.role === "in" ? "training" : assignment.role;
    this.change({
      documents: model.state.documents.documents.map((document) =>
        names.has(document.name) && document.isChoosable
          ? { ...document, role, reason: undefined }
          : document,
      ),
    });
    await this.collect();
  }

  /** Trains on a document in spite of what looks like a secret in it, as long as its content is this one. */
  async allow(name: string, { sha256 }: DocumentSecret): Promise<void> {
    const { store } = this.options;
    const allowedSecrets = { ...store.saved.allowedSecrets, [name]: sha256 };
    store.update({ allowedSecrets });
    await this.assign({ names: [name], role: "training" });
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.looking?.abort();
  }

  private change(part: Partial<FineTuningState["documents"]>): void {
    const { model } = this.options;
    model.change({ documents: { ...model.state.documents, ...part } });
  }
}

/** Nothing is remembered of what holds nothing. */
function unlessEmpty<T extends object>(record: T): T | undefined {
  return Object.keys(record).length === 0 ? undefined : record;
}
