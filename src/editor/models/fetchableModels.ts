// Models that are worth fetching and that Inkling reads as they are at the hub. What each is good for is said in words/.

/** A model at the hub. */
export interface FetchableModel {
  hubName: string;
  /** Of what is fetched: bfloat16 weights with their tokenizer. */
  sizeBytes: number;
  /** With everything that writing takes, imported with 4 bits; docs/LOG.md, 29 November 2026. */
  memoryBytes: number;
  licence: string;
  goodFor: "code" | "languages" | "english";
}

/** The list, most useful first. */
export const fetchableModels: readonly FetchableModel[] = [
  {
    hubName: "Qwen/Qwen2.5-Coder-0.5B",
    sizeBytes: 1.0e9,
    memoryBytes: 1.4e9,
    licence: "Apache-2.0",
    goodFor: "code",
  },
  {
    hubName: "Qwen/Qwen2.5-0.5B",
    sizeBytes: 1.0e9,
    memoryBytes: 1.4e9,
    licence: "Apache-2.0",
    goodFor: "languages",
  },
  {
    hubName: "HuggingFaceTB/SmolLM2-360M",
    sizeBytes: 0.73e9,
    memoryBytes: 1.0e9,
    licence: "Apache-2.0",
    goodFor: "english",
  },
];
