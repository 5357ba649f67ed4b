// The first files of `npm run bench -- fuzz`: none may end in anything but a clean error, or be taken where it is sound.
import assert from "node:assert/strict";
import { fuzz } from "../../../bench/fuzz/fuzz";

suite("readers of files", () => {
  test("300 damaged files are refused cleanly or are sound", async function () {
    this.timeout(120_000);
    const results = await fuzz({ from: 0, to: 300 });
    assert.equal(results.length, 300);
    const wrong = results.filter(
      ({ outcome }) => outcome !== "clean error" && outcome !== "taken",
    );
    assert.deepEqual(wrong, []);
  });
});
