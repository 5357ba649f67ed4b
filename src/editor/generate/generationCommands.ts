// The commands that act on previews, and the one that makes them; a file of their own beside the palette's others.

import * as vscode from "vscode";
import type { ActiveGeneration, ActiveGenerations } from "./activeGenerations";
import type { GenerateCommand } from "./generateCommand";
import { InlinePreview } from "./inlinePreview";

/** Registers them. */
export function registerGenerationCommands({
  command,
  generations,
}: {
  command: GenerateCommand;
  generations: ActiveGenerations;
}): vscode.Disposable {
  const onMeant =
    (act: (generation: ActiveGeneration) => unknown) =>
    async (id?: unknown) => {
      await Promise.all(generations.meant(id).map(act));
    };
  const remove = (generation: ActiveGeneration) =>
    generations.remove(generation);
  const handlers: Record<string, (argument?: unknown) => unknown> = {
    "inkling.generate": (argument) => command.run(argument),
    "inkling.generateCommitMessage": (sourceControl) =>
      command.commitMessage(sourceControl),
    "inkling.generation.accept": onMeant(async (generation) => {
      generation.session.stop();
      if (await generation.preview.accept()) remove(generation);
    }),
    "inkling.generation.discard": onMeant(async (generation) => {
      generation.session.close();
      await generation.preview.discard();
      remove(generation);
    }),
    "inkling.generation.another": onMeant(async (generation) => {
      takeOver(generation);
      await generation.session.another();
      await generation.preview.settled();
    }),
    "inkling.generation.next": onMeant(async (generation) => {
      takeOver(generation);
      generation.session.step(1);
      await generation.preview.settled();
    }),
    "inkling.generation.previous": onMeant(async (generation) => {
      takeOver(generation);
      generation.session.step(-1);
      await generation.preview.settled();
    }),
    "inkling.generation.shorter": onMeant(async (generation) => {
      takeOver(generation);
      generation.session.shorter();
      await generation.preview.settled();
    }),
    "inkling.generation.longer": onMeant(async (generation) => {
      takeOver(generation);
      await generation.session.longer();
      await generation.preview.settled();
    }),
    "inkling.generation.more": (id) => chooseMore(generations, id),
    "inkling.generation.stop": onMeant(async ({ session, preview }) => {
      session.stop();
      await preview.settled();
    }),
    "inkling.generation.stopAll": () =>
      generations.all.forEach(({ session }) => session.stop()),
  };
  return vscode.Disposable.from(
    ...Object.entries(handlers).map(([name, handler]) =>
      vscode.commands.registerCommand(name, handler),
    ),
  );
}

/** What the row above a preview has no room for. */
async function chooseMore(
  generations: ActiveGenerations,
  id: unknown,
): Promise<void> {
  const meant = generations.meant(id);
  const hasText = meant.some(({ session }) => session.current?.text);
  const hasSeveral = meant.some(({ session }) => session.results.length > 1);
  const entries = [
    { label: vscode.l10n.t("Longer"), name: "longer", isOffered: hasText },
    { label: vscode.l10n.t("Shorter"), name: "shorter", isOffered: hasText },
    { label: vscode.l10n.t("Next"), name: "next", isOffered: hasSeveral },
    {
      label: vscode.l10n.t("Previous"),
      name: "previous",
      isOffered: hasSeveral,
    },
  ].filter(({ isOffered }) => isOffered);
  const chosen = await vscode.window.showQuickPick(entries, {
    title: vscode.l10n.t("Inkling: change the generated text"),
  });
  if (!chosen) return;
  const command = `inkling.generation.${chosen.name}`;
  await vscode.commands.executeCommand(command, id);
}

/** Another text is asked for: it goes in the place of what the user has changed in this one. */
function takeOver({ preview }: ActiveGeneration): void {
  if (preview instanceof InlinePreview) preview.takeOver();
}
