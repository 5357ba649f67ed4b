// Creates what "Generate from Selection" is made of.

import path from "node:path";
import * as vscode from "vscode";
import { ActiveGenerations } from "./activeGenerations";
import { PreviewDecorations } from "./decorations";
import { GenerateCommand, type GenerateOptions } from "./generateCommand";
import { registerGenerationCommands } from "./generationCommands";
import { GenerationLenses } from "./generationLenses";
import { GenerationStatus } from "./generationStatus";
import { OpenPreview } from "./openPreview";
import { SidePreviews } from "./sidePreview";
import { UnfinishedPreviews } from "./unfinishedPreviews";

/** Registers commands, lenses and the rest; all of it goes with what is returned. */
export function registerGeneration(
  context: vscode.ExtensionContext,
  options: Omit<GenerateOptions, "generations" | "previews" | "memento">,
): vscode.Disposable {
  const generations = new ActiveGenerations();
  const decorations = new PreviewDecorations();
  const lenses = new GenerationLenses(generations);
  const side = new SidePreviews((document) => lenses.untilDrawn(document));
  const previews = new OpenPreview({ decorations, side, generations, lenses });
  const command = new GenerateCommand({
    ...options,
    generations,
    previews,
    memento: context.globalState,
  });
  const storage = context.storageUri ?? context.globalStorageUri;
  return vscode.Disposable.from(
    // First, since it writes down what stands when the window closes.
    new UnfinishedPreviews(path.join(storage.fsPath, "unfinished"), {
      generations,
      log: options.log,
    }),
    generations,
    decorations,
    side,
    lenses,
    new GenerationStatus(generations),
    registerGenerationCommands({ command, generations }),
  );
}
