import assert from "node:assert/strict";
import {
  describeDiff,
  withoutSecretFiles,
} from "../../../src/documents/diffText";

const code = `diff --git a/src/a.ts b/src/a.ts
index 1..2 100644
--- a/src/a.ts
+++ b/src/a.ts
@@ -1,3 +1,3 @@ function a() {
   const x = 1;
-  return x;
--- x;
+  return x + 1;
`;
const removed = `diff --git a/old.md b/old.md
deleted file mode 100644
--- a/old.md
+++ /dev/null
@@ -1 +0,0 @@
-Old text
`;
const secret = code.replaceAll("src/a.ts", "deploy/.env");

suite("describeDiff()", () => {
  test("describeDiff() names files and what was removed and added", () => {
    assert.equal(
      describeDiff(code + removed),
      "File: src/a.ts\nRemoved:\nreturn x;\nAdded:\nreturn x + 1;\n\n" +
        "File: old.md\nRemoved:\nOld text\nAdded:\n",
    );
  });

  test("describeDiff() of nothing is nothing", () => {
    assert.equal(describeDiff(""), "");
  });
});

suite("withoutSecretFiles()", () => {
  test("withoutSecretFiles() leaves out files whose names hold secrets", () => {
    assert.equal(withoutSecretFiles(code + secret + removed), code + removed);
    assert.equal(withoutSecretFiles(secret), "");
    assert.equal(withoutSecretFiles(""), "");
  });
});
