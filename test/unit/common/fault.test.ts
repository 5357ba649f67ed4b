// What a fault was had to be read out of an English message on the other side of a channel.
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { FaultError, faultOf, type FaultCode } from "../../../src/common/fault";
import {
  Rpc,
  type Contract,
  type WireMessage,
} from "../../../src/protocol/rpc";
import { explainWriteFault, requireRoom } from "../../../src/common/writeFault";

interface Asking extends Contract {
  requests: { fail: [null, null] };
  events: Record<never, unknown>;
}
interface Silent extends Contract {
  requests: Record<never, [unknown, unknown]>;
  events: Record<never, unknown>;
}

/** What the asker gets of an error, over a channel that keeps what `clone` keeps. */
async function across(
  error: unknown,
  clone: (message: WireMessage) => WireMessage,
): Promise<Error> {
  const server: Rpc<Asking, Silent> = new Rpc<Asking, Silent>(
    (message) => client.receive(clone(message)),
    {
      fail: () => {
        throw error;
      },
    },
    {},
  );
  const client: Rpc<Silent, Asking> = new Rpc<Silent, Asking>(
    (message) => server.receive(clone(message)),
    {},
    {},
  );
  return client.request("fail", null).then(
    () => assert.fail("was answered"),
    (reason: Error) => reason,
  );
}

const errno = (code: string, path?: string) =>
  Object.assign(new Error(`${code}: something`), { code, path });
function tooLittleRoom(): unknown {
  try {
    requireRoom(
      { place: tmpdir(), neededBytes: 2, action: "train in" },
      { freeBytes: 1 },
    );
  } catch (error) {
    return error;
  }
  return undefined;
}
const CHANNELS: [string, (message: WireMessage) => WireMessage][] = [
  ["a thread", (message) => structuredClone(message)],
  [
    "a process",
    (message) => JSON.parse(JSON.stringify(message)) as WireMessage,
  ],
];

suite("faultOf()", () => {
  const rows: [string, unknown, FaultCode][] = [
    ["a full disk", errno("ENOSPC", "/a"), "disk-full"],
    ["a quota", errno("EDQUOT"), "quota"],
    ["a limit on a file's size", errno("EFBIG"), "file-too-large"],
    ["a forbidden folder", errno("EACCES", "/b"), "no-access"],
    ["a read-only disk", errno("EROFS"), "read-only"],
    ["a missing file", errno("ENOENT", "/c"), "missing-file"],
    ["any other errno", errno("EPIPE"), "unknown"],
    [
      "an error that only says that the disk is full",
      new Error("no space"),
      "unknown",
    ],
    [
      "a cause",
      new Error("Cannot save", { cause: errno("ENOSPC") }),
      "disk-full",
    ],
    [
      "an explained fault of a write",
      explainWriteFault(Object.assign(errno("ENOSPC"), { syscall: "write" }), {
        action: "save",
        place: "/d",
      }),
      "disk-full",
    ],
    ["a disk with too little room", tooLittleRoom(), "disk-full"],
    [
      "a fault of ours",
      new FaultError("No", { code: "no-access" }),
      "no-access",
    ],
    ["no error at all", "text", "unknown"],
  ];
  for (const [name, error, code] of rows) {
    test(`faultOf() knows ${name}`, () =>
      assert.equal(faultOf(error).code, code));
    for (const [channel, clone] of CHANNELS) {
      test(`${name} is the same fault on the other side of ${channel}`, async () => {
        const received = await across(error, clone);
        assert.deepEqual(faultOf(received), faultOf(error));
        if (error instanceof Error)
          assert.equal(received.message, error.message);
      });
    }
  }

  test("causes that go round end", () => {
    const error = new Error("a");
    error.cause = error;
    assert.equal(faultOf(error).code, "unknown");
  });
});
