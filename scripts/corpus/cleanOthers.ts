// Source code, tables of messages, mail templates and the encyclopaedia of countries -> text.

import { decodeEntities } from "./cleanBooks";
import { tidy } from "./cleanMarkdown";

/** Source code without the licence in front. */
export function cleanCode(text: string): string {
  const body = text
    .replace(/^\uFEFF/, "")
    .replace(/\r\n?/g, "\n")
    .replace(/\t/g, "    ");
  const withoutLicence = body.replace(
    /^(?:#!.*\n|<\?php\s*\n)?\s*(?:\/\*[^]*?\*\/|(?:(?:\/\/|#|--).*\n)+)/,
    (comment) =>
      /copyright|licen[cs]e|spdx|\|\s*\|_/i.test(comment) ? "" : comment,
  );
  return tidy(withoutLicence.replace(/^\s*(?:\*|\/\/|#) *@author.*\n/gm, ""));
}

const MESSAGES_OF_DOCUMENT = 12;

/** Messages of a table "text,label", a dozen a document. */
export function readMessages(csv: string): string[] {
  const rows = [...csv.matchAll(/^(?:"((?:[^"]|"")*)"|([^",\n]*)),[^,\n]*$/gm)];
  const messages = rows
    .slice(1)
    .map(([, quoted, plain]) =>
      (quoted?.replaceAll('""', '"') ?? plain ?? "")
        .replace(/\s+/g, " ")
        .trim(),
    )
    .filter((message) => message.length >= 40);
  const documents: string[] = [];
  // Neighbours ask the same thing: those of one document are far from each other.
  const count = Math.floor(messages.length / MESSAGES_OF_DOCUMENT);
  for (let first = 0; first < count; first++) {
    const chosen = Array.from(
      { length: MESSAGES_OF_DOCUMENT },
      (_, index) => messages[first + index * count]!,
    );
    documents.push(`${chosen.join("\n\n")}\n`);
  }
  return documents;
}

/** A mail template: what a program fills in becomes what it could be. */
export function cleanMail(text: string): string {
  const values: Record<string, string> = {
    name: "Sam",
    sender_name: "Alex",
    product_name: "Notebook",
    company_name: "Notebook Ltd",
    support_email: "support@example.com",
    action_url: "https://example.com/start",
  };
  return tidy(
    text
      .replace(/\r\n?/g, "\n")
      .replace(/^\[Product Name\] \( https?:\S* \)$/gm, "")
      .replace(/^\*{3,}$/gm, "")
      .replace(/^(?:©|\[Company Name, LLC\]|1234 Street|Suite).*$/gm, "")
      .replace(/\{\{[#/^]?\s*([\w.]+)\s*\}\}|\[([A-Z][\w ]*)\]/g, (_, a, b) => {
        const key = String(a ?? b)
          .toLowerCase()
          .replaceAll(" ", "_");
        return values[key] ?? key.replaceAll("_", " ");
      }),
  );
}

const MIN_FIELD_CHARACTERS = 140;

/** One country: those fields that are sentences, under their headings. */
export function cleanCountry(json: string): string {
  const sections: string[] = [];
  const visit = (value: unknown, heading: string) => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === "text" && typeof inner === "string") {
        const text = decodeEntities(
          inner.replace(/<br\s*\/?>/g, "\n").replace(/<[^>]+>/g, ""),
        ).trim();
        if (text.length >= MIN_FIELD_CHARACTERS && text.includes(". ")) {
          sections.push(`## ${heading}\n\n${text}`);
        }
      } else visit(inner, key);
    }
  };
  visit(JSON.parse(json), "");
  return tidy(sections.join("\n\n"));
}
