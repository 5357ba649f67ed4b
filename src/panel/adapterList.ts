// The adapters of the list and what a person does with them.

import type { TrainingOutcome } from "../protocol/training";
import type { AdapterFolder, AdapterFolders } from "../adapters/adapterFolders";
import type { Dialogs } from "./dialogs";
import type { PanelModel } from "./panelModel";
import type { ListedAdapter } from "../words/panelCodes";

/** Which adapter completion uses in this workspace; kept by the editor's part of the extension. */
export interface AdapterSwitch {
  /** The folder of the chosen one. */
  readonly folder: string | undefined;
  /** Why completion goes on without the one that was chosen; empty when it does not. */
  readonly fault: string;
  /** Switches to an adapter, or off. */
  use(adapter: { folder: string; name: string } | undefined): Promise<void>;
}

/** What the shelf is made of. */
export interface AdapterShelfOptions {
  model: PanelModel;
  adapters: AdapterFolders;
  adapterSwitch: AdapterSwitch;
  dialogs: Dialogs;
}

/** Keeps the adapters of the state true. */
export class AdapterList {
  constructor(private readonly options: AdapterShelfOptions) {}

  /** Looks at the folders again. */
  refresh(): void {
    const { model, adapters } = this.options;
    const { run, answer } = model.state;
    const list = adapters.list(run?.adapterId).map((each) => this.shown(each));
    const isAnswerGone =
      answer && !list.some(({ id }) => id === answer.adapterId);
    model.change({
      adapters: list,
      ...(isAnswerGone ? { answer: undefined } : {}),
    });
  }

  /** Shows what an adapter was found to be worth. */
  showAnswer(id: string, outcome?: TrainingOutcome): void {
    const folder = this.find(id);
    const shown = outcome ?? folder?.manifest?.outcome;
    if (!folder || !shown) return;
    const { verdict, proof, examples } = shown;
    const name = this.nameOf(folder);
    this.options.model.change({
      answer: { adapterId: id, name, verdict, proof, examples },
    });
  }

  /** Switches an adapter on; one that was not shown to help only when the person insists. */
  async switchOn(id: string): Promise<void> {
    const { adapterSwitch, dialogs } = this.options;
    const folder = this.find(id);
    if (!folder) return;
    const name = this.nameOf(folder);
    const outcome = folder.manifest?.outcome;
    if (outcome?.verdict !== "helps") {
      const isMeant = await dialogs.confirm({ code: "insist", name, outcome });
      if (!isMeant) return;
    }
    await adapterSwitch.use({ folder: folder.directory, name });
    this.refresh();
  }

  /** Completion goes on with the model alone. */
  async switchOff(): Promise<void> {
    await this.options.adapterSwitch.use(undefined);
    this.refresh();
  }

  async rename(id: string): Promise<void> {
    const { adapters, adapterSwitch, dialogs } = this.options;
    const folder = this.find(id);
    if (!folder) return;
    const name = await dialogs.askName(this.nameOf(folder));
    if (name === undefined || name.trim() === "") return;
    const isActive = this.isActive(folder);
    const newId = adapters.rename(id, name.trim());
    if (isActive) {
      // One without a manifest is called by its folder, which is elsewhere now.
      const renamed = adapters.directoryOf(newId);
      await adapterSwitch.use({ folder: renamed, name: name.trim() });
    }
    this.refresh();
    const { answer } = this.options.model.state;
    if (answer?.adapterId === id) this.showAnswer(newId);
  }

  /** Copies an adapter to where the person says, as a folder or as one file. */
  async export(id: string): Promise<void> {
    const { dialogs, model } = this.options;
    const form = await dialogs.chooseForm("export");
    if (form === undefined) return;
    const copy = await (form === "file"
      ? this.exportFile(id)
      : this.exportFolder(id));
    if (copy !== undefined) model.tell({ code: "exported", to: copy });
  }

  /** Copies an adapter in, from a folder or from one file. */
  async import(): Promise<void> {
    const { adapters, dialogs, model } = this.options;
    const form = await dialogs.chooseForm("import");
    if (form === undefined) return;
    const source =
      form === "file"
        ? await dialogs.chooseFile("import")
        : await dialogs.chooseFolder("import");
    if (source === undefined) return;
    const id = await adapters.import(source);
    this.refresh();
    const imported = this.find(id);
    if (imported) {
      model.tell({ code: "imported", name: this.nameOf(imported) });
    }
  }

  /** Removes an adapter and everything that came of it, after a question. */
  async delete(id: string): Promise<void> {
    const { adapters, adapterSwitch, dialogs } = this.options;
    const folder = this.find(id);
    if (!folder) return;
    const name = this.nameOf(folder);
    const isMeant = await dialogs.confirm({ code: "delete", name });
    if (!isMeant) return;
    if (this.isActive(folder)) await adapterSwitch.use(undefined);
    adapters.remove(id);
    this.refresh();
  }

  private async exportFolder(id: string): Promise<string | undefined> {
    const { adapters, dialogs } = this.options;
    const target = await dialogs.chooseFolder("export");
    return target === undefined ? undefined : adapters.export(id, target);
  }

  private async exportFile(id: string): Promise<string | undefined> {
    const { adapters, dialogs } = this.options;
    const file = await dialogs.chooseNewFile(adapters.fileNameOf(id));
    if (file !== undefined) adapters.exportFile(id, file);
    return file;
  }

  private find(id: string): AdapterFolder | undefined {
    const { adapters, model } = this.options;
    return adapters
      .list(model.state.run?.adapterId)
      .find((folder) => folder.id === id);
  }

  private isActive({ directory }: AdapterFolder): boolean {
    return this.options.adapterSwitch.folder === directory;
  }

  private nameOf({ manifest, id }: AdapterFolder): string {
    return manifest?.name ?? id;
  }

  private shown(folder: AdapterFolder): ListedAdapter {
    const { manifest } = folder;
    const isActive = this.isActive(folder);
    const refusal = isActive ? this.options.adapterSwitch.fault : "";
    return {
      id: folder.id,
      name: this.nameOf(folder),
      base: folder.baseName,
      createdAt: manifest?.createdAt ?? "",
      isActive,
      verdict: manifest?.outcome?.verdict ?? "not-measured",
      documents: (manifest?.documents ?? []).map(({ name, heldOut }) => ({
        name,
        isHeldOut: heldOut,
      })),
      proof: manifest?.outcome?.proof,
      examples: manifest?.outcome?.examples,
      fault:
        folder.fault ??
        (refusal === "" ? undefined : { code: "refused", message: refusal }),
    };
  }
}
