import assert from "node:assert/strict";
import { SecretWatch } from "../../../src/documents/secretWatch";

suite("SecretWatch", () => {
  const SECRET = `password: ${"a1B2c3D4e5F6"}`;

  test("a text is looked at once for each version, and a long one not at every key", () => {
    let nowMs = 0;
    let looks = 0;
    const document = {
      version: 1,
      text: "Nothing to hide.",
      getText() {
        looks++;
        nowMs += 10;
        return this.text;
      },
    };
    const watch = new SecretWatch(() => nowMs);
    assert.equal(watch.holdsSecret(document), false);
    assert.equal(watch.holdsSecret(document), false);
    assert.equal(looks, 1);
    document.version = 2;
    document.text = SECRET;
    nowMs += 100;
    assert.equal(watch.holdsSecret(document), false);
    nowMs += 100;
    assert.equal(watch.holdsSecret(document), true);
    assert.equal(looks, 2);
  });
});
