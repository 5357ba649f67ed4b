// The border to the page: what arrives is of no known form until it has been looked at. A page is made of our own code,
// but text of the workspace is shown in it, and an action may delete files.

import type { DocumentRole, PanelAction } from "../protocol/panel";
import type { WireMessage } from "../protocol/rpc";
import { choiceNames } from "../settings/trainingChoices";
import { settingFields } from "../settings/trainingSettings";

const ROLES: readonly (DocumentRole | "in")[] = [
  "training",
  "held-out",
  "out",
  "in",
];
const SOURCES = ["documents", "examples"] as const;
const PLAIN_KINDS = [
  "collect",
  "chooseExamples",
  "defaultSettings",
  "estimate",
  "start",
  "cancel",
  "pause",
  "resume",
  "trainLonger",
  "switchOff",
  "closeAnswer",
  "import",
  "removePrepared",
  "dismissNotice",
  "manageTrust",
  "openFolder",
  "showLog",
] as const;
const KINDS_WITH_ID = [
  "switchOn",
  "showAnswer",
  "rename",
  "export",
  "delete",
] as const;

/** A request of the page; undefined for anything else, as the host asks the page for nothing. */
export function readPageMessage(message: unknown): WireMessage | undefined {
  const { kind, id, name, argument } = fieldsOf(message);
  if (kind !== "request" || typeof name !== "string") return undefined;
  if (typeof id !== "number" || !Number.isSafeInteger(id)) return undefined;
  return { kind, id, name, argument: argument ?? null };
}

/** Checks an action; throws an error that names what was wrong. */
export function readAction(value: unknown): PanelAction {
  const fields = fieldsOf(value);
  const action = readPlain(fields) ?? readWithId(fields) ?? readOther(fields);
  if (!action) {
    throw new TypeError(
      `Cannot act on a message of the kind ${JSON.stringify(fields["kind"])}: expected a PanelAction`,
    );
  }
  return action;
}

type Fields = Record<string, unknown>;

function readPlain({ kind }: Fields): PanelAction | undefined {
  const found = PLAIN_KINDS.find((each) => each === kind);
  return found && { kind: found };
}

function readWithId({ kind, id }: Fields): PanelAction | undefined {
  const found = KINDS_WITH_ID.find((each) => each === kind);
  return found && isAdapterId(id) ? { kind: found, id } : undefined;
}

function readOther(fields: Fields): PanelAction | undefined {
  switch (fields["kind"]) {
    case "filter": {
      const { include, exclude, withComments } = fields;
      if (typeof include !== "string" || typeof exclude !== "string") break;
      if (typeof withComments !== "boolean") break;
      return { kind: "filter", include, exclude, withComments };
    }
    case "assign": {
      const role = ROLES.find((each) => each === fields["role"]);
      const names = fields["names"];
      if (!role || !isTexts(names)) break;
      return { kind: "assign", names, role };
    }
    case "preview":
    case "trainAnyway": {
      const { kind, name } = fields;
      if (typeof name === "string") return { kind, name };
      break;
    }
    case "source": {
      const source = SOURCES.find((each) => each === fields["source"]);
      if (source) return { kind: "source", source };
      break;
    }
    case "choice": {
      const choice = choiceNames.find((each) => each === fields["choice"]);
      if (choice) return { kind: "choice", choice };
      break;
    }
    case "setting": {
      const field = settingFields.find((each) => each === fields["field"]);
      const { text } = fields;
      if (!field || typeof text !== "string") break;
      return { kind: "setting", field, text };
    }
    case "stop": {
      const { keep } = fields;
      if (typeof keep === "boolean") return { kind: "stop", keep };
      break;
    }
  }
  return undefined;
}

/** Ids are names of folders; nothing that leads out of the folder of adapters is one. */
export function isAdapterId(id: unknown): id is string {
  return (
    typeof id === "string" && /^[^./\\:*?"<>|][^/\\:*?"<>|]{0,120}$/.test(id)
  );
}

function isTexts(value: unknown): value is string[] {
  return (
    Array.isArray(value) && value.every((each) => typeof each === "string")
  );
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}
