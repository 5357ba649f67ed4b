// Every pair of a run's state and an event, in one table.
import assert from "node:assert/strict";
import {
  next,
  type RunEvent,
  type RunState,
} from "../../../src/common/runState";

/** By kind, so that none is left out. */
const states: Record<RunState["kind"], Record<string, RunState>> = {
  idle: { idle: { kind: "idle" } },
  waiting: { wait: { kind: "waiting" } },
  preparing: { prep: { kind: "preparing" } },
  training: { train: { kind: "training" } },
  evaluating: { eval: { kind: "evaluating" } },
  pausedByUser: { user: { kind: "pausedByUser", work: "training" } },
  pausedByTyping: { typing: { kind: "pausedByTyping", work: "training" } },
  stopping: {
    keep: { kind: "stopping", work: "training", keep: true },
    drop: { kind: "stopping", work: "training", keep: false },
  },
  interrupted: {
    broken: { kind: "interrupted", isPausedByUser: false },
    held: { kind: "interrupted", isPausedByUser: true },
  },
  done: {
    done: { kind: "done", isKept: true },
    gone: { kind: "done", isKept: false },
  },
};

const events: Record<RunEvent["kind"], Record<string, RunEvent>> = {
  begin: { begin: { kind: "begin" } },
  restore: {
    "restore train": { kind: "restore", saved: { kind: "training" } },
    "restore keep": {
      kind: "restore",
      saved: { kind: "stopping", work: "training", keep: true },
    },
    "restore user": {
      kind: "restore",
      saved: { kind: "pausedByUser", work: "training" },
    },
    "restore held": {
      kind: "restore",
      saved: { kind: "interrupted", isPausedByUser: true },
    },
  },
  locked: { locked: { kind: "locked" } },
  reported: {
    "report prep": { kind: "reported", work: "preparing" },
    "report train": { kind: "reported", work: "training" },
    "report eval": { kind: "reported", work: "evaluating" },
  },
  pause: { pause: { kind: "pause" } },
  resume: { resume: { kind: "resume" } },
  typed: { typed: { kind: "typed" } },
  quiet: { quiet: { kind: "quiet" } },
  stop: {
    "stop keep": { kind: "stop", keep: true },
    "stop drop": { kind: "stop", keep: false },
  },
  finished: { finished: { kind: "finished" } },
  failed: {
    "failed late": { kind: "failed", hasBegun: true },
    "failed early": { kind: "failed", hasBegun: false },
  },
  givenUp: {
    "turn given up": { kind: "givenUp", isResumable: true },
    "over elsewhere": { kind: "givenUp", isResumable: false },
  },
};

/** The state after each event in each state; a dot where nothing changes, "keep/eval" for "keep" with other work. */
const table = `
event          | idle | wait      | prep        | train  | eval        | user      | typing      | keep      | drop      | broken | held | done | gone
begin          | prep | .         | .           | .      | .           | .         | .           | .         | .         | .      | .    | prep | prep
restore train  | prep | .         | .           | .      | .           | .         | .           | .         | .         | .      | .    | prep | prep
restore keep   | prep | .         | .           | .      | .           | .         | .           | .         | .         | .      | .    | prep | prep
restore user   | held | .         | .           | .      | .           | .         | .           | .         | .         | .      | .    | held | held
restore held   | held | .         | .           | .      | .           | .         | .           | .         | .         | .      | .    | held | held
locked         | .    | .         | wait        | wait   | wait        | wait      | wait        | .         | .         | .      | .    | .    | .
report prep    | .    | prep      | .           | prep   | prep        | user/prep | typing/prep | keep/prep | drop/prep | .      | .    | .    | .
report train   | .    | train     | train       | .      | train       | .         | .           | .         | .         | .      | .    | .    | .
report eval    | .    | eval      | eval        | eval   | .           | user/eval | typing/eval | keep/eval | drop/eval | .      | .    | .    | .
pause          | .    | .         | user/prep   | user   | user/eval   | .         | user        | .         | .         | .      | .    | .    | .
resume         | .    | .         | .           | .      | .           | train     | train       | .         | .         | prep   | prep | .    | .
typed          | .    | .         | typing/prep | typing | typing/eval | .         | .           | .         | .         | .      | .    | .    | .
quiet          | .    | .         | .           | .      | .           | .         | train       | .         | .         | .      | .    | .    | .
stop keep      | .    | keep/prep | keep/prep   | keep   | keep/eval   | keep      | keep        | .         | .         | .      | .    | .    | .
stop drop      | .    | drop/prep | drop/prep   | drop   | drop/eval   | drop      | drop        | drop      | .         | gone   | gone | .    | .
finished       | .    | done      | done        | done   | done        | done      | done        | done      | gone      | .      | .    | .    | .
failed late    | .    | broken    | broken      | broken | broken      | held      | broken      | broken    | gone      | .      | .    | .    | .
failed early   | .    | gone      | gone        | gone   | gone        | gone      | gone        | gone      | gone      | .      | .    | .    | .
turn given up  | .    | broken    | broken      | broken | broken      | broken    | broken      | broken    | broken    | .      | .    | .    | .
over elsewhere | .    | idle      | idle        | idle   | idle        | idle      | idle        | idle      | idle      | idle   | idle | .    | .
`;

suite("next() of a run's state", () => {
  const [header, ...rows] = table
    .trim()
    .split("\n")
    .map((row) => row.split("|").map((cell) => cell.trim()));
  const columns = header!.slice(1);

  test("the table has each state and each event", () => {
    assert.deepEqual(columns, namesIn(states));
    assert.deepEqual(
      rows.map(([event]) => event),
      namesIn(events),
    );
  });

  for (const [name, ...cells] of rows) {
    test(`next() at "${name}"`, () => {
      const event = named(events, name!);
      for (const [place, column] of columns.entries()) {
        const state = named(states, column);
        const after = next(state, event);
        const cell = cells[place]!;
        if (cell === ".") assert.equal(after, state, column);
        else assert.deepEqual(after, stateOf(cell), column);
      }
    });
  }
});

function namesIn(table: Record<string, Record<string, unknown>>): string[] {
  return Object.values(table).flatMap((group) => Object.keys(group));
}

function named<T>(table: Record<string, Record<string, T>>, name: string): T {
  const group = Object.values(table).find((each) => name in each);
  assert.ok(group, name);
  return group[name]!;
}

function stateOf(cell: string): RunState {
  const [name, work] = cell.split("/");
  const state = named(states, name!);
  return work === undefined
    ? state
    : ({ ...state, work: named(states, work).kind } as RunState);
}
