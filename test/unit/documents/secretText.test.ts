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
      const timeOf = (length: number) => {
        const text = unit.repeat(length / unit.length);
        const startMs = performance.now();
        holdsSecret(text);
        return performance.now() - startMs;
      };
      timeOf(10_000);
      const part = Math.max(10, timeOf(100_000));
      const whole = timeOf(1_000_000);
      // Quadratic time would be a hundred times as much.
      assert.ok(whole < 40 * part, `${part} ms for a tenth, ${whole} ms`);
    });
  }
});
