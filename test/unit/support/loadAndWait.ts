// The entry of a process that begins to load a model, says so, and waits to be killed.
// Arguments: the folder of the markers, the model's folder.

import { LoadMarkers } from "../../../src/client/loadMarkers";

const [folder, modelFolder] = process.argv.slice(2);
new LoadMarkers(folder!).write(modelFolder!);
process.stdout.write("loading\n");
setInterval(() => {}, 60_000);
