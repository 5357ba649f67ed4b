// What a person knows a language by: "Plain Text" and not "plaintext".

import * as vscode from "vscode";

interface LanguageContribution {
  id?: unknown;
  aliases?: unknown;
}

/** The name that the language's extension gives it; its id where none does. */
export function languageName(languageId: string): string {
  // These three come with VS Code itself and not with an extension.
  if (languageId === "plaintext") return vscode.l10n.t("plain text");
  if (languageId === "scminput") return vscode.l10n.t("commit messages");
  if (languageId === "code-text-binary") return vscode.l10n.t("binary files");
  for (const { packageJSON } of vscode.extensions.all) {
    const { contributes } = packageJSON as {
      contributes?: { languages?: LanguageContribution[] };
    };
    const languages = contributes?.languages;
    if (!Array.isArray(languages)) continue;
    for (const { id, aliases } of languages) {
      const [name] = Array.isArray(aliases) ? (aliases as unknown[]) : [];
      if (id === languageId && typeof name === "string") return name;
    }
  }
  return languageId;
}

/** The name of a language that people speak, or of a script, whose names have four letters. */
export function writtenLanguageName(language: string): string {
  const type = language.length === 4 ? "script" : "language";
  const names = new Intl.DisplayNames(vscode.env.language, { type });
  return names.of(language) ?? language;
}
