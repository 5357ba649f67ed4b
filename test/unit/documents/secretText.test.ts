// The level of what is found and what is let pass. Where it falls, `npm run bench -- secrets` prints the lines.
import assert from "node:assert/strict";
import { measureSecrets, shareWrong } from "../../../bench/secrets/secrets";
import { holdsSecret } from "../../../src/documents/secretText";

suite("findSecret()", () => {
  const { missed, falseAlarms } = measureSecrets();

  test("of every kind of secret it finds nearly all", () => {
    for (const each of missed) {
      assert.ok(
        shareWrong([each]) <= 0.04,
        `${each.kind}: ${each.wrong[0]?.text}`,
      );
    }
    assert.ok(shareWrong(missed) <= 0.01, String(shareWrong(missed)));
  });

  test("of every kind of harmless line it takes hardly any for a secret", () => {
    for (const each of falseAlarms) {
      assert.ok(
        shareWrong([each]) <= 0.01,
        `${each.kind}: ${each.wrong[0]?.text}`,
      );
    }
  });

  test("the lines are many", () => {
    const count = (kinds: { lines: number }[]) =>
      kinds.reduce((sum, { lines }) => sum + lines, 0);
    assert.ok(count(missed) >= 200 && count(falseAlarms) >= 1000);
  });

  for (const unit of [
    "a.b-c_",
    "secret",
    "eyJaaaaaaaaaa.",
    "password: ",
    "sk-",
    "recovery codes ",
    "seed phrase ",
    "curl -u ",
    "api_key=${",
    "_pass=",
    "secret=a_.",
    "://a:",
    "密码",
    "aA1",
  ]) {
    test(`a megabyte of "${unit}" takes time in proportion`, () => {
      const startMs = performance.now();
      holdsSecret(unit.repeat(1_000_000 / unit.length));
      const tookMs = performance.now() - startMs;
      // It takes a second at the most; a form with quadratic time took minutes.
      assert.ok(tookMs < 15_000, `${tookMs} ms`);
    });
  }
});
