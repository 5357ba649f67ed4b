// How long the extension's own code kept the event loop of the extension host at a stretch. All extensions share that
// loop, so its delay alone says nothing of whose fault a pause was; the samples of a CPU profile do.

import { Session, type Profiler } from "node:inspector/promises";

/** A stretch of time in which the extension's code ran, or what it had called. */
export interface OwnSection {
  elapsedMs: number;
  /** The extension's innermost function when the stretch was half over. */
  functionName: string;
}

const SAMPLE_EVERY_MICROSECONDS = 1_000;
const NUM_LONGEST = 5;

/** Profiles this process's main thread between `start` and `stop`, as often as is wanted. */
export class OwnSections {
  private readonly session = new Session();
  /** The longest so far, the longest first. */
  longest: OwnSection[] = [];
  count = 0;

  /** `isOwn` knows the script of the extension by its address. */
  constructor(private readonly isOwn: (url: string) => boolean) {
    this.session.connect();
  }

  async start(): Promise<void> {
    await this.session.post("Profiler.enable");
    await this.session.post("Profiler.setSamplingInterval", {
      interval: SAMPLE_EVERY_MICROSECONDS,
    });
    await this.session.post("Profiler.start");
  }

  async stop(): Promise<void> {
    const { profile } = await this.session.post("Profiler.stop");
    const sections = findOwnSections(profile, this.isOwn);
    this.count += sections.length;
    this.longest = [...this.longest, ...sections]
      .sort((a, b) => b.elapsedMs - a.elapsedMs)
      .slice(0, NUM_LONGEST);
  }

  dispose(): void {
    this.session.disconnect();
  }
}

/**
 * The spans of samples with a function of the extension on the stack. Two that follow each other at once count as
 * one, so what is measured is an upper bound.
 */
export function findOwnSections(
  { nodes, samples = [], timeDeltas = [] }: Profiler.Profile,
  isOwn: (url: string) => boolean,
): OwnSection[] {
  const names = ownFunctionNames(nodes, isOwn);
  const sections: OwnSection[] = [];
  let running: { microseconds: number; names: string[] } | undefined;
  for (const [index, nodeId] of samples.entries()) {
    // A sample stands for the time until the next one.
    const microseconds = Math.max(0, timeDeltas[index + 1] ?? 0);
    const name = names.get(nodeId);
    if (name !== undefined) {
      running ??= { microseconds: 0, names: [] };
      running.microseconds += microseconds;
      running.names.push(name);
    }
    const isOver = name === undefined || index === samples.length - 1;
    if (running && isOver) {
      sections.push({
        elapsedMs: running.microseconds / 1000,
        functionName: running.names[Math.floor(running.names.length / 2)]!,
      });
      running = undefined;
    }
  }
  return sections;
}

/** For each node of the call tree below the extension's code, the innermost function of it. */
function ownFunctionNames(
  nodes: readonly Profiler.ProfileNode[],
  isOwn: (url: string) => boolean,
): Map<number, string> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const names = new Map<number, string>();
  const visit = (node: Profiler.ProfileNode, above: string | undefined) => {
    const { url, functionName } = node.callFrame;
    const name = isOwn(url) ? functionName || "(anonymous)" : above;
    if (name !== undefined) names.set(node.id, name);
    for (const id of node.children ?? []) visit(byId.get(id)!, name);
  };
  const children = new Set(nodes.flatMap((node) => node.children ?? []));
  for (const node of nodes) if (!children.has(node.id)) visit(node, undefined);
  return names;
}
