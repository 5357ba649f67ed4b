// Builds the text that the embedded model is trained further on, from the sources of sources.json.
// npx tsx scripts/corpus/build.ts --out DIR [--cache DIR] [--against DIR]... [--list FILE]
// OUT/train/KIND and OUT/heldout/KIND hold the documents, OUT/validation a few that looks during training are taken on;
// FILE (trainingText.json beside the weights) says what came from where.
// --against names texts that something is measured on: no paragraph of theirs is taken.

import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { hashText } from "../../src/common/random";
import { progress, projectFolder } from "../terminal";
import {
  cutLong,
  dropKnown,
  dropNearDuplicates,
  dropRepeated,
  judgeDocument,
  shinglesOf,
  type CorpusDocument,
} from "./chooseText";
import { cleanBook, cleanEbook, straightQuotes } from "./cleanBooks";
import { cleanMarkdown, cleanRestructured, tidy } from "./cleanMarkdown";
import {
  cleanCode,
  cleanCountry,
  cleanMail,
  readMessages,
} from "./cleanOthers";
import { fetchPackages, readSourceFiles, type SourceFile } from "./fetchSource";
import { requireLicence } from "./licences";
import { dropPersonal, dropSpeakers, replaceAddresses } from "./personal";
import {
  KINDS,
  readSources,
  type Format,
  type Kind,
  type Part,
  type Source,
} from "./sources";

/** The end of a text is learned too: a book is cut seldom. */
const MAX_DOCUMENT_CHARACTERS = 24_000;
const MAX_CODE_CHARACTERS = 12_000;

function main(): void {
  const { values } = parseArgs({
    options: {
      out: { type: "string" },
      cache: { type: "string" },
      against: { type: "string", multiple: true, default: [] },
      list: {
        type: "string",
        default: path.join(
          projectFolder,
          "models/smollm2-135m-instruct/trainingText.json",
        ),
      },
    },
  });
  if (values.out === undefined) {
    throw new Error("Found no --out, expected a folder for the texts");
  }
  const cache = values.cache ?? path.join(projectFolder, ".cache", "corpus");
  mkdirSync(cache, { recursive: true });
  const sources = readSources();
  fetchPackages(sources, cache);
  const known = new Set(values.against.flatMap(readFolder).flatMap(shinglesOf));
  // What is held out comes first, so that of two alike that one stays.
  const ordered = [...sources].sort((a, b) => +b.heldOut - +a.heldOut);
  const seen = new Set<string>();
  const documents = dropNearDuplicates(
    ordered.flatMap((source) => readDocuments(source, { cache, known, seen })),
  );
  write(documents, values.out);
  writeFileSync(
    values.list,
    `${JSON.stringify(describe(sources, documents), undefined, 2)}\n`,
  );
}

interface Context {
  cache: string;
  known: ReadonlySet<number>;
  seen: Set<string>;
}

/** All documents of a source that may stay. */
function readDocuments(source: Source, context: Context): CorpusDocument[] {
  const licenceFile = new RegExp(source.licenceFile, "i");
  const files = readSourceFiles(source, {
    cache: context.cache,
    wants: (file) =>
      licenceFile.test(file) ||
      source.parts.some((part) => belongs(file, part)),
  });
  requireLicence(source.name, {
    licence: source.licence,
    text: files.find((file) => licenceFile.test(file.path))?.text ?? "",
  });
  const reasons = new Map<string, number>();
  const taken = new Set<string>();
  const documents = source.parts.flatMap((part) =>
    drawDocuments(files, { source, part, context, reasons, taken }),
  );
  const characters = documents.reduce((sum, { text }) => sum + text.length, 0);
  progress(
    `${source.name}: ${documents.length} documents, ${characters} characters; left out: ${[...reasons].map(([reason, count]) => `${reason} ${count}`).join(", ")}`,
  );
  return documents;
}

function belongs(file: string, { include, exclude = [] }: Part): boolean {
  const matches = (pattern: string) => new RegExp(pattern, "i").test(file);
  return include.some(matches) && !exclude.some(matches);
}

/** Draws in an order that depends on the names alone, until the part has its characters. */
function drawDocuments(
  files: readonly SourceFile[],
  {
    source,
    part,
    context: { known, seen },
    reasons,
    taken,
  }: {
    source: Source;
    part: Part;
    context: Context;
    reasons: Map<string, number>;
    taken: Set<string>;
  },
): CorpusDocument[] {
  const { kind } = part;
  const candidates = files
    .filter((file) => belongs(file.path, part) && !taken.has(file.path))
    .sort((a, b) => hashText(a.path) - hashText(b.path));
  const documents: CorpusDocument[] = [];
  let left = part.maxCharacters;
  for (const file of candidates) {
    for (const [index, piece] of textsOf(file, part).entries()) {
      if (left <= 0) return documents;
      const text =
        kind === "code"
          ? piece
          : tidy(dropRepeated(dropKnown(piece, known), seen));
      const reason =
        text.length < 0.7 * piece.length
          ? "known or repeated"
          : kind === "code" && dropKnown(piece, known) !== piece
            ? "known or repeated"
            : judgeDocument({ kind, text });
      if (reason !== undefined) {
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
        continue;
      }
      taken.add(file.path);
      documents.push({
        source: source.name,
        path: index === 0 ? file.path : `${file.path}-${index}`,
        kind,
        heldOut: source.heldOut,
        text,
      });
      left -= text.length;
    }
  }
  return documents;
}

/** The texts of a file: cleaned, without what tells of people, and cut. */
function textsOf(file: SourceFile, { kind, format }: Part): string[] {
  const cleaned = clean(file, format);
  const limit = kind === "code" ? MAX_CODE_CHARACTERS : MAX_DOCUMENT_CHARACTERS;
  const pieces = cleaned.flatMap((text) => cutLong(text, limit));
  // A long source file is its beginning: the rest reads alike.
  return kind === "code" ? pieces.slice(0, 2) : pieces;
}

function clean({ path: file, text }: SourceFile, format: Format): string[] {
  switch (format) {
    case "markdown":
      return [tidy(dropPersonal(cleanMarkdown(text)))];
    case "restructured":
      return [tidy(dropPersonal(cleanRestructured(text)))];
    case "minutes":
      return [tidy(dropSpeakers(dropPersonal(cleanMarkdown(text))))];
    case "mails":
      return [replaceAddresses(cleanMail(text))];
    case "messages":
      return readMessages(text).map(replaceAddresses);
    case "countries":
      return [cleanCountry(text)];
    case "code":
      return [replaceAddresses(cleanCode(text))];
    case "ebook":
    case "book": {
      const plain = replaceAddresses(
        format === "book" ? cleanBook(text) : cleanEbook(text),
      );
      // Books have typesetters' quotes, most people's keyboards do not: half of each.
      return cutLong(plain, MAX_DOCUMENT_CHARACTERS).map((piece, index) =>
        hashText(`${file} ${index}`) % 2 === 0 ? straightQuotes(piece) : piece,
      );
    }
  }
}

/** Of each kind; looks are many, so they are short. */
const VALIDATION_DOCUMENTS = 3;
const VALIDATION_CHARACTERS = 2500;

/** Documents to learn from of which looks during training take the beginning instead. */
function drawValidation(
  documents: readonly CorpusDocument[],
): Set<CorpusDocument> {
  return new Set(
    KINDS.flatMap((kind) =>
      documents
        .filter(
          (each) =>
            each.kind === kind &&
            !each.heldOut &&
            each.text.length >= VALIDATION_CHARACTERS,
        )
        .sort((a, b) => hashText(a.path) - hashText(b.path))
        .slice(0, VALIDATION_DOCUMENTS),
    ),
  );
}

function write(documents: readonly CorpusDocument[], out: string): void {
  for (const side of ["train", "heldout", "validation"]) {
    rmSync(path.join(out, side), { recursive: true, force: true });
    for (const kind of KINDS) {
      mkdirSync(path.join(out, side, kind), { recursive: true });
    }
  }
  const validation = drawValidation(documents);
  for (const document of documents) {
    const { source, path: file, kind, heldOut, text } = document;
    const isLookedAt = validation.has(document);
    // Source code is learned whole: as a plain text, since of source files the trainer takes the comments alone.
    const flat = `${source}__${file}`.replace(/[^\w.-]+/g, "_");
    const name = /\.md$/i.test(flat) ? flat : `${flat}.txt`;
    const side = heldOut ? "heldout" : isLookedAt ? "validation" : "train";
    writeFileSync(
      path.join(out, side, kind, name),
      isLookedAt ? cutLong(text, VALIDATION_CHARACTERS)[0]! : text,
    );
  }
}

/** The list that is kept: per source, and sums by kind and by licence. */
function describe(
  sources: readonly Source[],
  documents: readonly CorpusDocument[],
) {
  const count = (chosen: readonly CorpusDocument[]) =>
    chosen.reduce((sum, { text }) => sum + text.length, 0);
  const byKind = (heldOut: boolean) =>
    Object.fromEntries(
      KINDS.map((kind) => [
        kind,
        count(
          documents.filter(
            (each) => each.kind === kind && each.heldOut === heldOut,
          ),
        ),
      ]),
    );
  const licences = [...new Set(sources.map(({ licence }) => licence))];
  const ofSource = (name: string, kind?: Kind) =>
    documents.filter(
      (each) =>
        each.source === name && (kind === undefined || each.kind === kind),
    );
  return {
    charactersToLearnFrom: byKind(false),
    charactersHeldOut: byKind(true),
    charactersByLicence: Object.fromEntries(
      licences.map((licence) => [
        licence,
        count(
          sources
            .filter((source) => source.licence === licence && !source.heldOut)
            .flatMap(({ name }) => ofSource(name)),
        ),
      ]),
    ),
    sources: sources.map(({ name, from, revision, licence, heldOut }) => ({
      name,
      from,
      revision,
      licence,
      heldOut,
      documents: ofSource(name).length,
      characters: Object.fromEntries(
        KINDS.map(
          (kind) => [kind, count(ofSource(name, kind))] as const,
        ).filter(([, characters]) => characters > 0),
      ),
    })),
  };
}

function readFolder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      readFileSync(path.join(entry.parentPath, entry.name), "utf8"),
    );
}

main();
