// No workflow can be run here: what can be seen without running is that it parses and asks for what is there.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { isPreRelease, targets } from "../../../scripts/package";
import { projectFolder } from "../../../scripts/terminal";

interface Step {
  run?: string;
  uses?: string;
  if?: string;
}
interface Job {
  "runs-on": string;
  steps: Step[];
  strategy?: { matrix: { include: { target: string; os: string }[] } };
}
interface Workflow {
  name: string;
  on: unknown;
  jobs: Record<string, Job>;
}

const yaml = createRequire(__filename)("js-yaml") as {
  load(text: string): unknown;
};
const folder = path.join(projectFolder, ".github/workflows");
const { scripts, version } = JSON.parse(
  readFileSync(path.join(projectFolder, "package.json"), "utf8"),
) as { scripts: Record<string, string>; version: string };

function readWorkflow(name: string): Workflow {
  return yaml.load(readFileSync(path.join(folder, name), "utf8")) as Workflow;
}

function stepsOf(workflow: Workflow): Step[] {
  return Object.values(workflow.jobs).flatMap(({ steps }) => steps);
}

/** The names of npm scripts that a command line runs. */
function npmScriptsIn(command: string): string[] {
  const runs = command.matchAll(
    /\bnpm (?:run (?:-s )?([\w:-]+)|(test|start))/g,
  );
  return [...runs].map(([, named, own]) => named ?? own ?? "");
}

suite("workflows", () => {
  const names = readdirSync(folder);

  test("there is one for each push and one for a release", () =>
    assert.deepEqual(names.sort(), ["ci.yml", "release.yml"]));

  for (const name of names) {
    test(`${name} parses: each job has a machine, each step does one thing`, () => {
      const workflow = readWorkflow(name);
      assert.ok(workflow.name && workflow.on);
      for (const job of Object.values(workflow.jobs)) {
        assert.ok(job["runs-on"]);
        for (const step of job.steps) {
          assert.equal(
            Object.keys(step).filter((key) => key === "run" || key === "uses")
              .length,
            1,
            JSON.stringify(step),
          );
        }
      }
    });

    test(`each npm script that ${name} names is there`, () => {
      const commands = stepsOf(readWorkflow(name)).map(({ run }) => run ?? "");
      const named = commands.flatMap(npmScriptsIn);
      assert.ok(named.length >= 4, named.join());
      for (const script of named) assert.ok(scripts[script], script);
    });
  }

  test("what runs on Windows too needs no shell of Unix", () => {
    const everywhere = stepsOf(readWorkflow("ci.yml"))
      .filter((step) => step.if !== "runner.os == 'Linux'")
      .flatMap(({ run }) => run ?? []);
    assert.ok(everywhere.length >= 4);
    for (const command of everywhere) {
      assert.match(command, /^npm (?:ci|run [\w:-]+|test(?: -- --only \w+)?)$/);
    }
  });

  test("a script that the workflows run, or that it runs, is made of programs that every platform has", () => {
    const called = new Set<string>();
    const call = (name: string) => {
      if (called.has(name)) return;
      called.add(name);
      npmScriptsIn(scripts[name] ?? "").forEach(call);
    };
    for (const name of names) {
      const commands = stepsOf(readWorkflow(name)).map(({ run }) => run ?? "");
      commands.flatMap(npmScriptsIn).forEach(call);
    }
    assert.ok(called.has("check:types"));
    for (const name of called) {
      for (const command of (scripts[name] ?? "").split(" && ")) {
        assert.match(
          command,
          /^(?:npm run -s [\w:-]+|(?:node|tsx|tsc|eslint|prettier|mocha)\b[^;|<>$`']*)$/,
          name,
        );
      }
    }
  });

  test("every platform that has a package is tried, and released", () => {
    const tried = readWorkflow("ci.yml").jobs["test"]?.strategy?.matrix.include;
    assert.deepEqual(
      tried?.map(({ target }) => target).sort(),
      [...targets].sort(),
    );
    const released = stepsOf(readWorkflow("release.yml")).flatMap(
      ({ run }) => /--target (\S+)/.exec(run ?? "")?.[1] ?? [],
    );
    assert.deepEqual(released.sort(), [...targets].sort());
    assert.ok(existsSync(path.join(projectFolder, "package-lock.json")));
  });
});

suite("isPreRelease()", () => {
  for (const [tag, of, expected] of [
    ["v0.1.0", "0.1.0", true],
    ["v0.2.0", "0.2.0", false],
    ["v1.10.3", "1.10.3", false],
    ["v1.11.0", "1.11.0", true],
    ["v2.0.1", "2.0.1", false],
  ] as const) {
    test(`${tag} is ${expected ? "a pre-release" : "a release"}`, () =>
      assert.equal(isPreRelease(tag, of), expected));
  }

  test("refuses the tag of another version", () => {
    for (const tag of ["v9.9.9", version, `v${version}-rc.1`, "", "main"]) {
      assert.throws(() => isPreRelease(tag, version), /expected the tag v/);
    }
  });
});
