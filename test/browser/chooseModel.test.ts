// The list of models as a person sees it: the one in the extension, those of other programs, those to fetch; and that
// looking at it asks nothing of the network.
import assert from "node:assert/strict";
import { cpSync, writeFileSync } from "node:fs";
import path from "node:path";
import { projectFolder } from "../../scripts/terminal";
import { openWorkbench, serverProfile } from "./support";

suite("the list of models in a browser", () => {
  test("it begins with the model in the extension and grows by those that are found", async () => {
    const home = path.join(serverProfile().folder, "home");
    const hub = path.join(home, ".cache/huggingface/hub");
    cpSync(
      path.join(projectFolder, "test/fixtures/gpt2-tiny"),
      path.join(hub, "models--Owner--Tiny/snapshots/one"),
      { recursive: true },
    );
    cpSync(
      path.join(projectFolder, "test/fixtures/gpt2-tiny"),
      path.join(home, ".lmstudio/models/owner/broken"),
      { recursive: true },
    );
    const broken = path.join(home, ".lmstudio/models/owner/broken/b.gguf");
    writeFileSync(broken, "no model");
    const workbench = await openWorkbench({
      fileName: "models.md",
      content: "# Days\n\n",
    });
    await workbench.command("Inkling: Choose Model...");
    const rows = workbench.page.locator(".quick-input-list .monaco-list-row");
    await rows.getByText("Owner/Tiny").waitFor();
    await rows.getByText("cannot be read").first().waitFor();
    // The cause comes before the path, which is what a narrow list cuts off.
    await rows.getByText(/^It is damaged, or no model\. .*b\.gguf/).waitFor();
    const texts = await rows.allInnerTexts();
    assert.ok(!texts.some((text) => text.includes("0.0 MB")), texts.join("\n"));
    await workbench.screenshot("choose-model");
    const labels = (await rows.locator(".label-name").allInnerTexts()).map(
      (label) => label.trim(),
    );
    assert.equal(labels[0], "SmolLM2 135M");
    assert.ok(
      labels.indexOf("Owner/Tiny") < labels.indexOf("b"),
      labels.join(", "),
    );
    await rows.getByText("Qwen/Qwen2.5-Coder-0.5B").waitFor();
    await workbench.press("Escape");
    assert.deepEqual(workbench.refusedAddresses, []);
  });
});
