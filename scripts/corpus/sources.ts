// The list of sources: what is taken from where, under which licence, for which kind of text.

import { readFileSync } from "node:fs";
import path from "node:path";

/** What a text is like; figures are given for each. */
export const KINDS = [
  "docs",
  "readme",
  "mail",
  "story",
  "essay",
  "code",
] as const;
export type Kind = (typeof KINDS)[number];

/** How a file is made into plain text. */
export type Format =
  | "markdown"
  | "restructured"
  | "minutes"
  | "ebook"
  | "book"
  | "code"
  | "messages"
  | "countries"
  | "mails";

/** Some files of a source, which are of one kind. */
export interface Part {
  kind: Kind;
  format: Format;
  /** A file belongs where one of these patterns matches its path and none of `exclude`. */
  include: string[];
  exclude?: string[];
  /** Files are drawn until they have so many characters. */
  maxCharacters: number;
}

/** A project, whole on one side. */
export interface Source {
  /** owner/name of a repository, or a package's name. */
  name: string;
  from: "git" | "npm";
  /** Commit or version. */
  revision: string;
  licence: string;
  /** Where in the source that can be read. */
  licenceFile: string;
  heldOut: boolean;
  parts: Part[];
}

/** Reads `sources.json`; packages stand there in a short form, since they give the same two files each. */
export function readSources(): Source[] {
  const { repositories, packages } = JSON.parse(
    readFileSync(path.join(__dirname, "sources.json"), "utf8"),
  ) as {
    repositories: Omit<Source, "from">[];
    packages: {
      heldOut: boolean;
      licence: string;
      licenceFile: string;
      names: string[];
    }[];
  };
  return [
    ...repositories.map((each): Source => ({ ...each, from: "git" })),
    ...packages.flatMap(({ names, ...shared }) =>
      names.map((each) => packageSource(each, shared)),
    ),
  ];
}

/** `spec` is name@version. */
function packageSource(
  spec: string,
  shared: Pick<Source, "heldOut" | "licence" | "licenceFile">,
): Source {
  const at = spec.lastIndexOf("@");
  return {
    ...shared,
    name: spec.slice(0, at),
    from: "npm",
    revision: spec.slice(at + 1),
    parts: [
      {
        kind: "readme",
        format: "markdown",
        include: ["^readme\\.(md|markdown)$", "^(changelog|history)\\.md$"],
        maxCharacters: 24_000,
      },
    ],
  };
}
