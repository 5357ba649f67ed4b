// Starts measuring programs as children, for "npm run bench -- peers": one line of JSON asks, one line answers.
// The comparison itself is in bench/peers/comparison.ts; only this file starts processes.
//
//   npm run bench -- peers --gguf FILE.gguf --json
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** How much of what a program wrote on stderr is told when it fails. */
const ERROR_CHARACTERS = 2000;

/** Starts `node ...args`; resolves once it has loaded its model and told its times. */
export async function startProgram(args, environment = {}) {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...environment },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const lines = new Lines(child, args[0]);
  const { times } = await lines.next();
  return {
    times,
    async ask(question) {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      return lines.next();
    },
    async end() {
      child.stdin.end();
      await lines.ended;
    },
  };
}

/** The lines of a child, one for each call of `next`, in order; a child that ends early fails the call. */
class Lines {
  waiting = [];
  arrived = [];
  errors = "";
  fault = undefined;

  constructor(child, name) {
    child.stdin.on("error", () => {});
    child.stderr.setEncoding("utf8").on("data", (text) => {
      this.errors = (this.errors + text).slice(-ERROR_CHARACTERS);
    });
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (!line.startsWith("{")) return;
      const value = JSON.parse(line);
      const waiting = this.waiting.shift();
      if (waiting) waiting.resolve(value);
      else this.arrived.push(value);
    });
    this.ended = new Promise((resolve) => {
      const end = (state) => {
        this.fault ??= new Error(
          `Cannot measure with ${name}: ${state}\n${this.errors.trim()}`,
        );
        for (const { reject } of this.waiting.splice(0)) reject(this.fault);
        resolve();
      };
      child.on("error", (error) => end(error.message));
      child.on("close", (code, signal) =>
        end(`it ended with ${signal ?? `exit code ${code}`}`),
      );
    });
  }

  next() {
    if (this.arrived.length > 0) return Promise.resolve(this.arrived.shift());
    if (this.fault) return Promise.reject(this.fault);
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
    });
  }
}
