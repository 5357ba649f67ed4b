// Warm-up, self-check, samples and evaluation ask for the same kind of text.

import assert from "node:assert/strict";
import {
  greedyRequest,
  greedySampling,
} from "../../../src/protocol/generation";

suite("greedyRequest()", () => {
  const asked = {
    prompt: "The",
    contextTokens: 64,
    maxTokens: 1,
    cacheKey: "own",
  };

  test("greedyRequest() takes the most probable text, once and as it comes", () => {
    assert.deepEqual(greedyRequest(asked), {
      ...asked,
      sampling: greedySampling,
      stopAt: "none",
      heal: false,
      minProbability: 0,
      count: 1,
    });
  });

  test("greedyRequest() ends where it is told", () => {
    assert.equal(greedyRequest({ ...asked, stopAt: "line" }).stopAt, "line");
  });
});
