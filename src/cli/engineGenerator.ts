// The generator over an engine, by its old path.

export { engineGenerator } from "../worker/engineGenerator";
