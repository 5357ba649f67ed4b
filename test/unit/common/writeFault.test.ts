// "ENOSPC: no space left on device, write" was all that was said: not of what, nor how much is missing.
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import path from "node:path";
import { faultOf } from "../../../src/common/fault";
import {
  explainWriteFault,
  isWriteFault,
  requireRoom,
  withKeptIn,
} from "../../../src/common/writeFault";

const place = path.join(tmpdir(), "inkling-nowhere", "model");
const write = { action: "export a model to", place, neededBytes: 142_300_000 };

function systemError(
  code: string,
  { syscall = "write", ...rest }: { syscall?: string; path?: string } = {},
): Error {
  const error = new Error(`${code}: of the system, ${syscall}`);
  return Object.assign(error, { code, syscall, ...rest });
}

suite("explainWriteFault()", () => {
  const rows: [code: string, state: RegExp][] = [
    ["ENOSPC", /the disk is full, with \d+ MB free, expected at least 143 MB$/],
    ["EDQUOT", /your quota of the disk is used up, expected at least 143 MB$/],
    ["EFBIG", /there is a limit on the size of a file .* at least 143 MB$/],
    ["EROFS", /the disk is read-only, expected one that can be written$/],
    ["EACCES", /you may not write there, expected a place of your own$/],
    ["EPERM", /you may not write there, expected a place of your own$/],
    ["ENOTDIR", /in each other's way, expected a free name$/],
    ["ENAMETOOLONG", /the name is too long, expected a shorter one$/],
    ["ELOOP", /lead in a circle, expected a folder$/],
    ["EMFILE", /too many files are open, expected fewer; close other program/],
    ["ENFILE", /too many files are open, expected fewer; close other program/],
    ["EBUSY", /another program has it open, expected it to be free$/],
    ["EIO", /the disk does not answer as it should, expected one that works$/],
    ["ESTALE", /the disk does not answer as it should, expected one that work/],
  ];
  for (const [code, state] of rows) {
    test(`explainWriteFault() says ${code} with what was done and where`, () => {
      const { message } = explainWriteFault(systemError(code), write);
      assert.ok(message.startsWith(`Cannot export a model to ${place}: `));
      assert.match(message, state);
      assert.doesNotMatch(message, /\bE[A-Z]{2,}\b/);
    });
  }

  test("explainWriteFault() says so of an error behind others", () => {
    const behind = new Error("it broke", { cause: systemError("ENOSPC") });
    const { message } = explainWriteFault(behind, write);
    assert.match(message, /^Cannot export a model to .*: the disk is full/);
  });

  test("explainWriteFault() says what was done at last, not each step of it", () => {
    const inner = explainWriteFault(systemError("ENOSPC"), {
      action: "write",
      place: path.join(`${place}.partial-1`, "config.json"),
    });
    const { message } = explainWriteFault(inner, write);
    assert.match(
      message,
      /^Cannot export a model to .*model: the disk is full/,
    );
  });

  const others: [string, Error][] = [
    ["a fault of the program", new TypeError("undefined is not a function")],
    ["reading", systemError("EIO", { syscall: "read" })],
    [
      "a file elsewhere that may not be read",
      systemError("EACCES", { syscall: "open", path: "/elsewhere/a.gguf" }),
    ],
    [
      "a file beside it that may not be read",
      systemError("EACCES", { syscall: "open", path: `${place}-source` }),
    ],
    ["a missing file", systemError("ENOENT", { syscall: "open", path: place })],
  ];
  for (const [name, error] of others) {
    test(`explainWriteFault() leaves ${name} as it is`, () =>
      assert.equal(explainWriteFault(error, write), error));
  }

  test("explainWriteFault() keeps what is needed and free as numbers", () => {
    const fault = faultOf(explainWriteFault(systemError("ENOSPC"), write));
    assert.ok(isWriteFault(fault));
    assert.equal(fault.code, "disk-full");
    assert.equal(fault.path, place);
    assert.equal(fault.neededBytes, 142_300_000);
    assert.ok(fault.freeBytes! > 0);
  });
});

suite("requireRoom()", () => {
  test("requireRoom() refuses with both sizes", () => {
    assert.throws(
      () => requireRoom(write, { freeBytes: 2_900_000 }),
      /: the disk is full, with 2 MB free, expected at least 143 MB$/,
    );
  });

  test("requireRoom() takes a place with room, and one whose room is not known", () => {
    requireRoom(write, { freeBytes: 143_000_000 });
    requireRoom({ action: "write", place });
  });
});

test("withKeptIn() says where it is, as a sentence and as a fault", () => {
  const error = withKeptIn(
    explainWriteFault(systemError("EROFS"), write),
    "/tmp/kept",
  );
  assert.match(
    error.message,
    /read-only, expected .*; what was made is kept in \/tmp\/kept$/,
  );
  assert.equal(faultOf(error).keptIn, "/tmp/kept");
});
