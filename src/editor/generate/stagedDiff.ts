// The staged change of a repository, from VS Code's git extension, and the field that its commit message goes to.

import * as vscode from "vscode";
import { describeDiff, withoutSecretFiles } from "../../documents/diffText";
import type { GitExtension, GitRepository } from "../gitExtension";

/** A staged change and where its message goes. */
export interface StagedDiff {
  repositoryName: string;
  /** Put into words, file by file. */
  diff: string;
  readonly message: string;
  setMessage(text: string): void;
}

/**
 * The staged change of the repository that `sourceControl` (what a menu of the source control view hands over) or the
 * document in front belongs to, without files whose names hold secrets. A text says why there is none.
 */
export async function readStagedDiff(
  sourceControl: unknown,
): Promise<StagedDiff | { whyNot: string }> {
  const extension = vscode.extensions.getExtension<GitExtension>("vscode.git");
  const git = await extension?.activate();
  if (!git?.enabled) {
    return {
      whyNot: vscode.l10n.t(
        "VS Code's git extension is off, so the staged change cannot be read",
      ),
    };
  }
  const repository = findRepository(git, sourceControl);
  if (!repository) {
    return { whyNot: vscode.l10n.t("there is no git repository here") };
  }
  const diff = withoutSecretFiles(await repository.diff(true));
  if (diff.trim() === "") {
    return {
      whyNot: vscode.l10n.t("nothing is staged; stage the change first"),
    };
  }
  const { inputBox, rootUri } = repository;
  return {
    repositoryName: rootUri.path.split("/").at(-1) ?? "",
    diff: describeDiff(diff),
    get message() {
      return inputBox.value;
    },
    setMessage: (text) => (inputBox.value = text),
  };
}

function findRepository(
  git: GitExtension,
  sourceControl: unknown,
): GitRepository | undefined {
  const api = git.getAPI(1);
  const { rootUri } = (sourceControl ?? {}) as { rootUri?: vscode.Uri };
  const uri = rootUri ?? vscode.window.activeTextEditor?.document.uri;
  const found = uri && api.getRepository(uri);
  return (
    found ?? (api.repositories.length === 1 ? api.repositories[0] : undefined)
  );
}
