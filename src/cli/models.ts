// inkling models: what was imported, by the command line or by an editor, and what it takes of the disk.

import { ModelCache } from "../models/modelCache";
import { defaultModelsFolder } from "../models/modelsFolder";
import { parseOptions, UsageError } from "./options";

const USAGE = `inkling models [list | remove NAME] [--models DIR] [--json]
Lists the imported models with their sizes, or deletes one. They lie in one folder for all editors and terminals; --models
or the variable INKLING_MODELS names another one, as the editor's setting inkling.modelsFolder does.
  list         the default
  remove NAME  deletes the model of that name, or of that folder's name where several are called the same
  --json       one JSON list instead of text`;

/** Runs the command. */
export function runModels(args: string[]): void {
  const { positionals, strings, flags } = parseOptions(args, {
    usage: USAGE,
    optionalPositionals: ["list|remove", "NAME"],
    strings: { models: "" },
    flags: ["json"],
  });
  const cache = new ModelCache(strings.models || defaultModelsFolder());
  const [action = "list", name] = positionals;
  if (action === "list" && name === undefined) {
    list(cache, flags.json);
  } else if (action === "remove" && name !== undefined) {
    remove(cache, name);
  } else {
    throw new UsageError(
      `Found "${positionals.join(" ")}", expected list, or remove with the name of a model\n\n${USAGE}`,
    );
  }
}

function list(cache: ModelCache, isJson: boolean): void {
  const models = cache.list();
  if (isJson) {
    process.stdout.write(`${JSON.stringify(models)}\n`);
    return;
  }
  for (const { name, directory, sizeBytes } of models) {
    const megabytes = `${(sizeBytes / 1e6).toFixed(0)} MB`.padStart(8);
    process.stdout.write(`${megabytes}  ${name}  ${directory}\n`);
  }
  if (models.length === 0) {
    process.stdout.write(`There are no models in ${cache.folder}\n`);
  }
}

function remove(cache: ModelCache, name: string): void {
  const model = cache.find(name);
  if (!model) {
    const names = cache.list().map((each) => each.name);
    throw new Error(
      `Cannot delete "${name}": ${cache.folder} has no one model of that name, expected ${names.join(", ") || "some model"}`,
    );
  }
  cache.remove(model.directory);
  process.stdout.write(`Deleted ${model.directory}\n`);
}
